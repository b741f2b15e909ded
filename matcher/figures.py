"""The platform in figures: what came in and what became of it, by month, field and region.

Counted over everything that stands in the database, for operators; nothing of a text is told.
"""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, func, select

from matcher import fields, policy
from matcher.actors import Actor
from matcher.entities import Answer, Award, Challenge, Contract, Need, Organisation, Result
from matcher.policy import Action
from matcher.states import ItemState

CURRENCY = "CNY"
"""Contracts in other currencies are counted, and not added up."""


@dataclass(frozen=True, slots=True)
class Month:
    month: str
    """Such as 2026-11, in the time zone that is asked for."""
    needs: int
    results: int
    challenges: int
    """Published in it."""
    awards: int
    contracts: int
    """Signed in it."""
    value: Decimal
    """Of those contracts, in CNY."""


@dataclass(frozen=True, slots=True)
class Balance:
    """Demand beside supply."""

    code: str
    """Of a field of the first level, or of a province; empty where none is given."""
    needs: int
    """Open ones."""
    results: int
    """Open ones."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step on the way from a need to an outcome."""

    name: str
    count: int
    days: float | None
    """The middle one of the times since the step before, in days; None without any."""


@dataclass(frozen=True, slots=True)
class Figures:
    months: Sequence[Month]
    fields: Sequence[Balance]
    regions: Sequence[Balance]
    steps: Sequence[Step]
    value: Decimal
    """Of all signed contracts in CNY."""


def figures(session: Session, actor: Actor, *, zone: ZoneInfo, months: int = 24) -> Figures:
    """Of the last `months` months in which anything happened, and of all that is open now."""
    policy.require(actor, Action.READ_FIGURES)
    needs = _items(session, Need)
    results = _items(session, Result)
    published = _moments(session.exec(select(col(Challenge.published_at))))
    awards = _moments(session.exec(select(col(Award.at))))
    signed = session.exec(
        select(col(Contract.signed_at), col(Contract.amount), col(Contract.currency)).where(
            col(Contract.signed_at).is_not(None)
        )
    ).all()
    value: defaultdict[str, Decimal] = defaultdict(Decimal)
    for at, amount, currency in signed:
        if at is not None and currency == CURRENCY:
            value[_month(at, zone)] += amount
    counted = [
        _by_month(moments, zone)
        for moments in (
            [one.at for one in needs],
            [one.at for one in results],
            published,
            awards,
            _moments(at for at, _, _ in signed),
        )
    ]
    named = sorted(set().union(*counted))[-months:]
    open_needs, open_results = ([one for one in found if one.open] for found in (needs, results))
    return Figures(
        months=[_counts(month, counted, value[month]) for month in named],
        fields=_balances((one.field for one in open_needs), (one.field for one in open_results)),
        regions=_balances((one.province for one in open_needs), (one.province for one in open_results)),
        steps=_steps(session, len(needs)),
        value=sum(value.values(), Decimal(0)),
    )


@dataclass(frozen=True, slots=True)
class _Item:
    at: datetime
    field: str
    """Of the first level."""
    province: str
    open: bool


def _items(session: Session, table: type[Need] | type[Result]) -> list[_Item]:
    where: Any = col(Organisation.region)
    if table is Result:
        where = func.coalesce(col(Result.region), where)
    query = select(table.created_at, table.field, table.state, where).select_from(table).join(Organisation)
    return [
        _Item(at, fields.top(field or ""), f"{region[:2]}0000" if region else "", state is ItemState.OPEN)
        for at, field, state, region in session.exec(query)
    ]


def _counts(month: str, counted: Sequence[Counter[str]], value: Decimal) -> Month:
    needs, results, challenges, awards, contracts = (one[month] for one in counted)
    return Month(month, needs, results, challenges, awards, contracts, value)


def _moments(found: Iterable[Any]) -> list[datetime]:
    return [at for at in found if at is not None]


def _month(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m}"


def _by_month(moments: Iterable[datetime], zone: ZoneInfo) -> Counter[str]:
    return Counter(_month(at, zone) for at in moments)


def _balances(needs: Iterable[str], results: Iterable[str]) -> list[Balance]:
    """The busiest first."""
    demand, supply = Counter(needs), Counter(results)
    codes = sorted(demand.keys() | supply.keys(), key=lambda code: (-demand[code] - supply[code], code))
    return [Balance(code, demand[code], supply[code]) for code in codes]


def _steps(session: Session, needs: int) -> list[Step]:
    """From needs to signed contracts, each with the time since the step before."""
    opened = select(Challenge.id, Challenge.created_at, Challenge.published_at)
    challenges = {
        id: (created, at) for id, created, at in session.exec(opened.where(col(Challenge.published_at).is_not(None)))
    }
    handed_in = session.exec(
        select(Answer.challenge_id, Answer.handed_in_at).where(col(Answer.handed_in_at).is_not(None))
    ).all()
    awards = session.exec(select(Award.id, Award.challenge_id, Award.at)).all()
    contracts = session.exec(select(Contract.award_id, Contract.signed_at, Contract.ended_at)).all()
    signed = [(award, at) for award, at, _ in contracts if at is not None]
    ended = [(over, began) for _, began, over in contracts if over is not None and began is not None]
    published = {id: at for id, (_, at) in challenges.items()}
    return [
        Step("needs", needs, None),
        Step("challenges", len(challenges), _middle((at, created) for created, at in challenges.values())),
        Step("answers", len(handed_in), _since(handed_in, published)),
        Step("awards", len(awards), _since([(challenge, at) for _, challenge, at in awards], published)),
        Step("contracts", len(signed), _since(signed, {id: at for id, _, at in awards})),
        Step("finished", len(ended), _middle(ended)),
    ]  # fmt: skip


def _since(later: Iterable[tuple[str, datetime | None]], earlier: Mapping[str, datetime | None]) -> float | None:
    return _middle((at, earlier.get(id)) for id, at in later)


def _middle(pairs: Iterable[tuple[datetime | None, datetime | None]]) -> float | None:
    days = [(later - earlier).total_seconds() / 86400 for later, earlier in pairs if later and earlier]
    return statistics.median(days) if days else None
