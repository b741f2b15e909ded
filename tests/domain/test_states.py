from __future__ import annotations

import itertools

import pytest

from matcher.errors import NotAllowed
from matcher.states import ITEM_MOVES, ItemState, advance

ALLOWED = {
    ("open", "close"): "closed",
    ("open", "withdraw"): "withdrawn",
    ("closed", "withdraw"): "withdrawn",
    ("closed", "reopen"): "open",
    ("withdrawn", "reopen"): "open",
}


@pytest.mark.parametrize(("state", "move"), list(itertools.product(ItemState, ITEM_MOVES)))
def test_only_the_moves_in_the_table_happen(state: ItemState, move: str) -> None:
    target = ALLOWED.get((state, move))
    if target is None:
        with pytest.raises(NotAllowed, match=f"Cannot {move} what is {state}"):
            advance(state, move, ITEM_MOVES)
    else:
        assert advance(state, move, ITEM_MOVES) == target


def test_a_refusal_names_the_moves_that_are_possible() -> None:
    with pytest.raises(NotAllowed, match="possible now: close, withdraw"):
        advance(ItemState.OPEN, "reopen", ITEM_MOVES)
