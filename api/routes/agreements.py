"""Confidentiality agreements that an organisation lets others in under."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Query
from fastapi.responses import JSONResponse
from sqlmodel import Session

from api import described, idempotency
from api.deps import AskingDep, KeyDep
from api.idempotency import Created
from api.schemas.base import Listed, Paging
from api.schemas.disclosure import AgreementPost, ConfidentialityAgreementOut
from matcher import agreements
from matcher.sessions import reading

router = APIRouter(prefix="/agreements", tags=["consent"])


@router.post(
    "",
    status_code=201,
    response_model=ConfidentialityAgreementOut,
    responses=described.CREATED | described.refusals(403, 404),
)
def write_agreement(
    post: Annotated[AgreementPost, Body(openapi_examples=described.AGREEMENTS)], asking: AskingDep, key: KeyDep
) -> JSONResponse:
    """Writes a confidentiality agreement for an organisation. It is never changed: a new wording is a new one."""

    def make(session: Session) -> Created:
        written = agreements.write(session, asking.actor, post.organisation_id, post.draft())
        told = ConfidentialityAgreementOut.model_validate(written)
        return Created(told, asking.request.url_for("read_agreement", id=written.id).path)

    return idempotency.create(asking.home.engine, asking.actor, key, post, make)


@router.get("", responses=described.refusals(403))
def list_agreements(paging: Annotated[Paging, Query()], asking: AskingDep) -> Listed[ConfidentialityAgreementOut]:
    """Those of the organisation that you act for, newest first."""
    with reading(asking.home.engine) as session:
        found = agreements.listed(session, asking.actor, cursor=paging.cursor, limit=paging.limit + 1)
        shown = [ConfidentialityAgreementOut.model_validate(one) for one in found[: paging.limit]]
    return Listed(items=shown, next_cursor=shown[-1].id if len(found) > paging.limit else None)


@router.get("/{id}", responses=described.refusals(403, 404))
def read_agreement(id: str, asking: AskingDep) -> ConfidentialityAgreementOut:
    """One of your organisation's. What was offered to you stands in the request for consent."""
    with reading(asking.home.engine) as session:
        return ConfidentialityAgreementOut.model_validate(agreements.get(session, asking.actor, id))
