"""`jiebang match`: two files in, ranked pairs with reasons out, nothing kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import options
from api.cli.console import Bars, bars, note, output, say, without_collector
from api.cli.options import RankerChoice, Side

if TYPE_CHECKING:
    from api.cli.files import Stored
    from api.cli.pairs import Pair
    from api.composition import Home
    from matcher.matching.matches import Ranker


def match(
    needs: options.NeedsFile,
    results: options.ResultsFile,
    top: Annotated[int, typer.Option(min=1, max=1000, help="Results for each need at most.")] = 10,
    min_score: options.MinScore = 0.0,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Write all pairs to this .xlsx, .csv or .jsonl; print each need's best only."
        ),
    ] = None,
    report: options.Report = None,
    ranker: options.Ranker = RankerChoice.FULL,
    model: options.Model = None,
    as_json: options.Json = False,
) -> None:
    """Rank RESULTS for each of NEEDS, with reasons. Needs no server and no set-up, and keeps nothing."""
    from api.cli import files, pairs, tables, targets
    from api.composition import temporary_home
    from matcher.matching.matches import Ranker

    settings = options.settings(model)
    if out is not None:
        targets.check(out, pairs.SUFFIXES, inputs=[needs, results])
    if report is not None:
        targets.check(report, (".xlsx",), inputs=[needs, results, *([out] if out else [])])

    with without_collector(), bars() as shown:
        intakes = [files.read(needs, Side.NEEDS, shown), files.read(results, Side.RESULTS, shown)]
        files.check_sides(*intakes)
        with temporary_home(settings) as home:
            asked, offered = files.store_all(home, intakes, shown)
            files.list_problems(intakes)
            files.write_report(intakes, report)
            files.require_rows(intakes)
            files.catch_up(home, shown)
            found = ranked(home, asked, offered, shown, top=top, min_score=min_score, ranker=Ranker(ranker))
        if out is not None:
            pairs.write(found, out)

    if as_json:
        for pair in found:
            say(pairs.json_line(pair.record()))
    elif found:
        output().print(tables.pairs_table(found if out is None else [p for p in found if p.match.rank == 1]))
    summary = _summary(asked, offered, found, min_score)
    if out is not None:
        summary += f" All of them are in {out}." if found else f" {out} has its header only."
    (note if as_json else say)(summary)


def ranked(
    home: Home,
    asked: Stored,
    offered: Stored,
    shown: Bars,
    *,
    top: int,
    min_score: float = 0.0,
    ranker: Ranker,
) -> list[Pair]:
    """The pairs of a home whose index is up to date, need by need in the file's order."""
    from api.cli.pairs import Pair
    from matcher.actors import COMMAND_LINE
    from matcher.entities import Kind
    from matcher.matching import pipeline
    from matcher.sessions import reading

    count = shown.of(f"Matching ({ranker})")
    found: list[Pair] = []
    with reading(home.engine) as session:
        for done, need_id in enumerate(asked.ids, start=1):
            matches = pipeline.match_item(
                session, home.index, COMMAND_LINE, Kind.NEED, need_id, top=top, min_score=min_score, ranker=ranker
            )
            found.extend(
                Pair(
                    asked.labels[need_id],
                    asked.titles[need_id],
                    offered.labels[match.id],
                    match,
                    tuple(offered.labels[id] for id in match.duplicates),
                )
                for match in matches
            )
            session.expunge_all()
            count(done, len(asked))
    return found


def _summary(asked: Stored, offered: Stored, found: list[Pair], min_score: float) -> str:
    counted = f"{_number(len(asked), 'need')} and {_number(len(offered), 'result')}: "
    if not found:
        bound = f" with a score of at least {min_score:g}" if min_score else ""
        return f"{counted}no result matches any need{bound}."
    matched = len({pair.need_id for pair in found})
    without = len(asked) - matched
    rest = f"; {_number(without, 'need')} without a match" if without else ""
    return f"{counted}{_number(len(found), 'pair')}{rest}."


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
