"""Answers while they are written: who may start one, versions, reuse, partners, handing in on time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from answers_support import DAY, DEADLINE, NOON, SECOND, SECRETS, Stage, complete, with_partner
from databases import ON_BOTH
from policy_tables import at as acting
from sqlalchemy import Engine
from sqlmodel import Session

from matcher import results
from matcher.actors import ANONYMOUS, COMMAND_LINE
from matcher.answers import consortium, drafting, handing_in, opening, reading
from matcher.awards import negotiations
from matcher.awards.drafts import ContractDraft, OfferDraft
from matcher.drafts import CooperationMode, IndicatorAchieved, Operator, ResultDraft
from matcher.engine import challenge_moves
from matcher.engine.answer_drafts import AnswerDraft, Claim, Part, PlannedMilestone
from matcher.engine.challenge_drafts import RoundPlan
from matcher.entities import Answer, Ownership, Role
from matcher.errors import (
    Conflict,
    Forbidden,
    Invalid,
    JiebangError,
    NotAllowed,
    NotFound,
    StaleVersion,
    Unauthenticated,
)
from matcher.states import AnswerState, ChallengeState


@pytest.fixture
def stage(engine: Engine) -> Iterator[Stage]:
    with Session(engine) as opened:
        yield Stage(opened)


def said(stage: Stage, id: str, number: int | None = None) -> AnswerDraft:
    return reading.text(stage.session, SECRETS, stage.lead, id, number)[1].draft


ELIGIBLE = (
    ("race", "lead", None),
    ("race", "third", None),
    ("race", "setter", "other organisations"),
    ("explorer", "lead", None),
    ("explorer", "third", "Only research organisations"),
    ("directed_commission", "lead", None),
    ("directed_commission", "rival", "No challenge"),
    ("invest_to_evaluate", "rival", None),
    ("invest_to_evaluate", "lead", "invited to invest"),
)
"""Mechanism, who, and why not; `lead` is invited where somebody has to be."""


def test_who_may_answer_is_the_mechanism_s(stage: Stage) -> None:
    for mechanism, who, why_not in ELIGIBLE:
        challenge = stage.publish(mechanism, funder_id=stage.ids["setter"] if mechanism == "explorer" else None)
        if mechanism in ("directed_commission", "invest_to_evaluate"):
            stage.invite(challenge, "lead", invests=mechanism == "invest_to_evaluate")
        actor = getattr(stage, who)
        if why_not is None:
            assert drafting.start(stage.session, SECRETS, actor, challenge.id, at=NOON).number == 1
        else:
            with pytest.raises(JiebangError, match=why_not):
                drafting.start(stage.session, SECRETS, actor, challenge.id, at=NOON)


def test_the_funder_does_not_answer_nor_help_to(stage: Stage) -> None:
    challenge = stage.publish("explorer", funder_id=stage.ids["rival"])
    with pytest.raises(NotAllowed, match="funds"):
        drafting.start(stage.session, SECRETS, stage.rival, challenge.id, at=NOON)
    id = stage.answer(challenge)
    for organisation in ("rival", "setter"):
        with pytest.raises(Invalid, match=r"^parts\[0\].organisation_id: the organisation that (funds|sets)"):
            drafting.save(stage.session, SECRETS, stage.lead, id, with_partner(stage, organisation), at=NOON)


def test_only_researchers_and_managers_of_another_organisation_write_it(stage: Stage) -> None:
    challenge = stage.publish()
    id = stage.answer(challenge)
    for actor, error in (
        (acting(stage.ids["lead"], Role.POSTER), Forbidden),
        (stage.rival, NotFound),
        (stage.setter, NotFound),
        (stage.operator, NotFound),
        (ANONYMOUS, NotFound),
    ):
        with pytest.raises(error):
            drafting.save(stage.session, SECRETS, actor, id, complete(title="别的"), at=NOON)
    with pytest.raises(Unauthenticated):
        drafting.start(stage.session, SECRETS, ANONYMOUS, challenge.id, at=NOON)
    researcher = acting(stage.ids["lead"], Role.RESEARCHER)
    assert drafting.save(stage.session, SECRETS, researcher, id, complete(title="别的"), at=NOON).version == 3


def test_an_organisation_answers_once(stage: Stage) -> None:
    challenge = stage.publish()
    stage.answer(challenge)
    with pytest.raises(Conflict):
        stage.answer(challenge)


def test_each_save_is_a_version_and_saying_the_same_again_is_none(stage: Stage) -> None:
    id = stage.answer(stage.publish())
    for title in ("第二", "第二", "第三"):
        drafting.save(stage.session, SECRETS, stage.lead, id, complete(title=title), at=NOON)
    assert [one.number for one in reading.versions(stage.session, stage.lead, id)] == [1, 2, 3, 4]
    assert [said(stage, id, number).title for number in (1, 2, 3, 4)] == ["", "干法包覆", "第二", "第三"]
    assert said(stage, id) == complete(title="第三")
    with pytest.raises(NotFound):
        said(stage, id, 5)


def test_an_edit_of_another_version_than_was_read_is_refused(stage: Stage) -> None:
    id = stage.answer(stage.publish())
    with pytest.raises(StaleVersion):
        drafting.save(stage.session, SECRETS, stage.lead, id, complete(title="晚"), versions=[1], at=NOON)
    drafting.save(stage.session, SECRETS, stage.lead, id, complete(title="好"), versions=[2], at=NOON)


def test_an_earlier_answer_is_reused_without_what_was_about_the_other_challenge(stage: Stage) -> None:
    first = stage.answer(stage.publish(), draft=with_partner(stage))
    second = drafting.start(stage.session, SECRETS, stage.lead, stage.publish().id, like=first, at=NOON)
    expected = complete(claims=[], conflicts=None)
    assert said(stage, second.id) == expected
    other = stage.publish()
    with pytest.raises(NotFound):
        drafting.start(stage.session, SECRETS, stage.rival, other.id, like=second.id, at=NOON)


def test_a_registered_result_of_one_s_own_is_where_an_answer_begins(stage: Stage) -> None:
    achieved = IndicatorAchieved(name="表面残碱", operator=Operator.AT_MOST, value=600, unit="ppm", evidence="报告")
    draft = ResultDraft(title="干法包覆", abstract="摘要", innovation="创新", indicators=[achieved])
    result = results.post_result(stage.session, stage.lead, stage.ids["lead"], draft)
    challenge = stage.publish()
    id = drafting.start(stage.session, SECRETS, stage.lead, challenge.id, result_id=result.id, at=NOON).id
    assert said(stage, id) == AnswerDraft(
        title="干法包覆",
        approach="摘要\n\n创新",
        claims=[Claim(indicator=0, value=600, unit="ppm", evidence="报告")],
        result_id=result.id,
    )
    with pytest.raises(Invalid, match="^result_id: "):
        drafting.start(stage.session, SECRETS, stage.rival, challenge.id, result_id=result.id, at=NOON)


UNKNOWN: tuple[tuple[dict[str, Any], str], ...] = (
    ({"claims": [Claim(indicator=2, value=1)]}, r"claims\[0\].indicator"),
    ({"claims": [Claim(indicator=0, value=1), Claim(indicator=0, value=2)]}, "claims"),
    ({"parts": [Part(organisation_id="nobody")]}, r"parts\[0\].organisation_id"),
    ({"result_id": "nothing"}, "No result"),
)


def test_what_names_something_that_is_not_there_is_refused(stage: Stage) -> None:
    id = stage.answer(stage.publish())
    for changes, place in UNKNOWN:
        with pytest.raises(JiebangError, match=f"^{place}"):
            drafting.save(stage.session, SECRETS, stage.lead, id, complete(**changes), at=NOON)


# -- handing in ------------------------------------------------------------------------------------


MISSING: tuple[tuple[dict[str, Any], str], ...] = (
    ({"title": ""}, "a title"),
    ({"approach": ""}, "the approach"),
    ({"conflicts": None}, "a declaration of conflicts of interest (empty where there are none)"),
    ({"claims": []}, "a value for the indicator '表面残碱'"),
    (
        {"claims": [Claim(indicator=0, value=1, unit="kg", evidence="有")]},
        "a value in ppm for the indicator '表面残碱', not in 'kg'",
    ),
    ({"claims": [Claim(indicator=0, value=1, unit="ppm")]}, "evidence for the indicator '表面残碱'"),
    (
        {"claims": [Claim(indicator=0, value=3, value_high=2, unit="ppm", evidence="有")]},
        "a range for the indicator '表面残碱' that does not end below its start",
    ),
    ({"budget": None}, "a budget, which its milestones are part of"),
    ({"budget": Decimal(5)}, "milestones (200,000) that stay within the budget (5)"),
    (
        {"parts": [Part(organisation_id="lead", gets=0.7), Part(organisation_id="third", gets=0.4)]},
        "shares of the partners that are no more than the whole; the agreement of every partner to its part "
        "as it stands (1 still to come)",
    ),
)


def test_what_is_missing_is_named_when_it_is_handed_in(stage: Stage) -> None:
    id = stage.answer(stage.publish())
    for changes, needs in MISSING:
        parts = [
            one.model_copy(update={"organisation_id": stage.ids[one.organisation_id]})
            for one in changes.get("parts", [])
        ]
        drafting.save(stage.session, SECRETS, stage.lead, id, complete(**changes | {"parts": parts}), at=NOON)
        with pytest.raises(NotAllowed) as refused:
            handing_in.hand_in(stage.session, SECRETS, stage.lead, id, at=NOON)
        assert str(refused.value) == f"Before it can be handed in it needs: {needs}."
        standing = reading.standing(stage.session, SECRETS, stage.lead, id)
        assert standing is not None
        assert "; ".join(standing.missing) == needs


def test_milestones_without_amounts_need_no_budget(stage: Stage) -> None:
    draft = complete(budget=None, milestones=[PlannedMilestone(title="小试", months=3)])
    stage.handed_in(stage.publish(), draft=draft)


Verb = Callable[[Stage, str, datetime], object]
IN_TIME_ONLY: dict[str, tuple[bool, Verb]] = {
    "save": (
        False,
        lambda stage, id, at: drafting.save(stage.session, SECRETS, stage.lead, id, complete(title="晚"), at=at),
    ),
    "hand in": (False, lambda stage, id, at: handing_in.hand_in(stage.session, SECRETS, stage.lead, id, at=at)),
    "take back": (True, lambda stage, id, at: handing_in.take_back(stage.session, stage.lead, id, at=at)),
    "withdraw": (True, lambda stage, id, at: drafting.withdraw(stage.session, stage.lead, id, at=at)),
}
"""What may be done until the deadline alone, and whether to an answer that was handed in."""


@pytest.mark.parametrize("verb", IN_TIME_ONLY)
def test_what_comes_late_is_refused_to_the_second(stage: Stage, verb: str) -> None:
    of_handed_in, act = IN_TIME_ONLY[verb]
    for late in (timedelta(0), SECOND, DAY):
        id = (stage.handed_in if of_handed_in else stage.answer)(stage.publish())
        with pytest.raises(NotAllowed, match="The deadline has passed: answers were taken until 2026-04-01 12:00:00"):
            act(stage, id, DEADLINE + late)
        act(stage, id, DEADLINE - timedelta(microseconds=1))


def test_nobody_starts_an_answer_once_the_deadline_has_passed(stage: Stage) -> None:
    with pytest.raises(NotAllowed, match="deadline"):
        drafting.start(stage.session, SECRETS, stage.lead, stage.publish().id, at=DEADLINE)


def test_what_was_handed_in_is_changed_by_taking_it_back(stage: Stage) -> None:
    id = stage.handed_in(stage.publish())
    with pytest.raises(NotAllowed, match="take it back"):
        drafting.save(stage.session, SECRETS, stage.lead, id, complete(title="改"), at=NOON)
    handing_in.take_back(stage.session, stage.lead, id, at=NOON)
    drafting.save(stage.session, SECRETS, stage.lead, id, complete(title="改"), at=NOON)
    handing_in.hand_in(stage.session, SECRETS, stage.lead, id, at=NOON)
    assert [one.handed_in for one in reading.versions(stage.session, stage.lead, id)] == [False, False, True]


def agreed(stage: Stage, id: str) -> None:
    """An offer on the lead's answer, made and agreed to."""
    terms = ContractDraft(kind=CooperationMode.DEVELOPMENT, ownership=Ownership.FULL, amount=Decimal("1"))
    offer = negotiations.offer(stage.session, stage.setter, id, OfferDraft(terms=terms), at=NOON)
    negotiations.agree(stage.session, stage.lead, offer.id, at=NOON)


