"""Who asks. Every verb takes an actor, and every event names one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """A person or a program acting, for an organisation where that is known."""

    name: str
    organisation_id: str | None = None


COMMAND_LINE = Actor("command line")
"""Whoever has a shell on the machine where the data lies."""
