"""Matching, read top to bottom: recall → fit → score → second look → explain.

The caller lets the index catch up first (`SearchIndex.catch_up`), so that everything committed can
be found, and passes a session that sees at least as much.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from sqlmodel import Session

from matcher import access, policy
from matcher.access import Viewer
from matcher.actors import Actor
from matcher.drafts import ItemDraft
from matcher.entities import Kind, now
from matcher.indexing import SearchIndex
from matcher.matching import candidates, fit, indicators, query, reasons, redaction
from matcher.matching.candidates import Candidate, Scored
from matcher.matching.matches import Match, Narrowing, Ranker
from matcher.matching.parts import FIT, PARTS, TEXT
from matcher.matching.query import Query
from matcher.matching.recall import DEPTH, recall
from matcher.matching.score import Calibration, Values, meanings, scores, wholes
from matcher.matching.words import weigh
from matcher.policy import Action, View

_SAME = 0.985
"""Items whose whole texts are nearer than this say the same: usually one entered twice."""
SECOND_LOOK = 20
"""Candidates whose indicators are compared before the last order is made, where no more are asked for."""


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
    ranker: Ranker = Ranker.FULL,
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
    ranker: Ranker = Ranker.FULL,
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
    ranker: Ranker = Ranker.FULL,
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
    calibration = index.calibration
    telling = index.lexical.telling(asked.text)
    least = redaction.least_view(narrowing, ranker, asked.stored)
    scored = shown(session, index, viewer, asked, telling, narrowing, ranker, max(DEPTH, 2 * top), least)
    scored = _folded(scored, max(top, SECOND_LOOK))
    if ranker is Ranker.FULL and (asked.indicators or asked.wanted is Kind.NEED):
        scored = with_indicators(session, index, asked, scored, calibration)
    kept = [one for one in scored if one.score >= min_score][:top]
    return redaction.redact(session, asked.wanted, reasons.matches(session, index, asked, telling, kept, calibration))


def shown(
    session: Session,
    index: SearchIndex,
    viewer: Viewer,
    asked: Query,
    telling: Mapping[str, float],
    narrowing: Narrowing,
    ranker: Ranker,
    depth: int,
    least: View,
) -> list[Scored]:
    """Candidates as `ranked`, of which the viewer is shown at `least` that, by the score that the viewer is told."""
    scored: list[Scored] = []
    for under, deep in redaction.recalls(session, viewer, asked.wanted, narrowing, least, depth):
        scored += ranked(session, index, asked, telling, under, ranker, deep, index.calibration)
    return _shown(viewer, asked, least, scored, index.calibration)


def ranked(
    session: Session,
    index: SearchIndex,
    asked: Query,
    telling: Mapping[str, float],
    narrowing: Narrowing,
    ranker: Ranker,
    depth: int,
    calibration: Calibration,
) -> list[Scored]:
    """Candidates, `depth` by meaning and by words each at least; best first, equal scores in order of posting.

    `telling` are the telling words of what is asked (`LexicalIndex.telling`). Indicators are not looked at yet.
    """
    numbers = recall(index, asked, narrowing, ranker, depth)
    return sorted(assessed(session, index, asked, telling, numbers, ranker, calibration), key=_rank)


def assessed(
    session: Session,
    index: SearchIndex,
    asked: Query,
    telling: Mapping[str, float],
    numbers: Sequence[int],
    ranker: Ranker,
    calibration: Calibration,
) -> list[Scored]:
    """What speaks for each of these items, and how much, in any order. Indicators are not looked at yet."""
    found = candidates.load(session, index, asked.wanted, numbers)
    today = now().date()
    fits = [fit.judge_either_way(asked.facts, candidate.facts, today) for candidate in found]
    values = _values(index, asked, telling, found, [judged for judged, _ in fits], ranker)
    alone = next(iter(values.values()))
    totals = scores(values, calibration) if ranker in (Ranker.FULL, Ranker.HYBRID) else alone
    rows = np.transpose(list(values.values())).tolist()
    return [
        Scored(candidate, total, dict(zip(values, row, strict=True)), tuple(gaps))
        for candidate, total, row, (_, gaps) in zip(found, totals.tolist(), rows, fits, strict=True)
    ]


def _values(
    index: SearchIndex,
    asked: Query,
    telling: Mapping[str, float],
    found: Sequence[Candidate],
    fits: Sequence[Mapping[str, float]],
    ranker: Ranker,
) -> dict[str, Values]:
    """The evidence of each part for each candidate; of one part alone for the rankers that look at no other."""
    passages, whole = meanings(asked.vectors, [candidate.vectors for candidate in found])
    if ranker is Ranker.DENSE:
        return {"meaning": (passages + whole) / 2}
    alike = index.lexical.alike(asked.text, [candidate.number for candidate in found])
    if ranker is Ranker.LEXICAL:
        return {"words": alike}
    chinese = np.array([candidate.chinese for candidate in found], np.float64)
    texts = (passages, whole, weigh(telling, asked.text).evidence(alike, chinese))
    neutral = {part: np.full(len(found), PARTS[part].neutral) for part in FIT}
    if ranker is Ranker.HYBRID:
        return dict(zip(TEXT, texts, strict=True)) | neutral
    judged = {part: np.array([values[part] for values in fits], np.float64) for part in fit.PARTS}
    return dict(zip(TEXT, texts, strict=True)) | neutral | judged


def _shown(
    viewer: Viewer, asked: Query, least: View, scored: Sequence[Scored], calibration: Calibration
) -> list[Scored]:
    """Those that the viewer may know of, each once, ranked by the score that the viewer is told."""
    if viewer.actor.trusted:
        return list(scored)
    shown = {
        one.candidate.number: one._replace(view=view, score=_told_score(one, view, calibration))
        for one in scored
        if redaction.told(view := redaction.seen(viewer, asked.wanted, one.candidate), least)
    }
    return sorted(shown.values(), key=_rank)


def _told_score(one: Scored, view: View, calibration: Calibration) -> float:
    if redaction.comparable(view):
        return one.score
    return redaction.rounded(view, _score(redaction.evidence(view, one.values), calibration))


def _score(values: Mapping[str, float], calibration: Calibration) -> float:
    return float(scores({part: np.array([value]) for part, value in values.items()}, calibration)[0])


def _rank(one: Scored) -> tuple[float, bool, int, str]:
    """Equal ones in order of posting; but what is shown in part tells nothing of when it was posted."""
    in_part = not redaction.comparable(one.view)
    return -one.score, in_part, 0 if in_part else one.candidate.number, one.candidate.id


def with_indicators(
    session: Session, index: SearchIndex, asked: Query, scored: Sequence[Scored], calibration: Calibration
) -> list[Scored]:
    """Ranked anew by how the indicators that both sides handed in compare, of those of which that may be shown.

    What only a text says is told with the match, and is not sure enough to move it.
    """
    compared = reasons.compared(session, index, asked, scored, {})
    return sorted(
        (
            one._replace(values=values, score=_score(values, calibration))
            if (measured := compared.get(one.candidate.number))
            and (
                values := {**one.values, "indicators": indicators.evidence((one.must, one.outcome) for one in measured)}
            )
            else one
            for one in scored
        ),
        key=_rank,
    )


def _folded(scored: Sequence[Scored], top: int) -> list[Scored]:
    """The first `top` of those that are shown in full and of those that are shown in part, with those that say
    the same as a better one named under it. Neither kind takes a place of the other: what is shown in part must
    not decide of what indicators are compared."""
    kept: dict[int, list[str]] = {}
    places = {True: top, False: top}
    for row, first in enumerate(firsts(scored)):
        full = redaction.comparable(scored[row].view)
        if first in kept:
            kept[first].append(scored[row].candidate.id)
        elif first == row and places[full]:
            places[full] -= 1
            kept[row] = []
    return [scored[row]._replace(duplicates=tuple(twins)) for row, twins in kept.items()]


def firsts(scored: Sequence[Scored]) -> list[int]:
    """For each the position of the first that says the same, of those that repeat no other, or its own."""
    if not scored:
        return []
    whole = wholes([one.candidate.vectors for one in scored])
    comparable = np.array([redaction.comparable(one.view) for one in scored])
    alike = (whole @ whole.T > _SAME) & comparable & comparable[:, None]
    found: list[int] = []
    repeats_none = np.zeros(len(scored), bool)
    for row in range(len(scored)):
        before = np.flatnonzero(alike[row, :row] & repeats_none[:row])
        repeats_none[row] = not len(before)
        found.append(int(before[0]) if len(before) else row)
    return found
