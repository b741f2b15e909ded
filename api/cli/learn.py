"""`jiebang learn`: scores that follow an installation's own decisions."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import options
from api.cli.console import bars, output, say

if TYPE_CHECKING:
    from matcher.matching.learning import Lesson


def learn(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE",
            help="Decisions, JSON Lines: need, result, verdict (take_further, no, not_now, unsure), position, at.",
            show_default=False,
        ),
    ] = None,
    back: Annotated[bool, typer.Option("--back", help="Go back to the scores before the last lesson.")] = False,
    as_json: options.Json = False,
) -> None:
    """Fit scores to decisions on pairs. The new ones are put in place only where they are better by more than noise."""
    from api.cli import decision_files, files, pairs, tables
    from api.composition import open_home
    from matcher.actors import COMMAND_LINE
    from matcher.errors import Invalid
    from matcher.matching import learning
    from matcher.sessions import reading

    if back is (file is not None):
        raise Invalid("either a file of decisions is expected, or --back")
    with bars() as shown, open_home(options.settings()) as home:
        if file is None:
            say(f"In place: {home.calibrations.back()}.")
            return
        decisions = decision_files.read_decisions(file)
        files.catch_up(home, shown)
        with reading(home.engine) as session:
            described, gone = learning.described(session, home.index, COMMAND_LINE, decisions)
        lesson = learning.learn(described, home.index.calibration)
        name = home.calibrations.put(lesson.calibration) if lesson.is_better else home.calibrations.name()
    if as_json:
        say(pairs.json_line(_record(lesson) | {"left_out": gone, "in_place": name}))
        return
    output().print(tables.lesson_table(lesson))
    if gone:
        say(f"{gone} decisions were left out: their need or result is gone.")
    verdict = "Better by more than noise" if lesson.is_better else "Not better by more than noise: nothing was changed"
    say(f"{verdict}. In place: {name}.")


def _record(lesson: Lesson) -> dict[str, object]:
    return {
        "fitted_on": lesson.fitted_on,
        "held_out": lesson.held_out,
        "old": asdict(lesson.old),
        "new": asdict(lesson.new),
        "gain": asdict(lesson.gain),
        "better": lesson.is_better,
    }
