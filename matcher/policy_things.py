"""What an action is about, as far as the policy asks, and how much of it somebody is shown."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from matcher.drafts import Disclosure
from matcher.entities import Kind
from matcher.mechanisms import By
from matcher.states import ItemState


class View(IntEnum):
    """How much of a need or result somebody is shown; each holds what the ones before it hold."""

    NOTHING = 0
    FIELD = 1
    SUMMARY = 2
    PUBLIC = 3
    FULL = 4


@dataclass(frozen=True, slots=True)
class Thing:
    """What an action is about, as far as the policy asks."""

    name: str
    """As it is called in a refusal: need, organisation …"""
    id: str = ""
    owner: str | None = None
    """The organisation it belongs to."""
    person: str | None = None
    """The person it belongs to."""


@dataclass(frozen=True, slots=True)
class ItemThing(Thing):
    """A need or a result."""

    kind: Kind = Kind.NEED
    state: ItemState = ItemState.OPEN
    tier: Disclosure = Disclosure.PUBLIC
    consented: bool = False
    """The actor's organisation has the owner's consent, just now."""


@dataclass(frozen=True, slots=True)
class ConsentThing(Thing):
    """A request for consent: `owner` was asked, `asking` asks."""

    asking: str | None = None


PLATFORM = Thing("platform")
"""For actions that are about no single thing."""


# -- challenges -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ChallengeThing(Thing):
    """A challenge: `owner` is the setter."""

    published: bool = False
    private: bool = False
    """Open to those invited alone."""
    invited: frozenset[str] = frozenset()
    """Organisations; known only where it is private."""
    funder: str | None = None
    movers: frozenset[By] = frozenset()
    """Who may make the move that is asked about, as the mechanism has it."""


@dataclass(frozen=True, slots=True)
class AnswerThing(Thing):
    """An answer, and what comes of it: `owner` is the lead of its consortium."""

    setter: str | None = None
    partners: frozenset[str] = frozenset()
    opened: bool = False
    """Others than its authors may read it: the round was opened, or the mechanism seals nothing."""
    funder: str | None = None
    investors: frozenset[str] = frozenset()


# -- pairs ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PairThing(Thing):
    """A need with a result: `person` is the matchmaker who follows it, `owner` the organisation of the side
    whose answer is asked about."""

    asked: frozenset[str] = frozenset()
    """Organisations of the sides that were asked whether they want to be introduced."""
