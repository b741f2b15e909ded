"""Every role × every action × every state and tier against tables that are read, not computed."""

from __future__ import annotations

import itertools

import pytest
from challenge_policy_tables import ANSWER_ACTIONS, ANSWER_ACTORS, CHALLENGE_ACTIONS, CHALLENGE_ACTORS
from policy_tables import (
    ACTORS,
    CONSENT_ACTIONS,
    HOME,
    ITEM_ACTIONS,
    ORGANISATION_ACTIONS,
    OTHER,
    PAIR_ACTIONS,
    PERSON_ACTIONS,
    PLATFORM_ACTIONS,
    actions,
    column,
    expected_view,
)

from matcher import policy
from matcher.actors import ANONYMOUS
from matcher.drafts import Disclosure
from matcher.entities import Kind, PlatformRole
from matcher.errors import Forbidden, NotFound, Unauthenticated
from matcher.policy import PLATFORM, Action, ConsentThing, Decision, ItemThing, PairThing, Thing
from matcher.states import ItemState

ACTORS_AND_NAMES = pytest.mark.parametrize("who", ACTORS)
STATES_AND_TIERS = list(itertools.product(ItemState, Disclosure))


def sign(decision: Decision) -> str:
    if decision.allowed:
        return "Y"
    assert decision.reason, "a refusal carries its reason"
    return "." if decision.hidden else "n"


def item(who: str, kind: Kind, state: ItemState, tier: Disclosure) -> ItemThing:
    return ItemThing(str(kind), "1", HOME, kind=kind, state=state, tier=tier, consented=who == OTHER)


def test_the_tables_leave_no_action_out() -> None:
    told = [ITEM_ACTIONS, ORGANISATION_ACTIONS, CONSENT_ACTIONS, PLATFORM_ACTIONS, PERSON_ACTIONS, PAIR_ACTIONS]
    of_challenges = [actions(CHALLENGE_ACTIONS, CHALLENGE_ACTORS), actions(ANSWER_ACTIONS, ANSWER_ACTORS)]
    named = set().union(*(actions(text) for text in told), *of_challenges, {Action.MOVE_CHALLENGE})
    assert named == set(Action)


@ACTORS_AND_NAMES
@pytest.mark.parametrize("kind", Kind)
def test_items(who: str, kind: Kind) -> None:
    found = {
        action: {place: sign(policy.can(ACTORS[who], action, item(who, kind, *place))) for place in STATES_AND_TIERS}
        for action in actions(ITEM_ACTIONS)
    }
    assert found == {
        action: {place: cells[who][column(*place)] for place in STATES_AND_TIERS}
        for action, cells in actions(ITEM_ACTIONS).items()
    }


@ACTORS_AND_NAMES
@pytest.mark.parametrize("kind", Kind)
def test_how_much_of_an_item_is_shown(who: str, kind: Kind) -> None:
    found = {place: policy.view(ACTORS[who], item(who, kind, *place)) for place in STATES_AND_TIERS}
    assert found == {place: expected_view(who, *place) for place in STATES_AND_TIERS}


@ACTORS_AND_NAMES
@pytest.mark.parametrize(
    ("text", "thing"),
    [
        (ORGANISATION_ACTIONS, Thing("organisation", HOME, owner=HOME)),
        (CONSENT_ACTIONS, ConsentThing("consent", "1", owner=HOME, asking=OTHER)),
        (PLATFORM_ACTIONS, PLATFORM),
    ],
)
def test_other_things(who: str, text: str, thing: Thing) -> None:
    found = {action: sign(policy.can(ACTORS[who], action, thing)) for action in actions(text)}
    assert found == {action: cells[who] for action, cells in actions(text).items()}


@ACTORS_AND_NAMES
def test_people(who: str) -> None:
    actor = ACTORS[who]
    things = [Thing("person", "own", person=actor.person_id or "nobody"), Thing("person", "else", person="else")]
    found = {
        action: "".join(sign(policy.can(actor, action, thing)) for thing in things)
        for action in actions(PERSON_ACTIONS)
    }
    assert found == {action: cells[who] for action, cells in actions(PERSON_ACTIONS).items()}


@ACTORS_AND_NAMES
def test_pairs(who: str) -> None:
    things = [
        PairThing("pair", "1", owner=HOME),
        PairThing("pair", "1", owner=HOME, person=ACTORS["match"].person_id, asked=frozenset({HOME, OTHER})),
    ]
    found = {
        action: "".join(sign(policy.can(ACTORS[who], action, thing)) for thing in things)
        for action in actions(PAIR_ACTIONS)
    }
    assert found == {action: cells[who] for action, cells in actions(PAIR_ACTIONS).items()}


def test_a_token_is_not_its_person_where_the_account_is_changed() -> None:
    roles = frozenset({PlatformRole.MATCHMAKER})
    token = policy.Actor("person:mei", platform_roles=roles, person_id="mei", token_id="t")
    account = Thing("person", "mei", person="mei")
    refused = [action for action in actions(PERSON_ACTIONS) if sign(policy.can(token, action, account)) != "Y"]
    assert refused == [Action.OWN_ACCOUNT, Action.ERASE_PERSON]


def test_what_is_hidden_is_not_found_and_what_is_refused_says_why() -> None:
    hidden = item("anonymous", Kind.NEED, ItemState.OPEN, Disclosure.CONSENT)
    with pytest.raises(NotFound, match="^No need '1'.$"):
        policy.require(ANONYMOUS, Action.READ_ITEM, hidden)
    with pytest.raises(Unauthenticated, match="^Sign in first.$"):
        policy.require(ANONYMOUS, Action.ADMIT_ORGANISATION)
    with pytest.raises(Forbidden, match="^Operators admit organisations.$"):
        policy.require(ACTORS["third"], Action.ADMIT_ORGANISATION)
    with pytest.raises(Forbidden, match="^This token may only read.$"):
        policy.require(ACTORS["token"], Action.POST_NEED, Thing("organisation", HOME, owner=HOME))
