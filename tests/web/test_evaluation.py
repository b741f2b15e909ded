"""`make evaluate`: which sets it finds, what it measures, when it fails, and what the READMEs show of it."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from api.cli.console import bars
from api.evaluation import __main__ as command
from api.evaluation import record, table
from api.evaluation.measuring import MEASURES, RANKERS, Measured, measured
from api.evaluation.record import drops, recorded
from api.evaluation.sets import DEMONSTRATION, at_hand
from matcher.errors import UnusableFile
from matcher.matching.matches import Ranker
from seed_data import loading

NEEDS = [
    {"id": "n1", "title": "Charging in the cold", "description": "Lithium cells plate when charged below -10 °C."},
    {"id": "n2", "title": "轴承寿命", "description": "高速主轴轴承滚道早期剥落，寿命不足三千小时。"},
]
RESULTS = [
    {"id": "r1", "title": "Pulse preheating", "description": "Pulses warm lithium cells in the cold before charging."},
    {"id": "r2", "title": "Coated bearings", "description": "A sputtered coating on raceways of spindle bearings."},
    {"id": "r3", "title": "番茄保鲜", "description": "可食性薄膜延缓番茄软化腐烂。"},
]


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "dev" / "small"
    folder.mkdir(parents=True)
    for name, rows in (("needs", NEEDS), ("results", RESULTS)):
        with gzip.open(folder / f"{name}.jsonl.gz", "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (folder / "qrels.tsv").write_text("n1\t0\tr1\t1\nn2\t0\tr2\t1\n", encoding="utf-8")
    return tmp_path


def made(values: float | list[float], needs: int = 40, crosses: int = 0) -> Measured:
    """The same values under every ranking and measure."""
    column = np.broadcast_to(np.array(values, np.float64), needs).copy()
    return Measured(
        "a set",
        99,
        tuple(f"n{number}" for number in range(needs)),
        np.arange(needs) < crosses,
        {ranker: dict.fromkeys(MEASURES, column) for ranker in RANKERS},
    )


def test_the_sets_of_a_corpus_are_found_in_every_direction(tmp_path: Path) -> None:
    names = ("papers/needs_en.jsonl.gz", "papers/needs_zh.jsonl.gz", "papers/results_en.jsonl.gz", "papers/qrels.tsv",
             "deep/one/needs.csv", "deep/one/results.csv", "deep/one/qrels.tsv", "stray/needs.csv")  # fmt: skip
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found = at_hand(tmp_path)
    assert [one.name for one in found] == ["demonstration set", "one", "papers en → en", "papers zh → en"]
    assert [path.name for path in (found[3].needs, found[3].results)] == ["needs_zh.jsonl.gz", "results_en.jsonl.gz"]
    assert at_hand(None) == [DEMONSTRATION]
    with pytest.raises(UnusableFile, match="no folder with files"):
        at_hand(tmp_path / "stray")


def test_the_demonstration_set_is_measured_on_needs_that_nothing_was_fitted_on() -> None:
    needs = {need for need, _ in loading.judgements()}
    held = {need for need in needs if DEMONSTRATION.takes(need)}
    assert held == {need for need in needs if loading.held_out(need)}
    assert 0.4 * len(needs) < len(held) < 0.6 * len(needs)


def test_a_set_is_measured_under_every_ranking(corpus: Path) -> None:
    with bars() as shown:
        found = measured(at_hand(corpus)[1], shown)
    assert (found.name, found.results, found.needs) == ("small", 3, ("n1", "n2"))
    assert found.crosses.tolist() == [False, True]
    assert set(found.values) == set(Ranker)
    assert all(column.tolist() == [1.0, 1.0] for column in found.values[Ranker.FULL].values())
    assert found.values[Ranker.LEXICAL]["nDCG@10"].tolist() == [1.0, 0.0]
    groups = {name: rows.tolist() for name, rows in found.groups()}
    assert groups == {"all": [True, True], "in one language": [True, False], "across languages": [False, True]}


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    sets = {"a set": recorded(made([0.1, 0.9] * 20, crosses=7))}
    record.save(sets, tmp_path / "recorded.jsonl")
    assert record.load(tmp_path / "recorded.jsonl") == sets
    assert record.load(tmp_path / "nothing.jsonl") == {}


@pytest.mark.parametrize(
    ("before", "after", "fallen"),
    [
        (0.8, 0.8, False),
        (0.8, 0.9, False),
        (0.8, 0.7, True),
        ([0.1, 0.9] * 20, [0.1, 0.9] * 20, False),
        ([0.1, 0.9] * 20, [0.09, 0.85] * 20, True),  # need by need, far less than the needs differ
        ([0.1, 0.9] * 20, [0.1, 0.9] * 19 + [0.1, 0.5], False),  # one need may be chance
    ],
)
def test_a_figure_that_dropped_by_more_than_noise_is_told(
    before: float | list[float], after: float | list[float], fallen: bool
) -> None:
    told = [one for one in drops(made(after), recorded(made(before))) if "nDCG" in one]
    assert bool(told) is fallen
    assert len(told) in (0, len(RANKERS))


def test_other_needs_than_those_recorded_are_compared_by_their_means() -> None:
    before = replace(recorded(made(0.8)), needs_digest="of others")
    assert [one for one in drops(made([0.1, 0.9] * 20), before) if "lexical" in one] == [
        f"a set, in one language, lexical: {name} 0.500, recorded 0.800" for name in MEASURES
    ]
    assert list(drops(made(0.8), before)) == []


def test_the_command_fails_where_something_dropped_and_else_does_not(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "at_hand", lambda given: at_hand(given)[1:])
    monkeypatch.setattr("sys.argv", ["evaluate", "--corpus", str(corpus)])
    assert command.main() == 0
    best = made(1.0, needs=2)
    once = replace(best, name="small", needs=("n1", "n2"), crosses=np.array([False, True]))
    monkeypatch.setattr(record, "load", lambda: {"small": recorded(once)})
    assert command.main() == 1
    assert "below what is recorded: small, across languages, lexical: nDCG@10 0.000" in capsys.readouterr().out
    monkeypatch.setattr("sys.argv", ["evaluate", "--corpus", str(tmp_path / "nowhere")])
    monkeypatch.setattr(command, "at_hand", at_hand)
    assert command.main() == 2


@pytest.mark.parametrize(("path", "chinese"), table.READMES.items())
def test_the_readmes_show_what_is_recorded(path: Path, chinese: bool) -> None:
    sets = list(record.load().values())
    written = path.read_text(encoding="utf-8")
    assert table.markdown(sets, chinese=chinese) in written
    assert table.rewritten(written, sets, chinese=chinese) == written, "make evaluate with --record writes it anew"


def test_the_whole_score_is_better_than_each_of_its_sources_and_nearly_as_good_across_languages() -> None:
    """On the demonstration's needs that nothing was fitted on."""
    figures = {(one.group, one.ranker): one for one in record.load()["demonstration set"].figures}
    full = figures["all", "full"].measures["nDCG@10"]
    assert full[0] >= 0.90
    for ranker in ("lexical", "dense", "hybrid"):
        behind = figures["all", ranker].behind
        assert behind is not None
        assert behind[1] > 0, ranker
    across, within = (
        figures[group, "full"].measures["nDCG@10"][0] for group in ("across languages", "in one language")
    )
    assert across >= 0.95 * within
