"""`jiebang evaluate`: how well the rankings agree with judged pairs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import options
from api.cli.console import bars, note, output, say, without_collector
from api.cli.options import RankersChoice, Side

if TYPE_CHECKING:
    from api.cli.pairs import Pair
    from api.cli.qrels import Judgements

DEPTH = 100
"""Places of each ranking that are looked at."""


def evaluate(
    needs: options.NeedsFile,
    results: options.ResultsFile,
    qrels: Annotated[
        Path,
        typer.Argument(
            metavar="QRELS",
            help="Judged pairs: need, result, grade; or the four columns of TREC. Ids are the files' references.",
            show_default=False,
        ),
    ],
    ranker: Annotated[RankersChoice, typer.Option(help="Which ranking.")] = RankersChoice.FULL,
    relevant_from: Annotated[
        int, typer.Option(min=1, help="The lowest grade that counts for Recall and MRR; nDCG uses all grades.")
    ] = 1,
    model: options.Model = None,
    as_json: options.Json = False,
) -> None:
    """Measure the rankings of RESULTS for NEEDS against judged pairs."""
    from api.cli import files, pairs, tables
    from api.cli.match import ranked
    from api.cli.qrels import check_known, read_qrels, with_relevant
    from api.composition import temporary_home
    from matcher.errors import Invalid
    from matcher.matching.matches import Ranker

    settings = options.settings(model)
    judged = read_qrels(qrels)
    judgements = with_relevant(judged, relevant_from)
    if not judgements:
        raise Invalid(f"no pair is judged {relevant_from} or better", place=qrels.name)
    rankers = list(Ranker) if ranker is RankersChoice.ALL else [Ranker(ranker)]
    measured: dict[str, dict[str, float]] = {}
    with without_collector(), bars() as shown:
        intakes = [files.read(needs, Side.NEEDS, shown), files.read(results, Side.RESULTS, shown)]
        files.check_sides(*intakes)
        with temporary_home(settings) as home:
            asked, offered = files.store_all(home, intakes, shown)
            files.list_problems(intakes)
            files.require_rows(intakes)
            names = (needs.name, results.name)
            check_known(judged, set(asked.labels.values()), set(offered.labels.values()), names)
            files.catch_up(home, shown)
            wanted = {need for need, _ in judgements}
            asked = asked.only([id for id, label in asked.labels.items() if label in wanted])
            for one in rankers:
                found = ranked(home, asked, offered, shown, top=DEPTH, ranker=one)
                measured[one] = measures(judgements, found, relevant_from)
            model_id = home.encoder.model_id

    if as_json:
        for name, values in measured.items():
            facts = {"ranker": name, "model": model_id, "needs": len(asked), "results": len(offered)}
            say(pairs.json_line(facts | {"judgements": len(judgements)} | values))
    else:
        output().print(tables.measures_table(measured))
    counted = (
        f"{len(asked):,} needs with a relevant result (grade {relevant_from} or better) among "
        f"{len(offered):,} results; {len(judgements):,} judged pairs; model {model_id}."
    )
    (note if as_json else say)(counted)


def measures(judgements: Judgements, found: Sequence[Pair], relevant_from: int) -> dict[str, float]:
    """Means over the needs in the order printed; a need for which nothing was found counts 0."""
    import ir_measures
    from ir_measures import RR, R, nDCG

    least = {"rel": relevant_from} if relevant_from > 1 else {}
    wanted = {
        "nDCG@10": nDCG @ 10,
        "Recall@1": R(**least) @ 1,
        "Recall@10": R(**least) @ 10,
        "Recall@100": R(**least) @ 100,
        "MRR@10": RR(**least) @ 10,
    }
    graded = [ir_measures.Qrel(need, result, grade) for (need, result), grade in judgements.items()]
    values = ir_measures.calc_aggregate(wanted.values(), graded, list(_run(found)))
    return {name: round(values[measure], 4) for name, measure in wanted.items()}


def _run(found: Sequence[Pair]) -> Iterator[object]:
    """The rankings as places, so that equal scores stay in the order in which people see them.

    Near-duplicates that were folded into a match stand right behind it: somebody may have judged those.
    """
    import ir_measures

    place, need = 0, ""
    for pair in found:
        if pair.need_id != need:
            place, need = 0, pair.need_id
        for result in (pair.result_id, *pair.duplicates):
            place += 1
            if place <= DEPTH:
                yield ir_measures.ScoredDoc(need, result, float(-place))
