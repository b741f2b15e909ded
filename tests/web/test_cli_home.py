"""The commands that keep things: import, list, show, matches, search, reindex; and evaluate, template."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from cli_support import NEEDS, RESULTS, Jiebang, embedding_server, runner, write

import api.cli
from api.cli.options import RankerChoice, RankersChoice, StateChoice
from matcher.matching.matches import Ranker
from matcher.states import ItemState


@pytest.fixture(scope="module")
def model() -> Iterator[str]:
    with embedding_server() as address:
        yield address


@pytest.fixture
def jiebang(model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Jiebang:
    return runner(model, tmp_path, monkeypatch)


@pytest.fixture
def filled(jiebang: Jiebang, tmp_path: Path) -> Jiebang:
    needs = write(tmp_path, "needs.csv", NEEDS)
    results = write(tmp_path, "results.csv", RESULTS)
    assert jiebang("import", "needs", needs, "--organisation", "晨星电池").exit_code == 0
    assert jiebang("import", "results", results, "--organisation", "Harbour Institute").exit_code == 0
    return jiebang


def records(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_bringing_a_file_again_changes_nothing_and_an_edited_one_only_what_changed(
    jiebang: Jiebang, tmp_path: Path
) -> None:
    needs = write(tmp_path, "needs.csv", NEEDS)
    first = jiebang("import", "needs", needs, "--organisation", "晨星电池", "--title", "2026")
    assert first.stdout == "needs.csv: 2 created, 0 updated, 0 unchanged, 0 rejected.\n"
    again = jiebang("import", "needs", needs, "--organisation", "晨星电池", "--json")
    assert records(again.stdout) == [
        {"created": 0, "updated": 0, "unchanged": 2, "rejected": 0, "created_ids": [], "updated_ids": []}
    ]
    needs.write_text(NEEDS.replace("面议", "30万元"), encoding="utf-8")
    edited = records(jiebang("import", "needs", needs, "--organisation", "晨星电池", "--json").stdout)[0]
    assert (edited["created"], edited["updated"], edited["unchanged"]) == (0, 1, 1)
    (shown,) = records(jiebang("show", edited["updated_ids"][0], "--json").stdout)
    assert (shown["reference"], shown["budget_max"], shown["version"]) == ("N-2", "300000", 2)


def test_a_row_without_an_organisation_is_rejected_when_none_is_given(jiebang: Jiebang, tmp_path: Path) -> None:
    mixed = write(tmp_path, "mixed.csv", "编号,单位,成果名称\n1,甲大学,润滑脂\n2,,电解液\n")
    done = jiebang("import", "results", mixed, "--report", tmp_path / "rejected.xlsx")
    assert done.exit_code == 0, done.stderr
    assert done.stdout == "mixed.csv: 1 created, 0 updated, 0 unchanged, 1 rejected.\n"
    assert "rejected: mixed.csv, row 3: " in done.stderr
    assert openpyxl.load_workbook(tmp_path / "rejected.xlsx").active.max_row == 2


def test_a_file_without_a_usable_row_leaves_nothing_behind(jiebang: Jiebang, tmp_path: Path) -> None:
    broken = write(tmp_path, "broken.csv", "编号,成果名称,成熟度\n1,润滑脂,TRL 77\n")
    done = jiebang("import", "results", broken, "--organisation", "乙大学")
    assert done.exit_code == 2
    assert "error: broken.csv: not one row can be used as one of results" in done.stderr
    assert "No organisation '乙大学'" in jiebang("list", "results", "--organisation", "乙大学").stderr


def test_a_list_of_the_other_kind_is_not_imported(jiebang: Jiebang, tmp_path: Path) -> None:
    done = jiebang("import", "needs", write(tmp_path, "r.csv", RESULTS), "--organisation", "甲")
    assert done.exit_code == 2
    assert "this is a list of results, and a list of needs is expected" in done.stderr


def test_what_was_imported_is_listed_narrowed_and_shown(filled: Jiebang) -> None:
    listed = filled("list", "results")
    assert all(title in listed.stdout for title in ("R-1", "R-2", "R-3", "Harbour"))
    references = lambda *options: [one["reference"] for one in records(filled("list", *options, "--json").stdout)]  # noqa: E731
    assert references("results") == ["R-3", "R-2", "R-1"]
    assert references("results", "--limit", "2") == ["R-3", "R-2"]
    assert references("results", "--limit", "0") == ["R-3", "R-2", "R-1"]
    assert references("results", "--words", "水稻") == ["R-3"]
    assert references("results", "--maturity", "8") == ["R-2"]
    assert references("results", "--state", "withdrawn") == []
    assert references("needs", "--organisation", "晨星电池") == ["N-2", "N-1"]
    assert "There are more than 2: --limit 0 shows all." in filled("list", "results", "--limit", "2").stderr
    id = records(filled("list", "needs", "--limit", "1", "--json").stdout)[0]["id"]
    shown = filled("show", id).stdout
    assert re.search(r"^title +轴承润滑脂高温流失", shown, re.MULTILINE)
    assert "currency" not in shown


def test_an_imported_list_printed_as_json_lines_can_be_brought_elsewhere(filled: Jiebang, tmp_path: Path) -> None:
    copy = write(tmp_path, "copy.jsonl", filled("list", "results", "--json").stdout)
    done = filled("import", "results", copy)
    assert done.stdout == "copy.jsonl: 0 created, 0 updated, 3 unchanged, 0 rejected.\n"


def test_matches_go_both_ways(filled: Jiebang) -> None:
    need = next(one for one in records(filled("list", "needs", "--json").stdout) if one["reference"] == "N-1")
    found = records(filled("matches", need["id"], "--json").stdout)
    assert (found[0]["kind"], found[0]["reference"], found[0]["organisation"]) == ("result", "R-1", "Harbour Institute")
    back = records(filled("matches", found[0]["id"], "--json", "--top", "1").stdout)
    assert [(one["kind"], one["reference"]) for one in back] == [("need", "N-1")]
    assert "R-2" not in [
        one["reference"] for one in records(filled("matches", need["id"], "--json", "--top", "1").stdout)
    ]
    assert "低温快充不析锂的电解液" in filled("matches", need["id"]).stdout.replace("\n", "").replace(" ", "")


def test_search_finds_either_kind(filled: Jiebang) -> None:
    assert records(filled("search", "水稻遥感", "--json").stdout)[0]["reference"] == "R-3"
    assert records(filled("search", "轴承润滑脂", "--for", "needs", "--json").stdout)[0]["reference"] == "N-2"
    none = filled("search", "水稻", "--min-score", "1")
    assert (none.exit_code, none.stdout, none.stderr) == (0, "", "No result matches.\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("show", "nothing"), "No need or result 'nothing'."),
        (("matches", "nothing"), "No need or result 'nothing'."),
        (("search", "  "), "TEXT: say what to look for"),
        (("list", "results", "--field", "alchemy"), "--field: unknown field 'alchemy'"),
        (("list", "results", "--region", "Atlantis"), "--region: unknown region 'Atlantis'"),
        (("list", "needs", "--maturity", "3"), "--maturity: narrows results only"),
        (("list", "needs", "--organisation", "谁"), "No organisation '谁'."),
        (("import", "results", "none.csv", "--title", "x"), "--title: only needs are published"),
        (("import", "results", "none.csv"), "none.csv: cannot be opened"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_exit_status_2(
    jiebang: Jiebang, arguments: tuple[str, ...], said: str
) -> None:
    done = jiebang(*arguments)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert done.stderr.startswith(f"error: {said}")
    assert len(done.stderr.splitlines()) == 1


def test_an_unknown_side_is_a_usage_error(jiebang: Jiebang) -> None:
    done = jiebang("list", "people")
    assert done.exit_code == 2
    assert "'needs', 'results'" in done.stderr


def test_a_damaged_database_is_one_line(jiebang: Jiebang, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "jiebang.sqlite3").write_bytes(b"this is no database" * 1000)
    done = jiebang("list", "needs")
    assert done.exit_code == 1
    assert done.stderr == "error: the database: file is not a database\n"


def test_init_and_reindex_say_what_there_is(jiebang: Jiebang, tmp_path: Path) -> None:
    assert jiebang("init").stdout.startswith(f"Ready: {tmp_path / 'data'} (model http://127.0.0.1:")
    assert jiebang("list", "needs").stderr == "No needs here.\n"
    jiebang("import", "results", write(tmp_path, "results.csv", RESULTS), "--organisation", "乙大学")
    assert jiebang("reindex").stdout.startswith("Indexed 3 needs and results, up to event ")


def test_evaluate_measures_each_ranker(jiebang: Jiebang, tmp_path: Path) -> None:
    files = [
        write(tmp_path, "needs.csv", NEEDS),
        write(tmp_path, "results.csv", RESULTS),
        write(tmp_path, "qrels.tsv", "N-1\tR-1\t3\nN-1\tR-2\t0\nN-2\tR-2\t2\nN-2\tR-3\t0\n"),
    ]
    done = jiebang("evaluate", *files, "--ranker", "all", "--json")
    measured = records(done.stdout)
    assert [one["ranker"] for one in measured] == ["full", "hybrid", "dense", "lexical"]
    for one in measured:
        assert (one["needs"], one["results"], one["judgements"]) == (2, 3, 4)
        assert [one[name] for name in ("nDCG@10", "Recall@1", "Recall@10", "Recall@100", "MRR@10")] == [1.0] * 5
    table = jiebang("evaluate", *files, "--relevant-from", "3")
    assert re.search(r"^ full +1.0000 ", table.stdout, re.MULTILINE)
    assert "1 needs with a relevant result (grade 3 or better) among 3 results" in table.stdout


@pytest.mark.parametrize(
    ("qrels", "said"),
    [
        ("N-1\tR-1\t3\nN-9\tR-2\t1\n", "1 of 2 judged needs are not in needs.csv: N-9"),
        ("N-1\tR-1\t3\nN-2\tR-8\t1\n", "1 of 2 judged results are not in results.csv: R-8"),
        ("N-1\tR-1\t0\n", "q.tsv: no pair is judged 1 or better"),
        ("N-1 R-1\n", "q.tsv, line 1: 2 columns."),
    ],
)
def test_judgements_that_do_not_fit_the_files_are_refused(
    jiebang: Jiebang, tmp_path: Path, qrels: str, said: str
) -> None:
    done = jiebang(
        "evaluate",
        write(tmp_path, "needs.csv", NEEDS),
        write(tmp_path, "results.csv", RESULTS),
        write(tmp_path, "q.tsv", qrels),
    )
    assert done.exit_code == 2
    assert done.stderr.startswith(f"error: {said}")


@pytest.mark.parametrize("side", ["needs", "results"])
def test_a_form_is_written_once_and_read_as_empty(jiebang: Jiebang, tmp_path: Path, side: str) -> None:
    form = tmp_path / "form.xlsx"
    assert jiebang("template", side, "--out", form).stdout == f"Wrote {form}.\n"
    before = form.read_bytes()
    again = jiebang("template", side, "--out", form)
    assert (again.exit_code, form.read_bytes()) == (2, before)
    assert again.stderr == f"error: {form}: is there already; --force overwrites it\n"
    assert jiebang("template", side, "--out", form, "--force").exit_code == 0
    filled = jiebang("import", side, form, "--organisation", "甲")
    assert filled.exit_code == 2
    assert "not one row can be used" in filled.stderr


def test_choices_of_options_are_the_domains_own() -> None:
    assert list(RankerChoice) == list(Ranker)
    assert list(RankersChoice) == [*Ranker, "all"]
    assert list(StateChoice) == list(ItemState)


def test_the_version_is_the_distributions(jiebang: Jiebang, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.metadata.version", lambda name: {"jiebang": "1.2.3"}[name])
    assert jiebang("--version").stdout == "jiebang 1.2.3\n"


def test_help_needs_nothing_heavy() -> None:
    heavy = "torch numpy sqlalchemy sqlmodel pydantic fastapi faiss tantivy openpyxl httpx uvicorn alembic"
    code = (
        "import sys\nfrom api.cli import main\nsys.argv = ['jiebang', '--help']\n"
        "try:\n    main()\nfinally:\n"
        f"    loaded = set(sys.modules) & set({heavy!r}.split())\n    assert not loaded, loaded"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=_root())
    assert "Bring companies' technology needs and labs' results together" in done.stdout


def _root() -> Path:
    return Path(api.cli.__file__).parents[2]
