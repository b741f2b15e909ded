"""Opening a challenge from needs by a form, editing its draft, and amending what is published."""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter, Query, Response
from starlette.datastructures import FormData

from api.deps import FollowerDep
from api.pages import acting, forms
from api.pages.challenges import drafts, one
from api.pages.forms import Sent
from api.pages.languages import marked as _
from api.pages.looking import Looking, LookingDep
from api.routes import challenges, mechanisms, needs
from api.schemas.challenges import Amendment, ChallengeOut, Decision
from api.schemas.items import NeedsQuery
from api.schemas.mechanisms import MechanismOut
from matcher import policy
from matcher.engine.challenge_drafts import ChallengeDraft
from matcher.errors import Forbidden, NotAllowed, Unauthenticated
from matcher.policy import Action
from matcher.states import ChallengeState, ItemState

router = APIRouter(include_in_schema=False)

PAGE = "challenges/form.html"
_OTHER = "_mechanism"
"""The button that shows the form again for the mechanism that was chosen, and saves nothing."""


# -- a new one --------------------------------------------------------------------------------------


@router.get("/challenges/new")
def new(looking: LookingDep, need: list[str] = Query(default=[]), mechanism: str = "") -> Response:  # noqa: B008  # never changed
    """First the needs are chosen, then the mechanism, then the rest is written."""
    _require_setter(looking)
    if not need:
        query = NeedsQuery(organisation_id=looking.actor.organisation_id, state=ItemState.OPEN, limit=200)
        return looking.show("challenges/choose_needs.html", found=needs.list_needs(query, looking))
    chosen = drafts.needs_of(looking, need)
    known = {rules.name: rules for rules in mechanisms.list_mechanisms(looking)}
    if mechanism not in known:
        return looking.show("challenges/choose_mechanism.html", needs=chosen, mechanisms=list(known.values()))
    return looking.show(PAGE, form=drafts.begun(looking, chosen, mechanism), **_told(looking, known[mechanism]))


@router.post("/challenges/new")
def open_challenge(looking: LookingDep, sent: Sent) -> Response:
    _require_setter(looking)
    form, rules = forms.sent(sent), _chosen(looking, sent)
    told = _told(looking, rules)
    if _only_shown(sent):
        return looking.show(PAGE, form=form, **told)

    def do() -> Response:
        draft = drafts.taken(looking, sent, len(rules.rounds))
        made = json.loads(bytes(challenges.open_challenge(draft, looking, form.key).body))
        return looking.go(
            f"/challenges/{made['id']}", _("The draft is saved. Hand it in for publishing once it is complete.")
        )

    return acting.act(looking, form, PAGE, do, lambda: told)


# -- a draft ----------------------------------------------------------------------------------------


@router.get("/challenges/{id}/edit")
def edit(id: str, looking: LookingDep, follower: FollowerDep) -> Response:
    challenge = _to_be_written(looking, id, ChallengeState.DRAFT)
    form = drafts.shown(looking, _draft(challenge))
    return looking.show(PAGE, form=form, **_told(looking, challenges.read_rules(id, looking), challenge, follower))


@router.post("/challenges/{id}/edit")
def replace(id: str, looking: LookingDep, sent: Sent, follower: FollowerDep) -> Response:
    challenge = _to_be_written(looking, id)
    form, rules = forms.sent(sent), challenges.read_rules(id, looking)
    if sent.get("mechanism") != rules.name:
        rules = _chosen(looking, sent)
    told = _told(looking, rules, challenge, follower, str(sent.get("_version", "")))
    if _only_shown(sent):
        return looking.show(PAGE, form=form, **told)

    def do() -> Response:
        challenges.edit_challenge(id, drafts.taken(looking, sent, len(rules.rounds)), looking, forms.versions(sent))
        return looking.go(f"/challenges/{id}", _("Saved."))

    return acting.act(looking, form, PAGE, do, lambda: told)


