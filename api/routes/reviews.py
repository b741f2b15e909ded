"""A matchmaker's desk: the queue, what they said, what is due, the board."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Body, Query
from sqlmodel import Session

from api import described
from api import described_reviews as examples
from api import review_presenting as presenting
from api.deps import Asking, AskingDep, IndexDep
from api.routes import items
from api.routes.desk import own_id
from api.schemas.reviews import (
    BoardOut,
    BoardQuery,
    ColumnOut,
    DeskOfPairsOut,
    Draw,
    DueOut,
    MatchmakerOut,
    OwnVerdictsQuery,
    PairOut,
    RefreshedOut,
    ReleasedOut,
    VerdictOut,
)
from api.timed import writing_now
from matcher import access, policy, readings
from matcher.engine import clock
from matcher.policy import Action
from matcher.reviews import board, desks, proposing, queue, verdicts
from matcher.reviews.board import Card
from matcher.sessions import reading
from matcher.states import PairState

router = APIRouter(prefix="/reviews", tags=["pairs"])


@router.post("/draw", responses=described.refusals(403, 404))
def draw_pairs(
    asking: AskingDep,
    sent: Annotated[Draw, Body(openapi_examples=examples.DRAWS)] = Draw(),  # noqa: B008  # never changed
) -> DeskOfPairsOut:
    """Puts the next pairs of the queue before you, best use of your time first, and keeps them from others for a
    while. Those that you have not decided on come again."""
    with writing_now(asking.home.engine) as (session, at):
        found = queue.draw(session, asking.actor, own_id(asking), at=at, count=sent.count)
        return presenting.desk(session, asking.actor, found)


@router.post("/release", responses=described.refusals(403, 404))
def release_pairs(asking: AskingDep) -> ReleasedOut:
    """Gives back what you have drawn and not decided on."""
    with writing_now(asking.home.engine) as (session, _):
        return ReleasedOut(released=queue.release(session, asking.actor, own_id(asking)))


@router.post("/refresh", responses=described.refusals(403))
def refresh_queue(asking: AskingDep, index: IndexDep) -> RefreshedOut:
    """Ranks some of the needs that changed, or that results changed for. It is done by itself, a little later."""
    policy.require(asking.actor, Action.REFRESH_PAIRS)
    ranked = proposing.step(asking.home.engine, index)
    with reading(asking.home.engine) as session:
        return RefreshedOut(ranked=ranked, behind=proposing.behind(session, index))


@router.get("/verdicts", responses=described.refusals(403, 404))
def list_own_verdicts(query: Annotated[OwnVerdictsQuery, Query()], asking: AskingDep) -> list[VerdictOut]:
    """What you said last and have not taken back, the newest first."""
    with reading(asking.home.engine) as session:
        return presenting.verdicts(session, verdicts.own(session, asking.actor, own_id(asking), limit=query.limit))


@router.get("/due", responses=described.refusals(403, 404))
def list_due_pairs(asking: AskingDep) -> list[DueOut]:
    """What is due at your desk today: answers that came, what waits for long, what you drew, what comes back."""
    with reading(asking.home.engine) as session:
        found = board.today(session, asking.actor, own_id(asking), at=clock.of_database(session))
        shown = presenting.due(session, asking.actor, found)
        seen = seen_in(session, asking, [one.card for one in found])
    items.keep(asking, seen)
    return shown


@router.get("/board", responses=described.refusals(403))
def read_board(query: Annotated[BoardQuery, Query()], asking: AskingDep) -> BoardOut:
    """Pairs by state, with what waits on whom and since when."""
    wanted = list(PairState) if query.state is None else [query.state]
    with reading(asking.home.engine) as session:
        counts = board.counts(session, asking.actor, follower_id=query.follower)
        found = {
            state: board.cards(
                session, asking.actor, state, follower_id=query.follower, before=query.before, limit=query.limit
            )
            for state in wanted
        }
        columns = [
            ColumnOut(state=state, count=counts[state], cards=presenting.cards(session, asking.actor, cards))
            for state, cards in found.items()
        ]
        seen = seen_in(session, asking, [card for cards in found.values() for card in cards])
    items.keep(asking, seen)
    return BoardOut(columns=columns)


@router.get("/matchmakers", responses=described.refusals(403))
def list_matchmakers(asking: AskingDep) -> list[MatchmakerOut]:
    """Those to whom a pair can be handed over, with how many wait on each."""
    with reading(asking.home.engine) as session:
        found = desks.colleagues(session, asking.actor)
        return [MatchmakerOut(id=person.id, name=person.name, following=count) for person, count in found]


def seen_in(session: Session, asking: Asking, cards: Sequence[Card]) -> list[readings.Reading]:
    """That what is not public of these pairs was shown."""
    shown = [item for card in cards for item in (card.need, card.result)]
    return readings.worth_keeping(access.viewer(session, asking.actor), shown, "review")


def shown_card(asking: Asking, session: Session, card: Card) -> PairOut:
    """In a transaction that writes: that it was shown is kept with it."""
    readings.keep(session, seen_in(session, asking, [card]))
    return presenting.card(session, asking.actor, card)
