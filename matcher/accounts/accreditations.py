"""Platform roles, which operators give and take: matchmaker, grader, operator."""

from __future__ import annotations

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
    """Codes of the field tree that somebody knows; empty: any."""
    regions: list[str] = Field(default_factory=list, max_length=200)
    """GB/T 2260 codes that somebody works in; empty: any."""
    workload: Annotated[int, Field(ge=0, le=10_000)] | None = None
    """How much may wait on them at a time; None: no limit."""

    @field_validator("fields")
    @classmethod
    def _known_fields(cls, codes: list[str]) -> list[str]:
        for code in codes:
            if code not in fields.by_code():
                raise ValueError(
                    f"unknown field {code!r}: a code of the field tree is expected, e.g. '{fields.EXAMPLE}'"
                )
        return list(dict.fromkeys(codes))

    @field_validator("regions")
    @classmethod
    def _known_regions(cls, codes: list[str]) -> list[str]:
        return list(dict.fromkeys(regions.checked(code) for code in codes))


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
