"""Files that a challenge is told with."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import APIRouter, Response, UploadFile

from api import described
from api.deps import AskingDep
from api.identity.authentication import KnownFirst
from api.schemas.challenges import DocumentOut
from api.timed import writing_now
from matcher.challenges import documents
from matcher.engine.file_kinds import LARGEST
from matcher.sessions import reading

router = APIRouter(prefix="/challenges/{id}/documents", tags=["challenges"])
uploads = APIRouter(prefix="/challenges/{id}/documents", tags=["challenges"], route_class=KnownFirst)
"""What is published is read without a key; no upload of a stranger's is."""

_FILE: described.Responses = {
    200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}
}


@uploads.post(
    "",
    status_code=201,
    response_model=DocumentOut,
    responses=described.CREATED | described.refusals(403, 404, 409),
)
def add_document(id: str, file: UploadFile, asking: AskingDep) -> DocumentOut:
    """Adds a file of at most 20 MiB; to a draft in place of one of the same name."""
    content = file.file.read(LARGEST + 1)
    with writing_now(asking.home.engine) as (session, at):
        added = documents.add(session, asking.actor, id, file.filename or "", content, at=at)
        told = DocumentOut.model_validate(added)
    asking.response.headers["Location"] = asking.request.url_for("read_document", id=id, file_id=told.id).path
    return told


@router.get("", responses=described.refusals(404))
def list_documents(id: str, asking: AskingDep) -> list[DocumentOut]:
    with reading(asking.home.engine) as session:
        return [DocumentOut.model_validate(one) for one in documents.listed(session, asking.actor, id)]


@router.get("/{file_id}", response_class=Response, responses=_FILE | described.refusals(404))
def read_document(id: str, file_id: str, asking: AskingDep) -> Response:
    """The file itself, to be saved: never shown as a page of this server."""
    with reading(asking.home.engine) as session:
        found = documents.read(session, asking.actor, id, file_id)
        name, content = found.name, found.content
    disposition = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    return Response(content, headers={"Content-Disposition": disposition}, media_type="application/octet-stream")


@router.delete("/{file_id}", status_code=204, responses=described.refusals(403, 404, 409))
def remove_document(id: str, file_id: str, asking: AskingDep) -> Response:
    """Takes a file out of a draft."""
    with writing_now(asking.home.engine) as (session, at):
        documents.remove(session, asking.actor, id, file_id, at=at)
    return Response(status_code=204)
