"""Files of judgements, as people and TREC write them, and what is measured with them."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from api.cli.evaluate import measures
from api.cli.pairs import Pair
from api.cli.qrels import check_known, read_qrels, with_relevant
from matcher.entities import Kind
from matcher.errors import Invalid, UnusableFile
from matcher.matching.matches import Match

JUDGED = {("N1", "R1"): 3, ("N1", "R2"): 0, ("N2", "R1"): 1}


@pytest.mark.parametrize(
    "text",
    [
        "N1\tR1\t3\nN1\tR2\t0\nN2\tR1\t1\n",
        "N1 R1 3\nN1 R2 0\nN2 R1 1",
        "N1 0 R1 3\nN1 0 R2 0\nN2 0 R1 1\n",
        "need\tresult\tgrade\nN1\tR1\t3\nN1\tR2\t0\n\nN2\tR1\t1\n",
        "need 0 result grade\r\nN1 0 R1 3\r\nN1 0 R2 0\r\nN2 0 R1 1\r\n",
        "\ufeffN1\tR1\t3\nN1\tR2\t0\nN2\tR1\t1\nN2\tR1\t1\n",
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_every_usual_form_reads_alike(tmp_path: Path, text: str, packed: bool) -> None:
    path = tmp_path / "qrels"
    path.write_bytes(gzip.compress(text.encode(), mtime=0) if packed else text.encode())
    assert read_qrels(path) == JUDGED


def test_ids_with_spaces_are_kept_between_tabs(tmp_path: Path) -> None:
    path = tmp_path / "qrels.tsv"
    path.write_text("row 2\trow 7\t2\n")
    assert read_qrels(path) == {("row 2", "row 7"): 2}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no judgements"),
        (b"need\tresult\tgrade\n", "no judgements"),
        (b"N1 R1\n", "line 1: 2 columns"),
        (b"N1 R1 3\nN1 0 R2 1\n", "line 2: 4 columns"),
        (b"N1 R1 3\nN1 R2 good\n", "line 2: the grade is 'good'"),
        (b"N1 R1 3\nN1 R1 2\n", "line 2: N1 and R1 were judged before, differently"),
        (b"\xff\xfe\x00", "not text in UTF-8"),
        (b"\x1f\x8bbroken", "cannot be read"),
    ],
)
def test_what_is_no_table_of_judgements_is_refused_with_its_place(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "q.tsv"
    path.write_bytes(content)
    with pytest.raises(UnusableFile, match=f"q.tsv.*{said}"):
        read_qrels(path)


@pytest.mark.parametrize(("name", "said"), [("missing", "there is no such file"), (".", "is a folder")])
def test_what_is_no_file_is_refused(tmp_path: Path, name: str, said: str) -> None:
    with pytest.raises(UnusableFile, match=said):
        read_qrels(tmp_path / name)


def test_judged_ids_that_the_files_lack_are_named() -> None:
    check_known(JUDGED, {"N1", "N2", "N3"}, {"R1", "R2"}, ("n.csv", "r.csv"))
    with pytest.raises(Invalid, match=r"^1 of 2 judged needs are not in n.csv: N2$"):
        check_known(JUDGED, {"N1"}, {"R1", "R2"}, ("n.csv", "r.csv"))
    with pytest.raises(Invalid, match=r"^2 of 2 judged results are not in r.csv: R1, R2$"):
        check_known(JUDGED, {"N1", "N2"}, set(), ("n.csv", "r.csv"))


def test_needs_without_a_relevant_result_are_left_out() -> None:
    assert with_relevant(JUDGED, 1) == JUDGED
    assert with_relevant(JUDGED, 2) == {("N1", "R1"): 3, ("N1", "R2"): 0}


def ranking(need: str, *results: str, duplicates: tuple[str, ...] = ()) -> list[Pair]:
    """Results in this order, all with the same score; the duplicates are folded into the first."""
    return [
        Pair(need, need, result, _match(rank, result), duplicates if rank == 1 else ())
        for rank, result in enumerate(results, start=1)
    ]


def _match(rank: int, result: str) -> Match:
    return Match(rank, Kind.RESULT, result, result, result, "", "", 0.5, (), (), (), (), ())


def test_measures_are_means_over_the_judged_needs() -> None:
    found = [*ranking("N1", "R2", "R1"), *ranking("N2", "R1")]
    assert measures(JUDGED, found, 1) == {
        "nDCG@10": pytest.approx((1 / 1.58496 + 1) / 2, abs=1e-4),
        "Recall@1": 0.5,
        "Recall@10": 1.0,
        "Recall@100": 1.0,
        "MRR@10": 0.75,
    }


def test_a_need_for_which_nothing_was_found_counts_as_nothing() -> None:
    assert measures(JUDGED, ranking("N1", "R1"), 1)["Recall@10"] == 0.5


def test_the_lowest_relevant_grade_can_be_raised() -> None:
    judged = {("N1", "R1"): 1, ("N1", "R2"): 3}
    assert measures(judged, ranking("N1", "R1", "R2"), 1)["MRR@10"] == 1.0
    assert measures(judged, ranking("N1", "R1", "R2"), 2)["MRR@10"] == 0.5


def test_a_folded_duplicate_stands_right_behind_what_it_was_folded_into() -> None:
    judged = {("N1", "R9"): 1}
    found = ranking("N1", "R1", "R2", duplicates=("R9",))
    assert measures(judged, found, 1)["MRR@10"] == 0.5
