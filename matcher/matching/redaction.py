"""What a match tells stays inside what its viewer is shown of the candidate.

Matching reads the whole of every text, and the score is made of it. So that the answer tells no more
than the tier does: candidates that the viewer may not know of are dropped before anything is made of
them; a search narrowed by a fact finds only those of which that fact is shown; what is shown in part
is ranked by a score of one decimal to which its words add nothing, is nobody's near-duplicate, and
comes without passages, words, shares and names.

Nothing hidden crowds out what may be shown, nor moves its score: either the indexes leave it out, or
as many more candidates are looked at (`recalls`), and words are weighed by the public texts alone
(`matcher.indexing`).

Free text and drafts can be varied at will, word by word, and leave no trace. So what is shown in part
is found by stored needs and results only, the posting of which stands in the record.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import func
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from matcher import disclosure, items, organisations, policy
from matcher.access import Viewer
from matcher.drafts import Disclosure
from matcher.entities import Kind, Passage
from matcher.matching.candidates import Candidate
from matcher.matching.matches import Match, Narrowing, Ranker
from matcher.matching.parts import PARTS
from matcher.policy import ItemThing, View

TOLD_BY = {
    "region": View.PUBLIC,
    "organisation_id": View.PUBLIC,
    "maturity": View.SUMMARY,
    "field": View.FIELD,
    "state": View.FIELD,
    "disclosure": View.FIELD,
}
"""Each condition of a `Narrowing` with the least view that holds what it is about."""

TOLD_BY_PART = {
    "passages": View.FIELD,
    "whole": View.FIELD,
    "words": View.PUBLIC,
    "indicators": View.PUBLIC,
    "field": View.FIELD,
    "maturity": View.SUMMARY,
    "cooperation": View.PUBLIC,
    "budget": View.PUBLIC,
    "region": View.PUBLIC,
    "time": View.PUBLIC,
    "completeness": View.PUBLIC,
}
"""Each part of a score with the least view that it may tell of."""


# -- before anything is compared ------------------------------------------------------------------


def recalls(
    session: Session, viewer: Viewer, kind: Kind, narrowing: Narrowing, least: View, depth: int
) -> Iterator[tuple[Narrowing, int]]:
    """Under what to look, and how deep, so that `depth` candidates of which `least` is shown come back
    where there are so many.

    The tiers of which the viewer is shown enough are searched one by one: what is in one crowds out
    nothing of another. In the others it is shown its own organisation's, which are searched by
    themselves; and those that it was let in to, for which their owners' are searched, deeper by all
    that these owners keep in that tier.
    """
    if viewer.actor.trusted:
        yield narrowing, depth
        return
    for tier in Disclosure:
        if narrowing.disclosure not in (None, tier):
            continue
        if _of_tier(viewer, tier) >= least:
            yield replace(narrowing, disclosure=tier), depth
            continue
        for owner, deeper in _let_in_by(session, viewer, kind, tier).items():
            if narrowing.organisation_id in (None, owner):
                yield replace(narrowing, disclosure=tier, organisation_id=owner), depth + deeper


def least_view(narrowing: Narrowing, ranker: Ranker, stored: bool) -> View:
    """What has to be shown of a candidate for this search, by something `stored` or not, to find it."""
    if not stored or ranker is not Ranker.FULL:  # one piece of evidence as a score can be read as such
        return View.PUBLIC
    return max((view for name, view in TOLD_BY.items() if getattr(narrowing, name)), default=View.FIELD)


def _of_tier(viewer: Viewer, tier: Disclosure) -> View:
    """Of what belongs to another organisation that has not let the viewer in."""
    return policy.view(viewer.actor, ItemThing("item", tier=tier))


def _let_in_by(session: Session, viewer: Viewer, kind: Kind, tier: Disclosure) -> dict[str, int]:
    """Organisations of which the viewer is shown all of something in this tier, each with the number of
    passages that may come before it: 0 of its own."""
    found: dict[str, int] = {}
    if viewer.consented:
        table = items.TABLES[kind]
        owners = select(table.organisation_id).where(col(table.id).in_(viewer.consented))
        query = (
            columns(col(table.organisation_id), func.count())
            .join(Passage, col(Passage.item_number) == col(table.number))
            .where(col(table.organisation_id).in_(owners), col(table.disclosure) == tier)
            .group_by(col(table.organisation_id))
        )
        found.update((owner, passages) for owner, passages in session.execute(query))
    own = viewer.actor.organisation_id
    if own is not None and _keeps_any(session, kind, tier, own):
        found[own] = 0
    return found


def _keeps_any(session: Session, kind: Kind, tier: Disclosure, owner: str) -> bool:
    table = items.TABLES[kind]
    query = columns(col(table.number)).where(col(table.organisation_id) == owner, col(table.disclosure) == tier)
    return session.execute(query.limit(1)).first() is not None


def seen(viewer: Viewer, kind: Kind, candidate: Candidate) -> View:
    """How much the viewer is shown of a candidate."""
    thing = viewer.thing_of(kind, candidate.id, candidate.organisation_id, candidate.state, candidate.tier)
    return policy.view(viewer.actor, thing)


def told(view: View, least: View) -> bool:
    """Whether the viewer is shown as much as the search wants (`least_view`), and so may find it."""
    return view >= least


# -- while comparing ------------------------------------------------------------------------------


def comparable(view: View) -> bool:
    """Whether it may be named as saying the same as another, and another as saying the same as it."""
    return view >= View.PUBLIC


def evidence(view: View, values: Mapping[str, float]) -> Mapping[str, float]:
    """What a score may be made of: below PUBLIC what the whole text is about and the facts that are shown.

    Whoever asks with a single word would else be told whether the text has it, and whoever varies a
    price or a region what the other side's is.
    """
    if view >= View.PUBLIC:
        return values
    return {part: value if view >= TOLD_BY_PART[part] else PARTS[part].neutral for part, value in values.items()}


def rounded(view: View, score: float) -> float:
    """Ranked and cut off by this too: an order by the exact score would tell it."""
    return score if view >= View.PUBLIC else round(score, 1)


# -- what is told ---------------------------------------------------------------------------------

HELD = {
    "rank": View.FIELD,
    "kind": View.FIELD,
    "id": View.FIELD,
    "view": View.FIELD,
    "score": View.FIELD,  # below PUBLIC `rounded`
    "reason": View.FIELD,  # made of those below
    "title": View.SUMMARY,  # below PUBLIC `disclosure.discreet`
    "gaps": View.SUMMARY,  # below PUBLIC those in the maturity alone
    "reference": View.PUBLIC,
    "organisation_id": View.PUBLIC,
    "organisation": View.PUBLIC,
    "shares": View.PUBLIC,
    "agreements": View.PUBLIC,
    "terms": View.PUBLIC,
    "indicators": View.PUBLIC,
    "duplicates": View.PUBLIC,
}
"""Each member of a match with the least view of the candidate that holds it."""

_NOTHING: dict[str, Any] = {
    "title": "",
    "gaps": (),
    "reference": "",
    "organisation_id": "",
    "organisation": "",
    "shares": (),
    "agreements": (),
    "terms": (),
    "indicators": (),
    "duplicates": (),
}


def holds(view: View, member: str) -> bool:
    return HELD[member] <= view


def redact(session: Session, kind: Kind, matches: Sequence[Match]) -> list[Match]:
    """Each match as far as its view goes."""
    in_part = [match.id for match in matches if match.view < View.PUBLIC]
    titles = _titles(session, kind, in_part) if in_part else {}
    return [redacted(match, titles[match.id]) if match.id in titles else match for match in matches]


def redacted(match: Match, discreet_title: str) -> Match:
    """A match of which less than PUBLIC is shown, without what its view does not hold."""
    gaps = tuple(gap for gap in match.gaps if gap.part == "maturity")
    hidden = {member: nothing for member, nothing in _NOTHING.items() if not holds(match.view, member)}
    return replace(match, **({"title": discreet_title, "gaps": gaps} | hidden))


def _titles(session: Session, kind: Kind, ids: Sequence[str]) -> dict[str, str]:
    table = items.TABLES[kind]
    stored = list(session.exec(select(table).where(col(table.id).in_(ids))))
    owners = organisations.by_id(session, {item.organisation_id for item in stored})
    drafts = items.drafts_of(session, stored)
    return {
        item.id: disclosure.discreet(draft, owners[item.organisation_id])
        for item, draft in zip(stored, drafts, strict=True)
    }
