"""Candidates: by meaning from the vector index, by words from the lexical index, both under one filter."""

from __future__ import annotations

import numpy as np

from embeddings.base import AtLeast, Filter, OneOf
from matcher import fields, regions
from matcher.entities import PASSAGES_PER_ITEM, Kind
from matcher.errors import Invalid
from matcher.indexing import SearchIndex
from matcher.matching.matches import Narrowing, Ranker
from matcher.matching.query import Query

DEPTH = 48
"""Candidates that each way of looking contributes."""
_QUERY_PASSAGES = 1
"""Passages searched with by themselves, a stored item's title first; the others are asked as the whole, and
count when scoring. Looking deeper finds more than asking with more of them."""


def recall(index: SearchIndex, query: Query, narrowing: Narrowing, ranker: Ranker, depth: int = DEPTH) -> list[int]:
    """Numbers of items found by meaning or by words, each once."""
    where = as_filter(query.wanted, narrowing)
    found: dict[int, None] = {}
    if ranker is not Ranker.DENSE:
        found.update((hit.id, None) for hit in index.lexical.search(query.text, depth, where))
    if ranker is not Ranker.LEXICAL and query.cuts:
        found.update((number, None) for number in _by_meaning(index, query, where, depth))
    return list(found)


def _by_meaning(index: SearchIndex, query: Query, where: Filter, depth: int) -> list[int]:
    """Items in order of their best passage, the whole text asked as well as its passages."""
    whole = query.vectors.mean(axis=0, keepdims=True)
    whole /= np.linalg.norm(whole) or 1.0
    asked = np.concatenate([whole, query.vectors[:_QUERY_PASSAGES]])
    best: dict[int, float] = {}
    for hits in index.vectors.search(asked, depth, where):
        for hit in hits:
            number = hit.id // PASSAGES_PER_ITEM
            best[number] = max(best.get(number, -1.0), hit.score)
    return sorted(best, key=lambda number: (-best[number], number))[:depth]


def as_filter(wanted: Kind, narrowing: Narrowing) -> Filter:
    """Raises Invalid for a field or region that does not exist: it would find nothing, silently."""
    where: dict[str, OneOf | AtLeast] = {"kind": OneOf(frozenset((str(wanted),)))}
    if narrowing.field and narrowing.field not in fields.by_code():
        raise Invalid(f"unknown field {narrowing.field!r}", place="field")
    if narrowing.region and narrowing.region not in regions.names():
        raise Invalid(f"unknown region {narrowing.region!r}", place="region")
    if narrowing.field:
        where["field"] = OneOf(fields.within(narrowing.field))
    if narrowing.region:
        where["region"] = OneOf(regions.within(narrowing.region))
    if narrowing.maturity:
        where["maturity"] = AtLeast(narrowing.maturity)
    if narrowing.state:
        where["state"] = OneOf(frozenset((str(narrowing.state),)))
    if narrowing.disclosure:
        where["disclosure"] = OneOf(frozenset((str(narrowing.disclosure),)))
    if narrowing.organisation_id:
        where["organisation"] = OneOf(frozenset((narrowing.organisation_id,)))
    return where
