"""Questions about a challenge, and invitations to answer it or to invest in its answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from challenges_support import BEGIN, DAY, DESK, World
from databases import ON_BOTH
from sqlalchemy import Engine
from sqlmodel import Session

from matcher import events
from matcher.actors import ANONYMOUS, Actor
from matcher.challenges import amendments, invitations, questions
from matcher.drafts import ResultDraft
from matcher.engine import challenge_moves
from matcher.entities import Answer, Challenge, Kind, OrganisationKind, Partner
from matcher.errors import Conflict, Forbidden, Invalid, NotAllowed, NotFound, Unauthenticated
from matcher.matching.matches import Match
from matcher.results import post_result
from matcher.states import ChallengeState


@pytest.fixture
def world(engine: Engine) -> Iterator[World]:
    with Session(engine) as session:
        yield World(session)


# -- questions --------------------------------------------------------------------------------------


@ON_BOTH
def test_a_question_is_private_until_it_is_answered_to_all(world: World) -> None:
    id = world.published().id
    asked = questions.ask(world.session, world.answerer, id, "浆料粘度是多少？", at=BEGIN)

    def seen(actor: Actor) -> list[str]:
        return [one.answer for one in questions.listed(world.session, actor, id)]

    everybody = {"setter": world.poster, "desk": DESK, "asker": world.answerer, "lab": world.other_answerer}
    assert {name: seen(actor) for name, actor in everybody.items()} == {
        "setter": [""],
        "desk": [""],
        "asker": [""],
        "lab": [],
    }
    assert seen(ANONYMOUS) == []
    questions.answer(world.session, world.poster, id, {asked.id: "3000 mPa·s"}, at=BEGIN + DAY)
    assert [seen(actor) for actor in (*everybody.values(), ANONYMOUS)] == [["3000 mPa·s"]] * 5
    with pytest.raises(Conflict):
        questions.answer(world.session, world.poster, id, {asked.id: "别的"}, at=BEGIN + DAY)


def test_the_challenge_s_record_never_names_who_asked(world: World) -> None:
    id = world.published().id
    asked = questions.ask(world.session, world.answerer, id, "问题", at=BEGIN)
    questions.answer(world.session, world.poster, id, {asked.id: "回答"}, at=BEGIN)
    of_challenge = events.of_thing(world.session, f"challenge:{id}")
    assert {event.actor for event in of_challenge} & {world.answerer.name} == set()
    assert world.lab not in str([(event.organisation_id, event.detail) for event in of_challenge])
    assert of_challenge[-1].detail == {"questions": [asked.id]}
    [own] = events.of_thing(world.session, f"question:{asked.id}")
    assert (own.action, own.actor, own.detail["challenge"]) == ("question.asked", world.answerer.name, id)
    assert "问题" not in str(own.detail)


@pytest.mark.parametrize(
    ("until", "at", "taken"),
    [
        (None, 30 * DAY - timedelta(seconds=1), True),
        (None, 30 * DAY, False),
        (10 * DAY, 10 * DAY - timedelta(seconds=1), True),
        (10 * DAY, 10 * DAY, False),
    ],
)
def test_questions_are_taken_until_the_second_that_was_said(
    world: World, until: timedelta | None, at: timedelta, taken: bool
) -> None:
    said = {"questions_until": (BEGIN + until).isoformat()} if until else {}
    id = world.published(**said).id
    if taken:
        questions.ask(world.session, world.answerer, id, "问题", at=BEGIN + at)
    else:
        with pytest.raises(NotAllowed, match="Questions were taken until"):
            questions.ask(world.session, world.answerer, id, "问题", at=BEGIN + at)


def test_who_asks_and_who_answers(world: World) -> None:
    id = world.published().id
    for actor, error in ((world.poster, Forbidden), (DESK, Forbidden), (ANONYMOUS, Unauthenticated)):
        with pytest.raises(error):
            questions.ask(world.session, actor, id, "问题", at=BEGIN)
    asked = questions.ask(world.session, world.answerer, id, "问题", at=BEGIN)
    for actor in (world.answerer, DESK):
        with pytest.raises(Forbidden):
            questions.answer(world.session, actor, id, {asked.id: "a"}, at=BEGIN)
    with pytest.raises(NotFound):
        questions.answer(world.session, world.poster, id, {"none": "a"}, at=BEGIN)
    with pytest.raises(Invalid):
        questions.answer(world.session, world.poster, id, {}, at=BEGIN)
    other = world.published(title="另一个")
    with pytest.raises(NotFound):
        questions.answer(world.session, world.poster, other.id, {asked.id: "a"}, at=BEGIN)
    amendments.cancel(world.session, world.poster, id, reason="a", at=BEGIN)
    with pytest.raises(NotAllowed):
        questions.answer(world.session, world.poster, id, {asked.id: "a"}, at=BEGIN)
    with pytest.raises(NotAllowed):
        questions.ask(world.session, world.answerer, id, "问题", at=BEGIN)


# -- invitations ------------------------------------------------------------------------------------


def named(world: World, challenge: Challenge, *organisations: str, **said: Any) -> list[str]:
    made = invitations.invite(
        world.session, said.pop("actor", world.poster), challenge.id, organisations,
        **{"reason": "贵所有基础", "at": BEGIN, **said},
    )  # fmt: skip
    return [one.organisation_id for one in made]


@ON_BOTH
def test_those_invited_are_told_why_and_see_nobody_else(world: World) -> None:
    challenge = world.published()
    assert named(world, challenge, world.lab, world.other_lab, world.lab) == [world.lab, world.other_lab]
    assert named(world, challenge, world.lab) == []

    def seen(actor: Actor) -> list[tuple[str, str]]:
        found = invitations.listed(world.session, actor, challenge.id)
        return [(one.organisation_id, one.reason) for one in found]

    both = sorted([(world.lab, "贵所有基础"), (world.other_lab, "贵所有基础")])
    assert (seen(world.poster), seen(DESK)) == (both, both)
    assert seen(world.answerer) == [(world.lab, "贵所有基础")]
    assert (seen(world.stranger), seen(ANONYMOUS)) == ([], [])
    [event] = [one for one in events.of_thing(world.session, f"challenge:{challenge.id}") if "invited" in one.action]
    assert event.detail == {"organisations": [world.lab, world.other_lab], "invests": False}


def test_a_private_challenge_is_known_to_those_invited_once_it_is_published(world: World) -> None:
    draft = world.opened(mechanism="directed_commission")
    named(world, draft, world.lab)
    with pytest.raises(NotFound):
        challenge_moves.find(world.session, world.answerer, draft.id)
    published = world.published(mechanism="directed_commission")
    named(world, published, world.lab, actor=DESK)
    assert challenge_moves.find(world.session, world.answerer, published.id).id == published.id
    with pytest.raises(NotFound):
        challenge_moves.find(world.session, world.other_answerer, published.id)
    invitations.take_back(world.session, world.poster, published.id, world.lab, at=BEGIN)
    with pytest.raises(NotFound):
        challenge_moves.find(world.session, world.answerer, published.id)


def test_who_may_not_answer_is_not_invited(world: World) -> None:
    explorer = world.opened(mechanism="explorer")
    for challenge, organisation, error in (
        (explorer, world.rival, Invalid),
        (explorer, world.company, Invalid),
        (world.opened(title="另一个"), "none", NotFound),
    ):
        with pytest.raises(error):
            named(world, challenge, organisation)
    assert named(world, explorer, world.lab) == [world.lab]
    with pytest.raises(Invalid, match="^reason: "):
        named(world, explorer, world.other_lab, reason=" ")
    with pytest.raises(Forbidden):
        named(world, world.published(), world.rival, actor=world.answerer)


def test_nobody_is_invited_to_what_is_over(world: World) -> None:
    challenge = world.published()
    amendments.cancel(world.session, world.poster, challenge.id, reason="a", at=BEGIN)
    with pytest.raises(NotAllowed, match="cancelled"):
        named(world, challenge, world.lab)


def test_an_invitation_stands_once_an_answer_was_started(world: World) -> None:
    challenge = world.published()
    named(world, challenge, world.lab, world.other_lab)
    answer = Answer(challenge_id=challenge.id, organisation_id=world.lab, number=1)
    world.session.add(answer)
    world.session.flush()
    world.session.add(Partner(answer_id=answer.id, organisation_id=world.other_lab))
    for id in (world.lab, world.other_lab):
        with pytest.raises(Conflict):
            invitations.take_back(world.session, world.poster, challenge.id, id, at=BEGIN)
    with pytest.raises(NotFound):
        invitations.take_back(world.session, world.poster, challenge.id, world.rival, at=BEGIN)


def test_nobody_both_answers_and_invests(world: World) -> None:
    challenge = world.published(mechanism="invest_to_evaluate", budget=None)
    fund = world.admitted(OrganisationKind.COMPANY, "基金")
    assert named(world, challenge, fund, invests=True) == [fund]
    with pytest.raises(Conflict):
        named(world, challenge, fund)
    named(world, challenge, world.lab)
    world.session.add(Answer(challenge_id=challenge.id, organisation_id=world.other_lab, number=1))
    for id in (world.lab, world.other_lab, world.company):
        with pytest.raises(Conflict):
            named(world, challenge, id, invests=True)
    challenge.state = ChallengeState.GRADING
    assert named(world, challenge, world.rival, invests=True) == [world.rival]
    assert challenge_moves.invited(world.session, challenge, invests=True) == {fund, world.rival}
    assert challenge_moves.invited(world.session, challenge) == {world.lab}
    with pytest.raises(Invalid, match="^invests: "):
        named(world, world.published(title="另一个"), fund, invests=True)


# -- by matching ------------------------------------------------------------------------------------


def registered(world: World, owner: str, title: str, score: float, **said: Any) -> Match:
    """A result of an organisation, as matching would rank it."""
    draft = ResultDraft.model_validate({"title": title, **said})
    result = post_result(world.session, Actor("shell", trusted=True), owner, draft)
    return Match(1, Kind.RESULT, result.id, "", title, owner, "", score, (), (), ("残碱",), (), ())


@ON_BOTH
def test_labs_are_invited_for_their_best_public_result_that_likely_helps(world: World) -> None:
    challenge = world.published()
    found = [
        registered(world, world.lab, "干法包覆", 0.6),
        registered(world, world.lab, "水洗", 0.8),
        registered(world, world.other_lab, "远", 0.3),
        registered(world, world.other_lab, "机密", 0.95, disclosure="consent"),
        registered(world, world.company, "自家的", 0.9),
    ]
    made = invitations.invite_matching(world.session, world.poster, challenge.id, found, at=BEGIN)
    assert [(one.organisation_id, one.score, one.reason) for one in made] == [
        (world.lab, 0.8, "水洗: in common: 残碱"),
    ]
    assert made[0].result_id == found[1].id
    assert invitations.invite_matching(world.session, world.poster, challenge.id, found, at=BEGIN) == []


def test_matching_asks_no_company_where_labs_answer(world: World) -> None:
    found = [registered(world, world.rival, "公司成果", 0.9), registered(world, world.lab, "实验室成果", 0.6)]
    for mechanism, expected in (("explorer", [world.lab]), ("race", [world.rival, world.lab])):
        challenge = world.opened(mechanism=mechanism)
        made = invitations.invite_matching(world.session, world.poster, challenge.id, found, at=BEGIN)
        assert [one.organisation_id for one in made] == expected
