from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from databases import ON_BOTH
from pydantic import ValidationError
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from matcher import events, items, listing, needs, organisations, results
from matcher.actors import ANONYMOUS, Actor
from matcher.drafts import IndicatorTarget, NeedDraft, Operator, ResultDraft, Right
from matcher.entities import Kind, Need, Organisation, OrganisationKind, Passage, Result
from matcher.errors import Conflict, NotAllowed, NotFound, StaleVersion
from matcher.items import Posting
from matcher.listing import ListFilter
from matcher.organisations import OrganisationDraft
from matcher.sessions import reading, writing

pytestmark = ON_BOTH

ACTOR = Actor("tester", trusted=True)
FULL_NEED = NeedDraft(
    title="高纯石英砂提纯",
    reference="N-1",
    problem="杂质太高。\n\n铁含量超标。",
    current_state="酸洗三次仍不合格",
    indicators=[
        IndicatorTarget(name="纯度", operator=Operator.AT_LEAST, value=99.998, unit="%", test_method="ICP-MS"),
        IndicatorTarget(name="粒径", operator=Operator.BETWEEN, value=75, value_high=200, unit="μm", must=False),
    ],
    scenario="坩埚",
    out_of_scope="合成石英",
    maturity_now=3,
    maturity_wanted=7,
    cooperation_modes=["licence", "joint_development"],
    budget_min=Decimal("500000.50"),
    budget_max=Decimal(800_000),
    funding_share=0.5,
    deadline=date(2028, 3, 31),
    preferred_regions=["320000"],
    ip_wishes="shared",
    disclosure="summary",
    decision_owner="研发总监",
    keywords=["石英"],
    field="new_materials.ceramics",
)
FULL_RESULT = ResultDraft(
    title="气相提纯",
    abstract="氯化气氛",
    rights=[Right(kind="invention_patent", number="ZL1", status="granted")],
    maturity=6,
    maturity_stage="middle",
    price=Decimal(300_000),
    region="320500",
    indicators=[{"name": "纯度", "value": 99.999, "unit": "%", "conditions": "1 kg", "evidence": "报告"}],
)


def company(session: Session, name: str = "甲公司") -> Organisation:
    return organisations.admit(session, ACTOR, OrganisationDraft(kind=OrganisationKind.COMPANY, name=name))


def test_what_is_posted_is_read_back_field_by_field(engine: Engine) -> None:
    with writing(engine) as session:
        owner = company(session).id
        need_id = needs.post_need(session, ACTOR, owner, FULL_NEED).id
        result_id = results.post_result(session, ACTOR, owner, FULL_RESULT).id
    with reading(engine) as session:
        assert items.draft_of(session, items.get(session, ACTOR, Need, need_id)) == FULL_NEED
        assert items.draft_of(session, items.get(session, ACTOR, Result, result_id)) == FULL_RESULT


def test_posting_records_an_event_whose_id_is_the_items_number(engine: Engine) -> None:
    with writing(engine) as session:
        need = needs.post_need(session, ACTOR, company(session).id, FULL_NEED)
        assert (need.number, need.seq, need.version) == (2, 2, 1)
        assert [event.action for event in events.of_thing(session, f"need:{need.id}")] == ["need.posted"]


def test_an_edit_raises_the_version_and_keeps_the_vectors_of_passages_that_stay(engine: Engine) -> None:
    with writing(engine) as session:
        need = needs.post_need(session, ACTOR, company(session).id, FULL_NEED)
        for passage in session.exec(select(Passage)):
            passage.model_id, passage.vector = "m", b"1234"
            session.add(passage)
        session.flush()
        edited = FULL_NEED.model_copy(update={"problem": "杂质太高。\n\n钛也超标。"})
        held = items.hold(session, ACTOR, Need, need.id, versions={1})
        assert items.replace(session, ACTOR, held, edited)
        assert held.version == 2
        kept = {passage.text: passage.model_id for passage in session.exec(select(Passage).order_by(col(Passage.id)))}
    assert kept["杂质太高。"] == "m"
    assert kept["钛也超标。"] == ""
    assert "铁含量超标。" not in kept


def test_an_edit_that_says_the_same_changes_nothing(engine: Engine) -> None:
    with writing(engine) as session:
        need = needs.post_need(session, ACTOR, company(session).id, FULL_NEED)
        before = events.head(session)
        assert not items.replace(session, ACTOR, need, FULL_NEED.model_copy())
        assert need.version == 1
        assert events.head(session) == before


def test_an_edit_of_what_was_changed_meanwhile_is_refused(engine: Engine) -> None:
    with writing(engine) as session:
        need = needs.post_need(session, ACTOR, company(session).id, FULL_NEED)
        items.replace(session, ACTOR, need, FULL_NEED.model_copy(update={"title": "新"}))
        with pytest.raises(StaleVersion, match="version 2, yours is 1"):
            items.hold(session, ACTOR, Need, need.id, versions={1})


def test_a_reference_is_unique_within_its_organisation_only(engine: Engine) -> None:
    with writing(engine) as session:
        one, other = company(session).id, company(session, "乙公司").id
        needs.post_need(session, ACTOR, one, FULL_NEED)
        needs.post_need(session, ACTOR, other, FULL_NEED)
        with pytest.raises(Conflict, match="reference 'N-1'"):
            needs.post_need(session, ACTOR, one, NeedDraft(title="else", reference="N-1"))


