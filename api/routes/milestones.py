"""Milestones: handed in, accepted, sent back, paid, with files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Body, UploadFile
from fastapi.responses import Response
from sqlmodel import Session

from api import award_presenting as presenting
from api import described
from api import described_awards as examples
from api.deps import Asking, AskingDep
from api.downloads import download
from api.identity.authentication import KnownFirst
from api.schemas.awards import DeliveryAcceptance, FileOut, MilestoneOut, Payment, Why
from api.timed import writing_now
from matcher.awards import milestones
from matcher.awards.drafts import MilestoneReport
from matcher.entities import Milestone
from matcher.sessions import reading

router = APIRouter(prefix="/milestones", tags=["contracts"])
uploads = APIRouter(prefix="/milestones", tags=["contracts"], route_class=KnownFirst)

_MOVED = described.refusals(403, 404, 409)
_NOTHING_SAID, _NO_REFERENCE = DeliveryAcceptance(), Payment()


@router.get("/{id}", responses=described.refusals(404))
def read_milestone(id: str, asking: AskingDep) -> MilestoneOut:
    """For who may read its award."""
    with reading(asking.home.engine) as session:
        return _told(session, asking, milestones.get(session, asking.actor, id))


@router.post("/{id}/submission", responses=_MOVED)
def submit_milestone(
    id: str, sent: Annotated[MilestoneReport, Body(openapi_examples=examples.REPORTS)], asking: AskingDep
) -> MilestoneOut:
    """Hands it in with what was measured; each indicator that it is accepted against has to be there."""
    return _moved(asking, lambda session, at: milestones.submit(session, asking.actor, id, sent, at=at))


@router.post("/{id}/send-back", responses=_MOVED)
def send_milestone_back(
    id: str, sent: Annotated[Why, Body(openapi_examples=examples.REASONS)], asking: AskingDep
) -> MilestoneOut:
    """Not accepted as it is: the reason says what is missing, and it may be handed in again."""
    return _moved(asking, lambda session, at: milestones.send_back(session, asking.actor, id, sent.reason, at=at))


@router.post("/{id}/acceptance", responses=_MOVED)
def accept_milestone(id: str, asking: AskingDep, sent: DeliveryAcceptance = _NOTHING_SAID) -> MilestoneOut:
    """Accepts what was handed in, with a remark where it misses a must-have indicator."""
    return _moved(asking, lambda session, at: milestones.accept(session, asking.actor, id, sent.remark, at=at))


@router.post("/{id}/payment", responses=_MOVED)
def pay_milestone(id: str, asking: AskingDep, sent: Payment = _NO_REFERENCE) -> MilestoneOut:
    """Records that an accepted milestone was paid, out of what was committed; once."""
    return _moved(asking, lambda session, at: milestones.pay(session, asking.actor, id, sent.reference, at=at))


@uploads.post("/{id}/files", status_code=201, responses=_MOVED)
def attach_to_milestone(id: str, file: UploadFile, asking: AskingDep) -> FileOut:
    """Adds a file, of a known kind and at most 20 MiB, until the milestone is accepted."""
    content = file.file.read()
    with writing_now(asking.home.engine) as (session, at):
        made = milestones.attach(session, asking.actor, id, file.filename or "", content, at=at)
        return FileOut.model_validate(made)


@router.get(
    "/{id}/files/{file_id}",
    response_class=Response,
    responses=examples.file("application/octet-stream", "The file as it was handed in.") | described.refusals(404),
)
def read_milestone_file(id: str, file_id: str, asking: AskingDep) -> Response:
    """A file that was handed in with it."""
    with reading(asking.home.engine) as session:
        found = milestones.attachment(session, asking.actor, id, file_id)
        return download(found.content, "application/octet-stream", found.name)


def _moved(asking: Asking, move: Callable[[Session, datetime], Milestone]) -> MilestoneOut:
    with writing_now(asking.home.engine) as (session, at):
        return _told(session, asking, move(session, at))


def _told(session: Session, asking: Asking, milestone: Milestone) -> MilestoneOut:
    return presenting.milestone(session, asking.actor, milestone)
