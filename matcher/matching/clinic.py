"""The need clinic: what a draft lacks, what was understood of it, whether it was asked before, and its chances.

Nothing is stored, and a draft can be varied at will. So it looks at what whoever asks is shown in full only, as
matching a draft does: no count, no value and no near-duplicate tells of anything else.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from sqlmodel import Session, col, select

from matcher import access, items, organisations, policy
from matcher.access import Viewer
from matcher.actors import Actor
from matcher.drafts import NeedDraft
from matcher.entities import PASSAGES_PER_ITEM, Kind, Need, now
from matcher.indexing import SearchIndex
from matcher.matching import findings, indicators, pipeline, query, recall, redaction, relaxations, understood
from matcher.matching.demands import Demands, Known
from matcher.matching.findings import Finding
from matcher.matching.fit import NeedFacts, ResultFacts
from matcher.matching.matches import Narrowing, Ranker
from matcher.matching.query import Query
from matcher.matching.relaxations import Chances
from matcher.matching.score import wholes
from matcher.matching.understood import Understood
from matcher.policy import Action, View
from matcher.quantities.reading import handed_in
from matcher.states import ItemState

LINE = 0.5
"""A score from which a result counts as one: it solves a part of the need at least more likely than not. Of the
demonstration set's pairs above it three in four do, and of those that do three in four are above it."""
DEPTH = 100
"""Results that each way of looking contributes: most needs have far fewer above the line."""
NEAR = 0.8
"""Needs whose whole texts are nearer than this ask for nearly the same; the two nearest of the demonstration set's,
both on nitration in batches, are at 0.71."""
MOST_DUPLICATES = 5
_DUPLICATES_DEPTH = 24


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A need that asks for nearly the same."""

    id: str
    reference: str
    title: str
    organisation_id: str
    organisation: str
    state: ItemState
    similarity: float
    """Cosine of the whole texts, at most 1."""


@dataclass(frozen=True, slots=True)
class Examined:
    findings: tuple[Finding, ...]
    completeness: float
    """The part of all weights that nothing was found against, 0 to 1."""
    understood: tuple[Understood, ...]
    duplicates: tuple[Duplicate, ...]
    """The nearest first."""
    line: float
    chances: Chances


def examine(
    session: Session,
    index: SearchIndex,
    actor: Actor,
    draft: NeedDraft,
    *,
    besides: str | None = None,
    today: date | None = None,
) -> Examined:
    """`besides` is the id of the need that the draft is to replace: no duplicate of itself.

    The caller lets the index catch up first, as for matching.
    """
    policy.require(actor, Action.MATCH_TEXT)
    viewer = access.viewer(session, actor)
    day = today or now().date()
    read = understood.unlisted(draft)
    found = findings.findings(draft, read, day)
    asked = query.of_draft(index.encoder, draft)
    return Examined(
        found,
        findings.completeness(found),
        understood.understood(draft, read),
        _duplicates(session, index, viewer, asked, besides),
        LINE,
        _chances(session, index, viewer, asked, day),
    )


def _chances(session: Session, index: SearchIndex, viewer: Viewer, asked: Query, today: date) -> Chances:
    assert isinstance(asked.facts, NeedFacts)
    telling = index.lexical.telling(asked.text)
    scored = pipeline.shown(session, index, viewer, asked, telling, Narrowing(), Ranker.FULL, DEPTH, least=View.PUBLIC)
    near = relaxations.within_reach(scored, LINE, index.calibration)
    reached = [
        (one, first) for one, first, is_near in zip(scored, pipeline.firsts(scored), near, strict=True) if is_near
    ]
    listed = dict(enumerate(asked.indicators))
    stated = items.indicators_of(session, [one.candidate.number for one, _ in reached]) if listed else {}
    # Only what was handed in counts: what a text says is not sure enough to keep anything out.
    theirs = [[handed_in(indicator) for indicator in stated.get(one.candidate.number, [])] for one, _ in reached]
    paired = indicators.counterparts(index.names, list(listed.values()), theirs)
    known: list[Known] = []
    for (one, first), pairs in zip(reached, paired, strict=True):
        assert isinstance(one.candidate.facts, ResultFacts)
        known.append(Known(one, one.candidate.facts, pairs, first))
    demands = Demands(asked.facts, listed, today)
    return relaxations.chances(demands, known, LINE, index.calibration, looked_at=len(scored))


def _duplicates(
    session: Session, index: SearchIndex, viewer: Viewer, asked: Query, besides: str | None
) -> tuple[Duplicate, ...]:
    """By the whole text, among the needs of which all that is public is shown, settled ones too."""
    whole = wholes([asked.vectors])
    numbers: set[int] = set()
    everywhere = Narrowing(state=None)
    for under, depth in redaction.recalls(session, viewer, Kind.NEED, everywhere, View.PUBLIC, _DUPLICATES_DEPTH):
        [hits] = index.vectors.search(whole, depth, recall.as_filter(Kind.NEED, under))
        numbers.update(hit.id // PASSAGES_PER_ITEM for hit in hits)
    may_be = session.exec(
        select(Need).where(
            col(Need.number).in_(numbers), viewer.visible(Kind.NEED, View.PUBLIC), col(Need.id) != (besides or "")
        )
    ).all()
    vectors = index.vectors_of([need.number for need in may_be])
    compared = [need for need in may_be if need.number in vectors]
    if not compared:
        return ()
    cosines = np.minimum(wholes([vectors[need.number] for need in compared]) @ whole[0], 1.0)
    near = sorted(
        ((float(cosine), need) for cosine, need in zip(cosines, compared, strict=True) if cosine >= NEAR),
        key=lambda pair: (-pair[0], pair[1].number),
    )[:MOST_DUPLICATES]
    owners = organisations.names(session, {need.organisation_id for _, need in near})
    return tuple(
        Duplicate(
            need.id, need.reference, need.title, need.organisation_id, owners.get(need.organisation_id, ""),
            need.state, cosine,
        )
        for cosine, need in near
    )  # fmt: skip
