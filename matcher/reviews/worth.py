"""What a pair is worth a matchmaker's time: score × value × freshness, as one number that stays in order.

Freshness falls off with the days since either side was last changed. Every pair's falls by the same
factor in the same time, so the order of two never changes: it is enough to keep the logarithm, with the
day as a sum in it, and nothing has to be reckoned anew as time passes.

Where one side is not public, all of it is made of what a matchmaker is shown: the rounded score, no budget,
and the week instead of the moment. An order by more would tell it.
"""

from __future__ import annotations

import hashlib
import math
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np

from matcher.access import Viewer
from matcher.actors import Actor
from matcher.entities import Need, PlatformRole, Result
from matcher.indexing import SearchIndex
from matcher.matching import redaction
from matcher.matching.matches import Match, Ranker
from matcher.matching.parts import PARTS
from matcher.matching.score import Calibration, scores
from matcher.policy import View

FADES = timedelta(days=30)
"""In which a pair's freshness falls to a third."""
USUAL_BUDGET = Decimal(500_000)
"""What a need without a budget is valued at."""
_LEAST, _MOST = 0.5, 2.0
"""How much less, and more, a need can be valued for its budget."""
_START = datetime(2020, 1, 6, tzinfo=UTC)
"""A Monday."""

_MATCHMAKER = Viewer(Actor("matchmaker", platform_roles=frozenset({PlatformRole.MATCHMAKER})))


def shown_to_matchmakers(need: Need, result: Result) -> View:
    """How much of both sides any matchmaker is shown."""
    return min(_MATCHMAKER.view(need), _MATCHMAKER.view(result))


def told_score(match: Match, view: View, calibration: Calibration) -> float:
    """A match's score as far as that view of both sides holds it."""
    if redaction.comparable(view):
        return match.score
    known = redaction.evidence(view, evidence(match))
    total = scores({part: np.array([value]) for part, value in known.items()}, calibration)
    return redaction.rounded(view, float(total[0]))


def evidence(match: Match) -> dict[str, float]:
    return {share.part: share.value for share in match.shares if share.part in PARTS}


def priority(score: float, view: View, need: Need, result: Result) -> float:
    """The higher, the better used is the time spent on it. `score` is the one that is told."""
    fresh = max(need.updated_at, result.updated_at) - _START
    value = _value(need)
    if not redaction.comparable(view):
        fresh -= fresh % timedelta(weeks=1)
        value = 1.0
    return math.log(max(score, 0.01) * value) + fresh / FADES


def _value(need: Need) -> float:
    budget = need.budget_max or need.budget_min or USUAL_BUDGET
    return min(_MOST, max(_LEAST, math.sqrt(budget / USUAL_BUDGET)))


def ranked_by(index: SearchIndex) -> str:
    """What a score was made by, in short: another calibration or model gives another name."""
    made_with = hashlib.blake2b(f"{index.encoder.model_id} {index.calibration!r}".encode(), digest_size=6)
    return f"{Ranker.FULL}-{made_with.hexdigest()}"
