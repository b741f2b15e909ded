"""Who asks. Every verb takes an actor, and every event names one."""

from __future__ import annotations

from dataclasses import dataclass

from matcher.entities.people import PlatformRole, Role


@dataclass(frozen=True, slots=True)
class Actor:
    """A person or a program acting, for one organisation or for the platform.

    `name` stands in the record: `person:<id>`, so that a person's particulars can be erased later,
    or what kind of program it is.
    """

    name: str
    organisation_id: str | None = None
    """The organisation acted for."""
    roles: frozenset[Role] = frozenset()
    """In that organisation."""
    platform_roles: frozenset[PlatformRole] = frozenset()
    person_id: str | None = None
    may_write: bool = True
    """False for a token that only reads."""
    token_id: str | None = None
    """The API token that it acts by; None for who signed in."""
    trusted: bool = False
    """Has a shell where the data lies: nothing can be kept from it, so nothing is."""
    request_id: str = ""

    @property
    def known(self) -> bool:
        return self.trusted or self.person_id is not None


ANONYMOUS = Actor("anonymous")
COMMAND_LINE = Actor("command line", trusted=True)
"""Whoever has a shell on the machine where the data lies."""
