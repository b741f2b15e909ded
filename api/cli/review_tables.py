"""Pairs under review as tables on a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from api.cli.tables import columned, named
from api.schemas.items import NeedOut, ResultOut
from api.schemas.reviews import PairOut, PairReasonOut


def pairs(found: Sequence[PairOut]) -> Table:
    table = columned(
        ("pair", {"no_wrap": True}), ("score", {"justify": "right"}), ("need", {"ratio": 20}), ("result", {"ratio": 20})
    )
    for pair in found:
        table.add_row(pair.id, f"{pair.score:.2f}", _side(pair.need), _side(pair.result))
    return table


def board(found: Sequence[PairOut]) -> Table:
    table = columned(
        ("pair", {"no_wrap": True}), ("state", {"ratio": 14}), ("need", {"ratio": 18}), ("result", {"ratio": 18}),
        ("waits on", {"ratio": 10}), ("since", {"no_wrap": True}),
    )  # fmt: skip
    for pair in found:
        state = f"{pair.state}: {pair.end.en}" if pair.end else pair.state
        waits = pair.follower.name if pair.follower and pair.waits_on == "matchmaker" else pair.waits_on
        table.add_row(pair.id, state, _side(pair.need), _side(pair.result), waits, f"{pair.since:%Y-%m-%d}")
    return table


def reasons(found: Sequence[PairReasonOut]) -> Table:
    table = columned(("code", {}), ("for", {}), ("reason", {"ratio": 20}), ("what would make it fit", {"ratio": 30}))
    for one in found:
        fitting = [said.en for said in (one.fit_need, one.fit_result) if said]
        table.add_row(one.code, ", ".join(one.uses), named(one.en, one.zh), "\n".join(fitting))
    return table


def _side(item: NeedOut | ResultOut | None) -> str:
    return item.title if item else "(withdrawn)"
