"""Answers: started, written, handed in, read, added to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Body, Form, Query, UploadFile
from fastapi.responses import JSONResponse, Response
from sqlmodel import Session

from api import answer_presenting as presenting
from api import described, idempotency
from api import described_answers as examples
from api.deps import Asking, AskingDep, KeyDep, VersionsDep
from api.idempotency import Created
from api.identity.authentication import KnownFirst
from api.schemas.answers import (
    AnswerFileOut,
    AnswerOut,
    AnswerPost,
    AnswersQuery,
    AnswerStandingOut,
    AnswerTextOut,
    AnswerVersionOut,
    PartConfirmation,
    SupplementOut,
    SupplementPost,
    SupplementRequest,
    TextQuery,
    Waiver,
)
from api.schemas.base import Listed
from api.timed import turn, writing_now
from matcher.answers import attaching, consortium, drafting, handing_in, reading, supplements
from matcher.answers.supplements import Request
from matcher.engine.answer_drafts import AnswerDraft
from matcher.engine.file_kinds import LARGEST
from matcher.entities import Answer
from matcher.errors import NotAllowed
from matcher.sessions import reading as looking

router = APIRouter(prefix="/answers", tags=["answers"], route_class=KnownFirst)

Change = Callable[[Session, datetime], Answer]

_CHANGED = {200: {"headers": described.SHOWN[200]["headers"]}} | described.refusals(403, 404, 409)
_FILE = {200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}}


@router.post("", status_code=201, response_model=AnswerOut, responses=described.POSTED)
def start_answer(
    post: Annotated[AnswerPost, Body(openapi_examples=examples.STARTS)], asking: AskingDep, key: KeyDep
) -> JSONResponse:
    """Starts your organisation's answer to a challenge: empty, or from what it has written or registered before."""
    secrets = asking.home.secrets

    def make(session: Session) -> Created:
        answer = drafting.start(
            session,
            secrets,
            asking.actor,
            post.challenge_id,
            organisation_id=post.organisation_id,
            like=post.like,
            result_id=post.result_id,
            at=turn(session),
        )
        [told] = presenting.shown(session, asking.actor, [answer])
        return Created(told, asking.request.url_for("read_answer", id=answer.id).path, presenting.etag(answer))

    return idempotency.create(asking.home.engine, asking.actor, key, post, make)


@router.get("", responses=described.refusals())
def list_answers(query: Annotated[AnswersQuery, Query()], asking: AskingDep) -> Listed[AnswerOut]:
    """Those that the organisation you act for leads or is a partner in, newest first."""
    with looking(asking.home.engine) as session:
        found = reading.own(session, asking.actor, cursor=query.cursor, limit=query.limit + 1)
        shown = presenting.shown(session, asking.actor, found[: query.limit])
    return Listed(items=shown, next_cursor=shown[-1].id if len(found) > query.limit else None)


@router.get("/{id}", response_model=AnswerOut, responses=described.SHOWN)
def read_answer(id: str, asking: AskingDep) -> AnswerOut:
    """Whose it is, and where it stands."""
    with looking(asking.home.engine) as session:
        _, answer = reading.get(session, asking.actor, id)
        return _answer(asking, session, answer)


@router.get("/{id}/standing", responses=described.refusals(404, 409))
def read_standing(id: str, asking: AskingDep) -> AnswerStandingOut:
    """For its consortium, while it is written: what is missing, and which partners have agreed to their parts."""
    with looking(asking.home.engine) as session:
        found = reading.standing(session, asking.home.secrets, asking.actor, id)
        if found is None:
            raise NotAllowed("This is for the consortium alone, and while the answer is not sealed.")
        return presenting.standing(session, found)


@router.get("/{id}/text", responses=described.refusals(404, 409))
def read_answer_text(id: str, query: Annotated[TextQuery, Query()], asking: AskingDep) -> AnswerTextOut:
    """What it says: to its consortium, and once the round is opened to the setter, the funder, investors and
    operators. 409 while it is sealed."""
    with looking(asking.home.engine) as session:
        found, contents = reading.text(session, asking.home.secrets, asking.actor, id, query.number)
        return presenting.text(found, contents)


@router.put("/{id}/text", response_model=AnswerOut, responses=described.EDITED)
def save_answer(
    id: str,
    draft: Annotated[AnswerDraft, Body(openapi_examples=examples.ANSWERS)],
    asking: AskingDep,
    versions: VersionsDep,
) -> AnswerOut:
    """Stores what is written so far, as a further version."""
    secrets = asking.home.secrets
    return _changed(
        asking,
        lambda session, at: drafting.save(session, secrets, asking.actor, id, draft, versions=versions, at=at),
    )


@router.get("/{id}/versions", responses=described.refusals(404))
def list_answer_versions(id: str, asking: AskingDep) -> list[AnswerVersionOut]:
    """Those that you may read, oldest first."""
    with looking(asking.home.engine) as session:
        found = reading.versions(session, asking.actor, id)
        return [AnswerVersionOut.model_validate(one) for one in found]


@router.post("/{id}/hand-in", response_model=AnswerOut, responses=described.EDITED)
def hand_answer_in(id: str, asking: AskingDep, versions: VersionsDep) -> AnswerOut:
    """Hands it in, and seals it. From the deadline on, on the database's clock, it is refused."""
    secrets = asking.home.secrets
    return _changed(
        asking, lambda session, at: handing_in.hand_in(session, secrets, asking.actor, id, versions=versions, at=at)
    )


@router.post("/{id}/take-back", response_model=AnswerOut, responses=described.EDITED)
def take_answer_back(id: str, asking: AskingDep, versions: VersionsDep) -> AnswerOut:
    """Makes it a draft again, which has to be handed in anew before the deadline."""
    return _changed(
        asking, lambda session, at: handing_in.take_back(session, asking.actor, id, versions=versions, at=at)
    )