def test_a_commission_that_is_agreed_on_is_closed_before_its_deadline_and_the_others_are_told(stage: Stage) -> None:
    challenge = stage.propose("directed_commission")
    for lab in ("lead", "rival"):
        stage.invite(challenge, lab)
    id = stage.handed_in(stage.published(challenge))
    other = stage.answer(challenge, stage.rival)
    with pytest.raises(NotAllowed, match="Answers may be handed in until"):
        opening.close(stage.session, stage.setter, challenge.id, at=NOON)
    agreed(stage, id)
    assert challenge_moves.possible(stage.session, stage.setter, challenge, NOON)["close"] is None
    opening.close(stage.session, stage.setter, challenge.id, at=NOON)
    assert challenge.state is ChallengeState.GRADING
    states = [stage.session.get_one(Answer, one).state for one in (id, other)]
    assert states == [AnswerState.ADMITTED, AnswerState.LAPSED]
    assert stage.actions(challenge)[-4:] == [
        "challenge.close", "challenge.closed_early", "answer.lapsed", "answer.admitted",
    ]  # fmt: skip


def test_a_round_that_is_closed_in_time_tells_nothing_more(stage: Stage) -> None:
    challenge = stage.propose("directed_commission")
    stage.invite(challenge, "lead")
    agreed(stage, stage.handed_in(stage.published(challenge)))
    opening.close(stage.session, stage.setter, challenge.id, at=DEADLINE)
    assert "challenge.closed_early" not in stage.actions(challenge)


