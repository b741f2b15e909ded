"""Grading and deciding as tables on a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from api.cli.tables import columned, named
from api.schemas.decisions import ForesightOut, ObjectionOut, RehearsalOut, StandingsOut
from api.schemas.grading import CandidateOut, DeskOut


def graders(found: Sequence[CandidateOut]) -> Table:
    table = columned(("grader", {"ratio": 30}), ("waiting", {}), ("industry", {}), ("conflicts", {"ratio": 20}))
    for one in found:
        limit = "" if one.workload is None else f" of {one.workload}"
        conflicts = ", ".join(f"{barred.answer} ({barred.kind})" for barred in one.conflicts)
        table.add_row(
            named(one.name, ", ".join(one.fields)), f"{one.waiting}{limit}", _mark(one.from_industry), conflicts
        )
    return table


def desk(found: Sequence[DeskOut]) -> Table:
    table = columned(("assignment", {"no_wrap": True}), ("challenge", {"ratio": 30}), ("answer", {}), ("state", {}))
    for one in found:
        table.add_row(one.id, one.challenge.title, str(one.answer), one.state)
    return table


def standings(found: StandingsOut) -> Table:
    table = columned(
        ("rank", {}), ("answer", {}), ("whose", {"ratio": 30}), ("score", {}), ("95 %", {}), ("measured", {"ratio": 20})
    )
    for one in found.by_rank:
        measured = ", ".join(f"{finding.name}: {finding.outcome}" for finding in one.findings)
        table.add_row(
            "" if one.rank is None else str(one.rank),
            str(one.answer),
            one.organisation.name,
            _score(one.score),
            _interval(one.grades.low, one.grades.high, one.grades.too_close) if one.grades else "",
            measured,
        )
    return table


def rehearsal(found: RehearsalOut) -> Table:
    table = columned(("answer", {}), ("rank", {}), ("score", {}), ("goes on", {}), ("why", {"ratio": 30}), ("paid", {}))
    for place in found.places:
        goes_on = "tied" if place.goes_on is None else _mark(place.goes_on)
        paid = "" if place.payment is None else f"{place.payment:,.2f}"
        rank = "" if place.rank is None else str(place.rank)
        table.add_row(str(place.number), rank, _score(place.score), goes_on, place.why, paid)
    return table


def objections(found: Sequence[ObjectionOut]) -> Table:
    table = columned(("objection", {"no_wrap": True}), ("whose", {"ratio": 15}), ("state", {}), ("text", {"ratio": 30}))
    for one in found:
        table.add_row(one.id, one.organisation.name, one.state, one.text)
    return table


def foresight(found: ForesightOut) -> Table:
    table = columned(("answer", {"no_wrap": True}), ("grade", {}), ("committed", {}), ("outcome", {}))
    for row in found.rows:
        table.add_row(row.answer_id, _score(row.grade), f"{row.committed:,.2f}", row.outcome)
    return table


def _mark(yes: bool) -> str:
    return "yes" if yes else "no"


def _score(score: float | None) -> str:
    return "" if score is None else f"{score:.2f}"


def _interval(low: float | None, high: float | None, too_close: bool) -> str:
    interval = "" if low is None or high is None else f"{low:.1f}–{high:.1f}"
    return f"{interval} too close to call".strip() if too_close else interval
