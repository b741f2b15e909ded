"""Contracts: read, edited, confirmed, changed, ended, exported."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Body
from fastapi.responses import JSONResponse, Response
from sqlmodel import Session

from api import award_presenting as presenting
from api import described, idempotency
from api import described_awards as examples
from api.deps import Asking, AskingDep, KeyDep, VersionsDep
from api.downloads import download
from api.idempotency import Created
from api.schemas.awards import (
    ChangeOut,
    Confirmation,
    ContractOut,
    ContractVersionOut,
    Ending,
    MilestoneOut,
    OfferRefusal,
    Why,
)
from api.timed import turn, writing_now
from matcher.awards import changes, contract_versions, contracts, documents, milestones, outcomes, registration
from matcher.awards.drafts import ChangeDraft, ContractDraft
from matcher.entities import Contract, ContractChange
from matcher.sessions import reading

router = APIRouter(tags=["contracts"])

_MOVED = described.refusals(403, 404, 409)
Change = Callable[[Session, datetime], Contract]
Answer = Callable[[Session, datetime], ContractChange]
NO_REASON = OfferRefusal()


@router.get("/contracts/{id}", response_model=ContractOut, responses=described.SHOWN)
def read_contract(id: str, asking: AskingDep) -> ContractOut:
    """For who may read its award."""
    with reading(asking.home.engine) as session:
        return _told(asking, contracts.get(session, asking.actor, id))


@router.put("/contracts/{id}", response_model=ContractOut, responses=described.EDITED)
def edit_contract(
    id: str,
    sent: Annotated[ContractDraft, Body(openapi_examples=examples.CONTRACTS)],
    asking: AskingDep,
    versions: VersionsDep,
) -> ContractOut:
    """Puts another text in its place, before it is signed; both sides have to confirm again."""
    return _changed(
        asking, lambda session, at: contracts.edit(session, asking.actor, id, sent, versions=versions, at=at)
    )


@router.get("/contracts/{id}/versions", responses=described.refusals(404))
def list_contract_versions(id: str, asking: AskingDep) -> list[ContractVersionOut]:
    """What it said before: each draft, each edit, what agreed changes made of it; the first one first."""
    with reading(asking.home.engine) as session:
        found = contract_versions.listed(session, asking.actor, id)
        return [presenting.contract_version(one) for one in found]


@router.post(
    "/contracts/{id}/confirmations",
    response_model=ContractOut,
    responses=_MOVED | described.refusals(403, 404, 409, 412),
)
def confirm_contract(
    id: str, sent: Annotated[Confirmation, Body(openapi_examples=examples.CONFIRMATIONS)], asking: AskingDep
) -> ContractOut:
    """A manager confirms the version read, for one side; the second side's confirmation signs it."""
    return _changed(asking, lambda session, at: contracts.confirm(session, asking.actor, id, sent.version, at=at))


@router.post("/contracts/{id}/drop", response_model=ContractOut, responses=_MOVED)
def drop_contract(
    id: str, sent: Annotated[Why, Body(openapi_examples=examples.REASONS)], asking: AskingDep
) -> ContractOut:
    """Gives up a contract that was never signed; its money is released."""
    return _changed(asking, lambda session, at: contracts.drop(session, asking.actor, id, sent.reason, at=at))


@router.post("/contracts/{id}/complete", response_model=ContractOut, responses=_MOVED)
def complete_contract(
    id: str, sent: Annotated[Ending, Body(openapi_examples=examples.ENDINGS)], asking: AskingDep
) -> ContractOut:
    """Carried out to its end, whatever came of it; every milestone is paid."""
    return _changed(
        asking, lambda session, at: outcomes.complete(session, asking.actor, id, sent.outcome, sent.text, at=at)
    )


@router.post("/contracts/{id}/terminate", response_model=ContractOut, responses=_MOVED)
def terminate_contract(
    id: str, sent: Annotated[Ending, Body(openapi_examples=examples.ENDINGS)], asking: AskingDep
) -> ContractOut:
    """Breaks it off: what is not accepted is cancelled, and its money released."""
    return _changed(
        asking, lambda session, at: outcomes.terminate(session, asking.actor, id, sent.outcome, sent.text, at=at)
    )


