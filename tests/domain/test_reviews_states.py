"""Every state of a pair and every move, by the table and through the verbs."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest
from reviews_support import DAY, NOON, Scene, id_of, matchmaker, member
from sqlalchemy import Engine

from matcher.actors import Actor
from matcher.entities import Judgement, Kind, Pair
from matcher.errors import Forbidden, NotAllowed
from matcher.reviews import following, introductions, verdicts
from matcher.reviews.following import ContractedDraft, EndDraft
from matcher.reviews.introductions import Asking, Assent, Declining
from matcher.reviews.verdicts import VerdictDraft
from matcher.sessions import writing
from matcher.states import INTRODUCTION_MOVES, PAIR_MOVES, IntroductionState, PairState, advance

P, T, A, I, K, C, E = PairState  # noqa: E741  # in order

ALLOWED = {
    (P, "take_further"): T, (P, "refuse"): E,
    (T, "put_back"): P, (T, "ask"): A, (T, "end"): E,
    (A, "ask_no_more"): T, (A, "introduce"): I, (A, "decline"): E, (A, "end"): E,
    (I, "talk"): K, (I, "contract"): C, (I, "end"): E,
    (K, "contract"): C, (K, "end"): E,
    (E, "put_back"): P, (E, "reopen"): T,
}  # fmt: skip


@pytest.mark.parametrize(("state", "move"), list(itertools.product(PairState, PAIR_MOVES)))
def test_only_the_moves_in_the_table_happen(state: PairState, move: str) -> None:
    target = ALLOWED.get((state, move))
    if target is None:
        with pytest.raises(NotAllowed, match=f"Cannot {move} what is {state}"):
            advance(state, move, PAIR_MOVES)
    else:
        assert advance(state, move, PAIR_MOVES) is target


def test_every_state_is_reached_and_only_a_contract_is_the_end() -> None:
    assert {target for _, target in PAIR_MOVES.values()} == set(PairState)
    leads_on = {state for sources, _ in PAIR_MOVES.values() for state in sources}
    assert set(PairState) - leads_on == {PairState.CONTRACTED}


@pytest.mark.parametrize(
    ("state", "move", "target"),
    [
        (IntroductionState.ASKED, "accept", IntroductionState.ACCEPTED),
        (IntroductionState.ASKED, "decline", IntroductionState.DECLINED),
        (IntroductionState.ASKED, "take_back", IntroductionState.TAKEN_BACK),
        (IntroductionState.ACCEPTED, "take_back", IntroductionState.TAKEN_BACK),
        (IntroductionState.ACCEPTED, "decline", None),
        (IntroductionState.DECLINED, "accept", None),
        (IntroductionState.TAKEN_BACK, "accept", None),
    ],
)
def test_an_answer_stands(state: IntroductionState, move: str, target: IntroductionState | None) -> None:
    if target is None:
        with pytest.raises(NotAllowed):
            advance(state, move, INTRODUCTION_MOVES)
    else:
        assert advance(state, move, INTRODUCTION_MOVES) is target


Verb = Callable[[Scene, Actor, Pair], object]
LATER = NOON + DAY


def _decide(judgement: Judgement, reason: str = "") -> Verb:
    draft = VerdictDraft(judgement=judgement, reason=reason)
    return lambda scene, actor, pair: verdicts.decide(scene.session, actor, id_of(actor), pair.id, draft, at=LATER)


def _answer(scene: Scene, pair: Pair, accepts: bool) -> None:
    """The result's side, after the need's has accepted."""
    for side in Kind:
        one = introductions.of_side(scene.session, pair, side)
        if one is None:
            raise NotAllowed("Nobody was asked.")
        person = member(scene.session, one.organisation_id)
        if accepts or side is Kind.NEED:
            introductions.accept(scene.session, person, one.id, Assent(), at=LATER)
        else:
            introductions.decline(scene.session, person, one.id, Declining(reason="busy"), at=LATER)


VERBS: dict[str, Verb] = {
    "take_further": _decide(Judgement.TAKE_FURTHER),
    "refuse": _decide(Judgement.NO, "too_early"),
    "put_back": lambda s, a, p: verdicts.undo(s.session, a, id_of(a), p.id, at=LATER),
    "ask": lambda s, a, p: introductions.ask(s.session, a, p.id, Asking(), at=LATER),
    "ask_no_more": lambda s, a, p: introductions.ask_no_more(s.session, a, p.id, at=LATER),
    "introduce": lambda s, a, p: _answer(s, p, True),
    "decline": lambda s, a, p: _answer(s, p, False),
    "talk": lambda s, a, p: following.talk(s.session, a, p.id, at=LATER),
    "contract": lambda s, a, p: following.contract(s.session, a, p.id, ContractedDraft(), at=LATER),
    "end": lambda s, a, p: following.end(s.session, a, p.id, EndDraft(reason="no_terms"), at=LATER),
    "reopen": lambda s, a, p: following.reopen(s.session, a, id_of(a), p.id, at=LATER),
}
"""The verb that makes each move."""
FOLLOWERS = {"ask", "ask_no_more", "talk", "contract", "end"}
"""What only the matchmaker does who follows the pair."""
FOLLOWED_SINCE = {(E, "put_back")}
"""What ended after it was taken further is not undone; a declining at the first look is (test_reviews_verdicts)."""


@pytest.fixture
def scene(engine: Engine) -> Iterator[Scene]:
    with writing(engine) as session:
        yield Scene(session)


def test_every_move_has_its_verb() -> None:
    assert VERBS.keys() == PAIR_MOVES.keys()


@pytest.mark.parametrize("state", PairState)
def test_verbs_make_the_moves_of_the_table_and_no_others_each_with_its_event(scene: Scene, state: PairState) -> None:
    actor = matchmaker(scene.session)
    for move, verb in VERBS.items():
        pair = scene.come_to(actor, state)
        before = scene.history(pair)
        target = ALLOWED.get((state, move)) if (state, move) not in FOLLOWED_SINCE else None
        if target is None:
            with scene.session.begin_nested() as attempt:
                with pytest.raises(Forbidden if state is PairState.PROPOSED and move in FOLLOWERS else NotAllowed):
                    verb(scene, actor, pair)
                attempt.rollback()
            scene.session.refresh(pair)
            assert (pair.state, scene.history(pair)) == (state, before), move
        else:
            verb(scene, actor, pair)
            assert (pair.state, pair.since) == (target, LATER), move
            added = scene.history(pair)[len(before) :]
            assert [event for event in added if event.startswith("pair.")] == [f"pair.{move}"]
