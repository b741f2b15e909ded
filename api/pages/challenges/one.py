"""A challenge's page: all that is told of it, where it stands, and what whoever looks can do."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from api.deps import FollowerDep
from api.pages import forms
from api.pages.challenges import changes, funding, standing
from api.pages.looking import Looking, LookingDep
from api.routes import challenge_documents, challenge_talks, challenges, openings
from api.schemas.challenges import GateOut, GateQuery
from matcher.engine.file_kinds import LARGEST
from matcher.errors import Unready
from matcher.mechanisms import Decider
from matcher.states import ChallengeState

router = APIRouter(include_in_schema=False)

PAGE = "challenges/one.html"


@router.get("/challenges/{id}")
def read(id: str, looking: LookingDep) -> Response:
    return looking.show(PAGE, form=forms.blank(), **told(looking, id))


@router.get("/challenges/{id}/gate")
def judge(id: str, looking: LookingDep, follower: FollowerDep, part: str = "") -> Response:
    """What the quality gate finds, with the likely number of able labs; that number alone for a page that is shown."""
    challenge = challenges.read_challenge(id, looking)
    try:
        gate = challenges.judge_challenge(id, GateQuery(matched=True), looking, follower)
    except Unready:  # the rest of the gate needs no index
        gate = challenges.judge_challenge(id, GateQuery(), looking, follower)
    template = "challenges/labs.html" if part == "labs" else "challenges/gate.html"
    return looking.show(template, challenge=challenge, gate=gate)


def told(looking: Looking, id: str) -> dict[str, Any]:
    challenge = challenges.read_challenge(id, looking)
    rules = challenges.read_rules(id, looking)
    setter, desk = standing.is_setter(looking.me, challenge), standing.is_desk(looking.me)
    published = challenge.published_at is not None
    return {
        "challenge": challenge,
        "rules": rules,
        "steps": standing.steps(challenge, rules),
        "next_moves": standing.next_moves(challenge, rules),
        "moves": challenges.list_moves(id, looking),
        "questions": challenge_talks.list_questions(id, looking),
        "documents": challenge_documents.list_documents(id, looking),
        "versions": changes.told(challenges.list_versions(id, looking)) if published else [],
        "answers": openings.list_challenge_answers(id, looking) if rules.decider is Decider.NEGOTIATION else [],
        "public_part": funding.part(challenge, rules),
        "setter": setter,
        "desk": desk,
        "asks": _asks(looking, challenge.organisation.id) and challenge.state is ChallengeState.ANSWERING,
        "largest": LARGEST // (1024 * 1024),
    }


def gate_of(looking: Looking, id: str, follower: FollowerDep) -> GateOut:
    """Without the labs: they are looked for once the page is there."""
    return challenges.judge_challenge(id, GateQuery(), looking, follower)


def _asks(looking: Looking, setter: str) -> bool:
    """Whether the ask form is offered: questions are asked for another organisation than the setter."""
    return looking.actor.organisation_id not in (None, setter)
