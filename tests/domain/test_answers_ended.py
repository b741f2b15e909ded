"""What becomes of answers whose challenge is called off, or ends without an award."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from answers_support import DEADLINE, NOON, SECRETS, Stage
from sqlalchemy import Engine
from sqlmodel import Session

from matcher import events
from matcher.answers import drafting, opening, reading
from matcher.challenges import amendments
from matcher.entities import Answer, Challenge
from matcher.errors import NotAllowed, NotFound
from matcher.states import AnswerState, ChallengeState

End = Callable[..., Challenge]
EVERY_END = pytest.mark.parametrize("end", [amendments.cancel, amendments.no_award])


@pytest.fixture
def stage(engine: Engine) -> Iterator[Stage]:
    with Session(engine) as opened:
        yield Stage(opened)


def state(stage: Stage, id: str) -> AnswerState:
    return stage.session.get_one(Answer, id).state


def test_what_is_not_closed_yet_is_never_judged(stage: Stage) -> None:
    challenge = stage.publish()
    draft, sent = stage.answer(challenge), stage.handed_in(challenge, stage.rival)
    amendments.cancel(stage.session, stage.setter, challenge.id, reason="改期", at=NOON)
    assert (state(stage, draft), state(stage, sent)) == (AnswerState.UNJUDGED, AnswerState.UNJUDGED)
    told = [one for one in events.of_thing(stage.session, f"challenge:{challenge.id}") if one.action == "answer.ended"]
    assert [one.detail for one in told] == [{"answer": id, "state": "unjudged"} for id in (draft, sent)]
    with pytest.raises(NotAllowed):
        drafting.withdraw(stage.session, stage.rival, sent, at=NOON)


@EVERY_END
def test_what_was_not_opened_stays_sealed_for_good(stage: Stage, end: End) -> None:
    challenge = stage.publish()
    id = stage.handed_in(challenge)
    opening.close(stage.session, stage.setter, challenge.id, at=DEADLINE)
    end(stage.session, stage.setter, challenge.id, reason="改期", at=DEADLINE)
    assert state(stage, id) is AnswerState.UNJUDGED
    for other in (stage.setter, stage.operator, stage.rival):
        with pytest.raises(NotFound):
            reading.text(stage.session, SECRETS, other, id)
    with pytest.raises(NotAllowed, match="sealed until the round is opened"):
        reading.text(stage.session, SECRETS, stage.lead, id)
    with pytest.raises(NotAllowed):
        opening.open_round(stage.session, SECRETS, stage.setter, challenge.id, at=DEADLINE)


@EVERY_END
def test_what_was_opened_is_rejected_and_stays_readable(stage: Stage, end: End) -> None:
    challenge = stage.publish()
    id = stage.handed_in(challenge)
    opening.close(stage.session, stage.setter, challenge.id, at=DEADLINE)
    opening.open_round(stage.session, SECRETS, stage.setter, challenge.id, at=DEADLINE)
    end(stage.session, stage.setter, challenge.id, reason="无人达标", at=DEADLINE)
    assert state(stage, id) is AnswerState.REJECTED
    assert reading.text(stage.session, SECRETS, stage.setter, id)[1].draft.title == "干法包覆"


def test_where_nothing_is_sealed_the_setter_has_read_it_already(stage: Stage) -> None:
    challenge = stage.publish("directed_commission")
    stage.invite(challenge, "lead")
    id = stage.handed_in(challenge)
    amendments.cancel(stage.session, stage.setter, challenge.id, reason="改期", at=NOON)
    assert state(stage, id) is AnswerState.UNJUDGED
    assert reading.text(stage.session, SECRETS, stage.setter, id)[1].draft.title == "干法包覆"


def test_who_withdrew_stays_so(stage: Stage) -> None:
    challenge = stage.publish()
    id = stage.handed_in(challenge)
    drafting.withdraw(stage.session, stage.lead, id, at=NOON)
    amendments.cancel(stage.session, stage.setter, challenge.id, reason="改期", at=NOON)
    assert state(stage, id) is AnswerState.WITHDRAWN
    assert stage.session.get_one(Challenge, challenge.id).state is ChallengeState.CANCELLED
