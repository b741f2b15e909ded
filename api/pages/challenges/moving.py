"""The moves of a challenge, each on a page of its own: what it does, what is in its way, and the reason it needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fastapi import APIRouter, Response

from api.deps import FollowerDep
from api.pages import acting, forms
from api.pages.challenges import one
from api.pages.forms import Sent
from api.pages.languages import marked as _
from api.pages.looking import Looking, LookingDep
from api.routes import challenges, openings
from api.schemas.answers import Closing, Opening
from api.schemas.challenges import ChallengeOut, Decision, Extension, GivingBack
from matcher.errors import NotFound

router = APIRouter(include_in_schema=False)

PAGE = "challenges/move.html"
JUDGED = ("propose", "publish", "give_back")
"""Moves that the quality gate's findings stand beside."""

Do = Callable[[Looking, str, Sent], ChallengeOut]


def _propose(looking: Looking, id: str, sent: Sent) -> ChallengeOut:
    return challenges.propose_challenge(id, looking)


def _give_back(looking: Looking, id: str, sent: Sent) -> ChallengeOut:
    return challenges.give_back_challenge(id, looking, forms.read(sent, GivingBack, looking.zone))


def _publish(looking: Looking, id: str, sent: Sent) -> ChallengeOut:
    return challenges.publish_challenge(id, looking, forms.versions(sent))


def _extend(looking: Looking, id: str, sent: Sent) -> ChallengeOut:
    return challenges.extend_challenge(id, forms.read(sent, Extension, looking.zone), looking)


def _close(looking: Looking, id: str, sent: Sent) -> ChallengeOut:
    return openings.close_round(id, looking, forms.read(sent, Closing, looking.zone))


def _open(looking: Looking, id: str, sent: Sent) -> ChallengeOut:
    return openings.open_round(id, looking, forms.read(sent, Opening, looking.zone))


def _no_award(looking: Looking, id: str, sent: Sent) -> ChallengeOut:
    return challenges.end_without_award(id, forms.read(sent, Decision, looking.zone), looking)


def _cancel(looking: Looking, id: str, sent: Sent) -> ChallengeOut:
    return challenges.cancel_challenge(id, forms.read(sent, Decision, looking.zone), looking)


MOVES: Mapping[str, tuple[Do, str]] = {
    "propose": (_propose, _("Handed in. A matchmaker or an operator publishes it or gives it back.")),
    "give_back": (_give_back, _("It is a draft again.")),
    "publish": (_publish, _("Published. Answers can be handed in from now on.")),
    "extend": (_extend, _("The deadline is moved.")),
    "close": (_close, _("The round is closed.")),
    "open": (_open, _("The answers are opened.")),
    "no_award": (_no_award, _("Ended without award.")),
    "cancel": (_cancel, _("The challenge is called off.")),
}
"""What is done, and what is told then. The others have desks of their own: amending, grading, awarding."""


@router.get("/challenges/{id}/moves/{move}")
def ask(id: str, move: str, looking: LookingDep, follower: FollowerDep) -> Response:
    if move not in MOVES:
        raise NotFound("move", move)
    told = _told(looking, id, move, follower)
    if told["possible"] is None:
        return looking.go(f"/challenges/{id}")
    return looking.show(PAGE, form=forms.blank(**_shown(looking, told["challenge"])), **told)


@router.post("/challenges/{id}/moves/{move}")
def make(id: str, move: str, looking: LookingDep, sent: Sent, follower: FollowerDep) -> Response:
    if move not in MOVES:
        raise NotFound("move", move)
    does, done = MOVES[move]

    def do() -> Response:
        does(looking, id, sent)
        return looking.go(f"/challenges/{id}", done)

    return acting.act(looking, forms.sent(sent), PAGE, do, lambda: _told(looking, id, move, follower))


def _shown(looking: Looking, challenge: ChallengeOut) -> dict[str, str]:
    """The deadline that stands, to be moved on from."""
    if challenge.deadline is None:
        return {}
    return {"deadline": challenge.deadline.astimezone(looking.zone).strftime("%Y-%m-%dT%H:%M")}


def _told(looking: Looking, id: str, move: str, follower: FollowerDep) -> dict[str, Any]:
    challenge = challenges.read_challenge(id, looking)
    possible = {found.move: found for found in challenges.list_moves(id, looking)}
    return {
        "challenge": challenge,
        "move": move,
        "possible": possible.get(move),
        "gate": one.gate_of(looking, id, follower) if move in JUDGED else None,
    }
