"""Whom the circles of `matcher.notice_turns` consist of, just now."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session, col, select

from matcher.engine import challenge_moves
from matcher.entities import (
    Accreditation,
    Answer,
    Assignment,
    Award,
    Challenge,
    ChallengeInvitation,
    Commitment,
    Contract,
    Custodian,
    Event,
    Membership,
    Objection,
    Partner,
    PlatformRole,
    Question,
    Role,
    Trial,
)
from matcher.notice_turns import To, Turn
from matcher.states import AnswerState, AssignmentState

_GIVEN_UP = (AnswerState.WITHDRAWN, AnswerState.LAPSED)
_ON_DESK = (AssignmentState.ASSIGNED, AssignmentState.SUBMITTED)
_POSTERS = (Role.POSTER, Role.MANAGER)
_AUTHORS = (Role.RESEARCHER, Role.MANAGER)
_MANAGERS = (Role.MANAGER,)


@dataclass(frozen=True, slots=True)
class Matter:
    """An event with the challenge and the answer that it is about."""

    event: Event
    challenge: Challenge
    answer: Answer | None

    def named(self, key: str) -> list[str]:
        """Ids in the event's detail, one or several; none once the detail was erased."""
        found: Any = self.event.detail.get(key, [])
        return [found] if isinstance(found, str) else [str(one) for one in found]


@dataclass(frozen=True, slots=True)
class Concern:
    """Whom an event concerns, and what they are told."""

    people: set[str]
    thing: str
    told: dict[str, str]
    """What the words of any turn may need."""


def concern(session: Session, event: Event, turn: Turn) -> Concern | None:
    """None where what the event was about is not there any more."""
    found = matter(session, event)
    if found is None:
        return None
    return Concern(people(session, found, turn.to), f"challenge:{found.challenge.id}", _told(found, turn))


def _told(matter: Matter, turn: Turn) -> dict[str, str]:
    """With the reason where it is told; of an answer nothing but its number."""
    reason = matter.event.detail.get("reason") if turn.with_reason else None
    due = matter.event.detail.get("due")
    until = datetime.fromisoformat(due).astimezone(UTC) if due else matter.challenge.deadline
    return {
        "title": matter.challenge.title,
        "number": str(matter.answer.number) if matter.answer else "",
        "deadline": f"{until:%Y-%m-%d %H:%M} UTC" if until else "",
    } | ({"reason": reason} if reason else {})


def matter(session: Session, event: Event) -> Matter | None:
    """None where what the event was about is not there any more."""
    kind, _, id = event.thing.partition(":")
    if kind != "challenge":
        id = str(event.detail.get("challenge", ""))
    challenge = session.get(Challenge, id)
    if challenge is None:
        return None
    answer_id = _answer_id(session, event.detail)
    return Matter(event, challenge, session.get(Answer, answer_id) if answer_id else None)


def _answer_id(session: Session, detail: dict[str, Any]) -> str | None:
    """Of the answer that an event names, or of what belongs to it."""
    if "answer" in detail:
        return str(detail["answer"])
    if "contract" in detail:
        query = select(Award.answer_id).join(Contract).where(Contract.id == detail["contract"])
        return session.exec(query).one_or_none()
    for key, column, of in _BELONGING:
        if key in detail:
            return session.exec(select(column).where(of == detail[key])).one_or_none()
    return None


_BELONGING: tuple[tuple[str, Any, Any], ...] = (
    ("award", Award.answer_id, Award.id),
    ("trial", Trial.answer_id, Trial.id),
    ("assignment", Assignment.answer_id, Assignment.id),
    ("commitment", Commitment.answer_id, Commitment.id),
)


def people(session: Session, matter: Matter, circles: Collection[To]) -> set[str]:
    """The ids of everybody in these circles. Of a challenge that is not published only its own side is told."""
    if matter.challenge.published_at is None:
        circles = [one for one in circles if one in _BEFORE_PUBLICATION]
    return {person for circle in circles for person in _CIRCLES[circle](session, matter)}


_BEFORE_PUBLICATION = (To.SETTER, To.DESK, To.OPERATORS, To.FUNDER, To.CUSTODIANS)


def members(session: Session, organisations: Collection[str | None], roles: Collection[Role]) -> list[str]:
    query = select(Membership.person_id).where(
        col(Membership.organisation_id).in_([one for one in organisations if one]), col(Membership.role).in_(roles)
    )
    return list(session.exec(query))


def _platform(session: Session, *roles: PlatformRole) -> list[str]:
    return list(session.exec(select(Accreditation.person_id).where(col(Accreditation.role).in_(roles))))


