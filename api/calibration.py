"""Fits the shipped calibration of match scores: `make calibrate`.

The judged pairs of half of the demonstration set's needs, and for each need the nearest of the others
(its authors judged whatever was on the topic, so these count as not solving), are described by the
parts of their evidence, and a calibration is fitted to "grade 2 or better". The other half tells how
well it does on needs that it has not seen; nothing is ever fitted on that half.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from sqlmodel import Session, select

from api.composition import Home, temporary_home
from api.settings import Settings
from matcher.actors import COMMAND_LINE
from matcher.entities import Kind, Need, Result
from matcher.matching import fitting, pipeline, query
from matcher.matching.candidates import Scored
from matcher.matching.fitting import Pairs
from matcher.matching.matches import Ranker
from matcher.matching.parts import PARTS
from matcher.matching.score import SHIPPED, Calibration, written
from matcher.sessions import reading
from seed_data import loading

Flags = NDArray[np.bool_]

DEPTH = 30
"""Candidates taken for each need beside the judged ones."""
SOLVES = 2
"""The lowest grade of a pair that solves at least a part."""


def main() -> None:
    with temporary_home(Settings()) as home:
        loading.fill(home.engine, COMMAND_LINE)
        home.index.catch_up()
        pairs, judged, held = collected(home)
    calibration = fitting.fitted(pairs.only(~held).and_bare())
    about = {
        "fitted_on": "judged pairs of the demonstration set, needs that are not held out, by `make calibrate`",
        **_counted("fitted", pairs.only(~held)),
        **_counted("held_out", pairs.only(held & judged)),
        **_measured(calibration, pairs.only(held & judged)),
    }
    SHIPPED.write_text(written(replace(calibration, about=about)), encoding="utf-8")
    sys.stdout.write(SHIPPED.read_text(encoding="utf-8"))


def _counted(name: str, pairs: Pairs) -> dict[str, int]:
    return {
        f"{name}_pairs": len(pairs),
        f"{name}_needs": len(np.unique(pairs.needs)),
        f"{name}_solving": int(pairs.taken.sum()),
    }


def _measured(calibration: Calibration, pairs: Pairs) -> dict[str, float]:
    """On judged pairs that it was not fitted on."""
    scores = fitting.said(pairs, calibration)
    return {
        "held_out_calibration_error": round(fitting.calibration_error(scores, pairs.taken), 3),
        "held_out_brier_score": round(float(((scores - pairs.taken) ** 2).mean()), 3),
    }


def collected(home: Home) -> tuple[Pairs, Flags, Flags]:
    """The pairs, which of them somebody judged, and which are of a need that is held out."""
    grades = loading.judgements()
    rows: list[list[float]] = []
    solves: list[float] = []
    needs: list[int] = []
    judged: list[bool] = []
    held: list[bool] = []
    with reading(home.engine) as session:
        results = list(session.exec(select(Result.number)))
        asking = sorted(session.exec(select(Need.id, Need.reference)), key=lambda row: row[1])
        for need, (id, reference) in enumerate(asking):
            known = {result for asked, result in grades if asked == reference}
            for one in _evidence(session, home, id, results, known):
                grade = grades.get((reference, one.candidate.reference))
                rows.append(_described(one.values))
                solves.append(float((grade or 0) >= SOLVES))
                needs.append(need)
                judged.append(grade is not None)
                held.append(loading.held_out(reference))
    pairs = Pairs(np.array(rows), np.array(solves), np.array(needs), np.ones(len(rows)))
    return pairs, np.array(judged), np.array(held)


def _described(values: Mapping[str, float]) -> list[float]:
    """But for the time: the demonstration's deadlines pass while its judgements stand."""
    return [PARTS[part].neutral if part == "time" else values[part] for part in PARTS]


def _evidence(session: Session, home: Home, need_id: str, results: list[int], judged: set[str]) -> list[Scored]:
    """Of the judged results and those nearest in meaning."""
    index = home.index
    asked = query.of_item(session, home.encoder, COMMAND_LINE, Kind.NEED, need_id)
    telling = index.lexical.telling(asked.text)
    # Scores do not matter here, so any weights do: there may be no calibration yet.
    any_weights = Calibration(0.0, dict.fromkeys(PARTS, 1.0))
    found = pipeline.assessed(session, index, asked, telling, results, Ranker.FULL, any_weights)
    found.sort(key=lambda one: -(one.values["passages"] + one.values["whole"]))
    wanted = [one for rank, one in enumerate(found) if rank < DEPTH or one.candidate.reference in judged]
    return pipeline.with_indicators(session, index, asked, wanted, any_weights)


if __name__ == "__main__":
    main()
