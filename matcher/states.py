"""What may become of each noun, read top to bottom, and the one door through which it does."""

from __future__ import annotations

from enum import StrEnum

from matcher.errors import NotAllowed


class ItemState(StrEnum):
    """The life of a need or a result."""

    OPEN = "open"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


# move            from                                        to
ITEM_MOVES: dict[str, tuple[frozenset[ItemState], ItemState]] = {
    "close":    (frozenset({ItemState.OPEN}),                   ItemState.CLOSED),
    "withdraw": (frozenset({ItemState.OPEN, ItemState.CLOSED}), ItemState.WITHDRAWN),
    "reopen":   (frozenset({ItemState.CLOSED, ItemState.WITHDRAWN}), ItemState.OPEN),
}  # fmt: skip


def advance(state: ItemState, move: str) -> ItemState:
    """The state after a move. Raises NotAllowed when the table has no such move from here."""
    sources, target = ITEM_MOVES[move]
    if state not in sources:
        allowed = sorted(name for name, (origins, _) in ITEM_MOVES.items() if state in origins)
        raise NotAllowed(f"Cannot {move} what is {state}; possible now: {', '.join(allowed)}.")
    return target
