"""Two things done to answers at the same moment end as one of the two orders, on every database."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from answers_support import DEADLINE, SECRETS, Stage, complete
from databases import ON_BOTH
from sqlalchemy import Engine
from sqlmodel import Session, select

from matcher import events
from matcher.actors import Actor
from matcher.answers import drafting, handing_in, opening, reading
from matcher.entities import Answer, AnswerText, Challenge
from matcher.errors import JiebangError
from matcher.record import verification
from matcher.sessions import writing
from matcher.states import AnswerState, ChallengeState

pytestmark = ON_BOTH

LAST = DEADLINE - timedelta(seconds=1)


def at_once(engine: Engine, *changes: Callable[[Session], object]) -> list[str]:
    """What becomes of each: "done", or the kind of its refusal. All wait for the record before any is let go."""

    def run(change: Callable[[Session], object]) -> str:
        try:
            with writing(engine) as session:
                change(session)
        except JiebangError as refused:
            return type(refused).__name__
        return "done"

    with ThreadPoolExecutor(len(changes)) as pool:
        with writing(engine) as session:
            events.lock(session)
            running = [pool.submit(run, change) for change in changes]
            time.sleep(0.3)
        return [future.result(30) for future in running]


def test_two_hand_ins_of_the_last_second_make_one(engine: Engine) -> None:
    with writing(engine) as session:
        stage = Stage(session)
        id = stage.answer(stage.publish())
        lead = stage.lead

    def hand_in(session: Session) -> object:
        return handing_in.hand_in(session, SECRETS, lead, id, at=LAST)

    assert sorted(at_once(engine, hand_in, hand_in)) == ["NotAllowed", "done"]
    with Session(engine) as session:
        answer = session.get_one(Answer, id)
        assert (answer.state, answer.handed_in_at) == (AnswerState.HANDED_IN, LAST)
        actions = [one.action for one in events.of_thing(session, f"challenge:{answer.challenge_id}")]
        assert actions.count("answer.handed_in") == 1
        assert verification.verify(session).intact


def test_of_two_organisations_that_start_at_once_each_has_a_number_of_its_own(engine: Engine) -> None:
    with writing(engine) as session:
        stage = Stage(session)
        challenge_id, actors = stage.publish().id, (stage.lead, stage.rival)

    def starting(actor: Actor) -> Callable[[Session], object]:
        return lambda session: drafting.start(session, SECRETS, actor, challenge_id, at=LAST)

    assert at_once(engine, starting(actors[0]), starting(actors[0]), starting(actors[1])).count("done") == 2
    with Session(engine) as session:
        assert sorted(session.exec(select(Answer.number))) == [1, 2]


def test_a_close_against_a_hand_in_of_the_last_second_is_one_of_the_two_orders(engine: Engine) -> None:
    """The hand-in was in time by the clock it was given; whichever is let in first, what is left is whole."""
    with writing(engine) as session:
        stage = Stage(session)
        challenge_id = stage.publish().id
        id = stage.answer(session.get_one(Challenge, challenge_id))
        lead, setter = stage.lead, stage.setter

    handed, closed = at_once(
        engine,
        lambda session: handing_in.hand_in(session, SECRETS, lead, id, at=LAST),
        lambda session: opening.close(session, setter, challenge_id, at=DEADLINE),
    )
    assert closed == "done"
    with Session(engine) as session:
        answer = session.get_one(Answer, id)
        keys = [text.own_key is None for text in session.exec(select(AnswerText))]
        if handed == "done":
            assert (answer.state, keys) == (AnswerState.HANDED_IN, [True, True])
        else:
            assert (handed, answer.state, keys) == ("NotAllowed", AnswerState.LAPSED, [False, False])
        assert session.get_one(Challenge, challenge_id).state is ChallengeState.SEALED


def test_two_openings_make_one(engine: Engine) -> None:
    with writing(engine) as session:
        stage = Stage(session)
        challenge = stage.publish()
        id, challenge_id = stage.handed_in(challenge), challenge.id
        opening.close(session, stage.setter, challenge_id, at=DEADLINE)
        setter = stage.setter

    def open_it(session: Session) -> object:
        return opening.open_round(session, SECRETS, setter, challenge_id, at=DEADLINE)

    assert sorted(at_once(engine, open_it, open_it)) == ["NotAllowed", "done"]
    with Session(engine) as session:
        assert reading.text(session, SECRETS, setter, id)[1].draft == complete()
        assert session.get_one(Answer, id).updated_at == DEADLINE
