"""What graders read of the answers on their desks, and what a draw compares them with.

Where the mechanism is blind, graders get an answer without what tells whose it is
(`matcher.engine.answer_blinding`), and only those of its files whose authors say that they name nobody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlmodel import Session, col, select

from matcher.accounts.secrets import Secrets
from matcher.actors import Actor
from matcher.engine import answer_texts, challenge_moves, opened_answers
from matcher.engine.answer_blinding import blind, names_in
from matcher.engine.answer_texts import Contents, File
from matcher.engine.challenge_guards import IN_PLAY
from matcher.entities import Answer, Challenge
from matcher.errors import NotFound
from matcher.grading import desks
from matcher.grading.conflicts import Teams
from matcher.policy import Action


def paper(session: Session, secrets: Secrets, actor: Actor, assignment_id: str) -> Contents | None:
    """What an answer on one's own desk says in the round that it is graded in; None once it is off the desk,
    and while nobody may read it."""
    assignment = desks.found(session, actor, assignment_id)
    if assignment.state not in desks.STANDING:
        return None
    answer = session.get_one(Answer, assignment.answer_id)
    challenge = session.get_one(Challenge, answer.challenge_id)
    contents = opened_answers.contents(session, secrets, challenge, answer, round=assignment.round)
    if contents is None or not challenge_moves.mechanism_of(challenge).blind:
        return contents
    return blind(contents, names_in(session, answer, contents))


def file(session: Session, secrets: Secrets, actor: Actor, assignment_id: str, file_id: str) -> tuple[File, bytes]:
    """One of its files, called as the grader may know it."""
    contents = paper(session, secrets, actor, assignment_id)
    found = next((one for one in contents.files if one.id == file_id), None) if contents else None
    if found is None:
        raise NotFound("attachment", file_id)
    return found, answer_texts.file_content(session, found)


def texts(session: Session, secrets: Secrets, actor: Actor, challenge_id: str) -> dict[str, str]:
    """Answer → what it sets out to do, of those being graded; for who draws the graders that suit it."""
    challenge = challenge_moves.find(session, actor, challenge_id, Action.DRAW_GRADERS)
    found: dict[str, str] = {}
    query = select(Answer).where(
        Answer.challenge_id == challenge.id, Answer.round == challenge.round, col(Answer.state).in_(IN_PLAY)
    )
    for answer in session.exec(query):
        contents = opened_answers.contents(session, secrets, challenge, answer)
        if contents is not None:
            found[answer.id] = "\n".join((contents.draft.title, contents.draft.approach, contents.draft.plan))
    return found


def teams(secrets: Secrets) -> Teams:
    """Reads who is in the team of each answer, where that is open: people of these names do not grade it."""

    def named(session: Session, challenge: Challenge, answers: Sequence[Answer]) -> Mapping[str, set[str]]:
        found: dict[str, set[str]] = {}
        for answer in answers:
            contents = opened_answers.contents(session, secrets, challenge, answer)
            team = contents.draft.team if contents else []
            found[answer.id] = {name for one in team for name in (one.name, one.fallback) if name}
        return found

    return named
