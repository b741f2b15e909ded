"""The public funder's word for its part of the budget 配套出资, given before the challenge is published."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from fastapi import APIRouter, Response

from api.pages import acting, forms
from api.pages.forms import Sent
from api.pages.languages import marked as _
from api.pages.looking import Looking, LookingDep
from api.routes import challenges
from api.schemas.challenges import ChallengeOut, FundingPost, FundingWithdrawal
from api.schemas.mechanisms import MechanismOut
from matcher.engine.challenge_drafts import public_part
from matcher.mechanisms import Funding

router = APIRouter(prefix="/challenges/{id}/funding", include_in_schema=False)

PAGE = "challenges/funding.html"


@router.get("")
def read(id: str, looking: LookingDep) -> Response:
    return looking.show(PAGE, form=forms.blank(), **_told(looking, id))


@router.post("")
def confirm(id: str, looking: LookingDep, sent: Sent) -> Response:
    """The amount is sent as it was read: nobody confirms what was changed meanwhile."""

    def do() -> Response:
        challenges.confirm_funding(id, forms.read(sent, FundingPost, looking.zone), looking)
        return looking.go(f"/challenges/{id}", _("The public part is confirmed."))

    return acting.act(looking, forms.sent(sent), PAGE, do, lambda: _told(looking, id))


@router.post("/withdrawal")
def withdraw(id: str, looking: LookingDep, sent: Sent) -> Response:
    def do() -> Response:
        challenges.withdraw_funding(id, looking, forms.read(sent, FundingWithdrawal, looking.zone))
        return looking.go(f"/challenges/{id}", _("The confirmation is taken back."))

    return acting.act(looking, forms.sent(sent), PAGE, do, lambda: _told(looking, id))


def part(challenge: ChallengeOut, rules: MechanismOut) -> Decimal | None:
    """What the public funder puts in beside the setter; none where it has no part, or there is no budget yet."""
    if rules.funding is not Funding.MATCHED or challenge.budget is None:
        return None
    return public_part(challenge.budget, rules.public_ratio)


def _told(looking: Looking, id: str) -> dict[str, Any]:
    challenge = challenges.read_challenge(id, looking)
    funds = challenge.funder_id is not None and challenge.funder_id == looking.actor.organisation_id
    return {
        "challenge": challenge,
        "part": part(challenge, challenges.read_rules(id, looking)),
        "funds": funds and challenge.published_at is None,
    }
