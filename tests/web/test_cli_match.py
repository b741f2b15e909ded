"""`jiebang match`: what it prints, what it writes, and what it says of files that do not fit."""

from __future__ import annotations

import csv
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from cli_support import NEEDS, RESULTS, Jiebang, embedding_server, runner, write

import api.cli

COLUMNS = ["need_id", "need_title", "rank", "result_id", "result_title", "score", "reason"]


@pytest.fixture(scope="module")
def model() -> Iterator[str]:
    with embedding_server() as address:
        yield address


@pytest.fixture
def jiebang(model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Jiebang:
    return runner(model, tmp_path, monkeypatch)


@pytest.fixture
def needs(tmp_path: Path) -> Path:
    return write(tmp_path, "needs.csv", NEEDS)


@pytest.fixture
def results(tmp_path: Path) -> Path:
    return write(tmp_path, "results.csv", RESULTS)


def test_the_table_fits_into_100_columns_and_ends_with_one_line_of_summary(
    jiebang: Jiebang, needs: Path, results: Path
) -> None:
    done = jiebang("match", needs, results, "--top", "1")
    assert done.exit_code == 0, done.stderr
    assert all(len(line) + sum(sign > "⺀" for sign in line) <= 100 for line in done.stdout.splitlines())
    for shown in ("N-1", "N-2", "R-1", "R-2"):
        assert shown in done.stdout
    assert done.stdout.splitlines()[-1] == "2 needs and 3 results: 2 pairs."


def test_json_is_all_that_stands_on_standard_output(jiebang: Jiebang, needs: Path, results: Path) -> None:
    done = jiebang("match", needs, results, "--json")
    pairs = [json.loads(line) for line in done.stdout.splitlines()]
    best = [pair for pair in pairs if pair["rank"] == 1]
    assert [(pair["need_id"], pair["result_id"]) for pair in best] == [("N-1", "R-1"), ("N-2", "R-2")]
    for pair in pairs:
        assert list(pair)[:7] == COLUMNS
        assert sum(share["share"] for share in pair["shares"]) == pytest.approx(pair["score"], abs=1e-3)
    assert best[0]["agreements"][0]["similarity"] > 0.3
    assert "2 needs and 3 results" in done.stderr


def test_nothing_is_kept(jiebang: Jiebang, needs: Path, results: Path, tmp_path: Path) -> None:
    assert jiebang("match", needs, results).exit_code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["needs.csv", "results.csv"]


def test_a_row_without_a_reference_is_named_by_where_it_stands(jiebang: Jiebang, results: Path, tmp_path: Path) -> None:
    needs = write(tmp_path, "plain.csv", "需求名称,问题描述\n锂电池快充,析锂\n\n润滑脂,高温流失\n")
    done = jiebang("match", needs, results, "--top", "1", "--json")
    assert [json.loads(line)["need_id"] for line in done.stdout.splitlines()] == ["row 2", "row 4"]


def test_a_reference_that_two_organisations_use_is_told_apart(jiebang: Jiebang, needs: Path, tmp_path: Path) -> None:
    results = write(tmp_path, "two.csv", "编号,单位,成果名称\n1,甲大学,润滑脂\n1,乙大学,电解液\n")
    done = jiebang("match", needs, results, "--json")
    assert {json.loads(line)["result_id"] for line in done.stdout.splitlines()} == {"1 (row 2)", "1 (row 3)"}


def test_a_min_score_that_nothing_reaches_is_said_plainly(jiebang: Jiebang, needs: Path, results: Path) -> None:
    done = jiebang("match", needs, results, "--min-score", "1")
    assert done.exit_code == 0
    assert done.stdout == "2 needs and 3 results: no result matches any need with a score of at least 1.\n"


def test_the_workbook_is_formatted_for_reading(jiebang: Jiebang, needs: Path, results: Path, tmp_path: Path) -> None:
    done = jiebang("match", needs, results, "--out", tmp_path / "pairs.xlsx")
    assert done.exit_code == 0, done.stderr
    sheet = openpyxl.load_workbook(tmp_path / "pairs.xlsx").active
    rows = list(sheet.iter_rows(values_only=True))
    assert list(rows[0]) == COLUMNS
    assert [row[:5] for row in rows if row[2] == 1] == [
        ("N-1", "锂电池低温快充析锂", 1, "R-1", "低温快充不析锂的电解液"),
        ("N-2", "轴承润滑脂高温流失", 1, "R-2", "全氟聚醚高温润滑脂"),
    ]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == f"A1:G{len(rows)}"
    assert all(cell.font.bold for cell in sheet[1])
    assert sheet["F2"].number_format == "0.000"
    assert sheet["G2"].alignment.wrap_text
    assert sheet.column_dimensions["G"].width > sheet.column_dimensions["C"].width


def test_csv_opens_right_in_spreadsheet_programs(jiebang: Jiebang, needs: Path, results: Path, tmp_path: Path) -> None:
    out = tmp_path / "pairs.csv"
    assert jiebang("match", needs, results, "--out", out).exit_code == 0
    assert out.read_bytes().startswith(b"\xef\xbb\xbfneed_id,")
    with out.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == COLUMNS
    assert rows[1][:4] == ["N-1", "锂电池低温快充析锂", "1", "R-1"]


def test_json_lines_hold_what_json_prints(jiebang: Jiebang, needs: Path, results: Path, tmp_path: Path) -> None:
    out = tmp_path / "pairs.jsonl"
    printed = jiebang("match", needs, results, "--out", out, "--json").stdout
    assert out.read_text(encoding="utf-8") == printed


@pytest.mark.parametrize("title", ["=1+2", "+7", "-A1", "@SUM(A1)", "＝1+2", '=HYPERLINK("http://a")'])
def test_titles_that_look_like_formulas_stay_text(jiebang: Jiebang, needs: Path, tmp_path: Path, title: str) -> None:
    quoted = title.replace('"', '""')
    results = write(tmp_path, "formulas.csv", f'编号,成果名称\nR-1,"{quoted}"\n')
    assert jiebang("match", needs, results, "--out", tmp_path / "pairs.xlsx").exit_code == 0
    cell = openpyxl.load_workbook(tmp_path / "pairs.xlsx").active["E2"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == (title, "s", True)

    assert jiebang("match", needs, results, "--out", tmp_path / "pairs.csv").exit_code == 0
    with (tmp_path / "pairs.csv").open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file))[1][4] == f"'{title}"


