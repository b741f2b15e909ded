"""The record of who did what: checked, and handed out as evidence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from tempfile import TemporaryFile
from typing import Annotated, BinaryIO

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from api import described, evidence
from api.deps import ActorDep, HomeDep
from api.schemas.audit import EvidenceQuery, VerificationOut, VerificationQuery
from matcher import policy
from matcher.policy import Action
from matcher.record.verification import verify
from matcher.sessions import reading

router = APIRouter(prefix="/audit", tags=["record"])

ZIP = "application/zip"

_FILE: described.Responses = {
    200: {
        "description": "A signed evidence file; `jiebang audit verify FILE` checks it.",
        "content": {ZIP: {"schema": {"type": "string", "format": "binary"}}},
    }
}
_BLOCK = 64 * 1024


@router.get("/verification", responses=described.refusals(403))
def read_verification(query: Annotated[VerificationQuery, Query()], home: HomeDep, actor: ActorDep) -> VerificationOut:
    """Walks the whole record and names the first link that does not hold. Takes seconds for 100,000 events."""
    policy.require(actor, Action.VERIFY_RECORD)
    with reading(home.engine) as session:
        return VerificationOut.model_validate(verify(session, noted=query.noted()))


@router.get("/evidence", response_class=StreamingResponse, responses=_FILE | described.refusals(403, 404))
def read_evidence(query: Annotated[EvidenceQuery, Query()], home: HomeDep, actor: ActorDep) -> StreamingResponse:
    """The evidence of one matter: its events, decisions with reasons, and hashes of documents, in order.

    The same record gives the same bytes.
    """
    with ExitStack() as opened:
        made = opened.enter_context(TemporaryFile())
        evidence.write(home, actor, query.thing, made)
        kept = opened.pop_all()
    size = made.seek(0, 2)
    made.seek(0)
    name = "evidence-" + query.thing.replace(":", "-").replace("_", "-") + ".zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Length": str(size)}
    return StreamingResponse(_blocks(made, kept), headers=headers, media_type=ZIP)


def _blocks(file: BinaryIO, opened: ExitStack) -> Iterator[bytes]:
    with opened:
        while block := file.read(_BLOCK):
            yield block