def test_without_a_reference_the_title_is_unique_whatever_its_script(engine: Engine) -> None:
    with writing(engine) as session:
        owner = company(session).id
        needs.post_need(session, ACTOR, owner, NeedDraft(title="軸承 寿命"))
        with pytest.raises(Conflict, match="title '轴承 寿命'"):
            needs.post_need(session, ACTOR, owner, NeedDraft(title="轴承 寿命"))
        with pytest.raises(Conflict, match="Two of these needs"):
            items.add(session, ACTOR, Kind.NEED, [Posting(NeedDraft(title="z"), owner)] * 2)


def test_a_withdrawn_need_can_come_back(engine: Engine) -> None:
    with writing(engine) as session:
        need = needs.post_need(session, ACTOR, company(session).id, FULL_NEED)
        items.move(session, ACTOR, need, "withdraw", "solved")
        assert need.state == "withdrawn"
        with pytest.raises(NotAllowed):
            items.move(session, ACTOR, need, "withdraw")
        items.move(session, ACTOR, need, "reopen")
        assert need.state == "open"
        history = events.of_thing(session, f"need:{need.id}")
        assert [(event.action, event.detail) for event in history[1:]] == [
            ("need.withdraw", {"reason": "solved"}),
            ("need.reopen", {}),
        ]


def test_unknown_ids_are_not_found(engine: Engine) -> None:
    with writing(engine) as session:
        with pytest.raises(NotFound, match="No need 'x'"):
            items.get(session, ACTOR, Need, "x")
        with pytest.raises(NotFound, match="No organisation 'x'"):
            needs.post_need(session, ACTOR, "x", FULL_NEED)
        with pytest.raises(NotFound, match="No problem list 'x'"):
            needs.post_need(session, ACTOR, company(session).id, FULL_NEED, problem_list_id="x")


def test_ids_of_what_came_together_tell_nothing_of_each_other(engine: Engine) -> None:
    with writing(engine) as session:
        owner = company(session).id
        ids = [needs.post_need(session, ACTOR, owner, NeedDraft(title=f"need {number}")).id for number in range(9)]
    assert {UUID(id).version for id in ids} == {4}
    assert ids != sorted(ids)


def test_pages_run_from_new_to_old_and_meet_without_gap_even_when_their_last_is_withdrawn(engine: Engine) -> None:
    with writing(engine) as session:
        owner = company(session).id
        for number in range(5):
            needs.post_need(session, ACTOR, owner, NeedDraft(title=f"need {number}"))
        seen: list[str] = []
        cursor = None
        while True:
            page = listing.page(session, ANONYMOUS, Need, ListFilter(), cursor=cursor, limit=2)
            seen += [need.title for need in page.items]
            if (cursor := page.next_cursor) is None:
                break
            items.move(session, ACTOR, items.hold(session, ACTOR, Need, cursor), "withdraw")
    assert seen == [f"need {number}" for number in (4, 3, 2, 1, 0)]


@pytest.mark.parametrize(
    ("narrowed", "titles"),
    [
        (ListFilter(), {"metal", "ceramic 50%", "wind"}),
        (ListFilter(field="new_materials"), {"metal", "ceramic 50%"}),
        (ListFilter(field="new_materials.metals"), {"metal"}),
        (ListFilter(region="320000"), {"metal"}),
        (ListFilter(maturity=5), {"wind"}),
        (ListFilter(words="50%"), {"ceramic 50%"}),
        (ListFilter(words="0_"), set()),
        (ListFilter(disclosure="consent"), {"wind"}),
        (ListFilter(state="withdrawn"), set()),
    ],
)
def test_lists_are_narrowed(engine: Engine, narrowed: ListFilter, titles: set[str]) -> None:
    drafts = [
        ResultDraft(title="metal", field="new_materials.metals", region="320500", maturity=3),
        ResultDraft(title="ceramic 50%", field="new_materials.ceramics", region="330000"),
        ResultDraft(title="wind", field="energy.wind", maturity=5, disclosure="consent"),
    ]
    with writing(engine) as session:
        owner = company(session).id
        for draft in drafts:
            results.post_result(session, ACTOR, owner, draft)
        page = listing.page(session, ACTOR, Result, narrowed)
        assert {result.title for result in page.items} == titles


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"title": " "}, "at least 1 character"),
        ({"field": "nonsense"}, "unknown field 'nonsense'"),
        ({"preferred_regions": ["1"]}, "unknown region '1'"),
        ({"budget_max": 10}, "the budget ends"),
        ({"maturity_wanted": 10}, "less than or equal to 9"),
        ({"funding_share": 2}, "less than or equal to 1"),
        ({"indicators": [{"name": "a", "operator": "between", "value": 1}]}, "value_high"),
        (
            {"indicators": [{"name": "a", "operator": "between", "value": 2, "value_high": 1}]},
            "below its start",
        ),
        ({"surprise": 1}, "no such name"),
    ],
)
def test_drafts_that_break_a_rule_are_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        NeedDraft.model_validate(FULL_NEED.model_dump() | changes)


def test_credit_codes_are_checked_and_unique(engine: Engine) -> None:
    code = "91110000600037341L"
    draft = OrganisationDraft(kind=OrganisationKind.COMPANY, name="甲", credit_code=code)
    assert draft.credit_code == code
    with pytest.raises(ValidationError, match="not a unified social credit code"):
        OrganisationDraft(kind=OrganisationKind.COMPANY, name="甲", credit_code=code[:-1] + "A")
    with writing(engine) as session:
        organisations.admit(session, ACTOR, draft)
        with pytest.raises(Conflict, match="named '甲'"):
            organisations.admit(session, ACTOR, draft)
        with pytest.raises(Conflict, match=code):
            organisations.admit(session, ACTOR, draft.model_copy(update={"name": "乙"}))
