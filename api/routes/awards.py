"""What a challenge ends in: awards, the money, stage payments, the dossier."""

from __future__ import annotations

from tempfile import TemporaryFile
from typing import Annotated

from fastapi import APIRouter, Body
from fastapi.responses import JSONResponse, Response
from sqlmodel import Session

from api import award_presenting as presenting
from api import described, evidence, idempotency
from api import described_awards as examples
from api.deps import Asking, AskingDep, KeyDep
from api.downloads import download
from api.idempotency import Created
from api.schemas.awards import (
    AwardOut,
    ContractOut,
    LedgerOut,
    PaidOut,
    Settlement,
    StagePayment,
)
from api.schemas.base import Listed
from api.timed import turn, writing_now
from matcher.awards import awards, contracts, documents, outcomes, stages
from matcher.awards.drafts import ContractDraft
from matcher.entities import Answer
from matcher.sessions import reading

router = APIRouter(tags=["awards"])

_MOVED = described.refusals(403, 404, 409)
_ZIP = "application/zip"


@router.post("/challenges/{id}/awards", status_code=201, response_model=Listed[AwardOut], responses=_MOVED)
def settle_challenge(
    id: str,
    sent: Annotated[Settlement, Body(openapi_examples=examples.SETTLEMENTS)],
    asking: AskingDep,
    key: KeyDep,
) -> JSONResponse:
    """Makes the awards once the time for objections is over, and commits their money: what each asks for, held to
    what is left of the budget, unless the amounts say otherwise."""

    def make(session: Session) -> Created:
        awards.settle(
            session, asking.home.secrets, asking.actor, id, sent.amounts, at=turn(session), reason=sent.reason
        )
        told = _listed(session, asking, id)
        return Created(told, asking.request.url_for("list_awards", id=id).path)

    return idempotency.create(asking.home.engine, asking.actor, key, sent, make)


@router.get("/challenges/{id}/awards", responses=described.refusals(404))
def list_awards(id: str, asking: AskingDep) -> Listed[AwardOut]:
    """Those that you may read, in the order of their answers."""
    with reading(asking.home.engine) as session:
        return _listed(session, asking, id)


@router.post("/challenges/{id}/stage-payments", responses=_MOVED)
def pay_stage(
    id: str, sent: Annotated[StagePayment, Body(openapi_examples=examples.STAGES)], asking: AskingDep
) -> list[PaidOut]:
    """Records what the answers that went on from a round of a race are paid; once, and when no reversal may come."""
    with writing_now(asking.home.engine) as (session, at):
        paid = stages.pay(session, asking.actor, id, sent.round, at=at)
        return [PaidOut(answer_id=one.id, answer_number=one.number) for one in paid]


@router.post("/challenges/{id}/finish", status_code=204, responses=_MOVED)
def finish_challenge(id: str, asking: AskingDep) -> None:
    """Closes a challenge all of whose contracts have ended."""
    with writing_now(asking.home.engine) as (session, at):
        outcomes.finish(session, asking.actor, id, at=at)


@router.get("/challenges/{id}/ledger", responses=described.refusals(404))
def read_ledger(id: str, asking: AskingDep) -> LedgerOut:
    """The money of those awards that you may read: what was committed, and what became of it."""
    with reading(asking.home.engine) as session:
        return presenting.books(session, awards.entries(session, asking.actor, id))


@router.get(
    "/challenges/{id}/dossier",
    response_class=Response,
    responses=examples.file(_ZIP, "A signed evidence file; `jiebang audit verify FILE` checks it.") | _MOVED,
)
def read_dossier(id: str, asking: AskingDep) -> Response:
    """The whole matter as signed evidence: its events, decisions with reasons, hashes of all papers."""
    with TemporaryFile() as made:
        evidence.write(asking.home, asking.actor, f"challenge:{id}", made)
        made.seek(0)
        return download(made.read(), _ZIP, f"dossier-{id}.zip")


@router.get("/awards/{id}", responses=described.refusals(404))
def read_award(id: str, asking: AskingDep) -> AwardOut:
    """For its two sides, the funder, investors and operators."""
    with reading(asking.home.engine) as session:
        award = awards.get(session, asking.actor, id)
        return presenting.awarded(session, [(award, session.get_one(Answer, award.answer_id))])[0]


@router.get(
    "/awards/{id}/notice",
    response_class=Response,
    responses=examples.file(examples.DOCX, "The award notice 中榜通知书.") | described.refusals(404),
)
def read_award_notice(id: str, asking: AskingDep) -> Response:
    """The award notice as a document (DOCX)."""
    with reading(asking.home.engine) as session:
        content = documents.award_notice(session, asking.actor, id)
    return download(content, examples.DOCX, f"award-{id}.docx")


@router.get("/awards/{id}/proposal", responses=described.refusals(404))
def propose_contract(id: str, asking: AskingDep) -> ContractDraft:
    """A contract to begin with: the terms agreed on, or those of the challenge and the answer."""
    with reading(asking.home.engine) as session:
        return presenting.proposal(session, asking.home.secrets, asking.actor, id)


@router.post("/awards/{id}/contract", status_code=201, response_model=ContractOut, responses=described.POSTED)
def draft_contract(
    id: str,
    sent: Annotated[ContractDraft, Body(openapi_examples=examples.CONTRACTS)],
    asking: AskingDep,
    key: KeyDep,
) -> JSONResponse:
    """Drafts the contract of an award, for both sides to edit and to confirm."""

    def make(session: Session) -> Created:
        made = contracts.draft(session, asking.actor, id, sent, at=turn(session))
        return Created(
            presenting.contract(made), asking.request.url_for("read_contract", id=made.id).path, f'"{made.version}"'
        )

    return idempotency.create(asking.home.engine, asking.actor, key, sent, make)


def _listed(session: Session, asking: Asking, id: str) -> Listed[AwardOut]:
    shown = presenting.awarded(session, awards.listed(session, asking.actor, id))
    return Listed(items=shown, next_cursor=None)
