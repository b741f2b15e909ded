"""Learns from an installation's own decisions: which pairs its matchmakers took further, and which not.

Only what was shown could be decided on, and what stands further down a list is decided on less often,
whatever it is worth. So each decision counts by how rare decisions at its place are (inverse
propensity): together they stand for all that was shown, and not for the tops of lists alone.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from scipy.optimize import isotonic_regression
from sqlmodel import Session, col, select

from matcher.actors import Actor
from matcher.entities import Kind, Result
from matcher.errors import Invalid, NotFound
from matcher.indexing import SearchIndex
from matcher.matching import pipeline, query
from matcher.matching.fitting import Pairs, calibration_error, log_loss, refitted, said
from matcher.matching.matches import Ranker
from matcher.matching.noise import Mean, mean
from matcher.matching.parts import PARTS
from matcher.matching.score import Calibration, Values

LEAST_DECISIONS, LEAST_NEEDS, LEAST_OF_EACH = 100, 20, 20
"""Fewer decisions, on fewer needs, fewer of them either way, tell nothing but noise."""
_HEAVIEST = 10.0
"""For how many at the first place a decision far down a list stands at most."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One person's on one pair that they were shown."""

    need_id: str
    result_id: str
    taken: bool
    position: int
    """At which place of the list it was shown, from 1."""
    at: datetime


@dataclass(frozen=True)
class Figures:
    """On decisions that nothing was fitted on."""

    log_loss: float
    brier: float
    calibration_error: float


@dataclass(frozen=True)
class Lesson:
    old: Figures
    new: Figures
    gain: Mean
    """By how much less what was decided surprises the new one, on average over needs."""
    fitted_on: int
    held_out: int
    calibration: Calibration
    """The new one."""

    @property
    def is_better(self) -> bool:
        """By more than noise."""
        return self.gain.low > 0


def described(session: Session, index: SearchIndex, actor: Actor, decisions: Iterable[Decision]) -> tuple[Pairs, int]:
    """Decisions with the evidence as it is now, and how many were left out since one side is gone.

    Of several decisions on one pair the last counts.
    """
    last: dict[str, dict[str, Decision]] = {}
    for one in sorted(decisions, key=lambda one: one.at):
        last.setdefault(one.need_id, {})[one.result_id] = one
    kept: list[Decision] = []
    rows: list[list[float]] = []
    for need, of_need in sorted(last.items()):
        for id, values in _evidence(session, index, actor, need, list(of_need)):
            kept.append(of_need[id])
            rows.append(values)
    pairs = Pairs(
        np.array(rows).reshape(-1, len(PARTS)),
        np.array([one.taken for one in kept], np.float64),
        np.array([_number(one.need_id) for one in kept], np.int64),
        weights([one.position for one in kept]),
    )
    return pairs, sum(map(len, last.values())) - len(kept)


def _evidence(
    session: Session, index: SearchIndex, actor: Actor, need: str, results: Sequence[str]
) -> list[tuple[str, list[float]]]:
    try:
        asked = query.of_item(session, index.encoder, actor, Kind.NEED, need)
    except NotFound:
        return []
    numbers = list(session.exec(select(Result.number).where(col(Result.id).in_(results))))
    telling, calibration = index.lexical.telling(asked.text), index.calibration
    found = pipeline.assessed(session, index, asked, telling, numbers, Ranker.FULL, calibration)
    found = pipeline.with_indicators(session, index, asked, found, calibration)
    return [(one.candidate.id, [one.values[part] for part in PARTS]) for one in found]


def weights(positions: Sequence[int]) -> Values:
    """For how many decisions each stands, 1 on average: the fewer are made at its place, the more.

    How likely a place is to be decided on only falls down a list; what the counts say else is chance.
    """
    if not positions:
        return np.zeros(0)
    made = Counter(positions)
    places = sorted(made)
    likely = isotonic_regression([made[place] for place in places], increasing=False).x
    heavy = dict(zip(places, np.minimum(likely[0] / likely, _HEAVIEST).tolist(), strict=True))
    found = np.array([heavy[position] for position in positions])
    scaled: Values = found / found.mean()
    return scaled


def learn(pairs: Pairs, old: Calibration) -> Lesson:
    """A new calibration from two thirds of the needs, and how both do on the others.

    Raises Invalid for too few decisions.
    """
    needs, taken = len(np.unique(pairs.needs)), int(pairs.taken.sum())
    if len(pairs) < LEAST_DECISIONS or needs < LEAST_NEEDS or min(taken, len(pairs) - taken) < LEAST_OF_EACH:
        raise Invalid(
            f"too few decisions to learn from: {len(pairs)} on {needs} needs, {taken} of them to take a pair further; "
            f"at least {LEAST_DECISIONS} on {LEAST_NEEDS} needs are wanted, {LEAST_OF_EACH} of them either way"
        )
    held = pairs.needs % 3 == 0
    fitting, others = pairs.only(~held), pairs.only(held)
    new = refitted(fitting, old)
    losses = [log_loss(said(others, one), others.taken) * others.counts for one in (old, new)]
    by_need = [np.array([loss[others.needs == need].mean() for need in np.unique(others.needs)]) for loss in losses]
    lesson = Lesson(
        old=_figures(others, old),
        new=_figures(others, new),
        gain=mean(by_need[0] - by_need[1]),
        fitted_on=len(fitting),
        held_out=len(others),
        calibration=new,
    )
    return replace(lesson, calibration=replace(new, about=_about(lesson)))


def _number(need_id: str) -> int:
    """The same whatever else was decided on, so that a need stays on its side of what is held out."""
    return int.from_bytes(hashlib.blake2b(need_id.encode(), digest_size=8).digest()) >> 1


def _figures(pairs: Pairs, calibration: Calibration) -> Figures:
    scores, counts = said(pairs, calibration), pairs.counts / pairs.counts.sum()
    return Figures(
        log_loss=float(counts @ log_loss(scores, pairs.taken)),
        brier=float(counts @ (scores - pairs.taken) ** 2),
        calibration_error=calibration_error(scores, pairs.taken, pairs.counts),
    )


def _about(lesson: Lesson) -> dict[str, object]:
    return {
        "fitted_on": "this installation's own decisions, by `jiebang learn`",
        "fitted_pairs": lesson.fitted_on,
        "held_out_pairs": lesson.held_out,
        "held_out_calibration_error": round(lesson.new.calibration_error, 3),
        "held_out_brier_score": round(lesson.new.brier, 3),
    }
