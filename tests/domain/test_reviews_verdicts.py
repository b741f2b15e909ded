"""What a matchmaker says of a pair, what follows from it, and taking it back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pydantic import ValidationError
from reviews_support import DAY, NOON, Scene, id_of, matchmaker, member
from sqlalchemy import Engine
from sqlmodel import select

from matcher.accounts import members
from matcher.actors import COMMAND_LINE
from matcher.entities import Judgement, Kind, PairVerdict, Role
from matcher.errors import Conflict, Forbidden, Invalid, NotAllowed, NotFound
from matcher.reviews import following, introductions, reasons, verdicts
from matcher.reviews.following import EndDraft
from matcher.reviews.reasons import REASONS, Use
from matcher.reviews.verdicts import VerdictDraft
from matcher.sessions import writing
from matcher.states import PairState


@pytest.fixture
def scene(engine: Engine) -> Iterator[Scene]:
    with writing(engine) as session:
        yield Scene(session)


@pytest.mark.parametrize(
    ("judgement", "reason", "state", "event"),
    [
        (Judgement.TAKE_FURTHER, "", PairState.TAKEN, "pair.take_further"),
        (Judgement.NO, "too_early", PairState.ENDED, "pair.refuse"),
        (Judgement.NOT_NOW, "", PairState.PROPOSED, "pair.not_now"),
        (Judgement.UNSURE, "", PairState.PROPOSED, "pair.unsure"),
    ],
)
def test_each_verdict_and_taking_it_back(
    scene: Scene, judgement: Judgement, reason: str, state: PairState, event: str
) -> None:
    pair, actor = scene.pair(), matchmaker(scene.session)
    scene.decide(actor, pair, judgement, reason)
    follower = id_of(actor) if judgement is Judgement.TAKE_FURTHER else None
    assert (pair.state, pair.ended_for, pair.follower_id, pair.reserved_by) == (state, reason, follower, None)
    scene.at += DAY
    undone = verdicts.undo(scene.session, actor, id_of(actor), pair.id, at=scene.at)
    assert (undone.judgement, undone.undone_at) == (judgement, scene.at)
    assert (pair.state, pair.ended_for, pair.follower_id, pair.not_before) == (PairState.PROPOSED, "", None, None)
    assert scene.drawn(actor) == [pair.id]
    undo = "pair.put_back" if state is not PairState.PROPOSED else "pair.undo"
    assert scene.history(pair) == [event, undo]


def test_a_verdict_keeps_what_was_before_the_matchmaker(scene: Scene) -> None:
    better, pair, actor = scene.pair(0.8), scene.pair(0.4321), matchmaker(scene.session)
    assert scene.drawn(actor) == [better.id, pair.id]
    scene.decide(actor, pair, Judgement.NO, "other_problem", note="另一类轴承")
    kept = scene.session.exec(select(PairVerdict)).one()
    assert (kept.position, kept.score, kept.rank, kept.ranked_by) == (2, 0.4321, 1, "hybrid-test")
    assert (kept.evidence, kept.reason, kept.note) == ({"meaning": 0.4321}, "other_problem", "另一类轴承")
    assert verdicts.for_learning(scene.session, COMMAND_LINE) == [kept]


def test_one_that_was_not_drawn_stood_nowhere(scene: Scene) -> None:
    pair = scene.pair()
    scene.decide(matchmaker(scene.session), pair, Judgement.UNSURE)
    assert scene.session.exec(select(PairVerdict.position)).one() is None


@pytest.mark.parametrize(
    "said",
    [
        {"judgement": "no"},
        {"judgement": "take_further", "reason": "too_early"},
        {"judgement": "unsure", "reason": "other"},
        {"judgement": "no", "reason": "too_early", "until": "2027-04-01T00:00:00Z"},
        {"judgement": "maybe"},
    ],
)
def test_a_verdict_says_what_belongs_to_it(said: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        VerdictDraft.model_validate(said)


@pytest.mark.parametrize(
    ("judgement", "reason", "note", "refused"),
    [
        (Judgement.NO, "nonsense", "", "one of other_problem, .* is expected, not 'nonsense'"),
        (Judgement.NO, "waiting", "", "one of .* is expected, not 'waiting'"),
        (Judgement.NOT_NOW, "too_far", "", "one of .* is expected, not 'too_far'"),
        (Judgement.NO, "other", " ", "say which reason it is"),
        (Judgement.NO, "other", "客户已停产", ""),
        (Judgement.NOT_NOW, "waiting", "", ""),
    ],
)
def test_reasons_are_given_where_they_belong(
    scene: Scene, judgement: Judgement, reason: str, note: str, refused: str
) -> None:
    pair, actor = scene.pair(), matchmaker(scene.session)
    if refused:
        with pytest.raises(Invalid, match=refused):
            scene.decide(actor, pair, judgement, reason, note=note)
        assert pair.state is PairState.PROPOSED
    else:
        scene.decide(actor, pair, judgement, reason, note=note)


def test_not_now_until_a_day_that_has_passed_is_refused(scene: Scene) -> None:
    with pytest.raises(Invalid, match="lies in the past"):
        scene.decide(matchmaker(scene.session), scene.pair(), Judgement.NOT_NOW, until=NOON)


def test_what_another_is_looking_at_is_left_to_them_for_a_while(scene: Scene) -> None:
    pair, one, other = scene.pair(), matchmaker(scene.session), matchmaker(scene.session)
    scene.drawn(one)
    with pytest.raises(Conflict, match="Another matchmaker is looking at it"):
        scene.decide(other, pair, Judgement.UNSURE)
    scene.at += DAY
    scene.decide(other, pair, Judgement.UNSURE)


def test_what_is_decided_is_decided(scene: Scene) -> None:
    pair = scene.taken(matchmaker(scene.session))
    with pytest.raises(NotAllowed, match="This pair is taken"):
        scene.decide(matchmaker(scene.session), pair, Judgement.NO, "too_early")


def test_who_has_no_room_may_still_refuse(scene: Scene) -> None:
    actor = matchmaker(scene.session, workload=1)
    scene.taken(actor)
    with pytest.raises(NotAllowed, match=r"As many pairs wait on them as may \(1\)"):
        scene.decide(actor, scene.pair(), Judgement.TAKE_FURTHER)
    scene.decide(actor, scene.pair(), Judgement.NO, "too_early")


def test_nobody_decides_on_pairs_of_their_own_organisation(scene: Scene) -> None:
    actor = matchmaker(scene.session)
    members.set_roles(scene.session, COMMAND_LINE, scene.company, id_of(actor), [Role.POSTER])
    with pytest.raises(Forbidden, match="belongs to one of the two sides"):
        scene.decide(actor, scene.pair(), Judgement.TAKE_FURTHER)


def test_a_pair_is_unknown_to_its_sides_while_they_were_not_asked(scene: Scene) -> None:
    pair, manager = scene.taken(matchmaker(scene.session)), member(scene.session, scene.company)
    with pytest.raises(NotFound, match="No pair"):
        scene.decide(manager, pair, Judgement.UNSURE)


def test_taking_further_is_taken_back_until_the_sides_were_asked(scene: Scene) -> None:
    actor = matchmaker(scene.session)
    pair = scene.asked(actor)
    with pytest.raises(NotAllowed, match="Something has followed"):
        verdicts.undo(scene.session, actor, id_of(actor), pair.id, at=NOON + DAY)
    introductions.ask_no_more(scene.session, actor, pair.id, at=NOON + DAY)
    with pytest.raises(NotAllowed, match="Something has followed"):
        verdicts.undo(scene.session, actor, id_of(actor), pair.id, at=NOON + 2 * DAY)


def test_nor_once_it_was_handed_over(scene: Scene) -> None:
    one, other = matchmaker(scene.session), matchmaker(scene.session)
    pair = scene.taken(one)
    following.hand_over(scene.session, one, pair.id, id_of(other), at=NOON)
    with pytest.raises(NotAllowed, match="Something has followed"):
        verdicts.undo(scene.session, one, id_of(one), pair.id, at=NOON)


def test_nor_a_refusal_once_it_was_reopened_and_ended_for_another_reason(scene: Scene) -> None:
    pair, actor = scene.pair(), matchmaker(scene.session)
    scene.decide(actor, pair, Judgement.NO, "too_early")
    following.reopen(scene.session, actor, id_of(actor), pair.id, at=NOON + DAY)
    following.end(scene.session, actor, pair.id, EndDraft(reason="no_answer"), at=NOON + 2 * DAY)
    with pytest.raises(NotAllowed, match="Something has followed"):
        verdicts.undo(scene.session, actor, id_of(actor), pair.id, at=NOON + 3 * DAY)


def test_one_takes_back_only_what_one_has_said_oneself(scene: Scene) -> None:
    pair, one, other = scene.pair(), matchmaker(scene.session), matchmaker(scene.session)
    scene.decide(one, pair, Judgement.UNSURE)
    with pytest.raises(NotAllowed, match="You have said nothing of this pair"):
        verdicts.undo(scene.session, other, id_of(other), pair.id, at=NOON)
    scene.decide(other, pair, Judgement.TAKE_FURTHER)
    with pytest.raises(NotAllowed, match="Another has decided on it since"):
        verdicts.undo(scene.session, one, id_of(one), pair.id, at=NOON)


def test_what_was_said_is_listed_for_matchmakers_and_for_oneself(scene: Scene) -> None:
    pair, one, other = scene.pair(), matchmaker(scene.session), matchmaker(scene.session)
    scene.decide(one, pair, Judgement.UNSURE)
    scene.decide(other, pair, Judgement.NO, "known")
    told = verdicts.of_pair(scene.session, other, pair.id)
    assert [(verdict.person_id, verdict.judgement) for verdict in told] == [
        (id_of(one), Judgement.UNSURE),
        (id_of(other), Judgement.NO),
    ]
    assert [verdict.reason for verdict in verdicts.own(scene.session, other, id_of(other))] == ["known"]


# -- the table of reasons -------------------------------------------------------------------------


@pytest.mark.parametrize("use", Use)
def test_every_use_has_reasons_and_a_way_out_but_not_for_none(use: Use) -> None:
    codes = reasons.of_use(use)
    assert len(codes) >= 5
    assert list(codes)[-1] == "other"


@pytest.mark.parametrize("code", REASONS)
def test_every_reason_reads_in_both_languages(code: str) -> None:
    reason = REASONS[code]
    assert len(code) <= 40
    assert reason.uses
    for zh, en in [(reason.zh, reason.en), *reason.fit.values()]:
        assert any("\u4e00" <= sign <= "\u9fff" for sign in zh)
        assert en.isascii()


def test_what_would_make_it_fit_is_told_once_and_to_the_side_that_can_do_it() -> None:
    codes = ["too_early", "solved", "too_early", "not_shown", "of an older version"]
    assert reasons.fitting(codes, Kind.RESULT) == [
        REASONS["too_early"].fit[Kind.RESULT],
        REASONS["not_shown"].fit[Kind.RESULT],
    ]
    assert reasons.fitting(codes, Kind.NEED) == [REASONS["too_early"].fit[Kind.NEED]]
