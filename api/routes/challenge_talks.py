"""What is said around a challenge before it closes: questions to its setter, and invitations."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Response
from fastapi.responses import JSONResponse
from sqlmodel import Session

from api import challenge_presenting as presenting
from api import described, idempotency
from api import described_challenges as examples
from api.deps import AskingDep, IndexDep, KeyDep
from api.idempotency import Created
from api.schemas.challenges import (
    ChallengeInvitationOut,
    ChallengeInvitationPost,
    MatchingInvitation,
    QuestionOut,
    QuestionPost,
    Replies,
)
from api.timed import turn, writing_now
from matcher.challenges import invitations, publishing, questions
from matcher.engine import challenge_moves
from matcher.matching.pipeline import match_draft
from matcher.sessions import reading

router = APIRouter(prefix="/challenges/{id}", tags=["challenges"])

_CHANGED = described.refusals(403, 404, 409)


@router.post(
    "/questions",
    status_code=201,
    response_model=QuestionOut,
    responses=described.CREATED | _CHANGED,
)
def ask_question(
    id: str,
    sent: Annotated[QuestionPost, Body(openapi_examples=examples.QUESTIONS)],
    asking: AskingDep,
    key: KeyDep,
) -> JSONResponse:
    """Asks the setter something. Nobody is told who asked; the answer goes to everybody."""

    def make(session: Session) -> Created:
        asked = questions.ask(session, asking.actor, id, sent.text, at=turn(session))
        [told] = presenting.questions(asking.actor, [asked])
        return Created(told, asking.request.url_for("list_questions", id=id).path)

    return idempotency.create(asking.home.engine, asking.actor, key, sent, make)


@router.get("/questions", responses=described.refusals(404))
def list_questions(id: str, asking: AskingDep) -> list[QuestionOut]:
    """Those answered; and those that wait, to the setter, to matchmakers and operators, and one's own."""
    with reading(asking.home.engine) as session:
        return presenting.questions(asking.actor, questions.listed(session, asking.actor, id))


@router.post("/replies", responses=_CHANGED)
def answer_questions(
    id: str, sent: Annotated[Replies, Body(openapi_examples=examples.REPLIES)], asking: AskingDep
) -> list[QuestionOut]:
    """The setter answers questions to everybody at the same time."""
    with writing_now(asking.home.engine) as (session, at):
        replies = {reply.question_id: reply.answer for reply in sent.replies}
        return presenting.questions(asking.actor, questions.answer(session, asking.actor, id, replies, at=at))


@router.get("/invitations", responses=described.refusals(404))
def list_invitations(id: str, asking: AskingDep) -> list[ChallengeInvitationOut]:
    """All of them to the setter, matchmakers and operators; to others their own organisation's."""
    with reading(asking.home.engine) as session:
        return presenting.invitations(session, invitations.listed(session, asking.actor, id))


@router.post("/invitations", responses=_CHANGED)
def invite_organisations(
    id: str, sent: Annotated[ChallengeInvitationPost, Body(openapi_examples=examples.INVITATIONS)], asking: AskingDep
) -> list[ChallengeInvitationOut]:
    """Invites organisations by name. Told are those invited anew."""
    with writing_now(asking.home.engine) as (session, at):
        made = invitations.invite(
            session,
            asking.actor,
            id,
            sent.organisations,
            reason=sent.reason,
            at=at,
            invests=sent.invests,
        )
        return presenting.invitations(session, made)


@router.post("/invitations/matching", responses=_CHANGED)
def invite_matching_labs(
    id: str,
    asking: AskingDep,
    found: IndexDep,
    sent: MatchingInvitation = MatchingInvitation(),  # noqa: B008  # never changed
) -> list[ChallengeInvitationOut]:
    """Invites those with a public result that likely helps, each with the reason why."""
    with reading(asking.home.engine) as session:
        need = publishing.as_need(challenge_moves.find(session, asking.actor, id))
        matches = match_draft(session, found, asking.actor, need, top=sent.top)
    with writing_now(asking.home.engine) as (session, at):
        made = invitations.invite_matching(session, asking.actor, id, matches, at=at, least=sent.least)
        return presenting.invitations(session, made)


@router.delete("/invitations/{organisation_id}", status_code=204, responses=_CHANGED)
def take_invitation_back(id: str, organisation_id: str, asking: AskingDep) -> Response:
    """Takes an invitation back, as long as the organisation has started no answer."""
    with writing_now(asking.home.engine) as (session, at):
        invitations.take_back(session, asking.actor, id, organisation_id, at=at)
    return Response(status_code=204)
