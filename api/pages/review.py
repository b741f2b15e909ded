"""The matchmaker's desk: one pair after another, decided by a key, then followed to the contract."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Response

from api.deps import FollowerDep, index
from api.errors import Problem
from api.pages import acting, forms
from api.pages.forms import Form, Sent
from api.pages.languages import marked as _
from api.pages.looking import Looking, LookingDep
from api.routes import codes, pairs, reviews
from api.schemas.matches import MatchOut
from api.schemas.reviews import BoardQuery, Draw, HandOver, OwnVerdictsQuery, PairOut
from matcher.errors import Forbidden, NotFound, Unready
from matcher.reviews.following import ContractedDraft, EndDraft, NoteDraft
from matcher.reviews.introductions import Asking as AskingSides
from matcher.reviews.verdicts import VerdictDraft
from matcher.states import PairState

router = APIRouter(include_in_schema=False)

PAGE = "review/pair.html"
LAST = 5
"""Of one's own verdicts, shown to be taken back."""


@router.get("/review")
def day(looking: LookingDep) -> Response:
    """What is due today, and the way into the queue."""
    due = reviews.list_due_pairs(looking)
    return looking.show(
        "review/day.html", due=due, last=reviews.list_own_verdicts(OwnVerdictsQuery(limit=LAST), looking)
    )


@router.post("/review/next")
def draw(looking: LookingDep) -> Response:
    """The next pair of the queue: it is kept from others for a while."""
    return _next(looking, "")


@router.post("/review/release")
def release(looking: LookingDep) -> Response:
    reviews.release_pairs(looking)
    return looking.go("/review", _("What you had drawn is given back."))


@router.get("/review/board")
def read_board(looking: LookingDep, mine: bool = False) -> Response:
    query = BoardQuery(follower=looking.actor.person_id if mine else None, limit=20)
    return looking.show("review/board.html", board=reviews.read_board(query, looking), mine=mine)


@router.get("/pairs/{id}")
def read_pair(id: str, looking: LookingDep, follower: FollowerDep) -> Response:
    return looking.show(PAGE, form=forms.blank(), **_told(looking, follower, id))


@router.post("/pairs/{id}/verdict")
def judge(id: str, looking: LookingDep, sent: Sent, follower: FollowerDep) -> Response:
    """The button says what is made of it, and why: `no:other_problem`. Then comes the next pair."""
    judgement, _colon, reason = str(sent.get("verdict", "")).partition(":")

    def do() -> Response:
        draft = forms.read(sent, VerdictDraft, looking.zone, judgement=judgement, reason=reason)
        pairs.judge_pair(id, draft, looking)
        return _next(looking, id)

    return _act(looking, follower, id, forms.sent(sent), do)


@router.post("/pairs/{id}/undo")
def undo(id: str, looking: LookingDep) -> Response:
    pairs.undo_verdict(id, looking)
    return looking.go(f"/pairs/{id}", _("Taken back. Decide again."))


@router.post("/pairs/{id}/{move}")
def move(id: str, move: str, looking: LookingDep, sent: Sent, follower: FollowerDep) -> Response:
    """What becomes of a pair that was taken further."""
    form = forms.sent(sent)
    moves: dict[str, Callable[[], object]] = {
        "ask": lambda: pairs.ask_sides(id, forms.read(sent, AskingSides, looking.zone), looking),
        "ask-no-more": lambda: pairs.ask_no_more(id, looking),
        "talk": lambda: pairs.tell_that_they_talk(id, looking),
        "contract": lambda: pairs.tell_of_contract(id, forms.read(sent, ContractedDraft, looking.zone), looking),
        "end": lambda: pairs.end_pair(id, forms.read(sent, EndDraft, looking.zone), looking),
        "reopen": lambda: pairs.reopen_pair(id, looking),
        "hand-over": lambda: pairs.hand_pair_over(id, forms.read(sent, HandOver, looking.zone), looking),
        "notes": lambda: pairs.write_note(id, forms.read(sent, NoteDraft, looking.zone), looking, form.key),
    }
    if move not in moves:
        raise Problem(404, "not_found", "There is nothing at this address.")

    def do() -> Response:
        moves[move]()
        return looking.go(f"/pairs/{id}", _("Saved."))

    return _act(looking, follower, id, form, do)


def _next(looking: Looking, decided: str) -> Response:
    found = reviews.draw_pairs(looking, Draw(count=1))
    if not found.drawn:
        full = _("As many pairs wait on you as may: see to those first.")
        empty = _("The queue is empty. What is new is ranked and comes by itself.")
        return looking.go("/review", empty if found.has_room else full)
    after = f"?after={decided}" if decided else ""
    return looking.go(f"/pairs/{found.drawn[0].pair.id}{after}")


def _act(looking: Looking, follower: FollowerDep, id: str, form: Form, do: Callable[[], Response]) -> Response:
    return acting.act(looking, form, PAGE, do, lambda: _told(looking, follower, id))


def _told(looking: Looking, follower: FollowerDep, id: str) -> dict[str, Any]:
    pair = pairs.read_pair(id, looking)
    follows = pair.follower is not None and pair.follower.id == looking.actor.person_id
    return {
        "pair": pair,
        "match": _match(looking, follower, pair),
        "follows": follows,
        "asked": pairs.list_asked_sides(id, looking) if pair.state is not PairState.PROPOSED else [],
        "notes": pairs.list_notes(id, looking),
        "reasons": codes.list_reasons(),
        "colleagues": reviews.list_matchmakers(looking) if follows else [],
        "after": looking.request.query_params.get("after", ""),
    }


def _match(looking: Looking, follower: FollowerDep, pair: PairOut) -> MatchOut | None:
    """Why the two fit; None of what is shown in part only, or is no match any more."""
    try:
        return pairs.match_pair(pair.id, looking, index(looking.home, follower))
    except (Forbidden, NotFound, Unready):
        return None