def test_one_agreement_leaves_a_round_open_that_has_place_for_two(stage: Stage) -> None:
    challenge = stage.propose("directed_commission", rounds=[RoundPlan(deadline=DEADLINE, goes_on=2)])
    for lab in ("lead", "rival"):
        stage.invite(challenge, lab)
    agreed(stage, stage.handed_in(stage.published(challenge)))
    with pytest.raises(NotAllowed, match="Answers may be handed in until"):
        opening.close(stage.session, stage.setter, challenge.id, at=NOON)


def test_what_was_agreed_on_is_neither_taken_back_nor_withdrawn(stage: Stage) -> None:
    challenge = stage.propose("directed_commission")
    stage.invite(challenge, "lead")
    id = stage.handed_in(stage.published(challenge))
    agreed(stage, id)
    for verb in (handing_in.take_back, drafting.withdraw):
        with pytest.raises(NotAllowed, match="An offer was agreed on"):
            verb(stage.session, stage.lead, id, at=NOON)


def test_a_withdrawn_answer_is_resumed_until_the_deadline(stage: Stage) -> None:
    id = stage.handed_in(stage.publish())
    assert drafting.withdraw(stage.session, stage.lead, id, at=NOON).state is AnswerState.WITHDRAWN
    with pytest.raises(NotAllowed):
        handing_in.hand_in(stage.session, SECRETS, stage.lead, id, at=NOON)
    assert drafting.resume(stage.session, stage.lead, id, at=NOON).state is AnswerState.DRAFT
    handing_in.hand_in(stage.session, SECRETS, stage.lead, id, at=NOON)


