"""Runs one labelled set through every ranking, and keeps what each need got."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import ir_measures
import numpy as np
from ir_measures import R, nDCG
from numpy.typing import NDArray

from api.cli import files
from api.cli.console import Bars
from api.cli.options import Side
from api.cli.qrels import Judgements, check_known, read_qrels, with_relevant
from api.composition import Home, temporary_home
from api.evaluation.sets import LabelledSet
from api.settings import Settings
from embeddings.text import chinese_share
from matcher.actors import COMMAND_LINE
from matcher.entities import Kind
from matcher.intake.report import Intake, RowDraft
from matcher.matching import pipeline
from matcher.matching.matches import Match, Ranker
from matcher.sessions import reading

Values = NDArray[np.float64]

DEPTH = 10
MEASURES = {"nDCG@10": nDCG @ DEPTH, "Recall@1": R @ 1, "Recall@10": R @ DEPTH}
RANKERS = (Ranker.LEXICAL, Ranker.DENSE, Ranker.HYBRID, Ranker.FULL)
_CHINESE = 0.2
"""A text of which a fifth of the signs is Chinese is written in Chinese."""


@dataclass(frozen=True)
class Measured:
    """One set. Each need's values stand in the order of `needs`."""

    name: str
    results: int
    needs: tuple[str, ...]
    crosses: NDArray[np.bool_]
    """Which needs are best solved in the other language only."""
    values: Mapping[Ranker, Mapping[str, Values]]
    """By ranker and measure."""

    def groups(self) -> Iterator[tuple[str, NDArray[np.bool_]]]:
        """All needs, and where both kinds occur each kind apart."""
        everything = np.ones(len(self.needs), np.bool_)
        if self.crosses.all() or not self.crosses.any():
            yield ("across languages" if self.crosses.any() else "in one language"), everything
            return
        yield "all", everything
        yield "in one language", ~self.crosses
        yield "across languages", self.crosses


def measured(one: LabelledSet, shown: Bars) -> Measured:
    """In a home of its own that is deleted again."""
    judgements = {pair: grade for pair, grade in read_qrels(one.qrels).items() if one.takes(pair[0])}
    judgements = with_relevant(judgements, 1)
    intakes = [files.read(one.needs, Side.NEEDS, shown), files.read(one.results, Side.RESULTS, shown)]
    with temporary_home(Settings()) as home:
        asked, offered = files.store_all(home, intakes, shown)
        names = (one.needs.name, one.results.name)
        check_known(judgements, set(asked.labels.values()), set(offered.labels.values()), names)
        files.catch_up(home, shown)
        ids = {label: id for id, label in asked.labels.items()}
        needs = tuple(sorted({need for need, _ in judgements}))
        values = {}
        for ranker in RANKERS:
            count = shown.of(f"{one.name}: {ranker}")
            runs = _runs(home, [(need, ids[need]) for need in needs], offered.labels, ranker, count)
            values[ranker] = _values(judgements, needs, list(runs))
    return Measured(one.name, len(offered), needs, _crosses(judgements, needs, intakes), values)


def _runs(
    home: Home,
    needs: Sequence[tuple[str, str]],
    labels: Mapping[str, str],
    ranker: Ranker,
    count: Callable[[int, int | None], None],
) -> Iterator[ir_measures.ScoredDoc]:
    """Places as scores, so that equal ones stay in the order in which people see them."""
    for done, (need, id) in enumerate(needs, start=1):
        with reading(home.engine) as session:
            found = pipeline.match_item(session, home.index, COMMAND_LINE, Kind.NEED, id, top=DEPTH, ranker=ranker)
        for place, result in enumerate(_in_order(found)):
            yield ir_measures.ScoredDoc(need, labels[result], float(-place))
        count(done, len(needs))


def _in_order(found: Sequence[Match]) -> list[str]:
    """Near-duplicates that were folded into a match stand right behind it: somebody may have judged those."""
    return [id for match in found for id in (match.id, *match.duplicates)]


def _values(judgements: Judgements, needs: Sequence[str], runs: Sequence[ir_measures.ScoredDoc]) -> dict[str, Values]:
    """A need for which nothing was found counts 0."""
    place = {need: row for row, need in enumerate(needs)}
    names = {measure: name for name, measure in MEASURES.items()}
    values = {name: np.zeros(len(needs)) for name in MEASURES}
    graded = [ir_measures.Qrel(need, result, grade) for (need, result), grade in judgements.items()]
    for metric in ir_measures.iter_calc(list(MEASURES.values()), graded, runs):
        values[names[metric.measure]][place[metric.query_id]] = metric.value
    return values


def _crosses(judgements: Judgements, needs: Sequence[str], intakes: Sequence[Intake]) -> NDArray[np.bool_]:
    chinese = [
        dict(zip(files.labels(intake.accepted), map(_is_chinese, intake.accepted), strict=True)) for intake in intakes
    ]
    best: dict[str, int] = {}
    for (need, _), grade in judgements.items():
        best[need] = max(grade, best.get(need, 0))
    same = {
        need
        for (need, result), grade in judgements.items()
        if grade == best[need] and chinese[0][need] == chinese[1][result]
    }
    return np.array([need not in same for need in needs])


def _is_chinese(row: RowDraft) -> bool:
    draft = row.draft
    return chinese_share(f"{draft.title} {draft.problem} {getattr(draft, 'abstract', '')}") >= _CHINESE
