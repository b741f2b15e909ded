"""Signing in, acting for an organisation, signing out."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Request, Response
from sqlmodel import Session

from api import described
from api.deps import CallerDep, HomeDep, StrangerDep, limited
from api.identity import authentication
from api.identity.authentication import Caller
from api.identity.limiting import address
from api.schemas.accounts import ActFor, MembershipOut, PersonName, SessionOut, SignInPost
from api.schemas.organisations import OrganisationName
from matcher.accounts import members, people, sign_ins
from matcher.actors import Actor
from matcher.entities import SignIn
from matcher.errors import NotAllowed, Unauthenticated
from matcher.sessions import reading, writing

router = APIRouter(prefix="/session", tags=["session"])

_COOKIE: described.Responses = {
    201: {"headers": {"Set-Cookie": {"description": "The session; HttpOnly.", "schema": {"type": "string"}}}}
}


@router.post(
    "", status_code=201, responses=_COOKIE | described.refusals(401, 403, 429), dependencies=[limited("sign in")]
)
def sign_in(
    sent: Annotated[SignInPost, Body(openapi_examples=described.SIGN_INS)],
    request: Request,
    response: Response,
    home: HomeDep,
    actor: StrangerDep,
) -> SessionOut:
    """Signs in with e-mail and password, and a code where there is a second factor.

    The session is new each time; one that the browser had before ends. A wrong address and a wrong
    password are refused alike, and guessing is slowed down.
    """
    made, token = sign_ins.sign_in(
        home.engine, actor, home.secrets, sent.email, sent.password, sent.code, **origin(request)
    )
    return begun(request, response, made, token)


@router.get("", responses=described.refusals(401))
def who_am_i(home: HomeDep, caller: CallerDep) -> SessionOut:
    """Who one is here, for whom one acts, and for whom one may."""
    with reading(home.engine) as session:
        return told(session, caller.actor)


@router.put("/organisation", responses=described.refusals(401, 403, 404, 409))
def act_for(sent: ActFor, home: HomeDep, caller: CallerDep) -> SessionOut:
    """Acts for another of one's organisations from now on, or for none. Not by a token."""
    sign_in_id = _session_of(caller)
    with writing(home.engine) as session:
        made = sign_ins.act_for(session, caller.actor, sign_in_id, sent.organisation_id)
        person = people.find(session, made.person_id)
        return told(session, people.actor_for(session, person, made.organisation_id))


@router.delete("", status_code=204, response_class=Response, responses=described.refusals(401, 409))
def sign_out(request: Request, home: HomeDep, caller: CallerDep) -> Response:
    """Ends the session. A token is revoked under /account/tokens."""
    sign_in_id = _session_of(caller)
    with writing(home.engine) as session:
        sign_ins.end(session, caller.actor, sign_in_id)
    response = Response(status_code=204)
    authentication.clear_session(request, response)
    return response


def origin(request: Request) -> dict[str, Any]:
    """By what and from where somebody signs in, for the list of their sessions."""
    return {"address": address(request), "program": request.headers.get("user-agent", "")}


def begun(request: Request, response: Response, made: SignIn, token: str) -> SessionOut:
    """Sets the cookie of a new session, and ends the one that it takes the place of."""
    home = request.app.state.home
    replaced = request.cookies.get(authentication.cookie_name(request))
    with writing(home.engine) as session:
        if replaced is not None:
            _end(session, replaced)
        actor, _ = sign_ins.actor_of(session, token)
        shown = told(session, actor)
    authentication.set_session(request, response, token)
    return shown


def told(session: Session, actor: Actor) -> SessionOut:
    """Raises Unauthenticated for who is not signed in."""
    if actor.person_id is None:
        raise Unauthenticated("Sign in first.")
    person = people.get(session, actor, actor.person_id)
    return SessionOut(
        person=PersonName.model_validate(person),
        organisation_id=actor.organisation_id,
        roles=sorted(actor.roles),
        platform_roles=sorted(actor.platform_roles),
        may_write=actor.may_write,
        organisations=memberships(session, actor, actor.person_id),
    )


def memberships(session: Session, actor: Actor, person_id: str) -> list[MembershipOut]:
    return [
        MembershipOut(organisation=OrganisationName.model_validate(organisation), roles=sorted(roles))
        for organisation, roles in members.of_person(session, actor, person_id)
    ]


def _end(session: Session, token: str) -> None:
    """A session that its browser gives up; one that is over already has nothing to end."""
    try:
        actor, sign_in = sign_ins.actor_of(session, token)
    except Unauthenticated:
        return
    sign_ins.end(session, actor, sign_in.id)


def _session_of(caller: Caller) -> str:
    if not caller.actor.known:
        raise Unauthenticated("Sign in first.")
    if caller.sign_in_id is None:
        raise NotAllowed("A token is no session: it acts for whom it was made for, until it is revoked.")
    return caller.sign_in_id