# -- partners --------------------------------------------------------------------------------------


def confirm(stage: Stage, id: str, part_hash: str | None = None) -> Answer:
    standing = reading.standing(stage.session, SECRETS, stage.rival, id)
    assert standing is not None
    mine = part_hash or standing.part_hashes[stage.ids["rival"]]
    return consortium.confirm_part(stage.session, SECRETS, stage.rival, id, mine, at=NOON)


PART_CHANGES: tuple[tuple[dict[str, Any], dict[str, Any], bool], ...] = (
    ({"plan": "另一个计划"}, {}, False),
    ({"joint_patents": "归牵头方"}, {}, True),
    ({}, {"does": "只做检测"}, True),
    ({}, {"gets": 0.2}, True),
)
"""What changes of the whole, what of the part, and whether it has to be agreed to again."""


def test_a_partner_agrees_to_its_part_and_again_when_it_changes(stage: Stage) -> None:
    draft = with_partner(stage)
    id = stage.answer(stage.publish(), draft=draft)
    with pytest.raises(NotAllowed, match="the agreement of every partner"):
        handing_in.hand_in(stage.session, SECRETS, stage.lead, id, at=NOON)
    for whole, of_part, again in PART_CHANGES:
        confirm(stage, id)
        draft = draft.model_copy(update=whole | {"parts": [draft.parts[0].model_copy(update=of_part)]})
        drafting.save(stage.session, SECRETS, stage.lead, id, draft, at=NOON)
        if again:
            with pytest.raises(NotAllowed, match="1 still to come"):
                handing_in.hand_in(stage.session, SECRETS, stage.lead, id, at=NOON)
            confirm(stage, id)
        assert handing_in.hand_in(stage.session, SECRETS, stage.lead, id, at=NOON).state is AnswerState.HANDED_IN
        handing_in.take_back(stage.session, stage.lead, id, at=NOON)


