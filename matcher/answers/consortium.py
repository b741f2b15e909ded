"""Partners of a consortium 创新联合体, each of whom agrees to its own part."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from matcher.accounts.secrets import Secrets
from matcher.actors import Actor
from matcher.engine import answer_moves, answer_texts
from matcher.entities import Answer
from matcher.errors import Conflict, Invalid, NotAllowed
from matcher.policy import Action
from matcher.states import AnswerState


def confirm_part(
    session: Session,
    secrets: Secrets,
    actor: Actor,
    id: str,
    part_hash: str,
    *,
    organisation_id: str | None = None,
    at: datetime,
) -> Answer:
    """A partner agrees to what it does and gets, and to who owns what is found together.

    `part_hash` says which text was read: only that is agreed to. Raises Conflict for one that has
    changed since.
    """
    challenge, answer = answer_moves.hold(session, actor, id, Action.CONFIRM_PART)
    answer_moves.require_in_round(challenge, answer)
    answer_moves.require_in_time(session, challenge, at)
    if answer.state is not AnswerState.DRAFT:
        raise NotAllowed(f"This answer is {answer.state}: its parts stand.")
    whose = organisation_id if actor.trusted else actor.organisation_id
    partner = answer_moves.partners_of(session, answer).get(whose or "")
    if partner is None:
        raise Invalid("is no partner in this answer", place="organisation")
    contents = answer_texts.read(secrets, answer_texts.standing(session, answer))
    if answer_texts.part_hashes(contents).get(partner.organisation_id) != part_hash:
        raise Conflict("This part was changed since you read it: read it again, and confirm what you read.")
    partner.confirmed_hash, partner.confirmed_at, partner.confirmed_by = part_hash, at, actor.name
    session.add(partner)
    told = {"partner": partner.organisation_id, "part_hash": part_hash}
    answer_moves.record(session, actor, answer, "answer.part_confirmed", at=at, told=told)
    return answer
