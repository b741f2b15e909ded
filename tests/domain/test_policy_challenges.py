"""Every role × every action × every stage of a challenge and of an answer, against tables that are read."""

from __future__ import annotations

import pytest
from challenge_policy_tables import (
    ANSWER_ACTIONS,
    ANSWER_ACTORS,
    CHALLENGE_ACTIONS,
    CHALLENGE_ACTORS,
    FUNDER,
    INVESTOR,
    LEAD,
    MOVE_CHALLENGE,
    PARTNER,
)
from policy_tables import HOME, OTHER, actions, table

from matcher import policy
from matcher.actors import Actor
from matcher.mechanisms import By
from matcher.policy import Action, AnswerThing, ChallengeThing, Thing


def stages(*movers: By) -> list[ChallengeThing]:
    """A draft, one that is published, and one that is published to those invited alone."""

    def challenge(published: bool, invited: frozenset[str] | None = None) -> ChallengeThing:
        return ChallengeThing(
            "challenge",
            "1",
            HOME,
            published=published,
            private=invited is not None,
            invited=invited or frozenset(),
            funder=FUNDER,
            movers=frozenset(movers),
        )

    return [challenge(False), challenge(True), challenge(True, frozenset({OTHER}))]


def answer(opened: bool) -> AnswerThing:
    return AnswerThing(
        "answer",
        "1",
        LEAD,
        setter=HOME,
        partners=frozenset({PARTNER}),
        opened=opened,
        funder=FUNDER,
        investors=frozenset({INVESTOR}),
    )


def signs(actor: Actor, action: Action, *things: Thing) -> str:
    """A letter for each thing, as the tables have them; a refusal that may be known of carries its reason."""
    found = [policy.can(actor, action, thing) for thing in things]
    assert all(decision.allowed or decision.reason for decision in found)
    return "".join("Y" if one.allowed else "." if one.hidden else "n" for one in found)


@pytest.mark.parametrize("who", CHALLENGE_ACTORS)
def test_challenges(who: str) -> None:
    told = actions(CHALLENGE_ACTIONS, CHALLENGE_ACTORS)
    found = {action: signs(CHALLENGE_ACTORS[who], action, *stages()) for action in told}
    assert found == {action: cells[who] for action, cells in told.items()}


@pytest.mark.parametrize("who", CHALLENGE_ACTORS)
def test_moves_are_made_by_whom_the_mechanism_names(who: str) -> None:
    told = table(MOVE_CHALLENGE, CHALLENGE_ACTORS)
    found = {by: signs(CHALLENGE_ACTORS[who], Action.MOVE_CHALLENGE, *stages(By(by))) for by in told}
    assert set(told) == set(By)
    assert found == {by: cells[who] for by, cells in told.items()}


@pytest.mark.parametrize("who", sorted(set(CHALLENGE_ACTORS) - {"shell"}))
def test_a_move_that_the_mechanism_does_not_know_is_nobody_s(who: str) -> None:
    assert "Y" not in signs(CHALLENGE_ACTORS[who], Action.MOVE_CHALLENGE, *stages())


@pytest.mark.parametrize("who", ANSWER_ACTORS)
def test_answers(who: str) -> None:
    told = actions(ANSWER_ACTIONS, ANSWER_ACTORS)
    found = {action: signs(ANSWER_ACTORS[who], action, answer(False), answer(True)) for action in told}
    assert found == {action: cells[who] for action, cells in told.items()}


@pytest.mark.parametrize("action", [*actions(CHALLENGE_ACTIONS, CHALLENGE_ACTORS), Action.MOVE_CHALLENGE])
def test_what_is_done_to_a_challenge_is_done_to_nothing_else(action: Action) -> None:
    """A thing of another kind by mistake opens nothing, not even to its owner."""
    assert signs(CHALLENGE_ACTORS["manager"], action, Thing("organisation", HOME, owner=HOME)) == "."