def _setter(session: Session, matter: Matter) -> list[str]:
    return members(session, [matter.challenge.organisation_id], _POSTERS)


def _setter_if_open(session: Session, matter: Matter) -> list[str]:
    mechanism = challenge_moves.mechanism_of(matter.challenge)
    answer = matter.answer
    if answer is None or not challenge_moves.is_open(mechanism, answer):
        return []
    return [] if challenge_moves.is_under_way(matter.challenge, answer) else _setter(session, matter)


def _desk(session: Session, matter: Matter) -> list[str]:
    return _platform(session, PlatformRole.MATCHMAKER, PlatformRole.OPERATOR)


def _operators(session: Session, matter: Matter) -> list[str]:
    return _platform(session, PlatformRole.OPERATOR)


def _funder(session: Session, matter: Matter) -> list[str]:
    return members(session, [matter.challenge.funder_id], _MANAGERS)


def _invited(session: Session, matter: Matter) -> list[str]:
    query = select(ChallengeInvitation.organisation_id).where(ChallengeInvitation.challenge_id == matter.challenge.id)
    return members(session, session.exec(query).all(), _AUTHORS)


def _named(session: Session, matter: Matter) -> list[str]:
    return members(session, matter.named("organisations"), _AUTHORS)


def _answerers(session: Session, matter: Matter) -> list[str]:
    standing = select(Answer.id, Answer.organisation_id).where(
        Answer.challenge_id == matter.challenge.id, col(Answer.state).not_in(_GIVEN_UP)
    )
    leads = dict(session.exec(standing).all())
    partners = select(Partner.organisation_id).where(col(Partner.answer_id).in_(leads))
    return [
        *members(session, leads.values(), _AUTHORS),
        *members(session, session.exec(partners).all(), _MANAGERS),
    ]


def _askers(session: Session, matter: Matter) -> list[str]:
    query = select(Question.organisation_id).where(col(Question.id).in_(matter.named("questions")))
    return members(session, session.exec(query).all(), _AUTHORS)


def _lead(session: Session, matter: Matter) -> list[str]:
    return members(session, [matter.answer.organisation_id], _AUTHORS) if matter.answer else []


def _partners(session: Session, matter: Matter) -> list[str]:
    if matter.answer is None:
        return []
    query = select(Partner.organisation_id).where(Partner.answer_id == matter.answer.id)
    return members(session, session.exec(query).all(), _MANAGERS)


def _unconfirmed(session: Session, matter: Matter) -> list[str]:
    if matter.answer is None:
        return []
    query = select(Partner.organisation_id).where(
        Partner.answer_id == matter.answer.id, col(Partner.confirmed_at).is_(None)
    )
    return members(session, session.exec(query).all(), _MANAGERS)


def _objector(session: Session, matter: Matter) -> list[str]:
    query = select(Objection.organisation_id).where(col(Objection.id).in_(matter.named("objection")))
    return members(session, session.exec(query).all(), _AUTHORS)


def _graders(session: Session, matter: Matter) -> list[str]:
    query = (
        select(Assignment.person_id)
        .join(Answer, col(Answer.id) == col(Assignment.answer_id))
        .where(
            Answer.challenge_id == matter.challenge.id,
            Assignment.round == matter.challenge.round,
            col(Assignment.state).in_(_ON_DESK),
        )
    )
    return list(session.exec(query))


def _drawn(session: Session, matter: Matter) -> list[str]:
    ids = [*matter.named("assignments"), *matter.named("assignment")]
    return list(session.exec(select(Assignment.person_id).where(col(Assignment.id).in_(ids))))


def _tester(session: Session, matter: Matter) -> list[str]:
    return list(session.exec(select(Trial.person_id).where(col(Trial.id).in_(matter.named("trial")))))


def _custodians(session: Session, matter: Matter) -> list[str]:
    return list(session.exec(select(Custodian.person_id).where(Custodian.challenge_id == matter.challenge.id)))


_CIRCLES: dict[To, Callable[[Session, Matter], Collection[str]]] = {
    To.SETTER: _setter,
    To.SETTER_IF_OPEN: _setter_if_open,
    To.DESK: _desk,
    To.OPERATORS: _operators,
    To.FUNDER: _funder,
    To.INVITED: _invited,
    To.NAMED: _named,
    To.ANSWERERS: _answerers,
    To.ASKERS: _askers,
    To.LEAD: _lead,
    To.PARTNERS: _partners,
    To.UNCONFIRMED: _unconfirmed,
    To.OBJECTOR: _objector,
    To.GRADERS: _graders,
    To.DRAWN: _drawn,
    To.TESTER: _tester,
    To.CUSTODIANS: _custodians,
}
