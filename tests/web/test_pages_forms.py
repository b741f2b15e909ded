"""What was typed read as drafts: rows in rows, dates, and rows into which nobody wrote."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BaseModel
from starlette.datastructures import FormData

from api.pages import forms

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Level(BaseModel):
    score: int
    meaning: str


class Criterion(BaseModel):
    name: str
    levels: list[Level] = []


class Rubric(BaseModel):
    criteria: list[Criterion] = []
    until: AwareDatetime | None = None


class Whole(BaseModel):
    rubric: Rubric


def read(typed: dict[str, str]) -> Rubric:
    return forms.read(FormData(typed), Whole, SHANGHAI).rubric


def test_rows_in_rows_are_read_without_those_left_empty() -> None:
    typed = {
        "rubric.criteria.0.name": "",
        "rubric.criteria.0.levels.0.score": "",
        "rubric.criteria.1.name": "先进性",
        "rubric.criteria.1.levels.0.score": "",
        "rubric.criteria.1.levels.0.meaning": "",
        "rubric.criteria.1.levels.1.score": "100",
        "rubric.criteria.1.levels.1.meaning": "已验证",
    }
    assert read(typed).criteria == [Criterion(name="先进性", levels=[Level(score=100, meaning="已验证")])]


def test_an_inner_list_that_was_left_empty_is_empty() -> None:
    typed = {"rubric.criteria.0.name": "先进性", "rubric.criteria.0.levels.0.score": " "}
    assert read(typed).criteria == [Criterion(name="先进性", levels=[])]


def test_a_moment_is_of_the_time_zone_of_the_pages() -> None:
    assert read({"rubric.until": "2026-12-01T08:00"}).until == datetime(2026, 12, 1, tzinfo=UTC)


def test_one_more_row_of_an_inner_list_is_shown_and_one_less_moves_up() -> None:
    typed = {"criteria.0.levels.0.score": "1", "criteria.0.levels.1.score": "2"}
    more = forms.sent(FormData({**typed, "_more": "criteria.0.levels"}))
    assert list(more.rows("criteria.0.levels")) == [0, 1, 2]
    less = forms.sent(FormData({**typed, "_less": "criteria.0.levels.0"}))
    assert less.value("criteria.0.levels.0.score") == "2"
