"""Whom `jiebang account` and `jiebang token` mean: people by their address, organisations by their name."""

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
