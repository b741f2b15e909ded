"""Organisations."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Query, Request
from fastapi.responses import JSONResponse
from sqlmodel import Session

from api import described, idempotency
from api.deps import ActorDep, HomeDep, KeyDep
from api.idempotency import Created
from api.schemas import Listed, OrganisationOut, Paging
from matcher import organisations
from matcher.organisations import OrganisationDraft
from matcher.sessions import reading

router = APIRouter(prefix="/organisations", tags=["organisations"])


@router.post(
    "",
    status_code=201,
    response_model=OrganisationOut,
    responses=described.CREATED | described.refusals(409),
)
def admit_organisation(
    draft: Annotated[OrganisationDraft, Body(openapi_examples=described.ORGANISATIONS)],
    request: Request,
    home: HomeDep,
    actor: ActorDep,
    key: KeyDep,
) -> JSONResponse:
    """Admits a company, a lab, a service provider or an operator. Its name is its own."""

    def make(session: Session) -> Created:
        admitted = OrganisationOut.model_validate(organisations.admit(session, actor, draft))
        return Created(admitted, request.url_for("read_organisation", id=admitted.id).path)

    return idempotency.create(home.engine, actor, key, draft, make)


@router.get("", response_model=Listed[OrganisationOut], responses=described.refusals())
def list_organisations(paging: Annotated[Paging, Query()], home: HomeDep, actor: ActorDep) -> Listed[OrganisationOut]:
    """In order of admission."""
    with reading(home.engine) as session:
        found = organisations.listed(session, after=paging.after, limit=paging.limit + 1)
        shown = [OrganisationOut.model_validate(one) for one in found[: paging.limit]]
    return Listed(items=shown, next_cursor=shown[-1].id if len(found) > paging.limit else None)


@router.get("/{id}", responses=described.refusals(404))
def read_organisation(id: str, home: HomeDep, actor: ActorDep) -> OrganisationOut:
    with reading(home.engine) as session:
        return OrganisationOut.model_validate(organisations.get(session, id))