def test_rejected_rows_are_listed_and_written_while_the_others_match(
    jiebang: Jiebang, results: Path, tmp_path: Path
) -> None:
    needs = write(tmp_path, "needs.csv", NEEDS + "N-3,第三个需求,描述,八十块左右吧\n")
    done = jiebang("match", needs, results, "--json")
    assert done.exit_code == 0
    assert {json.loads(line)["need_id"] for line in done.stdout.splitlines()} == {"N-1", "N-2"}
    (rejected,) = [line for line in done.stderr.splitlines() if line.startswith("rejected: ")]
    assert "needs.csv, row 4, column '预算'" in rejected
    assert "八十块左右吧" in rejected
    assert "--report FILE.xlsx" in done.stderr

    done = jiebang("match", needs, results, "--json", "--report", tmp_path / "rejected.xlsx")
    assert "The rejected rows of needs.csv are in " in done.stderr
    sheet = openpyxl.load_workbook(tmp_path / "rejected.xlsx").active
    assert "N-3" in [cell.value for row in sheet.iter_rows(min_row=2) for cell in row]


def test_both_files_rejected_rows_are_kept_apart(jiebang: Jiebang, tmp_path: Path) -> None:
    needs = write(tmp_path, "n.csv", NEEDS + "N-3,第三个需求,描述,八十块左右吧\n")
    results = write(tmp_path, "r.csv", RESULTS + "R-4,第四个成果,简介,TRL 77\n")
    done = jiebang("match", needs, results, "--report", tmp_path / "rejected.xlsx")
    assert done.exit_code == 0
    assert not (tmp_path / "rejected.xlsx").exists()
    for side in ("needs", "results"):
        assert (tmp_path / f"rejected-{side}.xlsx").exists()


