"""What the commands about challenges print for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from api.cli.tables import columned, named, record_table
from api.schemas.answers import AnswerOut
from api.schemas.challenges import ChallengeOut, CheckOut, VersionOut
from matcher.passages import describe
from matcher.quantities.wording import plain


def challenges_table(found: Sequence[ChallengeOut]) -> Table:
    table = columned(
        ("id", {"no_wrap": True, "min_width": 36}),
        ("title", {"ratio": 1}),
        ("state, deadline", {"no_wrap": True}),
    )
    for one in found:
        due = f"{one.deadline:%Y-%m-%d}" if one.deadline else ""
        table.add_row(named(one.id, one.mechanism), named(one.title, one.organisation.name), named(one.state, due))
    return table


def answers_table(found: Sequence[AnswerOut]) -> Table:
    table = columned(
        ("id", {"no_wrap": True, "min_width": 36}),
        ("number", {"justify": "right"}),
        ("organisation", {"ratio": 40}),
        ("state", {}),
        ("round", {"justify": "right"}),
    )
    for one in found:
        names = ", ".join([one.organisation.name, *(partner.name for partner in one.partners)])
        table.add_row(one.id, str(one.number), Text(names), str(one.state), str(one.round))
    return table


def challenge_table(told: ChallengeOut, moves: Mapping[str, str | None]) -> Table:
    """A challenge in full, with what can be done with it; what it says nothing about is left out."""
    listed = {
        "organisation": [told.organisation.name],
        "indicators": [describe(one) for one in told.indicators],
        "rubric": [f"{one.name} × {plain(one.weight)}" for one in told.rubric],
        "rounds": [f"{one.deadline:%Y-%m-%d %H:%M %Z}" for one in told.rounds],
        "payment_stages": [f"{one.title} {one.share:.0%}" for one in told.payment_stages],
        "need_ids": told.need_ids,
        "winners": [", ".join(side.name for side in (one.organisation, *one.partners)) for one in told.winners],
        "moves": [f"{move}: {why_not}" if why_not else move for move, why_not in moves.items()],
    }
    return record_table(told.model_dump() | {name: "\n".join(lines) for name, lines in listed.items()})


def checks_table(checks: Sequence[CheckOut]) -> Table:
    table = columned(("", {}), ("part", {"ratio": 16}), ("", {"ratio": 60}))
    for check in checks:
        mark = "good" if check.passed else "missing" if check.blocks else "better"
        table.add_row(mark, Text(check.part), Text(check.message))
    return table


def versions_table(found: Sequence[VersionOut]) -> Table:
    table = columned(("#", {"justify": "right"}), ("told", {"no_wrap": True}), ("why", {"ratio": 60}))
    for one in found:
        table.add_row(str(one.number), f"{one.at:%Y-%m-%d %H:%M}", Text(one.reason or "published"))
    return table


def records_table(records: Sequence[Mapping[str, Any]]) -> Table:
    """Questions, invitations or files, as `--json` prints them; all of one kind."""
    if "reason" in records[0]:
        return _invitations(records)
    return _documents(records) if "sha256" in records[0] else _questions(records)


def _questions(records: Sequence[Mapping[str, Any]]) -> Table:
    table = columned(("id", {"no_wrap": True, "min_width": 36}), ("question", {"ratio": 30}), ("answer", {"ratio": 30}))
    for record in records:
        table.add_row(record["id"], Text(record["text"]), Text(record["answer"]))
    return table


def _invitations(records: Sequence[Mapping[str, Any]]) -> Table:
    table = columned(("organisation", {"ratio": 24}), ("score", {"justify": "right"}), ("why", {"ratio": 60}))
    for record in records:
        score = f"{record['score']:.3f}" if record["score"] is not None else ""
        table.add_row(Text(record["organisation"]["name"]), score, Text(record["reason"]))
    return table


def _documents(records: Sequence[Mapping[str, Any]]) -> Table:
    table = columned(
        ("id", {"no_wrap": True, "min_width": 36}), ("file", {"ratio": 40}), ("bytes", {"justify": "right"})
    )
    for record in records:
        table.add_row(record["id"], Text(record["name"]), f"{record['size']:,}")
    return table
