"""Platform roles, which operators give and take: matchmaker, grader, operator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from pydantic import Field, field_validator
from sqlmodel import Session, col, select

from matcher import events, fields, policy, regions
from matcher.accounts import people
from matcher.actors import Actor
from matcher.drafts import Draft
from matcher.entities import Accreditation, Person, PlatformRole
from matcher.errors import NotAllowed, NotFound
from matcher.policy import Action


class AccreditationDraft(Draft):
    role: PlatformRole
    fields: list[str] = Field(default_factory=list, max_length=200)
    """What somebody knows, by code or name, kept by code of the field tree; empty: any."""
    regions: list[str] = Field(default_factory=list, max_length=200)
    """Where somebody works, by code or name, kept by GB/T 2260 code; empty: any."""
    workload: Annotated[int, Field(ge=0, le=10_000)] | None = None
    """How much may wait on them at a time; None: no limit."""

    @field_validator("fields")
    @classmethod
    def _known_fields(cls, named: list[str]) -> list[str]:
        codes = [
            _recognised(one, fields.recognise, "field", f"the field tree, e.g. '{fields.EXAMPLE}'") for one in named
        ]
        return list(dict.fromkeys(codes))

    @field_validator("regions")
    @classmethod
    def _known_regions(cls, named: list[str]) -> list[str]:
        known = "GB/T 2260, e.g. '320500' or '苏州'"
        return list(dict.fromkeys(_recognised(one, regions.recognise, "region", known) for one in named))


def _recognised(named: str, recognise: Callable[[str], str | None], what: str, where: str) -> str:
    """The code. Raises ValueError."""
    code = recognise(named)
    if code is None:
        raise ValueError(f"unknown {what} {named!r}: a code or name of {where} is expected")
    return code


def of_person(session: Session, actor: Actor, person_id: str) -> list[Accreditation]:
    people.require_known(actor, person_id)
    query = select(Accreditation).where(Accreditation.person_id == person_id).order_by(col(Accreditation.role))
    return list(session.exec(query))


def listed(session: Session, actor: Actor, role: PlatformRole) -> list[tuple[Person, Accreditation]]:
    """Everybody who has a platform role, in the order in which they came."""
    policy.require(actor, Action.READ_PEOPLE)
    query = select(Person, Accreditation).join(Accreditation).where(Accreditation.role == role).order_by(col(Person.id))
    return list(session.exec(query))


def grant(session: Session, actor: Actor, person_id: str, draft: AccreditationDraft) -> Accreditation:
    """Gives a role, or changes the fields, regions and workload of one given before.

    Raises NotAllowed for an account that is disabled.
    """
    policy.require(actor, Action.ACCREDIT, people.account_of(person_id))
    if not people.active(people.hold(session, person_id)):
        raise NotAllowed("This account is disabled.")
    found = session.get(Accreditation, (person_id, draft.role))
    values = draft.model_dump(exclude={"role"})
    if found is not None and {name: getattr(found, name) for name in values} == values:
        return found
    found = found or Accreditation(person_id=person_id, role=draft.role)
    found.sqlmodel_update(values)
    session.add(found)
    detail = {"role": draft.role.value, **values}
    events.record(session, actor, events.Entry("accreditation.granted", people.name_of(person_id), detail))
    return found


def withdraw(session: Session, actor: Actor, person_id: str, role: PlatformRole) -> None:
    """Raises NotFound for a role that the person has not, NotAllowed for the last operator."""
    policy.require(actor, Action.ACCREDIT, people.account_of(person_id))
    people.hold(session, person_id)
    found = session.get(Accreditation, (person_id, role))
    if found is None:
        raise NotFound(f"{role} of id", person_id)
    if role is PlatformRole.OPERATOR:
        people.keep_an_operator(session, person_id)
    session.delete(found)
    detail = {"role": role.value}
    events.record(session, actor, events.Entry("accreditation.withdrawn", people.name_of(person_id), detail))
