"""Everybody who has an account, and the platform roles; for operators."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import ValidationError
from sqlmodel import Session

from api import described
from api.deps import ActorDep, HomeDep
from api.errors import invalid
from api.routes.session import memberships
from api.schemas.accounts import (
    AccreditationIn,
    AccreditationOut,
    Disabling,
    PersonDetail,
    PersonOut,
)
from api.schemas.base import Listed, Paging
from matcher.accounts import accreditations, erasure, people
from matcher.accounts.accreditations import AccreditationDraft
from matcher.actors import Actor
from matcher.entities import Person, PlatformRole
from matcher.sessions import reading, writing

router = APIRouter(prefix="/people", tags=["people"])

_ONE = described.refusals(401, 403, 404)


@router.get("", response_model=Listed[PersonOut], responses=described.refusals(401, 403))
def list_people(query: Annotated[Paging, Query()], home: HomeDep, actor: ActorDep) -> Listed[PersonOut]:
    """In the order in which they came."""
    with reading(home.engine) as session:
        found = people.listed(session, actor, cursor=query.cursor, limit=query.limit + 1)
        shown = [_shown(person) for person in found[: query.limit]]
    return Listed(items=shown, next_cursor=shown[-1].id if len(found) > query.limit else None)


@router.get("/{id}", responses=_ONE)
def read_person(id: str, home: HomeDep, actor: ActorDep) -> PersonDetail:
    """With organisations and platform roles."""
    with reading(home.engine) as session:
        return _detail(session, actor, people.get(session, actor, id))


@router.post("/{id}/disable", responses=_ONE | described.refusals(409))
def disable_person(
    id: str,
    home: HomeDep,
    actor: ActorDep,
    sent: Disabling = Disabling(),  # noqa: B008  # never changed
) -> PersonDetail:
    """Nobody signs in to the account any more; what is signed in, and tokens, stop."""
    with writing(home.engine) as session:
        return _detail(session, actor, people.disable(session, actor, id, reason=sent.reason))


@router.post("/{id}/enable", responses=_ONE | described.refusals(409))
def enable_person(id: str, home: HomeDep, actor: ActorDep) -> PersonDetail:
    """Takes a disabling back."""
    with writing(home.engine) as session:
        return _detail(session, actor, people.enable(session, actor, id))


@router.delete("/{id}", status_code=204, response_class=Response, responses=_ONE | described.refusals(409))
def erase_person(id: str, home: HomeDep, actor: ActorDep) -> Response:
    """Erases somebody's particulars for good, as DELETE /account does one's own."""
    with writing(home.engine) as session:
        erasure.erase(session, actor, id)
    return Response(status_code=204)


@router.put("/{id}/accreditations/{role}", responses=_ONE | described.refusals(409))
def accredit(id: str, role: PlatformRole, sent: AccreditationIn, home: HomeDep, actor: ActorDep) -> AccreditationOut:
    """Gives a platform role, or changes its fields, regions and workload."""
    try:
        draft = AccreditationDraft(role=role, **sent.model_dump())
    except ValidationError as error:
        raise invalid(error) from None
    with writing(home.engine) as session:
        return AccreditationOut.model_validate(accreditations.grant(session, actor, id, draft))


@router.delete(
    "/{id}/accreditations/{role}", status_code=204, response_class=Response, responses=_ONE | described.refusals(409)
)
def withdraw_accreditation(id: str, role: PlatformRole, home: HomeDep, actor: ActorDep) -> Response:
    """Takes a platform role away. The last operator stays one."""
    with writing(home.engine) as session:
        accreditations.withdraw(session, actor, id, role)
    return Response(status_code=204)


def _shown(person: Person) -> PersonOut:
    return PersonOut.model_validate(person, from_attributes=True)


def _detail(session: Session, actor: Actor, person: Person) -> PersonDetail:
    return PersonDetail(
        **_shown(person).model_dump(),
        organisations=memberships(session, actor, person.id),
        accreditations=[
            AccreditationOut.model_validate(one) for one in accreditations.of_person(session, actor, person.id)
        ],
    )