def test_rejected_rows_alike_are_told_in_one_line(jiebang: Jiebang, results: Path, tmp_path: Path) -> None:
    bad = "".join(f"N-{i},需求{i},描述,几个钱\n" for i in range(3, 40))
    done = jiebang("match", write(tmp_path, "needs.csv", NEEDS + bad), results)
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("rejected: ")]
    assert line.startswith("rejected: needs.csv, rows 4, 5, 6, 7, 8 and 32 more, column '预算': not an amount of money")


def test_many_kinds_of_remarks_are_counted_and_not_all_listed(jiebang: Jiebang, results: Path, tmp_path: Path) -> None:
    sheets = openpyxl.Workbook()
    for number in range(15):
        sheet = sheets.create_sheet(f"表{number}")
        sheet.append(["需求名称", "预算"])
        sheet.append([f"需求{number}", "几个钱" if number else "面议"])
    sheets.save(tmp_path / "needs.xlsx")
    done = jiebang("match", tmp_path / "needs.xlsx", results)
    listed = [line for line in done.stderr.splitlines() if line.startswith("rejected: ")]
    assert len(listed) == 11
    assert listed[-1] == "rejected: … and 4 more"


def test_unknown_columns_are_told_in_one_line(jiebang: Jiebang, results: Path, tmp_path: Path) -> None:
    needs = write(tmp_path, "needs.csv", "需求名称,电话,邮箱,传真\n低温快充,1,2,3\n")
    done = jiebang("match", needs, results)
    assert [line for line in done.stderr.splitlines() if line.startswith("note: ")] == [
        "note: needs.csv, row 1, columns '电话', '邮箱', '传真': not known here, left out"
    ]


