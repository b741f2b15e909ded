"""The desks: pages for people, over the same functions as the API.

A page asks the routes of `api.routes` for what it shows and does, as a program would over HTTP, so that one
policy, one disclosure and one set of rules hold for both. `looking` is what every page is given, `forms`
reads what was typed into drafts, `acting` does it and shows the form again where it is refused.
"""
