"""The people of an organisation, and what they may do in it."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api import described
from api.deps import ActorDep, HomeDep
from api.schemas.accounts import MemberOut, MemberRoles, PersonName
from matcher.accounts import members
from matcher.sessions import reading, writing

router = APIRouter(prefix="/organisations/{id}/members", tags=["members"])


@router.get("", responses=described.refusals(401, 403, 404))
def list_members(id: str, home: HomeDep, actor: ActorDep) -> list[MemberOut]:
    """In the order in which they came to the platform."""
    with reading(home.engine) as session:
        return [
            MemberOut(person=PersonName.model_validate(person), roles=sorted(roles))
            for person, roles in members.of_organisation(session, actor, id)
        ]


@router.put("/{person_id}", responses=described.refusals(401, 403, 404, 409))
def set_roles(id: str, person_id: str, sent: MemberRoles, home: HomeDep, actor: ActorDep) -> MemberRoles:
    """Gives exactly these roles; with none the person leaves. Managers change their own people's, and
    invite others; one manager is left."""
    with writing(home.engine) as session:
        return MemberRoles(roles=sorted(members.set_roles(session, actor, id, person_id, sent.roles)))


@router.delete(
    "/{person_id}", status_code=204, response_class=Response, responses=described.refusals(401, 403, 404, 409)
)
def remove_member(id: str, person_id: str, home: HomeDep, actor: ActorDep) -> Response:
    """Takes somebody out of the organisation, or leaves it."""
    with writing(home.engine) as session:
        if person_id == actor.person_id:
            members.leave(session, actor, id, person_id)
        else:
            members.set_roles(session, actor, id, person_id, [])
    return Response(status_code=204)
