"""What may become of each noun, read top to bottom, and the one door through which it does."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from matcher.errors import NotAllowed

S = TypeVar("S", bound=StrEnum)
Moves = Mapping[str, tuple[frozenset[S], S]]
"""Move → the states it may start from, and the one it leads to."""


class ItemState(StrEnum):
    """The life of a need or a result."""

    OPEN = "open"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


# move            from                                        to
ITEM_MOVES: Moves[ItemState] = {
    "close":    (frozenset({ItemState.OPEN}),                   ItemState.CLOSED),
    "withdraw": (frozenset({ItemState.OPEN, ItemState.CLOSED}), ItemState.WITHDRAWN),
    "reopen":   (frozenset({ItemState.CLOSED, ItemState.WITHDRAWN}), ItemState.OPEN),
}  # fmt: skip


class ConsentState(StrEnum):
    """The life of one request to see a need or result in full."""

    ASKED = "asked"
    OFFERED = "offered"
    """Granted once the one who asked accepts a confidentiality agreement."""
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


# move            from                                                         to
CONSENT_MOVES: Moves[ConsentState] = {
    "offer":    (frozenset({ConsentState.ASKED}),                                ConsentState.OFFERED),
    "accept":   (frozenset({ConsentState.OFFERED}),                              ConsentState.GRANTED),
    "grant":    (frozenset({ConsentState.ASKED}),                                ConsentState.GRANTED),
    "refuse":   (frozenset({ConsentState.ASKED}),                                ConsentState.REFUSED),
    "withdraw": (frozenset({ConsentState.ASKED, ConsentState.OFFERED, ConsentState.GRANTED}),
                 ConsentState.WITHDRAWN),
}  # fmt: skip


def advance(state: S, move: str, moves: Moves[S]) -> S:
    """The state after a move. Raises NotAllowed when the table has no such move from here."""
    sources, target = moves[move]
    if state not in sources:
        allowed = sorted(name for name, (origins, _) in moves.items() if state in origins)
        possible = f"possible now: {', '.join(allowed)}" if allowed else "nothing is possible any more"
        raise NotAllowed(f"Cannot {move} what is {state}; {possible}.")
    return target
