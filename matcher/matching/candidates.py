"""What scoring needs to know of each candidate, read in one go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Select
from sqlalchemy import select as columns
from sqlmodel import Session, col

from embeddings.base import Vectors
from matcher.drafts import Disclosure
from matcher.entities import Kind, Need, Result
from matcher.indexing import SearchIndex
from matcher.matching.fit import Facts, NeedFacts, ResultFacts
from matcher.states import ItemState


@dataclass(frozen=True)
class Candidate:
    number: int
    id: str
    reference: str
    title: str
    organisation_id: str
    state: ItemState
    tier: Disclosure
    facts: Facts
    words: float
    """Share of the query's telling words that it has."""
    chinese: float
    """How much of its text is Chinese, 0 to 1."""
    vectors: Vectors
    """Of its passages, shape (m, dimension), m ≥ 1."""


def load(session: Session, index: SearchIndex, kind: Kind, found: Mapping[int, float]) -> list[Candidate]:
    """Candidates that are still stored and indexed."""
    numbers = list(found)
    vectors = index.vectors_of(numbers)
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
            found[number],
            index.chinese_share(number),
            vectors[number],
        )
        for number, id, reference, title, owner, state, tier, *facts in session.execute(_query(kind, numbers))
        if number in vectors
    ]


def _query(kind: Kind, numbers: list[int]) -> Select[tuple[object, ...]]:
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
    return columns(*(col(column) for column in (*shared, *facts))).where(col(table.number).in_(numbers))
