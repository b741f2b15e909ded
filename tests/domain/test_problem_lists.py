"""Bringing files: what is new is posted, what changed is edited, the rest is left alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from databases import ON_BOTH
from sqlalchemy import Engine
from sqlmodel import Session, select

from matcher import events, items, organisations
from matcher.actors import Actor
from matcher.entities import Need, Organisation, OrganisationKind, ProblemList, Result
from matcher.intake.report import Kind
from matcher.intake.rows import read
from matcher.organisations import OrganisationDraft
from matcher.problem_lists import ImportReport, bring
from matcher.sessions import reading, writing

pytestmark = ON_BOTH

ACTOR = Actor("tester", trusted=True)
ROWS = [
    {"reference": "1", "title": "轴承", "problem": "磨损", "organisation": "甲"},
    {"reference": "2", "title": "石英", "problem": "提纯", "organisation": "乙"},
    {"title": "battery", "problem": "charging", "organisation": "甲"},
]


def file_of(folder: Path, rows: list[dict[str, str]]) -> Path:
    path = folder / "rows.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


def brought(engine: Engine, path: Path, kind: Kind = Kind.NEEDS, title: str = "list") -> ImportReport:
    with writing(engine) as session:
        return bring(session, ACTOR, read(path, kind), title=title)


def test_a_new_file_is_posted_under_its_organisations_and_one_list_for_each(engine: Engine, tmp_path: Path) -> None:
    report = brought(engine, file_of(tmp_path, ROWS))
    assert (len(report.created), report.updated, report.unchanged) == (3, [], 0)
    with reading(engine) as session:
        owners = {row.name: row for row in session.exec(select(Organisation))}
        assert {name: row.kind for name, row in owners.items()} == {"甲": "company", "乙": "company"}
        assert {row.organisation_id for row in session.exec(select(ProblemList))} == {
            owners["甲"].id,
            owners["乙"].id,
        }
        assert {need.title: need.organisation_id for need in session.exec(select(Need))} == {
            "轴承": owners["甲"].id,
            "石英": owners["乙"].id,
            "battery": owners["甲"].id,
        }


def test_an_organisation_named_for_the_first_time_gets_the_region_of_its_rows(engine: Engine, tmp_path: Path) -> None:
    with writing(engine) as session:
        organisations.admit(
            session, ACTOR, OrganisationDraft(kind=OrganisationKind.COMPANY, name="乙", region="310000")
        )
    places = ("苏州市", "北京市", "浙江省")
    brought(engine, file_of(tmp_path, [{**row, "地区": place} for row, place in zip(ROWS, places, strict=True)]))
    with reading(engine) as session:
        regions = dict(session.exec(select(Organisation.name, Organisation.region)).all())
    assert regions == {"甲": "320500", "乙": "310000"}


def test_results_belong_to_labs_and_to_no_list(engine: Engine, tmp_path: Path) -> None:
    rows = [{"title": "气相提纯", "abstract": "氯化", "organisation": "所"}]
    assert brought(engine, file_of(tmp_path, rows), Kind.RESULTS).problem_lists == []
    with reading(engine) as session:
        assert session.exec(select(Organisation)).one().kind is OrganisationKind.LAB
        assert session.exec(select(Result)).one().title == "气相提纯"


def test_the_same_file_again_changes_nothing(engine: Engine, tmp_path: Path) -> None:
    path = file_of(tmp_path, ROWS)
    brought(engine, path)
    with reading(engine) as session:
        before = events.head(session)
    report = brought(engine, path)
    assert (report.created, report.updated, report.unchanged) == ([], [], 3)
    with reading(engine) as session:
        assert events.head(session) == before


def test_under_another_title_what_is_there_stays_and_a_notice_says_so(engine: Engine, tmp_path: Path) -> None:
    path = file_of(tmp_path, ROWS)
    brought(engine, path)
    more = file_of(tmp_path, [*ROWS, {"title": "new", "organisation": "甲"}])
    intake = read(more, Kind.NEEDS)
    with writing(engine) as session:
        report = bring(session, ACTOR, intake, title="2028")
    assert (len(report.created), len(report.problem_lists), report.unchanged) == (1, 1, 3)
    [notice] = intake.notices
    assert (notice.row, notice.value, notice.problem) == (
        0,
        "2028",
        "3 needs of this file were here before, and are not moved to the list of this title",
    )
    with reading(engine) as session:
        assert len(session.exec(select(Need).where(Need.problem_list_id == report.problem_lists[0])).all()) == 1
    for title, notices in (("2028", 3), ("", 0)):
        again = read(more, Kind.NEEDS)
        with writing(engine) as session:
            assert bring(session, ACTOR, again, title=title).unchanged == 4
        assert [one.problem.partition(" ")[0] for one in again.notices] == [str(notices)] * bool(notices)


def test_an_edited_file_updates_what_changed_and_nothing_else(engine: Engine, tmp_path: Path) -> None:
    first = brought(engine, file_of(tmp_path, ROWS))
    edited = [ROWS[0] | {"title": "角接触轴承"}, ROWS[1], ROWS[2] | {"problem": "charging at -20 °C"}, {"title": "new"}]
    edited[3]["organisation"] = "乙"
    report = brought(engine, file_of(tmp_path, edited))
    assert (len(report.created), report.unchanged) == (1, 1)
    assert report.updated == [first.created[0], first.created[2]]
    with reading(engine) as session:
        changed = items.get(session, ACTOR, Need, first.created[0])
        assert (changed.title, changed.version) == ("角接触轴承", 2)


def test_a_row_without_an_organisation_is_rejected_with_the_row_as_it_stood(engine: Engine, tmp_path: Path) -> None:
    intake = read(file_of(tmp_path, [*ROWS, {"title": "homeless", "problem": "x"}]), Kind.NEEDS)
    with writing(engine) as session:
        report = bring(session, ACTOR, intake)
    assert len(report.created) == 3
    assert [(row.row, list(row.cells)) for row in intake.rejected] == [(4, ["homeless", "x"])]
    assert [problem.problem for problem in intake.problems] == ["no organisation"]


def test_a_given_organisation_takes_the_rows_that_name_none(engine: Engine, tmp_path: Path) -> None:
    intake = read(file_of(tmp_path, [{"title": "one"}, {"title": "two", "organisation": "乙"}]), Kind.NEEDS)
    with writing(engine) as session:
        owner = organisations.admit(session, ACTOR, OrganisationDraft(kind=OrganisationKind.COMPANY, name="甲"))
        bring(session, ACTOR, intake, organisation=owner)
        named = {row.title: organisations.get(session, row.organisation_id).name for row in session.exec(select(Need))}
    assert named == {"one": "甲", "two": "乙"}


def test_a_failure_half_way_leaves_nothing(engine: Engine, tmp_path: Path) -> None:
    rows = [{"reference": str(number), "title": f"need {number}", "organisation": "甲"} for number in range(2500)]
    intake = read(file_of(tmp_path, rows), Kind.NEEDS)

    def pulled(done: int, total: int | None) -> None:
        if done >= 2000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), writing(engine) as session:
        bring(session, ACTOR, intake, progress=pulled)
    with reading(engine) as session:
        assert count(session) == 0
        assert events.head(session) == (0, "")


def count(session: Session) -> int:
    return len(session.exec(select(Need.id)).all())