def test_a_part_that_has_changed_since_it_was_read_is_not_agreed_to(stage: Stage) -> None:
    id = stage.answer(stage.publish(), draft=with_partner(stage))
    with pytest.raises(Conflict, match="changed since"):
        confirm(stage, id, "0" * 64)


def test_only_a_partner_s_managers_agree_and_only_to_a_draft(stage: Stage) -> None:
    id = stage.answer(stage.publish(), draft=with_partner(stage))
    for actor, error in (
        (acting(stage.ids["rival"], Role.RESEARCHER), Forbidden),
        (stage.lead, Forbidden),
        (stage.third, NotFound),
        (stage.operator, NotFound),
    ):
        with pytest.raises(error):
            consortium.confirm_part(stage.session, SECRETS, actor, id, "", at=NOON)
    confirm(stage, id)
    handing_in.hand_in(stage.session, SECRETS, stage.lead, id, at=NOON)
    with pytest.raises(NotAllowed):
        confirm(stage, id)


def test_partners_read_it_as_long_as_they_are_named(stage: Stage) -> None:
    id = stage.answer(stage.publish(), draft=with_partner(stage))
    assert reading.text(stage.session, SECRETS, stage.rival, id)[1].draft.title == "干法包覆"
    assert [one.id for one in reading.own(stage.session, stage.rival)] == [id]
    drafting.save(stage.session, SECRETS, stage.lead, id, complete(), at=NOON)
    with pytest.raises(NotFound):
        reading.text(stage.session, SECRETS, stage.rival, id)
    assert reading.own(stage.session, stage.rival) == []


# -- the record ------------------------------------------------------------------------------------


@ON_BOTH
def test_every_step_is_recorded_with_hashes_alone(stage: Stage) -> None:
    challenge = stage.publish()
    id = stage.answer(challenge, draft=with_partner(stage))
    confirm(stage, id)
    handing_in.hand_in(stage.session, SECRETS, stage.lead, id, at=NOON)
    handing_in.take_back(stage.session, stage.lead, id, at=NOON)
    drafting.withdraw(stage.session, stage.lead, id, at=NOON)
    drafting.resume(stage.session, stage.lead, id, at=NOON)
    opening.close(stage.session, stage.setter, challenge.id, at=DEADLINE)
    assert stage.actions(challenge) == [
        "challenge.keys_made",
        "challenge.publish",
        "answer.started",
        "answer.saved",
        "answer.part_confirmed",
        "answer.handed_in",
        "answer.taken_back",
        "answer.withdrawn",
        "answer.resumed",
        "challenge.close",
        "answer.lapsed",
    ]


def test_the_command_line_writes_for_an_organisation_it_names_and_reads_nothing_of_it(stage: Stage) -> None:
    challenge = stage.publish()
    with pytest.raises(Invalid, match="^organisation: "):
        drafting.start(stage.session, SECRETS, COMMAND_LINE, challenge.id, at=NOON)
    whose = stage.ids["lead"]
    id = drafting.start(stage.session, SECRETS, COMMAND_LINE, challenge.id, organisation_id=whose, at=NOON).id
    drafting.save(stage.session, SECRETS, COMMAND_LINE, id, complete(), at=NOON)
    handing_in.hand_in(stage.session, SECRETS, COMMAND_LINE, id, at=NOON + DAY)
    with pytest.raises(NotAllowed, match="sealed"):
        reading.text(stage.session, SECRETS, COMMAND_LINE, id)
    assert reading.standing(stage.session, SECRETS, COMMAND_LINE, id) is None
