"""What every page is given: who looks, in which language, and how to show something to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from fastapi import Depends, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.composition import Home
from api.deps import Asking, CallerDep, HomeDep, StrangerDep
from api.identity.authentication import Caller, is_secure
from api.pages.languages import LANGUAGES, Language, preferred
from api.pages.rendering import TOLD_COOKIE, Pages
from api.routes import session as session_routes
from api.schemas.accounts import SessionOut
from matcher import notices
from matcher.accounts import people
from matcher.entities import PlatformRole, Role
from matcher.errors import Unauthenticated
from matcher.sessions import reading

LANGUAGE_COOKIE = "jiebang-language"
TOLD_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Me:
    """Who looks, as the frame of every page needs it."""

    session: SessionOut
    unread: int

    @property
    def organisation(self) -> str:
        """The name of the one that is acted for; empty for none."""
        for one in self.session.organisations:
            if one.organisation.id == self.session.organisation_id:
                return one.organisation.name
        return ""

    def is_a(self, *roles: Role | PlatformRole) -> bool:
        return bool({*self.session.roles, *self.session.platform_roles} & {*roles})

    @property
    def posts_needs(self) -> bool:
        return self.is_a(Role.POSTER, Role.MANAGER)

    @property
    def registers_results(self) -> bool:
        return self.is_a(Role.RESEARCHER, Role.MANAGER)


@dataclass
class Looking(Asking):
    """A request for a page. It goes wherever the routes of the API take an `Asking`."""

    caller: Caller
    language: Language
    me: Me | None = None

    @property
    def zone(self) -> ZoneInfo:
        """The time zone that dates and times are typed and shown in."""
        return self.pages.zone

    @property
    def pages(self) -> Pages:
        found: Pages = self.request.app.state.pages
        return found

    def show(self, template: str, status: int = 200, **told: Any) -> HTMLResponse:
        """The page, for whoever looks; what is told once (`told`) is told with it."""
        text = self.pages.render(self.request, template, self.language, self.me, **told)
        answer = HTMLResponse(text, status)
        if TOLD_COOKIE in self.request.cookies:
            answer.delete_cookie(TOLD_COOKIE, path="/")
        return answer

    def go(self, path: str, told: str = "", **parameters: str) -> RedirectResponse:
        """On to another page, which says once what has been done. `told` is one of the words of the catalogue,
        marked there by `gettext`, with `parameters` in its places."""
        answer = RedirectResponse(path, 303)
        if told:
            answer.set_cookie(
                TOLD_COOKIE,
                quote(urlencode({"": told, **parameters})),
                max_age=TOLD_SECONDS,
                path="/",
                httponly=True,
                samesite="lax",
                secure=is_secure(self.request),
            )
        return answer


def looking_in(request: Request, response: Response, home: HomeDep, caller: CallerDep) -> Looking:
    """For pages whose forms anybody may send. Raises Problem (401) for a session that is over, which is answered
    with the sign-in page."""
    found, chosen = who(home, caller)
    return Looking(request, response, home, caller.actor, caller, language_of(request, chosen), found)


def looking(looking: Annotated[Looking, Depends(looking_in)]) -> Looking:
    """Who sends a form is somebody. Raises Unauthenticated for who is not known any more: to them nothing would be
    there, and what they typed would be lost."""
    if looking.request.method == "POST" and not looking.actor.known:
        raise Unauthenticated("Sign in first.")
    return looking


def looking_as_nobody(request: Request, response: Response, home: HomeDep, actor: StrangerDep) -> Looking:
    """For pages at which somebody becomes known: whatever cookie is sent along counts for nothing."""
    return Looking(request, response, home, actor, Caller(actor), language_of(request))


def who(home: Home, caller: Caller) -> tuple[Me | None, str | None]:
    """Who somebody is, and the language of their account."""
    actor = caller.actor
    if actor.person_id is None:
        return None, None
    with reading(home.engine) as session:
        me = Me(session_routes.told(session, actor), notices.unread(session, actor, actor.person_id))
        return me, people.get(session, actor, actor.person_id).language


def language_of(request: Request, chosen: str | None = None) -> Language:
    """By account, then by what was chosen in this browser, then by what the browser asks for."""
    for code in (chosen, request.cookies.get(LANGUAGE_COOKIE)):
        if code in LANGUAGES:
            return LANGUAGES[code]
    return preferred(request.headers.get("accept-language", ""))


LookingDep = Annotated[Looking, Depends(looking)]
OpenLookingDep = Annotated[Looking, Depends(looking_in)]
NobodyLookingDep = Annotated[Looking, Depends(looking_as_nobody)]
