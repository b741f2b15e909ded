"""What scoring needs to know of each candidate, read in one go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

from sqlalchemy import BindParameter, Select, bindparam
from sqlalchemy import select as columns
from sqlmodel import Session, col

from embeddings.base import Vectors
from matcher.drafts import Disclosure
from matcher.entities import Kind, Need, Result
from matcher.indexing import SearchIndex
from matcher.matching.fit import Facts, NeedFacts, ResultFacts
from matcher.matching.matches import Gap
from matcher.policy import View
from matcher.states import ItemState


class Candidate(NamedTuple):
    number: int
    id: str
    reference: str
    title: str
    organisation_id: str
    state: ItemState
    tier: Disclosure
    facts: Facts
    chinese: float
    """How much of its text is Chinese, 0 to 1."""
    vectors: Vectors
    """Of its passages, shape (m, dimension), m ≥ 1."""


class Scored(NamedTuple):
    """A candidate with its score, before its reasons are looked up."""

    candidate: Candidate
    score: float
    values: Mapping[str, float]
    """The evidence of each part, 0 to 1."""
    gaps: tuple[Gap, ...]
    duplicates: tuple[str, ...] = ()
    view: View = View.FULL
    """How much whoever asks is shown of it."""


def load(session: Session, index: SearchIndex, kind: Kind, numbers: Sequence[int]) -> list[Candidate]:
    """Candidates that are still stored and indexed."""
    vectors = index.vectors_of(numbers)
    rows = session.execute(_query(kind), {"numbers": list(numbers)})
    form: type[NeedFacts] | type[ResultFacts] = NeedFacts if kind is Kind.NEED else ResultFacts
    return [
        Candidate(
            number,
            id,
            reference,
            title,
            owner,
            state,
            tier,
            form(*facts),
            index.chinese_share(number),
            vectors[number],
        )
        for number, id, reference, title, owner, state, tier, *facts in rows
        if number in vectors
    ]


@cache
def _query(kind: Kind) -> Select[tuple[object, ...]]:
    """Of the items of these `numbers`; made once, which is half of the work."""
    table = Need if kind is Kind.NEED else Result
    shared = (
        table.number,
        table.id,
        table.reference,
        table.title,
        table.organisation_id,
        table.state,
        table.disclosure,
    )
    facts = (
        (
            Need.field,
            Need.cooperation_modes,
            Need.maturity_wanted,
            Need.budget_max,
            Need.currency,
            Need.preferred_regions,
            Need.deadline,
        )
        if kind is Kind.NEED
        else (
            Result.field,
            Result.cooperation_modes,
            Result.maturity,
            Result.price,
            Result.currency,
            Result.region,
        )
    )
    wanted: BindParameter[object] = bindparam("numbers", expanding=True)
    return columns(*(col(column) for column in (*shared, *facts))).where(col(table.number).in_(wanted))