@pytest.mark.parametrize(
    ("needs", "said"),
    [
        ("missing.csv", "missing.csv: cannot be opened: No such file or directory"),
        ("folder", "folder: cannot be opened: Is a directory"),
        ("empty.csv", "empty.csv: the file is empty."),
        ("letter.csv", "letter.csv: no header of a list of needs was found"),
        ("header_only.csv", "header_only.csv: not one row can be used as one of needs"),
        ("picture.png", "picture.png"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_line_and_exit_status_2(
    jiebang: Jiebang, results: Path, tmp_path: Path, needs: str, said: str
) -> None:
    (tmp_path / "folder").mkdir()
    write(tmp_path, "empty.csv", "")
    write(tmp_path, "letter.csv", "Dear all,\nplease find attached\n")
    write(tmp_path, "header_only.csv", NEEDS.splitlines()[0] + "\n")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    done = jiebang("match", tmp_path / needs, results)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert done.stderr.startswith(f"error: {said}")
    assert len(done.stderr.splitlines()) == 1


def test_swapped_spreadsheets_are_recognised(jiebang: Jiebang, needs: Path, results: Path) -> None:
    done = jiebang("match", results, needs)
    assert done.exit_code == 2
    assert done.stderr == (
        "error: results.csv: this is a list of results, and a list of needs is expected: were two files swapped?\n"
    )


def test_swapped_files_with_general_titles_are_recognised(jiebang: Jiebang, tmp_path: Path) -> None:
    needs = write(tmp_path, "n.jsonl", '{"title": "a", "problem": "b", "deadline": "2027-01-01", "scenario": "c"}')
    results = write(tmp_path, "r.jsonl", '{"title": "a", "abstract": "b", "innovation": "c"}')
    done = jiebang("match", results, needs)
    assert done.exit_code == 2
    assert "the two files seem to be swapped" in done.stderr
    assert jiebang("match", needs, results).exit_code == 0


@pytest.mark.parametrize(
    ("out", "said"),
    [
        ("pairs.pdf", "a file ending in .xlsx, .csv, .jsonl is expected"),
        ("nowhere/pairs.csv", "there is no folder"),
        ("folder.csv", "is a folder"),
        ("needs.csv", "is one of the files to read"),
        ("needs.csv/pairs.csv", "there is no folder"),
    ],
)
def test_where_pairs_cannot_be_written_is_found_before_the_work(
    jiebang: Jiebang, needs: Path, results: Path, tmp_path: Path, out: str, said: str
) -> None:
    (tmp_path / "folder.csv").mkdir()
    before = needs.read_bytes()
    done = jiebang("match", needs, results, "--out", tmp_path / out, JIEBANG_MODEL="http://127.0.0.1:9/v1#unasked")
    assert done.exit_code == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert needs.read_bytes() == before


def test_a_model_that_does_not_answer_is_one_line_and_exit_status_1(
    jiebang: Jiebang, needs: Path, results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("embeddings.remote._FIRST_WAIT", 0.001)
    done = jiebang("match", needs, results, "--model", "http://127.0.0.1:9/v1#nobody")
    assert done.exit_code == 1
    assert "127.0.0.1:9/v1/embeddings cannot be reached" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("model", ["/nowhere/model", "http://127.0.0.1:9/v1"])
def test_a_model_named_wrongly_is_one_line(jiebang: Jiebang, needs: Path, results: Path, model: str) -> None:
    done = jiebang("match", needs, results, "--model", model)
    assert done.exit_code == 1
    assert done.stderr.startswith("error: JIEBANG_MODEL: ")


def test_a_broken_setting_is_named(jiebang: Jiebang, needs: Path, results: Path) -> None:
    done = jiebang("match", needs, results, JIEBANG_PORT="eighty")
    assert done.exit_code == 2
    assert done.stderr.startswith("error: JIEBANG_PORT: ")


@pytest.mark.parametrize("ranker", ["dense", "lexical"])
def test_one_kind_of_evidence_alone_can_rank(jiebang: Jiebang, needs: Path, results: Path, ranker: str) -> None:
    done = jiebang("match", needs, results, "--ranker", ranker, "--top", "1", "--json")
    pairs = [json.loads(line) for line in done.stdout.splitlines()]
    assert [pair["result_id"] for pair in pairs] == ["R-1", "R-2"]
    assert {share["part"] for pair in pairs for share in pair["shares"]} == {
        {"dense": "meaning", "lexical": "words"}[ranker]
    }


def process(folder: Path, *arguments: object, model: str) -> subprocess.Popen[str]:
    """`jiebang` as a process of its own, with its temporary files in `folder / "tmp"`."""
    (folder / "tmp").mkdir()
    return subprocess.Popen(
        [sys.executable, "-m", "api.cli", *map(str, arguments)],
        cwd=Path(api.cli.__file__).parents[2],
        env=os.environ | {"JIEBANG_MODEL": model, "JIEBANG_HOME": str(folder / "data"), "TMPDIR": str(folder / "tmp")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize(("sent", "status", "said"), [(signal.SIGINT, 130, "stopped\n"), (signal.SIGTERM, 143, "")])
def test_stopped_in_the_middle_it_leaves_nothing_behind(
    needs: Path, results: Path, tmp_path: Path, sent: signal.Signals, status: int, said: str
) -> None:
    out = tmp_path / "pairs.csv"
    with socket.create_server(("127.0.0.1", 0)) as never_answering:
        never_answering.settimeout(60)
        model = f"http://127.0.0.1:{never_answering.getsockname()[1]}/v1#none"
        with process(tmp_path, "match", needs, results, "--out", out, model=model) as running:
            connection, _ = never_answering.accept()
            with connection:
                running.send_signal(sent)
                printed = running.communicate(timeout=30)
    assert (running.returncode, printed) == (status, ("", said))
    assert not out.exists()
    assert list((tmp_path / "tmp").iterdir()) == []


def test_the_bundled_model_matches_across_languages(tmp_path: Path) -> None:
    needs = write(tmp_path, "needs.csv", "需求名称,问题描述\n锂电池低温快充,低温下锂离子电池充电慢且负极析锂\n")
    results = write(
        tmp_path,
        "results.csv",
        "Title,Abstract\n"
        "Remote sensing of crop disease,Drones find rice disease early from spectral pictures\n"
        "Electrolyte for cold batteries,Lithium-ion cells charge fast at low temperature without lithium plating\n",
    )
    with process(tmp_path, "match", needs, results, "--json", model="bundled") as running:
        printed, said = running.communicate(timeout=120)
    assert running.returncode == 0, said
    assert [json.loads(line)["result_id"] for line in printed.splitlines()][0] == "row 3"
