"""Whom and what commands mean: people by their address, organisations by their name, needs by their
reference, answers by their number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from sqlmodel import Session

    from matcher.entities import Organisation, Person

EmailArgument = Annotated[
    str, typer.Argument(metavar="EMAIL", help="The account's e-mail address.", show_default=False)
]


def person(session: Session, email: str) -> Person:
    """Raises NotFound."""
    from matcher.accounts import people
    from matcher.errors import NotFound

    found = people.by_email(session, email)
    if found is None:
        raise NotFound("account", email)
    return found


def organisation(session: Session, name: str) -> Organisation:
    """Raises NotFound."""
    from matcher import organisations
    from matcher.errors import NotFound

    found = organisations.by_name(session, name)
    if found is None:
        raise NotFound("organisation", name)
    return found


def need(session: Session, text: str) -> str:
    """The id of a need, named by it or by a reference that only one has. Raises NotFound, Invalid."""
    from sqlmodel import select

    from matcher.entities import Need
    from matcher.errors import Invalid, NotFound

    if session.get(Need, text) is not None:
        return text
    found = session.exec(select(Need.id).where(Need.reference == text)).all()
    if len(found) > 1:
        raise Invalid(f"{len(found)} needs have the reference {text!r}: name one by its id", place="need")
    if not found:
        raise NotFound("need", text)
    return found[0]


def answer(session: Session, challenge_id: str, number: int) -> str:
    """The id of an answer to a challenge. Raises NotFound."""
    from sqlmodel import select

    from matcher.entities import Answer
    from matcher.errors import NotFound

    query = select(Answer.id).where(Answer.challenge_id == challenge_id, Answer.number == number)
    found = session.exec(query).first()
    if found is None:
        raise NotFound(f"answer to challenge {challenge_id!r} with the number", str(number))
    return found


def assignment(session: Session, challenge_id: str, number: int, email: str) -> str:
    """The id of what lies on a grader's desk of one answer, in the round that it stands in. Raises NotFound."""
    from sqlmodel import col, select

    from matcher.entities import Answer, Assignment
    from matcher.errors import NotFound

    query = select(Assignment.id).join(Answer).where(Assignment.round == col(Answer.round))
    of_answer = col(Assignment.answer_id) == answer(session, challenge_id, number)
    found = session.exec(query.where(of_answer, Assignment.person_id == person(session, email).id)).first()
    if found is None:
        raise NotFound(f"desk of {email} with answer {number} of challenge", challenge_id)
    return found