@router.get("/contracts/{id}/milestones", responses=described.refusals(404))
def list_milestones(id: str, asking: AskingDep) -> list[MilestoneOut]:
    """Those of a signed contract, in their order."""
    with reading(asking.home.engine) as session:
        return [
            presenting.milestone(session, asking.actor, one) for one in milestones.listed(session, asking.actor, id)
        ]


@router.get(
    "/contracts/{id}/registration",
    response_class=Response,
    responses=examples.file(examples.XLSX, "The fields of 技术合同登记表.") | described.refusals(404, 409),
)
def read_registration_form(id: str, asking: AskingDep) -> Response:
    """The fields of the technology contract registration form, as a workbook (XLSX)."""
    with reading(asking.home.engine) as session:
        content = registration.workbook(session, asking.actor, id)
    return download(content, examples.XLSX, f"registration-{id}.xlsx")


@router.get(
    "/contracts/{id}/summary",
    response_class=Response,
    responses=examples.file(examples.DOCX, "The contract in short 合同摘要.") | described.refusals(404),
)
def read_contract_summary(id: str, asking: AskingDep) -> Response:
    """The contract in short, as a document (DOCX)."""
    with reading(asking.home.engine) as session:
        content = documents.contract_summary(session, asking.actor, id)
    return download(content, examples.DOCX, f"contract-{id}.docx")


# -- changes --------------------------------------------------------------------------------------


@router.post(
    "/contracts/{id}/changes",
    status_code=201,
    response_model=ChangeOut,
    responses=described.CREATED | _MOVED,
)
def ask_for_change(
    id: str,
    sent: Annotated[ChangeDraft, Body(openapi_examples=examples.CHANGES)],
    asking: AskingDep,
    key: KeyDep,
) -> JSONResponse:
    """Asks the other side to change a signed contract."""

    def make(session: Session) -> Created:
        made = changes.ask(session, asking.actor, id, sent, at=turn(session))
        return Created(ChangeOut.model_validate(made), asking.request.url_for("list_changes", id=id).path)

    return idempotency.create(asking.home.engine, asking.actor, key, sent, make)


@router.get("/contracts/{id}/changes", responses=described.refusals(404))
def list_changes(id: str, asking: AskingDep) -> list[ChangeOut]:
    """In the order in which they were asked for."""
    with reading(asking.home.engine) as session:
        return [ChangeOut.model_validate(one) for one in changes.listed(session, asking.actor, id)]


@router.post("/contract-changes/{id}/agree", responses=_MOVED)
def agree_to_change(id: str, asking: AskingDep) -> ChangeOut:
    """A manager of the other side agrees, and it holds."""
    return _answered(asking, lambda session, at: changes.agree(session, asking.actor, id, at=at))


@router.post("/contract-changes/{id}/decline", responses=_MOVED)
def decline_change(id: str, asking: AskingDep, sent: OfferRefusal = NO_REASON) -> ChangeOut:
    """A manager of the other side does not agree."""
    return _answered(asking, lambda session, at: changes.decline(session, asking.actor, id, at=at, reason=sent.reason))


@router.post("/contract-changes/{id}/take-back", responses=_MOVED)
def take_change_back(id: str, asking: AskingDep) -> ChangeOut:
    """The side that asked takes it back."""
    return _answered(asking, lambda session, at: changes.take_back(session, asking.actor, id, at=at))


def _changed(asking: Asking, change: Change) -> ContractOut:
    with writing_now(asking.home.engine) as (session, at):
        return _told(asking, change(session, at))


def _answered(asking: Asking, answer: Answer) -> ChangeOut:
    with writing_now(asking.home.engine) as (session, at):
        return ChangeOut.model_validate(answer(session, at))


def _told(asking: Asking, contract: Contract) -> ContractOut:
    asking.response.headers["ETag"] = f'"{contract.version}"'
    return presenting.contract(contract)
