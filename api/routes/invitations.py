"""Invitations, and the links that mails carry."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Body, Request, Response
from sqlmodel import Session

from api import described
from api.background import Background
from api.composition import Home
from api.deps import ActorDep, BackgroundDep, HomeDep, LimiterDep, StrangerDep, limited
from api.errors import Problem
from api.identity.limiting import Limiter
from api.mail import letters
from api.mail.sending import deliver
from api.schemas.accounts import (
    Acceptance,
    Accepted,
    FoundingPost,
    InvitationOut,
    InvitationPost,
    LinkOut,
    PersonName,
)
from api.schemas.organisations import OrganisationName
from matcher import organisations, policy
from matcher.accounts import invitations, links
from matcher.entities import Link, LinkPurpose, now
from matcher.errors import NotAllowed
from matcher.policy import Action
from matcher.sessions import reading, writing

router = APIRouter(tags=["invitations"])

_ROUTES = {
    LinkPurpose.CONFIRM_EMAIL: "confirm_email",
    LinkPurpose.RESET_PASSWORD: "reset_password",
    LinkPurpose.INVITATION: "accept_invitation",
}


@router.post(
    "/organisations/{id}/invitations",
    status_code=201,
    responses=described.refusals(401, 403, 404, 429),
    dependencies=[limited("mail")],
)
def invite(
    id: str,
    sent: Annotated[InvitationPost, Body(openapi_examples=described.INVITATIONS)],
    home: HomeDep,
    actor: ActorDep,
    background: BackgroundDep,
    limiter: LimiterDep,
) -> InvitationOut:
    """Mails a link by which somebody joins the organisation, good once and for two weeks. A second one
    to the same address takes the first one's place."""
    return _mailed(
        home,
        background,
        limiter,
        sent.email,
        lambda session: invitations.invite(session, actor, home.secrets, sent.email, id, sent.roles),
    )


@router.get("/organisations/{id}/invitations", responses=described.refusals(401, 403, 404))
def list_invitations(id: str, home: HomeDep, actor: ActorDep) -> list[InvitationOut]:
    """Those that wait, the newest first."""
    with reading(home.engine) as session:
        return [InvitationOut.model_validate(link) for link in invitations.listed(session, actor, id)]


@router.post(
    "/invitations", status_code=201, responses=described.refusals(401, 403, 429), dependencies=[limited("mail")]
)
def invite_founder(
    sent: FoundingPost, home: HomeDep, actor: ActorDep, background: BackgroundDep, limiter: LimiterDep
) -> InvitationOut:
    """Mails a link by which somebody brings a new organisation onto the platform, and manages it."""
    return _mailed(
        home,
        background,
        limiter,
        sent.email,
        lambda session: invitations.found(session, actor, home.secrets, sent.email),
    )


@router.get("/invitations", responses=described.refusals(401, 403))
def list_founding_invitations(home: HomeDep, actor: ActorDep) -> list[InvitationOut]:
    """Those to found an organisation that wait, the newest first."""
    with reading(home.engine) as session:
        return [InvitationOut.model_validate(link) for link in invitations.listed(session, actor, None)]


@router.delete(
    "/invitations/{id}", status_code=204, response_class=Response, responses=described.refusals(401, 403, 404)
)
def take_back_invitation(id: str, home: HomeDep, actor: ActorDep) -> Response:
    """Its link is refused from now on."""
    with writing(home.engine) as session:
        invitations.take_back(session, actor, id)
    return Response(status_code=204)


@router.get("/links/{link}", responses=described.refusals(404, 429), dependencies=[limited("link")])
def read_link(link: str, request: Request, home: HomeDep, actor: StrangerDep) -> LinkOut:
    """What a link from a mail is for, and where to use it. Looking does not use it up."""
    policy.require(actor, Action.SIGN_IN)
    with reading(home.engine) as session:
        for purpose, route in _ROUTES.items():
            try:
                found = links.look(session, home.secrets, purpose, link, now())
            except NotAllowed:
                continue
            use = request.url_for(route, link=link).path
            if purpose is not LinkPurpose.INVITATION:
                return LinkOut(purpose=purpose, expires_at=found.expires_at, use=use)
            told = invitations.look(session, actor, home.secrets, link)
            return LinkOut(
                purpose=purpose,
                expires_at=told.expires_at,
                email=told.email,
                organisation=OrganisationName.model_validate(told.organisation) if told.organisation else None,
                roles=sorted(told.roles),
                has_account=told.has_account,
                use=use,
                elsewhere=f"{request.url_for('go').path}?{urlencode({'invitation': link})}"
                if request.app.state.provider
                else None,
            )
    raise Problem(404, "not_found", "This link is not complete, was used, or has expired.")


@router.post(
    "/invitations/{link}/acceptance",
    status_code=201,
    responses=described.refusals(401, 403, 409, 429),
    dependencies=[limited("link")],
)
def accept_invitation(
    link: str,
    sent: Annotated[Acceptance, Body(openapi_examples=described.ACCEPTANCES)],
    home: HomeDep,
    actor: ActorDep,
) -> Accepted:
    """Joins, or founds, an organisation. Who has an account signs in to it first; who has none gets one,
    and signs in afterwards."""
    given = invitations.Acceptance(sent.name, sent.password, sent.organisation)
    person, organisation_id = invitations.accept(home.engine, actor, home.secrets, link, given)
    return Accepted(person=PersonName.model_validate(person), organisation_id=organisation_id)


def _mailed(
    home: Home, background: Background, limiter: Limiter, email: str, make: Callable[[Session], tuple[Link, str]]
) -> InvitationOut:
    """Stores an invitation and mails it, unless that mailbox has had enough of us for now (429)."""
    with writing(home.engine) as session:
        link, signed = make(session)
        if not limiter.may_mail(link.email):
            raise Problem(
                429,
                "too_many_attempts",
                "This mailbox was sent enough for now: try again in an hour.",
                headers={"Retry-After": "3600"},
            )
        name = organisations.get(session, link.organisation_id).name if link.organisation_id else None
        shown = InvitationOut.model_validate(link)
    letter = letters.invitation(home.settings, shown.email, signed, shown.expires_at, name)
    background.later(partial(deliver, home.settings, letter))
    return shown
