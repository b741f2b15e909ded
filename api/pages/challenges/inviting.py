"""Whom a challenge asks to answer, or to invest: by name, or because a result of theirs matches."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from api.deps import IndexDep
from api.pages import acting, forms
from api.pages.challenges import standing
from api.pages.forms import Sent
from api.pages.languages import marked as _
from api.pages.looking import Looking, LookingDep
from api.routes import challenge_talks, challenges, organisations
from api.schemas.challenges import ChallengeInvitationPost, MatchingInvitation
from api.schemas.organisations import OrganisationsQuery
from matcher.mechanisms import Decider

router = APIRouter(prefix="/challenges/{id}/invitations", include_in_schema=False)

PAGE = "challenges/invitations.html"
_SHOWN = 50


@router.get("")
def read(id: str, looking: LookingDep, words: str = "") -> Response:
    return looking.show(PAGE, form=forms.blank(), **_told(looking, id, words))


@router.post("")
def invite(id: str, looking: LookingDep, sent: Sent) -> Response:
    def do() -> Response:
        challenge_talks.invite_organisations(id, forms.read(sent, ChallengeInvitationPost, looking.zone), looking)
        return looking.go(f"/challenges/{id}/invitations", _("Invited. They are told."))

    return acting.act(looking, forms.sent(sent), PAGE, do, lambda: _told(looking, id, str(sent.get("words", ""))))


@router.post("/matching")
def invite_matching(id: str, looking: LookingDep, sent: Sent, found: IndexDep) -> Response:
    def do() -> Response:
        wanted = forms.read(sent, MatchingInvitation, looking.zone)
        made = challenge_talks.invite_matching_labs(id, looking, found, wanted)
        told = _("Those with a result that likely helps are invited.") if made else _("No further lab was found.")
        return looking.go(f"/challenges/{id}/invitations", told)

    return acting.act(looking, forms.sent(sent), PAGE, do, lambda: _told(looking, id))


@router.post("/{organisation_id}/removal")
def take_back(id: str, organisation_id: str, looking: LookingDep) -> Response:
    def do() -> Response:
        challenge_talks.take_invitation_back(id, organisation_id, looking)
        return looking.go(f"/challenges/{id}/invitations", _("The invitation is taken back."))

    return acting.act(looking, forms.blank(), PAGE, do, lambda: _told(looking, id))


def _told(looking: Looking, id: str, words: str = "") -> dict[str, Any]:
    challenge = challenges.read_challenge(id, looking)
    invites = standing.is_setter(looking.me, challenge) or standing.is_desk(looking.me)
    query = OrganisationsQuery(words=words.strip()[:200], limit=_SHOWN)
    return {
        "challenge": challenge,
        "invited": challenge_talks.list_invitations(id, looking),
        "invites": invites,
        "invests": challenges.read_rules(id, looking).decider is Decider.COMMITMENTS,
        "words": words,
        "organisations": organisations.list_organisations(query, looking).items if invites and words.strip() else [],
    }
