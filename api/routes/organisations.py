"""Organisations."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Query
from fastapi.responses import JSONResponse
from sqlmodel import Session

from api import described, idempotency
from api.deps import AskingDep, KeyDep
from api.idempotency import Created
from api.schemas.base import Listed
from api.schemas.organisations import OrganisationOut, OrganisationsQuery
from matcher import organisations
from matcher.organisations import OrganisationDraft
from matcher.sessions import reading

router = APIRouter(prefix="/organisations", tags=["organisations"])


@router.post(
    "",
    status_code=201,
    response_model=OrganisationOut,
    responses=described.CREATED | described.refusals(403, 409),
)
def admit_organisation(
    draft: Annotated[OrganisationDraft, Body(openapi_examples=described.ORGANISATIONS)],
    asking: AskingDep,
    key: KeyDep,
) -> JSONResponse:
    """Admits a company, a lab, a service provider or an operator. Its name is its own."""

    def make(session: Session) -> Created:
        admitted = OrganisationOut.model_validate(organisations.admit(session, asking.actor, draft))
        return Created(admitted, asking.request.url_for("read_organisation", id=admitted.id).path)

    return idempotency.create(asking.home.engine, asking.actor, key, draft, make)


@router.get("", response_model=Listed[OrganisationOut], responses=described.refusals(403))
def list_organisations(query: Annotated[OrganisationsQuery, Query()], asking: AskingDep) -> Listed[OrganisationOut]:
    """In order of admission."""
    with reading(asking.home.engine) as session:
        found = organisations.listed(
            session, asking.actor, words=query.words, cursor=query.cursor, limit=query.limit + 1
        )
        shown = [OrganisationOut.model_validate(one) for one in found[: query.limit]]
    return Listed(items=shown, next_cursor=shown[-1].id if len(found) > query.limit else None)


@router.get("/{id}", responses=described.refusals(403, 404))
def read_organisation(id: str, asking: AskingDep) -> OrganisationOut:
    with reading(asking.home.engine) as session:
        return OrganisationOut.model_validate(organisations.read(session, asking.actor, id))
