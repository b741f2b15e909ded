"""What the figures count, and how the map is laid out."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from sqlalchemy import Engine
from words_encoder import WordsEncoder

from api.composition import open_index
from api.settings import Settings
from matcher import figures, landscape, needs, organisations, results
from matcher.actors import COMMAND_LINE, Actor
from matcher.drafts import NeedDraft, ResultDraft
from matcher.entities import Kind, OrganisationKind, PlatformRole
from matcher.errors import Forbidden
from matcher.organisations import OrganisationDraft
from matcher.sessions import reading, writing

METALS = "new_materials.metals"
SHANGHAI = ZoneInfo("Asia/Shanghai")
OPERATOR = Actor("person:olga", platform_roles=frozenset({PlatformRole.OPERATOR}), person_id="olga")


@pytest.fixture
def filled(engine: Engine) -> Engine:
    with writing(engine) as session:
        company = organisations.admit(
            session, COMMAND_LINE, OrganisationDraft(kind=OrganisationKind.COMPANY, name="晨星", region="320500")
        )
        lab = organisations.admit(
            session, COMMAND_LINE, OrganisationDraft(kind=OrganisationKind.LAB, name="研究院", region="430100")
        )
        one = needs.post_need(
            session,
            COMMAND_LINE,
            company.id,
            NeedDraft(title="正极残碱", problem="残碱偏高", field=METALS),
        )
        other = needs.post_need(session, COMMAND_LINE, company.id, NeedDraft(title="小麦育种", problem="抗旱"))
        results.post_result(
            session, COMMAND_LINE, lab.id,
            ResultDraft(title="正极残碱", abstract="残碱偏高", field=METALS),
        )  # fmt: skip
        one.created_at = datetime(2026, 10, 31, 15, 59, tzinfo=UTC)
        other.created_at = datetime(2026, 10, 31, 16, 1, tzinfo=UTC)
        session.add_all([one, other])
    return engine


def test_months_are_those_of_the_place(filled: Engine) -> None:
    with reading(filled) as session:
        found = figures.figures(session, OPERATOR, zone=SHANGHAI)
    assert [(one.month, one.needs) for one in found.months if one.needs] == [("2026-10", 1), ("2026-11", 1)]


def test_open_demand_stands_beside_supply_by_field_and_province(filled: Engine) -> None:
    with reading(filled) as session:
        found = figures.figures(session, OPERATOR, zone=SHANGHAI)
    assert [(one.code, one.needs, one.results) for one in found.fields] == [("new_materials", 1, 1), ("", 1, 0)]
    assert [(one.code, one.needs, one.results) for one in found.regions] == [("320000", 2, 0), ("430000", 0, 1)]
    assert [(one.name, one.count) for one in found.steps] == [
        ("needs", 2), ("challenges", 0), ("answers", 0), ("awards", 0), ("contracts", 0), ("finished", 0),
    ]  # fmt: skip


def test_the_map_tells_what_nothing_meets(filled: Engine) -> None:
    index = open_index(filled, Settings(_env_file=None), encoder=WordsEncoder(), keep=False)
    index.catch_up()
    with reading(filled) as session:
        points = landscape.landscape(session, index, OPERATOR)
    index.close()
    nearest = {(one.kind, one.title): one.nearest for one in points}
    assert nearest[Kind.NEED, "正极残碱"] > 0.95
    assert nearest[Kind.NEED, "小麦育种"] < 0.6
    assert np.isfinite([[one.x, one.y] for one in points]).all()


def test_figures_are_for_operators(filled: Engine) -> None:
    somebody = Actor("person:li", person_id="li")
    with reading(filled) as session, pytest.raises(Forbidden):
        figures.figures(session, somebody, zone=SHANGHAI)
