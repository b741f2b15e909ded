"""Who reads what an answer says: its consortium, and once it is opened the setter, the funder, investors
and operators, each version that was handed in. Nobody else, and not whoever has a shell here either."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, and_, col, or_, select

from matcher import policy
from matcher.accounts.secrets import Secrets
from matcher.actors import Actor
from matcher.engine import answer_moves, answer_needs, answer_texts, challenge_moves, opened_answers
from matcher.engine.answer_texts import Contents, File
from matcher.entities import Answer, AnswerText, Challenge, Elimination, Partner, Round
from matcher.errors import NotAllowed, NotFound
from matcher.policy import Action
from matcher.states import AnswerState


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a consortium has come with an answer, for itself alone."""

    missing: list[str]
    part_hashes: dict[str, str]
    partners: dict[str, Partner]
    unconfirmed: list[str]


def get(session: Session, actor: Actor, id: str) -> tuple[Challenge, Answer]:
    """What is told of an answer without its text."""
    return answer_moves.find(session, actor, id)


def standing(session: Session, secrets: Secrets, actor: Actor, id: str) -> Standing | None:
    """None for whoever is not of the consortium, and while it is sealed."""
    challenge, answer = answer_moves.find(session, actor, id)
    if not answer_moves.is_own(session, actor, challenge, answer):
        return None
    text = answer_texts.standing(session, answer)
    if text.own_key is None:
        return None
    contents, partners = answer_texts.read(secrets, text), answer_moves.partners_of(session, answer)
    return Standing(
        answer_needs.missing(challenge, contents, partners),
        answer_texts.part_hashes(contents),
        partners,
        answer_needs.unconfirmed(contents, partners),
    )


def versions(session: Session, actor: Actor, id: str) -> list[AnswerText]:
    """Those that the actor may read, oldest first."""
    challenge, answer = answer_moves.find(session, actor, id)
    return _readable(session, actor, challenge, answer)


def text(
    session: Session, secrets: Secrets, actor: Actor, id: str, number: int | None = None
) -> tuple[AnswerText, Contents]:
    """One version, the last without a number. Raises NotAllowed while nobody may read it."""
    challenge, answer = answer_moves.find(session, actor, id)
    readable = _readable(session, actor, challenge, answer)
    if not readable:
        raise NotAllowed("This is sealed until the round is opened.")
    found = readable[-1] if number is None else next((one for one in readable if one.number == number), None)
    if found is None:
        raise NotFound("version", str(number))
    return found, answer_texts.read(secrets, found)


def file(session: Session, secrets: Secrets, actor: Actor, id: str, file_id: str) -> tuple[File, bytes]:
    """A file of any version that the actor may read."""
    challenge, answer = answer_moves.find(session, actor, id)
    for version in reversed(_readable(session, actor, challenge, answer)):
        if file_id in version.attachment_ids:
            contents = answer_texts.read(secrets, version)
            found = next((one for one in contents.files if one.id == file_id), None)
            if found is not None:
                return found, answer_texts.file_content(session, found)
    raise NotFound("attachment", file_id)


def texts_for(session: Session, secrets: Secrets, actor: Actor, challenge_id: str) -> list[tuple[Answer, Contents]]:
    """The last version of every answer to a challenge that the actor may read, by number."""
    found: list[tuple[Answer, Contents]] = []
    challenge = challenge_moves.find(session, actor, challenge_id)
    for answer in of_challenge(session, actor, challenge_id):
        readable = [one for one in _readable(session, actor, challenge, answer) if one.own_key is not None]
        if readable:
            found.append((answer, answer_texts.read(secrets, readable[-1])))
    return found


def of_challenge(session: Session, actor: Actor, challenge_id: str) -> list[Answer]:
    """The answers to a challenge that the actor may know of, by number."""
    challenge = challenge_moves.find(session, actor, challenge_id)
    query = select(Answer).where(Answer.challenge_id == challenge.id).order_by(col(Answer.number))
    return [
        answer
        for answer in session.exec(query)
        if policy.can(actor, Action.READ_ANSWER, challenge_moves.answer_thing(session, challenge, answer)).allowed
    ]


def own(session: Session, actor: Actor, *, cursor: str | None = None, limit: int = 50) -> list[Answer]:
    """The answers that the organisation acted for leads or is a partner in, newest first, from behind the id
    `cursor`; for whoever has a shell all."""
    policy.require(actor, Action.LIST_CHALLENGES)
    query = select(Answer).order_by(col(Answer.id).desc()).limit(limit)
    if not actor.trusted:
        if actor.organisation_id is None or not actor.roles:
            return []
        joined = select(Partner.answer_id).where(Partner.organisation_id == actor.organisation_id)
        query = query.where(or_(Answer.organisation_id == actor.organisation_id, col(Answer.id).in_(joined)))
    if cursor:
        query = query.where(col(Answer.id) < cursor)
    return list(session.exec(query))


def as_told(session: Session, actor: Actor, answer: Answer) -> dict[str, Any]:
    """The organisations beside the lead, in order of their ids, and what is told of an answer in place of what
    stands in it: to others than its authors, while it is under way in a further round, what it was when that
    began, with those who stood behind what was opened."""
    challenge = session.get_one(Challenge, answer.challenge_id)
    own = actor.trusted or answer_moves.is_own(session, actor, challenge, answer)
    if own or not challenge_moves.is_under_way(challenge, answer):
        return {"partners": sorted(answer_moves.partners_of(session, answer))}
    query = (
        select(Round.opened_at, Elimination.before)
        .join(Elimination, and_(Elimination.challenge_id == Round.challenge_id, Elimination.round == Round.number))
        .where(
            Round.challenge_id == challenge.id,
            Round.number == answer.round - 1,
            col(Elimination.reversed_at).is_(None),
        )
    )
    opened_at, before = session.exec(query).one()
    return {
        "state": AnswerState.DRAFT,
        "version": 1,
        "updated_at": opened_at,
        "handed_in_at": None,
        "partners": [partner["organisation_id"] for partner in before["partners"][answer.id]],
    }


def _readable(session: Session, actor: Actor, challenge: Challenge, answer: Answer) -> list[AnswerText]:
    if not answer_moves.is_own(session, actor, challenge, answer):
        return opened_answers.versions(session, challenge, answer)
    query = select(AnswerText).where(AnswerText.answer_id == answer.id).order_by(col(AnswerText.number))
    return list(session.exec(query))
