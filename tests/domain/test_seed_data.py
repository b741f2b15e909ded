"""The demonstration set is what the README says it is."""

from __future__ import annotations

import json
import unicodedata
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from embeddings.text import normalise
from matcher import fields
from matcher.drafts import NeedDraft, ResultDraft
from matcher.organisations import OrganisationDraft

FOLDER = Path(__file__).parents[2] / "seed_data"


@cache
def rows(name: str) -> list[dict[str, Any]]:
    lines = (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


@cache
def judgements() -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for line in (FOLDER / "judgements.qrels").read_text(encoding="utf-8").splitlines():
        need, zero, result, grade = line.split()
        assert zero == "0"
        assert (need, result) not in found, f"judged twice: {need} {result}"
        found[need, result] = int(grade)
    return found


def language(row: dict[str, Any]) -> str:
    text = unicodedata.normalize("NFKC", f"{row['title']} {row.get('problem', '')} {row.get('abstract', '')}")
    if sum("一" <= sign <= "鿿" for sign in text) < len(text) / 5:
        return "en"
    return "zh-Hans" if normalise(text) == " ".join(text.split()) else "zh-Hant"


@pytest.mark.parametrize(("name", "form"), [("needs", NeedDraft), ("results", ResultDraft)])
def test_every_row_is_a_valid_draft_of_a_known_organisation(name: str, form: type[NeedDraft | ResultDraft]) -> None:
    known = {row["name"] for row in rows("organisations")}
    for row in rows(name):
        content = dict(row)
        assert content.pop("organisation") in known
        form.model_validate(content)


def test_every_organisation_is_valid_and_named_once() -> None:
    drafts = [OrganisationDraft.model_validate(row) for row in rows("organisations")]
    assert max(Counter(draft.name for draft in drafts).values()) == 1


def test_there_is_enough_of_everything() -> None:
    assert len(rows("needs")) >= 120
    assert len(rows("results")) >= 240
    assert len(judgements()) >= 800
    assert len({fields.top(row["field"]) for row in rows("needs")}) >= 12
    assert {row["maturity"] for row in rows("results")} == set(range(1, 10))
    assert all(2 <= len(row["indicators"]) <= 5 for row in rows("needs"))


@pytest.mark.parametrize("name", ["needs", "results"])
def test_all_three_ways_of_writing_are_well_represented(name: str) -> None:
    share = Counter(language(row) for row in rows(name))
    assert share["zh-Hans"] >= 0.45 * len(rows(name))
    assert share["zh-Hant"] >= 0.1 * len(rows(name))
    assert share["en"] >= 0.2 * len(rows(name))


def test_references_are_unique_and_judgements_name_only_known_ones() -> None:
    needs = [row["reference"] for row in rows("needs")]
    results = [row["reference"] for row in rows("results")]
    assert len(set(needs)) == len(needs)
    assert len(set(results)) == len(results)
    assert {need for need, _ in judgements()} == set(needs)
    assert {result for _, result in judgements()} <= set(results)


def test_no_two_texts_are_the_same() -> None:
    for name, part in (("needs", "problem"), ("results", "abstract")):
        texts = [row[part] for row in rows(name)]
        assert len(set(texts)) == len(texts)


def test_a_third_of_the_solving_pairs_cross_languages() -> None:
    spoken = {row["reference"]: language(row)[:2] for name in ("needs", "results") for row in rows(name)}
    solving = [pair for pair, grade in judgements().items() if grade >= 2]
    crossing = [pair for pair in solving if spoken[pair[0]] != spoken[pair[1]]]
    assert len(crossing) >= len(solving) / 3


def test_every_need_has_solutions_or_plainly_none_and_hard_negatives() -> None:
    by_need: dict[str, list[int]] = defaultdict(list)
    for (need, _), grade in judgements().items():
        assert grade in (0, 1, 2, 3)
        by_need[need].append(grade)
    for need, grades in by_need.items():
        assert sum(grade < 2 for grade in grades) >= 2, need
    unsolved = sum(max(grades) < 2 for grades in by_need.values())
    assert 0 < unsolved <= 0.2 * len(by_need)
