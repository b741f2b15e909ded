"""Who may bring a file, and for whom: people for the organisation that they act for, operators what is new."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from policy_tables import at
from sqlalchemy import Engine
from sqlmodel import select

from matcher import organisations, problem_lists
from matcher.actors import ANONYMOUS, COMMAND_LINE, Actor
from matcher.entities import Need, Organisation, OrganisationKind, PlatformRole, Role
from matcher.errors import Forbidden, Unauthenticated
from matcher.intake.report import Intake, Kind
from matcher.intake.rows import read
from matcher.organisations import OrganisationDraft
from matcher.problem_lists import ImportReport
from matcher.sessions import reading, writing

OPERATOR = Actor("person:o", platform_roles=frozenset({PlatformRole.OPERATOR}), person_id="o")
ROWS = [
    {"title": "无主", "problem": "一"},
    {"title": "自己的", "problem": "二", "organisation": "甲公司"},
    {"title": "别人的", "problem": "三", "organisation": "乙公司"},
    {"title": "新来的", "problem": "四", "organisation": "丙公司"},
]


@pytest.fixture
def known(engine: Engine) -> dict[str, str]:
    """Two companies, by name."""
    with writing(engine) as session:
        return {
            name: organisations.admit(
                session, COMMAND_LINE, OrganisationDraft(kind=OrganisationKind.COMPANY, name=name)
            ).id
            for name in ("甲公司", "乙公司")
        }


def brought(engine: Engine, folder: Path, actor: Actor, **options: str) -> tuple[ImportReport, Intake]:
    path = folder / "rows.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in ROWS), encoding="utf-8")
    intake = read(path, Kind.NEEDS)
    with writing(engine) as session:
        return problem_lists.bring(session, actor, intake, **options), intake  # type: ignore[arg-type]


def stored(engine: Engine) -> dict[str, str]:
    """Title of each need → name of its organisation."""
    with reading(engine) as session:
        return {
            need.title: owner.name
            for need, owner in session.exec(select(Need, Organisation).where(Need.organisation_id == Organisation.id))
        }


def test_a_person_s_rows_are_those_of_the_organisation_acted_for(
    engine: Engine, tmp_path: Path, known: dict[str, str]
) -> None:
    _, intake = brought(engine, tmp_path, at(known["甲公司"], Role.POSTER))
    assert stored(engine) == {"无主": "甲公司", "自己的": "甲公司"}
    assert {problem.problem for problem in intake.problems} == {"another organisation's"}
    assert [problem.row for problem in intake.problems] == [3, 4]
    with reading(engine) as session:
        assert organisations.by_name(session, "丙公司") is None


def test_whether_a_foreign_organisation_is_known_here_is_not_told(
    engine: Engine, tmp_path: Path, known: dict[str, str]
) -> None:
    _, intake = brought(engine, tmp_path, at(known["甲公司"], Role.POSTER))
    known_here, new = ((problem.problem, problem.expected, problem.value) for problem in intake.problems)
    assert known_here == new


def test_an_operator_brings_the_first_rows_of_those_that_nobody_had_named(
    engine: Engine, tmp_path: Path, known: dict[str, str]
) -> None:
    _, intake = brought(engine, tmp_path, OPERATOR)
    assert stored(engine) == {"新来的": "丙公司"}
    assert [problem.problem for problem in intake.problems] == [
        "no organisation",
        "another organisation's",
        "another organisation's",
    ]


def test_the_name_given_for_a_file_is_held_to_the_same(engine: Engine, tmp_path: Path, known: dict[str, str]) -> None:
    brought(engine, tmp_path, at(known["甲公司"], Role.POSTER), organisation="乙公司")
    assert stored(engine) == {"自己的": "甲公司"}


def test_the_command_line_brings_everybody_s(engine: Engine, tmp_path: Path, known: dict[str, str]) -> None:
    brought(engine, tmp_path, COMMAND_LINE, organisation="甲公司")
    assert stored(engine) == {"无主": "甲公司", "自己的": "甲公司", "别人的": "乙公司", "新来的": "丙公司"}


def test_who_could_bring_nothing_is_refused(engine: Engine, tmp_path: Path, known: dict[str, str]) -> None:
    for actor, error in (
        (ANONYMOUS, Unauthenticated),
        (at(known["甲公司"], Role.RESEARCHER), Forbidden),
        (at(known["甲公司"], Role.MANAGER, may_write=False), Forbidden),
    ):
        with pytest.raises(error):
            brought(engine, tmp_path, actor)
    assert stored(engine) == {}
