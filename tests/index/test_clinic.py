"""The clinic and the search for a team over an index: what they count is what the policy shows."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from policy_tables import ACTORS, HOME, OTHER, THIRD, at
from sqlalchemy import Engine
from words_encoder import WordsEncoder

from api.composition import make_backends
from matcher import consents, items, needs, organisations, results
from matcher.actors import COMMAND_LINE, Actor
from matcher.consents import Questions
from matcher.drafts import NeedDraft, ResultDraft
from matcher.entities import Kind, OrganisationKind, Role
from matcher.errors import Forbidden, NotFound
from matcher.indexing import SearchIndex
from matcher.matching import clinic, teams
from matcher.matching.clinic import Examined
from matcher.matching.teams import Coverage, Team
from matcher.organisations import OrganisationDraft
from matcher.sessions import reading, writing

TODAY = date(2026, 11, 25)
TOPIC = "石英砂 提纯 高纯 坩埚 析晶"
PURE = {"name": "纯度", "operator": ">=", "value": 99.9, "unit": "%"}
LIFE = {"name": "寿命", "operator": ">=", "value": 8000, "unit": "h"}
COST = {"name": "单位能耗", "operator": "<=", "value": 50, "unit": "kWh"}


class Home:
    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.index = SearchIndex(engine, make_backends(WordsEncoder()))
        with writing(engine) as session:
            self.ids = {
                name: organisations.admit(
                    session, COMMAND_LINE, OrganisationDraft(kind=OrganisationKind.LAB, name=name)
                ).id
                for name in (HOME, OTHER, THIRD)
            }
        self.actors = {
            name: actor
            if actor.organisation_id is None
            else Actor(actor.name, self.ids[actor.organisation_id], actor.roles, person_id=actor.person_id)
            for name, actor in ACTORS.items()
        }
        self._references = iter(range(10_000))

    def result(self, owner: str = THIRD, move: str = "", **fields: Any) -> str:
        """About the topic, with figures in `shown`: name → value and unit."""
        shown = fields.pop("shown", {})
        fields["indicators"] = [{"name": name, "value": value, "unit": unit} for name, (value, unit) in shown.items()]
        number = next(self._references)
        draft = ResultDraft.model_validate({"title": f"{TOPIC} {number}", "problem": TOPIC, **fields})
        with writing(self.engine) as session:
            result = results.post_result(session, COMMAND_LINE, self.ids[owner], draft)
            if move:
                items.move(session, COMMAND_LINE, result, move)
            return result.id

    def need(self, owner: str = HOME, move: str = "", **fields: Any) -> str:
        said = {"title": TOPIC, "problem": TOPIC, "reference": str(next(self._references)), **fields}
        with writing(self.engine) as session:
            need = needs.post_need(session, COMMAND_LINE, self.ids[owner], NeedDraft.model_validate(said))
            if move:
                items.move(session, COMMAND_LINE, need, move)
            return need.id

    def let_other_in(self, kind: Kind, id: str) -> None:
        said = Questions(why_you="a", what_you_bring="b", what_you_want="c")
        with writing(self.engine) as session:
            asked = consents.ask(session, at(self.ids[OTHER], Role.MANAGER), kind, id, said)
            consents.grant(session, COMMAND_LINE, asked.id)

    def examine(self, who: str = "anonymous", besides: str | None = None, **fields: Any) -> Examined:
        self.index.catch_up()
        draft = NeedDraft.model_validate({"title": TOPIC, "problem": TOPIC, **fields})
        with reading(self.engine) as session:
            return clinic.examine(session, self.index, self.actors[who], draft, besides=besides, today=TODAY)

    def team(self, id: str, who: str = "manager") -> Team:
        self.index.catch_up()
        with reading(self.engine) as session:
            return teams.for_need(session, self.index, self.actors[who], id)


@pytest.fixture
def home(engine: Engine) -> Home:
    return Home(engine)


def brought(examined: Examined) -> dict[str, list[tuple[str, set[str]]]]:
    return {one.place: [(step.to, set(step.brings)) for step in one.steps] for one in examined.chances.relaxations}


# -- the clinic ------------------------------------------------------------------------------------


def test_a_draft_learns_how_many_results_would_do_and_what_each_demand_keeps_out(home: Home) -> None:
    home.result(shown={"纯度": (99.95, "%")})
    impure = [home.result(shown={"纯度": (value, "%")}) for value in (99.5, 99.0)]
    early = home.result(maturity=4, shown={"纯度": (99.95, "%")})
    home.result(title="水稻 病害 遥感 识别", problem="无人机 遥感")
    home.result(move="close")
    examined = home.examine(indicators=[PURE], maturity_wanted=6)
    assert (examined.line, examined.chances.looked_at) == (0.5, 5)
    assert (examined.chances.above, examined.chances.standing) == (2, 1)  # what misses a figure scores less
    assert brought(examined) == {
        "indicators.0": [("≥ 99.5 %", {impure[0]}), ("≥ 99 %", set(impure))],
        "maturity_wanted": [("TRL 4", {early})],
    }
    assert [(one.name, one.from_text, one.measures) for one in examined.understood] == [("纯度", False, "[fraction]")]
    assert "no_budget" in {finding.code for finding in examined.findings}


def test_what_says_the_same_is_counted_once(home: Home) -> None:
    for _ in range(3):
        home.result(title="同一项石英砂提纯成果", problem=f"{TOPIC} " * 3, reference="")
        home.ids[THIRD] = _another(home)
    assert home.examine().chances.above == 1


def _another(home: Home) -> str:
    with writing(home.engine) as session:
        name = f"lab {next(home._references)}"
        draft = OrganisationDraft(kind=OrganisationKind.LAB, name=name)
        return organisations.admit(session, COMMAND_LINE, draft).id


def test_needs_that_ask_for_nearly_the_same_are_named_settled_ones_too(home: Home) -> None:
    same, settled = home.need(), home.need(OTHER, "close")
    home.need(title="水稻 病害 遥感 识别", problem="无人机 遥感")
    home.need(move="withdraw")
    examined = home.examine()
    assert [(one.id, one.organisation, str(one.state)) for one in examined.duplicates] == [
        (same, HOME, "open"),
        (settled, OTHER, "closed"),
    ]
    assert all(one.similarity == pytest.approx(1, abs=1e-3) for one in examined.duplicates)
    assert [one.id for one in home.examine(besides=same).duplicates] == [settled]


def test_counted_and_named_is_what_is_shown_in_full(home: Home) -> None:
    tiers = ("public", "summary", "consent")
    early = {tier: home.result(maturity=4, disclosure=tier) for tier in tiers}
    asked = {tier: home.need(disclosure=tier) for tier in tiers}
    let_in = home.result(maturity=4, disclosure="consent")
    home.let_other_in(Kind.RESULT, let_in)
    home.let_other_in(Kind.NEED, asked["consent"])
    seen = {
        "anonymous": ({early["public"]}, {asked["public"]}),
        "match": ({early["public"]}, {asked["public"]}),
        "manager": ({early["public"]}, set(asked.values())),
        "other": ({early["public"], let_in}, {asked["public"], asked["consent"]}),
        "third": ({*early.values(), let_in}, {asked["public"]}),
    }
    for who, (results_seen, needs_seen) in seen.items():
        examined = home.examine(who, maturity_wanted=6)
        assert brought(examined) == {"maturity_wanted": [("TRL 4", results_seen)]}, who
        assert examined.chances.looked_at == len(results_seen)
        assert {one.id for one in examined.duplicates} == needs_seen, who


@pytest.mark.parametrize("who", ["anonymous", "match", "other"])
def test_what_is_hidden_moves_nothing(home: Home, who: str) -> None:
    """However the draft is varied: no count, no value, no duplicate tells of it."""
    for value in (99.95, 99.5):
        home.result(shown={"纯度": (value, "%")}, price=90, maturity=7, region="320500")
    home.need()
    drafts: list[dict[str, Any]] = [
        {},
        {"indicators": [PURE], "maturity_wanted": 8},
        {"indicators": [PURE | {"value": 99.0}], "budget_max": 80, "preferred_regions": ["540000"]},
        {"deadline": "2020-01-01", "cooperation_modes": ["equity"]},
    ]
    before = [home.examine(who, **draft) for draft in drafts]
    for number in range(60):
        tier = ("summary", "consent")[number % 2]
        facts = {"price": 85 + number, "maturity": 6, "region": "540000", "cooperation_modes": ["licence"]}
        home.result(shown={"纯度": (99.0 + number / 100, "%")}, disclosure=tier, **facts)
        home.need(disclosure=tier)
    assert [home.examine(who, **draft) for draft in drafts] == before


# -- teams -----------------------------------------------------------------------------------------


def parts(team: Team) -> dict[str, list[tuple[int, str, bool]]]:
    return {one.id: [(p.must_have.position, p.result, p.alone) for p in one.contributes] for one in team.members}


def test_the_fewest_results_that_have_all_must_haves_together(home: Home) -> None:
    need = home.need(indicators=[PURE, LIFE, {**COST, "must": False}, {**COST, "name": "单位水耗", "unit": "t"}])
    pure = home.result(OTHER, shown={"纯度": (99.95, "%"), "寿命": (100, "h")})
    both = home.result(THIRD, shown={"寿命": (9000, "h"), "单位水耗": (30, "t")})
    home.result(THIRD, shown={"寿命": (9000, "h")})
    home.result(THIRD, shown={"单位能耗": (10, "kWh")})
    team = home.team(need)
    assert team.coverage is Coverage.TEAM
    assert parts(team) == {
        pure: [(0, "纯度 = 99.95 %", True)],
        both: [(1, "寿命 = 9000 h", True), (3, "单位水耗 = 30 t", True)],
    }
    assert {one.organisation for one in team.members} == {OTHER, THIRD}
    assert [must.position for must in team.must_haves] == [0, 1, 3]
    assert team.uncovered == ()
    assert team.looked_at == 4
    margins = {p.must_have.position: p.margin for one in team.members for p in one.contributes}
    assert margins == {0: pytest.approx(0.0005, abs=1e-5), 1: 0.125, 3: 0.4}


def test_one_result_that_has_them_all_is_enough(home: Home) -> None:
    need = home.need(indicators=[PURE, LIFE])
    home.result(shown={"纯度": (99.95, "%")})
    whole = home.result(shown={"纯度": (99.95, "%"), "寿命": (9000, "h")})
    team = home.team(need)
    assert (team.coverage, [one.id for one in team.members]) == (Coverage.ONE, [whole])


def test_several_results_of_one_organisation_may_make_a_team(home: Home) -> None:
    need = home.need(indicators=[PURE, LIFE])
    two = {home.result(shown={"纯度": (99.95, "%")}), home.result(shown={"寿命": (9000, "h")})}
    team = home.team(need)
    assert (team.coverage, {one.id for one in team.members}) == (Coverage.TEAM, two)


def test_which_must_have_nobody_covers_is_said(home: Home) -> None:
    need = home.need(indicators=[PURE, LIFE])
    pure = home.result(shown={"纯度": (99.95, "%"), "寿命": (100, "h")})
    team = home.team(need)
    assert (team.coverage, [one.id for one in team.members]) == (Coverage.PART, [pure])
    assert [(must.position, must.text) for must in team.uncovered] == [(1, "寿命 ≥ 8000 h")]


@pytest.mark.parametrize(
    ("owner", "move", "fields"),
    [
        (HOME, "", {}),
        (THIRD, "close", {}),
        (THIRD, "withdraw", {}),
        (THIRD, "", {"disclosure": "summary"}),
        (THIRD, "", {"title": "水稻 病害 遥感 识别", "problem": "无人机 遥感"}),
    ],
)
def test_out_are_its_own_what_is_closed_hidden_or_about_something_else(
    home: Home, owner: str, move: str, fields: dict[str, Any]
) -> None:
    need = home.need(indicators=[PURE])
    home.result(owner, move, shown={"纯度": (99.95, "%")}, **fields)
    team = home.team(need)
    assert (team.coverage, team.members, [must.position for must in team.uncovered]) == (Coverage.NONE, (), [0])


def test_a_need_without_must_haves_asks_for_no_team(home: Home) -> None:
    home.result()
    assert home.team(home.need(indicators=[{**PURE, "must": False}])) == Team(Coverage.NOTHING_ASKED, (), (), (), 0)


def test_the_team_of_a_need_shown_in_part_is_refused_and_of_what_is_hidden_not_found(home: Home) -> None:
    need = home.need(indicators=[PURE], disclosure="summary")
    with pytest.raises(Forbidden):
        home.team(need, "third")
    with pytest.raises(NotFound):
        home.team(need, "anonymous")