# -- what is published ------------------------------------------------------------------------------


@router.get("/challenges/{id}/amend")
def ask_amendment(id: str, looking: LookingDep, follower: FollowerDep) -> Response:
    challenge = _to_be_written(looking, id, ChallengeState.ANSWERING)
    form = drafts.shown(looking, _draft(challenge))
    return looking.show(PAGE, form=form, **_amending(looking, challenge, follower))


@router.post("/challenges/{id}/amend")
def amend(id: str, looking: LookingDep, sent: Sent, follower: FollowerDep) -> Response:
    challenge = _to_be_written(looking, id)
    told = _amending(looking, challenge, follower, str(sent.get("_version", "")))
    form = forms.sent(sent)
    if _only_shown(sent):
        return looking.show(PAGE, form=form, **told)

    def do() -> Response:
        draft = drafts.taken(looking, sent, len(told["rules"].rounds), _criteria(looking, id))
        reason = forms.read(sent, Decision, looking.zone).reason
        challenges.amend_challenge(id, Amendment(draft=draft, reason=reason), looking, forms.versions(sent))
        return looking.go(f"/challenges/{id}#versions", _("Amended. Everybody concerned is told what changed and why."))

    return acting.act(looking, form, PAGE, do, lambda: told)


# -- inside -----------------------------------------------------------------------------------------


def _require_setter(looking: Looking) -> None:
    if looking.me is None:
        raise Unauthenticated("Sign in first.")
    if not looking.me.posts_needs:
        raise Forbidden(policy.RULES[Action.OPEN_CHALLENGE].otherwise)


def _to_be_written(looking: Looking, id: str, state: ChallengeState | None = None) -> ChallengeOut:
    """The challenge, for its setter. What was sent is left to the route to refuse where it came too late."""
    challenge = challenges.read_challenge(id, looking)
    if looking.me is None:
        raise Unauthenticated("Sign in first.")
    if looking.actor.organisation_id != challenge.organisation.id or not looking.me.posts_needs:
        raise Forbidden(policy.RULES[Action.EDIT_CHALLENGE].otherwise)
    if state is not None and challenge.state is not state:
        raise NotAllowed("Only a draft can be edited: take it back first, or amend what is published.")
    return challenge


def _chosen(looking: Looking, sent: FormData) -> MechanismOut:
    known = {rules.name: rules for rules in mechanisms.list_mechanisms(looking)}
    found = known.get(str(sent.get("mechanism", "")))
    return found if found is not None else next(iter(known.values()))


def _only_shown(sent: FormData) -> bool:
    return forms.only_rows(sent) or bool(sent.get(_OTHER))


def _draft(challenge: ChallengeOut) -> ChallengeDraft:
    return ChallengeDraft.model_validate(challenge.model_dump(include=set(ChallengeDraft.model_fields)))


def _criteria(looking: Looking, id: str) -> dict[str, str]:
    """Every criterion that was told so far, by its key."""
    told = challenges.list_versions(id, looking)
    return {criterion.key: criterion.name for version in told for criterion in version.content.rubric}


def _amending(looking: Looking, challenge: ChallengeOut, follower: FollowerDep, version: str = "") -> dict[str, Any]:
    rules = challenges.read_rules(challenge.id, looking)
    return _told(looking, rules, challenge, follower, version, amends=True)


def _told(
    looking: Looking,
    rules: MechanismOut,
    challenge: ChallengeOut | None = None,
    follower: FollowerDep | None = None,
    version: str = "",
    *,
    amends: bool = False,
) -> dict[str, Any]:
    """`version` is the one that the form was shown with first; what is sent again goes on from that."""
    gate = one.gate_of(looking, challenge.id, follower) if challenge and follower else None
    return {
        "rules": rules,
        "mechanisms": mechanisms.list_mechanisms(looking),
        "challenge": challenge,
        "version": version or (str(challenge.version) if challenge else ""),
        "amends": amends,
        "gate": gate,
    }
