"""Matching, read top to bottom: recall → fit → score → explain.

The caller lets the index catch up first (`SearchIndex.catch_up`), so that everything committed can
be found, and passes a session that sees at least as much.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from matcher import access, items, organisations, policy
from matcher.access import Viewer
from matcher.actors import Actor
from matcher.drafts import ItemDraft
from matcher.entities import Kind, Passage, now
from matcher.indexing import SearchIndex
from matcher.matching import candidates, explain, fit, indicators, query, redaction
from matcher.matching.candidates import Candidate
from matcher.matching.matches import Compared, Gap, Match, Narrowing, Ranker
from matcher.matching.query import Query
from matcher.matching.recall import DEPTH, recall
from matcher.matching.score import Values, meanings, scores, shares, shipped, wholes
from matcher.matching.words import TellingWords, weigh
from matcher.passages import Cut
from matcher.policy import Action, View
from matcher.quantities.reading import handed_in

_SAME = 0.985
"""Items whose whole texts are nearer than this say the same: usually one entered twice."""


def match_item(
    session: Session,
    index: SearchIndex,
    actor: Actor,
    kind: Kind,
    id: str,
    *,
    top: int = 10,
    min_score: float = 0.0,
    narrowing: Narrowing = Narrowing(),  # noqa: B008  # frozen
    ranker: Ranker = Ranker.HYBRID,
) -> list[Match]:
    """Results for a stored need, or needs for a stored result. Raises NotFound."""
    asked = query.of_item(session, index.encoder, actor, kind, id)
    return match(session, index, actor, asked, top, min_score, narrowing, ranker)


def match_draft(
    session: Session,
    index: SearchIndex,
    actor: Actor,
    draft: ItemDraft,
    *,
    top: int = 10,
    min_score: float = 0.0,
    narrowing: Narrowing = Narrowing(),  # noqa: B008  # frozen
    ranker: Ranker = Ranker.HYBRID,
) -> list[Match]:
    """The same for a need or result that is not stored; finds nothing that the actor is shown in part only."""
    asked = query.of_draft(index.encoder, draft)
    return match(session, index, actor, asked, top, min_score, narrowing, ranker)


def match_text(
    session: Session,
    index: SearchIndex,
    actor: Actor,
    text: str,
    wanted: Kind,
    *,
    top: int = 10,
    min_score: float = 0.0,
    narrowing: Narrowing = Narrowing(),  # noqa: B008  # frozen
    ranker: Ranker = Ranker.HYBRID,
) -> list[Match]:
    """The same as `match_draft` for free text: what of the `wanted` kind is about this?"""
    asked = query.of_text(index.encoder, text, wanted)
    return match(session, index, actor, asked, top, min_score, narrowing, ranker)


def match(
    session: Session,
    index: SearchIndex,
    actor: Actor,
    asked: Query,
    top: int,
    min_score: float,
    narrowing: Narrowing,
    ranker: Ranker,
) -> list[Match]:
    """The `top` best of at least `min_score`, near-duplicates folded together, as far as the actor is shown them."""
    policy.require(actor, Action.MATCH_TEXT)
    viewer = access.viewer(session, actor)
    telling = index.lexical.telling(asked.text)
    least = redaction.least_view(narrowing, ranker, asked.stored)
    scored: list[Scored] = []
    for under, depth in redaction.recalls(session, viewer, asked.wanted, narrowing, least, max(DEPTH, 2 * top)):
        scored += ranked(session, index, asked, telling, under, ranker, depth)
    scored = _shown(viewer, asked, least, scored)
    kept = _folded([one for one in scored if one.score >= min_score], top)
    return redaction.redact(session, asked.wanted, _explained(session, index, asked, telling, kept, ranker))


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


def ranked(
    session: Session,
    index: SearchIndex,
    asked: Query,
    telling: Mapping[str, float],
    narrowing: Narrowing,
    ranker: Ranker,
    depth: int,
) -> list[Scored]:
    """Candidates, `depth` by meaning and by words each at least; best first, equal scores in order of posting.

    `telling` are the telling words of what is asked (`LexicalIndex.telling`).
    """
    words = weigh(telling, asked.text)
    found = candidates.load(session, index, asked.wanted, recall(index, asked, words, narrowing, ranker, depth))
    today = now().date()
    fits = [fit.judge_either_way(asked.facts, candidate.facts, today) for candidate in found]
    values = _values(asked, words, found, [judged for judged, _ in fits], ranker)
    totals = scores(values, shipped()) if ranker is Ranker.HYBRID else next(iter(values.values()))
    rows = np.transpose(list(values.values())).tolist()
    scored = [
        Scored(candidate, total, dict(zip(values, row, strict=True)), tuple(gaps))
        for candidate, total, row, (_, gaps) in zip(found, totals.tolist(), rows, fits, strict=True)
    ]
    return sorted(scored, key=_rank)


def _values(
    asked: Query, words: TellingWords, found: Sequence[Candidate], fits: Sequence[Mapping[str, float]], ranker: Ranker
) -> dict[str, Values]:
    """The evidence of each part for each candidate; of one part alone for the rankers that look at no other."""
    meaning = meanings(asked.vectors, [candidate.vectors for candidate in found]).astype(np.float64)
    shared = np.array([candidate.words for candidate in found], np.float64)
    if ranker is Ranker.DENSE:
        return {"meaning": meaning}
    if ranker is Ranker.LEXICAL:
        return {"words": shared}
    chinese = np.array([candidate.chinese for candidate in found], np.float64)
    judged = {part: np.array([values[part] for values in fits], np.float64) for part in fit.PARTS}
    return {"meaning": meaning, "words": words.evidence(shared, chinese), **judged}


def _shown(viewer: Viewer, asked: Query, least: View, scored: Sequence[Scored]) -> list[Scored]:
    """Those that the viewer may know of, each once, ranked by the score that the viewer is told."""
    if viewer.actor.trusted:
        return list(scored)
    shown = {
        one.candidate.number: one._replace(view=view, score=_told_score(one, view))
        for one in scored
        if redaction.told(view := redaction.seen(viewer, asked.wanted, one.candidate), least)
    }
    return sorted(shown.values(), key=_told_rank)


def _told_score(one: Scored, view: View) -> float:
    if redaction.comparable(view):
        return one.score
    values = redaction.evidence(view, one.values)
    score = scores({part: np.array([value]) for part, value in values.items()}, shipped())[0]
    return redaction.rounded(view, float(score))


def _rank(one: Scored) -> tuple[float, int]:
    return -one.score, one.candidate.number


def _told_rank(one: Scored) -> tuple[float, bool, int, str]:
    """As `_rank`, but what is shown in part tells nothing of when it was posted."""
    in_part = not redaction.comparable(one.view)
    return -one.score, in_part, 0 if in_part else one.candidate.number, one.candidate.id


def _folded(scored: Sequence[Scored], top: int) -> list[Scored]:
    """The first `top`, with those that say the same as a better one named under it."""
    if not scored:
        return []
    whole = wholes([one.candidate.vectors for one in scored])
    comparable = np.array([redaction.comparable(one.view) for one in scored])
    alike = (whole @ whole.T > _SAME) & comparable & comparable[:, None]
    kept: dict[int, list[str]] = {}
    for row, one in enumerate(scored):
        twin = next((better for better in kept if alike[row, better]), None)
        if twin is not None:
            kept[twin].append(one.candidate.id)
        elif len(kept) < top:
            kept[row] = []
    return [scored[row]._replace(duplicates=tuple(twins)) for row, twins in kept.items()]


def _explained(
    session: Session,
    index: SearchIndex,
    asked: Query,
    telling: Mapping[str, float],
    kept: Sequence[Scored],
    ranker: Ranker,
) -> list[Match]:
    cuts = _cuts(session, [scored.candidate.number for scored in kept])
    owners = organisations.names(session, {scored.candidate.organisation_id for scored in kept})
    weights = shipped().weights if ranker is Ranker.HYBRID else dict.fromkeys(("meaning", "words"), 1.0)
    compared = _compared(session, index, asked, kept, cuts)
    matches: list[Match] = []
    for rank, scored in enumerate(kept, start=1):
        measured = compared.get(scored.candidate.number, ())
        candidate = scored.candidate
        passages = cuts.get(candidate.number, [])[: len(candidate.vectors)]
        text = "\n".join(cut.text for cut in passages)
        matches.append(
            Match(
                rank=rank,
                kind=asked.wanted,
                id=candidate.id,
                reference=candidate.reference,
                title=candidate.title,
                organisation_id=candidate.organisation_id,
                organisation=owners.get(candidate.organisation_id, ""),
                score=scored.score,
                shares=shares(scored.values, scored.score, weights),
                agreements=explain.agreements(asked.cuts, asked.vectors, passages, candidate.vectors[: len(passages)]),
                terms=explain.terms_in_common(telling, text),
                gaps=scored.gaps + indicators.gaps(measured),
                indicators=measured,
                duplicates=scored.duplicates,
                view=scored.view,
            )
        )
    return matches


def _compared(
    session: Session, index: SearchIndex, asked: Query, kept: Sequence[Scored], cuts: Mapping[int, list[Cut]]
) -> dict[int, tuple[Compared, ...]]:
    """How indicators compare, by the candidate's number, for those of which that may be shown."""
    numbers = [scored.candidate.number for scored in kept if redaction.comparable(scored.view)]
    stated = items.indicators_of(session, numbers)
    found = [indicators.Side(list(map(handed_in, stated.get(number, []))), cuts.get(number, [])) for number in numbers]
    here = indicators.Side(asked.indicators, asked.cuts)
    return dict(zip(numbers, indicators.compared(index.names, asked.wanted, here, found), strict=True))


_PASSAGES = (
    select(Passage.item_number, Passage.part, Passage.text)
    .where(col(Passage.item_number).in_(bindparam("numbers", expanding=True)))
    .order_by(col(Passage.id))
)


def _cuts(session: Session, numbers: Sequence[int]) -> dict[int, list[Cut]]:
    found: dict[int, list[Cut]] = {}
    for number, part, text in session.exec(_PASSAGES, params={"numbers": numbers}):
        found.setdefault(number, []).append(Cut(part, text))
    return found
