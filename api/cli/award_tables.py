"""What the commands about awards, contracts and milestones print for people."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from api.cli.tables import columned
from api.schemas.awards import AwardOut, BalanceOut, MilestoneOut, OfferOut


def awards_table(found: Sequence[AwardOut]) -> Table:
    table = columned(
        ("award", {"no_wrap": True, "min_width": 36}), ("to", {"ratio": 1}), ("amount", {"justify": "right"})
    )
    for one in found:
        table.add_row(one.id, Text(one.organisation.name), f"{one.amount:,.2f} {one.currency}")
    return table


def balances_table(found: Sequence[BalanceOut]) -> Table:
    names = ("committed", "paid", "open", "released")
    table = columned(("whose", {"ratio": 1}), *((name, {"justify": "right"}) for name in names))
    for one in found:
        amounts = (f"{getattr(one, name):,.2f}" for name in names)
        table.add_row(Text(one.organisation.name), *amounts)
    return table


def milestones_table(found: Sequence[MilestoneOut]) -> Table:
    table = columned(
        ("milestone", {"no_wrap": True, "min_width": 36}),
        ("title", {"ratio": 1}),
        ("state", {}),
        ("amount", {"justify": "right"}),
    )
    for one in found:
        table.add_row(one.id, Text(f"{one.number}. {one.title}"), str(one.state), f"{one.amount:,.2f}")
    return table


def offers_table(found: Sequence[OfferOut]) -> Table:
    table = columned(
        ("offer", {"no_wrap": True, "min_width": 36}), ("by", {}), ("state", {}), ("amount", {"justify": "right"})
    )
    for one in found:
        by = "setter" if one.by_setter else "answerer"
        table.add_row(one.id, by, str(one.state), f"{one.terms.amount:,.2f} {one.terms.currency}")
    return table