@router.post("/{id}/withdraw", response_model=AnswerOut, responses=described.EDITED)
def withdraw_answer(id: str, asking: AskingDep, versions: VersionsDep) -> AnswerOut:
    """Takes it out of the challenge; until the deadline it can be resumed."""
    return _changed(asking, lambda session, at: drafting.withdraw(session, asking.actor, id, versions=versions, at=at))


@router.post("/{id}/resume", response_model=AnswerOut, responses=described.EDITED)
def resume_answer(id: str, asking: AskingDep, versions: VersionsDep) -> AnswerOut:
    """Goes on with one that was withdrawn."""
    return _changed(asking, lambda session, at: drafting.resume(session, asking.actor, id, versions=versions, at=at))


@router.post("/{id}/confirmation", response_model=AnswerOut, responses=_CHANGED)
def confirm_part(
    id: str, sent: Annotated[PartConfirmation, Body(openapi_examples=examples.PARTS)], asking: AskingDep
) -> AnswerOut:
    """A partner's manager agrees to its part as it was read."""
    secrets = asking.home.secrets
    return _changed(
        asking,
        lambda session, at: consortium.confirm_part(session, secrets, asking.actor, id, sent.part_hash, at=at),
    )


@router.post(
    "/{id}/files", status_code=201, response_model=AnswerFileOut,
    responses=described.CREATED | described.refusals(403, 404, 409),
)  # fmt: skip
def attach_file(
    id: str,
    file: UploadFile,
    asking: AskingDep,
    anonymous: Annotated[
        bool, Form(description="It names nobody, so that graders who may not know whose the answer is get it.")
    ] = False,
) -> AnswerFileOut:
    """Adds a file of at most 20 MiB, sealed as the text is; in place of one of the same name."""
    content = file.file.read(LARGEST + 1)
    with writing_now(asking.home.engine) as (session, at):
        added = attaching.attach(
            session, asking.home.secrets, asking.actor, id, file.filename or "", content, anonymous=anonymous, at=at
        )
        told = AnswerFileOut.model_validate(added)
    asking.response.headers["Location"] = asking.request.url_for("read_file", id=id, file_id=added.id).path
    return told


@router.get("/{id}/files/{file_id}", response_class=Response, responses=_FILE | described.refusals(404, 409))
def read_file(id: str, file_id: str, asking: AskingDep) -> Response:
    """A file, to whoever may read a version that it belongs to."""
    with looking(asking.home.engine) as session:
        found, content = reading.file(session, asking.home.secrets, asking.actor, id, file_id)
    disposition = f"attachment; filename*=UTF-8''{quote(found.name, safe='')}"
    return Response(content, headers={"Content-Disposition": disposition}, media_type="application/octet-stream")


@router.delete("/{id}/files/{file_id}", response_model=AnswerOut, responses=_CHANGED)
def detach_file(id: str, file_id: str, asking: AskingDep) -> AnswerOut:
    """Takes a file out of a draft."""
    secrets = asking.home.secrets
    return _changed(asking, lambda session, at: attaching.detach(session, secrets, asking.actor, id, file_id, at=at))


@router.get("/{id}/supplements", responses=described.refusals(404))
def list_supplements(id: str, asking: AskingDep) -> list[SupplementOut]:
    """All that the setter has asked for beyond it, oldest first."""
    with looking(asking.home.engine) as session:
        found = supplements.of_answer(session, asking.actor, id)
        return [SupplementOut.model_validate(one) for one in found]


@router.post(
    "/{id}/supplements", status_code=201, response_model=SupplementOut,
    responses=described.CREATED | described.refusals(403, 404, 409),
)  # fmt: skip
def ask_for_supplement(
    id: str,
    sent: Annotated[SupplementRequest, Body(openapi_examples=examples.SUPPLEMENT_REQUESTS)],
    asking: AskingDep,
    key: KeyDep,
) -> JSONResponse:
    """The setter asks for more of an answer that is being judged, until a moment."""

    def make(session: Session) -> Created:
        request = Request(asked=sent.asked, due=sent.due)
        made = supplements.ask_more(session, asking.actor, id, request, at=turn(session))
        session.flush()
        location = asking.request.url_for("list_supplements", id=id).path
        return Created(SupplementOut.model_validate(made), location)

    return idempotency.create(asking.home.engine, asking.actor, key, sent, make)


@router.post("/{id}/supplement", response_model=AnswerOut, responses=_CHANGED)
def hand_supplement_in(
    id: str, sent: Annotated[SupplementPost, Body(openapi_examples=examples.SUPPLEMENTS)], asking: AskingDep
) -> AnswerOut:
    """Gives what was asked for, with the files added since. What was handed in before stays as it is."""
    secrets = asking.home.secrets
    return _changed(
        asking, lambda session, at: supplements.hand_in(session, secrets, asking.actor, id, sent.text, at=at)
    )


@router.post("/{id}/waiver", response_model=AnswerOut, responses=_CHANGED)
def go_without_supplement(
    id: str, sent: Annotated[Waiver, Body(openapi_examples=examples.WAIVERS)], asking: AskingDep
) -> AnswerOut:
    """The setter goes on judging without what was asked for."""
    return _changed(
        asking, lambda session, at: supplements.go_without(session, asking.actor, id, reason=sent.reason, at=at)
    )


def _changed(asking: Asking, change: Change) -> AnswerOut:
    with writing_now(asking.home.engine) as (session, at):
        return _answer(asking, session, change(session, at))


def _answer(asking: Asking, session: Session, answer: Answer) -> AnswerOut:
    [told] = presenting.shown(session, asking.actor, [answer])
    asking.response.headers["ETag"] = presenting.etag(told)
    return told
