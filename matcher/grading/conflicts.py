"""Who must not judge whose answer: by where they belong, by what was recorded, by a name in the team.

A conflict is with an organisation, and so with every answer that it has part in; whoever belongs to one that
answers has one with all the others too, its rivals. Whoever finds a conflict in oneself declares it, and has
declined at once; one that is recorded of somebody takes their answers of that organisation off their desk in
the same transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Annotated

from pydantic import Field
from sqlmodel import Session, col, or_, select

from matcher import events, policy
from matcher.actors import Actor
from matcher.drafts import Draft, Text
from matcher.engine import challenge_moves
from matcher.entities import Answer, Challenge, Conflict, ConflictKind, Membership, Organisation, Person
from matcher.errors import NotFound
from matcher.grading import desks
from matcher.policy import Action, Thing
from matcher.states import AnswerState

Teams = Callable[[Session, Challenge, Sequence[Answer]], Mapping[str, Collection[str]]]
"""Answer → the names of the people in its team, where they can be read (`readings.teams`)."""
Id = Annotated[str, Field(max_length=36)]
_GIVEN_UP = (AnswerState.WITHDRAWN, AnswerState.LAPSED)
"""States of answers that compete with no other any more."""


class Declaration(Draft):
    """What somebody says of themselves."""

    organisation_id: Id
    challenge_id: Id | None = None
    """Left out: in every challenge."""
    reason: Text = ""


class ConflictDraft(Draft):
    """What the setter or an operator knows of a grader."""

    person_id: Id
    organisation_id: Id
    kind: ConflictKind = ConflictKind.DECLARED
    reason: Text = ""


def between(
    session: Session,
    challenge: Challenge,
    answers: Sequence[Answer],
    person_ids: Collection[str],
    teams: Teams | None = None,
) -> dict[tuple[str, str], ConflictKind]:
    """Answer and person → why this person must not judge that answer; pairs without a conflict are absent."""
    if not answers:
        return {}
    sides = desks.sides(session, answers)
    organisations = set().union(*sides.values())
    barred: dict[tuple[str, str], ConflictKind] = {}
    recorded = select(Conflict.person_id, Conflict.organisation_id, Conflict.kind).where(
        col(Conflict.person_id).in_(person_ids),
        col(Conflict.organisation_id).in_(organisations),
        or_(col(Conflict.challenge_id).is_(None), Conflict.challenge_id == challenge.id),
    )
    barred |= {(person, organisation): ConflictKind(kind) for person, organisation, kind in session.exec(recorded)}
    belongs = select(Membership.person_id, Membership.organisation_id).where(
        col(Membership.person_id).in_(person_ids), col(Membership.organisation_id).in_(organisations)
    )
    barred |= dict.fromkeys(session.exec(belongs), ConflictKind.OWN_ORGANISATION)
    found = {
        (answer.id, person): kind
        for answer in answers
        for (person, organisation), kind in barred.items()
        if organisation in sides[answer.id]
    }
    named = teams(session, challenge, answers) if teams else {}
    return _rivals(session, challenge, answers, person_ids) | _in_teams(session, person_ids, named) | found


def _rivals(
    session: Session, challenge: Challenge, answers: Sequence[Answer], person_ids: Collection[str]
) -> dict[tuple[str, str], ConflictKind]:
    """People of any organisation that has part in an answer to this challenge, in a round gone by too: whatever
    they find of the others counts for or against their own."""
    competing = select(Answer).where(Answer.challenge_id == challenge.id, col(Answer.state).not_in(_GIVEN_UP))
    organisations = set().union(*desks.sides(session, session.exec(competing).all()).values())
    belongs = select(Membership.person_id).where(
        col(Membership.person_id).in_(person_ids), col(Membership.organisation_id).in_(organisations)
    )
    return {(answer.id, person): ConflictKind.RIVAL for person in session.exec(belongs) for answer in answers}


def _in_teams(
    session: Session, person_ids: Collection[str], teams: Mapping[str, Collection[str]]
) -> dict[tuple[str, str], ConflictKind]:
    """People of the same name as somebody in a team: better one grader less than a co-author."""
    if not teams:
        return {}
    query = select(Person.id, Person.name).where(col(Person.id).in_(person_ids))
    names = {id: _plain(name) for id, name in session.exec(query)}
    written = {answer: {_plain(name) for name in team} for answer, team in teams.items()}
    return {
        (answer, person): ConflictKind.CO_AUTHOR
        for answer, team in written.items()
        for person, name in names.items()
        if name and name in team
    }


def _plain(name: str) -> str:
    return "".join(name.split()).casefold()


def record(session: Session, actor: Actor, challenge_id: str, draft: ConflictDraft, *, at: datetime) -> Conflict:
    """Says of a grader that they must not judge what an organisation hands in to this challenge.

    What is on their desk of it is recalled, grades that were submitted included.
    """
    challenge = challenge_moves.hold(session, actor, challenge_id, Action.DRAW_GRADERS)
    _require_there(session, draft.person_id, draft.organisation_id)
    conflict = Conflict(**draft.model_dump(), challenge_id=challenge.id, at=at)
    session.add(conflict)
    session.flush()
    desks.record(session, actor, challenge, "conflict.recorded", _told(conflict), at=at)
    for held, assignment in desks.standing_with(session, draft.person_id, draft.organisation_id, challenge.id):
        desks.end(session, actor, held, assignment, "recall", at=at)
    return conflict


def declare(session: Session, actor: Actor, person_id: str, draft: Declaration, *, at: datetime) -> Conflict:
    """Says of oneself that one must not judge what an organisation hands in, and declines what one has of it.

    Where graders may not know whose an answer is, all that lies on the desk goes, whichever organisation is
    named: what went would tell who wrote it. Who sees a conflict in an answer itself declines that alone.
    """
    events.lock(session)
    policy.require(actor, Action.GRADE, Thing("person", person_id, person=person_id))
    _require_there(session, person_id, draft.organisation_id)
    if draft.challenge_id is not None:
        challenge_moves.find(session, actor, draft.challenge_id)
    conflict = _declared(session, actor, person_id, draft, at=at)
    for challenge, assignment in desks.standing_with(session, person_id, None, draft.challenge_id):
        if challenge_moves.mechanism_of(challenge).blind:
            desks.end(session, actor, challenge, assignment, "decline", at=at)
    return conflict


def decline(
    session: Session, actor: Actor, assignment_id: str, *, conflict: bool, reason: str = "", at: datetime
) -> None:
    """Hands an answer back ungraded.

    For a conflict of interest, which the grader may see without knowing whose the answer is: all answers
    of that organisation go with it, and no later draw brings one back.
    """
    challenge, answer, assignment = desks.held(session, actor, assignment_id)
    desks.require_grading(challenge, assignment.round)
    if conflict:
        for organisation_id in desks.sides(session, [answer])[answer.id]:
            said = Declaration(organisation_id=organisation_id, challenge_id=challenge.id, reason=reason)
            _declared(session, actor, assignment.person_id, said, at=at)
    else:
        desks.end(session, actor, challenge, assignment, "decline", at=at)


def _declared(session: Session, actor: Actor, person_id: str, draft: Declaration, *, at: datetime) -> Conflict:
    conflict = Conflict(**draft.model_dump(), person_id=person_id, kind=ConflictKind.DECLARED, at=at)
    session.add(conflict)
    session.flush()
    thing = f"challenge:{draft.challenge_id}" if draft.challenge_id else f"person:{person_id}"
    events.record(session, actor, events.Entry("conflict.declared", thing, _told(conflict)), at=at)
    for challenge, assignment in desks.standing_with(session, person_id, draft.organisation_id, draft.challenge_id):
        desks.end(session, actor, challenge, assignment, "decline", at=at)
    return conflict


def listed(session: Session, actor: Actor, challenge_id: str) -> list[Conflict]:
    """Those recorded for a challenge, for who draws its graders."""
    challenge = challenge_moves.find(session, actor, challenge_id, Action.DRAW_GRADERS)
    query = select(Conflict).where(Conflict.challenge_id == challenge.id).order_by(col(Conflict.id))
    return list(session.exec(query))


def own(session: Session, actor: Actor, person_id: str) -> list[Conflict]:
    """Those that one declared beforehand or that are known of one in every challenge, for oneself.

    One declared of an answer is not among them: it names whose the answer is.
    """
    policy.require(actor, Action.GRADE, Thing("person", person_id, person=person_id))
    query = select(Conflict).where(Conflict.person_id == person_id, col(Conflict.challenge_id).is_(None))
    return list(session.exec(query.order_by(col(Conflict.id))))


def _require_there(session: Session, person_id: str, organisation_id: str) -> None:
    if session.get(Person, person_id) is None:
        raise NotFound("person", person_id)
    if session.get(Organisation, organisation_id) is None:
        raise NotFound("organisation", organisation_id)


def _told(conflict: Conflict) -> dict[str, str]:
    """Not with whom: of a declared one, that would tell a blind grader's reader whose an answer is."""
    return {"conflict": conflict.id, "person": conflict.person_id, "kind": conflict.kind.value}
