"""Directed commission 定向委托: offer, counter-offer, agreement, with every version of the terms."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response
from starlette.datastructures import FormData

from api.pages import acting, forms
from api.pages.forms import Form, Sent
from api.pages.languages import marked as _
from api.pages.looking import Looking, LookingDep
from api.routes import answers, challenges, offers
from api.schemas.awards import OfferOut, OfferRefusal
from api.schemas.challenges import ChallengeOut
from matcher.awards.drafts import OfferDraft
from matcher.errors import NotFound
from matcher.states import ChallengeState, OfferState

router = APIRouter(prefix="/answers/{id}/offers", include_in_schema=False)

PAGE = "offers/list.html"
_NEGOTIATING = (ChallengeState.ANSWERING, ChallengeState.GRADING)


@router.get("")
def read(id: str, looking: LookingDep) -> Response:
    """The form begins from the last terms: a counter-offer changes some of them."""
    told = _told(looking, id)
    last: OfferOut | None = told["offers"][-1] if told["offers"] else None
    draft = OfferDraft(terms=last.terms) if last else None
    form = forms.of(draft, looking.zone) if draft else forms.blank(**_begun(told))
    return looking.show(PAGE, form=form, **told)


@router.post("")
def make_offer(id: str, looking: LookingDep, sent: Sent) -> Response:
    form, told = forms.sent(sent), _told(looking, id)
    if forms.only_rows(sent):
        return looking.show(PAGE, form=form, **told)

    def do() -> Response:
        offers.make_offer(id, forms.read(sent, OfferDraft, looking.zone), looking, form.key)
        return looking.go(f"/answers/{id}/offers", _("Your offer is with the other side."))

    return acting.act(looking, form, PAGE, do, lambda: told)


@router.post("/{offer_id}/agreement")
def agree(id: str, offer_id: str, looking: LookingDep) -> Response:
    def do(one: OfferOut) -> Response:
        offers.agree_to_offer(one.id, looking)
        return looking.go(f"/answers/{id}/offers", _("Agreed. The challenge can be decided on these terms."))

    return _answered(looking, id, offer_id, FormData(), do)


@router.post("/{offer_id}/refusal")
def decline(id: str, offer_id: str, looking: LookingDep, sent: Sent) -> Response:
    def do(one: OfferOut) -> Response:
        offers.decline_offer(one.id, looking, forms.read(sent, OfferRefusal, looking.zone))
        return looking.go(f"/answers/{id}/offers", _("Declined. Either side may make another offer."))

    return _answered(looking, id, offer_id, sent, do)


def _answered(looking: Looking, id: str, offer_id: str, sent: FormData, do: Any) -> Response:
    told = _told(looking, id)
    found = next((one for one in told["offers"] if one.id == offer_id), None)
    if found is None:
        raise NotFound("offer", offer_id)
    form: Form = forms.sent(sent)
    return acting.act(looking, form, PAGE, lambda: do(found), lambda: told)


def _told(looking: Looking, id: str) -> dict[str, Any]:
    answer = answers.read_answer(id, looking)
    challenge = _challenge(looking, answer.challenge_id)
    made = offers.list_offers(id, looking)
    acts_for = looking.actor.organisation_id
    by_setter = challenge is not None and acts_for == challenge.organisation.id
    stands = made[-1] if made and made[-1].state is OfferState.MADE else None
    takes_part = by_setter or acts_for == answer.organisation.id
    agreed = any(one.state is OfferState.AGREED for one in made)
    theirs = stands is not None and stands.by_setter != by_setter
    open_now = takes_part and challenge is not None and challenge.state in _NEGOTIATING and not agreed
    return {
        "answer": answer,
        "challenge": challenge,
        "offers": made,
        "takes_part": takes_part,
        "to_be_answered": stands if open_now and theirs else None,
        "may_offer": open_now and (stands is None or theirs),
    }


def _challenge(looking: Looking, id: str) -> ChallengeOut | None:
    """None for a partner of a consortium: the challenge is private, and the lead alone is invited."""
    try:
        return challenges.read_challenge(id, looking)
    except NotFound:
        return None


def _begun(told: dict[str, Any]) -> dict[str, str]:
    challenge: ChallengeOut | None = told["challenge"]
    if challenge is None:
        return {}
    begun = {"terms.currency": challenge.currency, "terms.kind": "development", "terms.ownership": "full"}
    return begun | ({"terms.amount": str(challenge.budget)} if challenge.budget is not None else {})
