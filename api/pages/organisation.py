"""The organisation that one acts for: its people, their roles, invitations."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from api.deps import BackgroundDep, LimiterDep, limited
from api.pages import acting, forms
from api.pages.forms import Sent
from api.pages.languages import marked as _
from api.pages.looking import Looking, LookingDep
from api.routes import invitations, members
from api.schemas.accounts import InvitationPost, MemberRoles
from matcher.errors import Forbidden, Unauthenticated

router = APIRouter(prefix="/organisation", include_in_schema=False)

PAGE = "people/organisation.html"


@router.get("")
def read(looking: LookingDep) -> Response:
    return looking.show(PAGE, form=forms.blank(), **_told(looking))


@router.post("/invitations", dependencies=[limited("mail")])
def invite(looking: LookingDep, sent: Sent, background: BackgroundDep, limiter: LimiterDep) -> Response:
    def do() -> Response:
        asked = forms.read(sent, InvitationPost, looking.zone)
        invitations.invite(_own(looking), asked, looking.home, looking.actor, background, limiter)
        return looking.go("/organisation", _("The invitation is on its way by mail."))

    return acting.act(looking, forms.sent(sent), PAGE, do, lambda: _told(looking))


@router.post("/invitations/{id}")
def take_back(id: str, looking: LookingDep) -> Response:
    invitations.take_back_invitation(id, looking.home, looking.actor)
    return looking.go("/organisation", _("The invitation is taken back."))


@router.post("/members/{person_id}")
def set_roles(person_id: str, looking: LookingDep, sent: Sent) -> Response:
    """Roles, or out of the organisation."""

    def do() -> Response:
        if sent.get("remove"):
            members.remove_member(_own(looking), person_id, looking.home, looking.actor)
            return looking.go("/organisation", _("They are no longer of this organisation."))
        roles = forms.read(sent, MemberRoles, looking.zone)
        members.set_roles(_own(looking), person_id, roles, looking.home, looking.actor)
        return looking.go("/organisation", _("Saved."))

    return acting.act(looking, forms.sent(sent), PAGE, do, lambda: _told(looking))


def _own(looking: Looking) -> str:
    if not looking.actor.known:
        raise Unauthenticated("Sign in first.")
    if looking.actor.organisation_id is None:
        raise Forbidden("Act for an organisation first: your account says for which you may.")
    return looking.actor.organisation_id


def _told(looking: Looking) -> dict[str, Any]:
    id = _own(looking)
    may_invite = looking.me is not None and "manager" in looking.me.session.roles
    return {
        "people": members.list_members(id, looking.home, looking.actor),
        "manages": may_invite,
        "waiting": invitations.list_invitations(id, looking.home, looking.actor) if may_invite else [],
    }
