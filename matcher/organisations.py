"""Organisations: admit, look up, recognise by name."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Annotated

from pydantic import StringConstraints, field_validator
from sqlalchemy import bindparam
from sqlmodel import Session, col, or_, select
from stdnum.cn import uscc
from stdnum.exceptions import ValidationError as NotAUscc

from matcher import events, policy, regions
from matcher.actors import Actor
from matcher.drafts import Draft
from matcher.entities import Organisation, OrganisationKind, SizeClass
from matcher.errors import Conflict, NotFound
from matcher.policy import Action, Thing

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class OrganisationDraft(Draft):
    kind: OrganisationKind
    name: Name
    name_en: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""
    credit_code: str | None = None
    """Unified social credit code, 18 characters with a check character (GB 32100)."""
    region: str | None = None
    size: SizeClass | None = None

    @field_validator("credit_code")
    @classmethod
    def _valid_code(cls, code: str | None) -> str | None:
        if not code:
            return None
        try:
            return str(uscc.validate(code))
        except NotAUscc as error:
            raise ValueError(f"not a unified social credit code: {error}") from None

    @field_validator("region")
    @classmethod
    def _known_region(cls, code: str | None) -> str | None:
        return regions.checked(code) if code else None


def admit(session: Session, actor: Actor, draft: OrganisationDraft) -> Organisation:
    """Raises Conflict when the name or the credit code is taken."""
    policy.require(actor, Action.ADMIT_ORGANISATION)
    if by_name(session, draft.name) is not None:
        raise Conflict(f"There is already an organisation named {draft.name!r}.")
    if (
        draft.credit_code
        and session.exec(select(Organisation).where(Organisation.credit_code == draft.credit_code)).first()
    ):
        raise Conflict(f"There is already an organisation with the credit code {draft.credit_code}.")
    organisation = Organisation(**draft.model_dump())
    session.add(organisation)
    session.flush()
    events.record(session, actor, _admitted(organisation))
    return organisation


def read(session: Session, actor: Actor, id: str) -> Organisation:
    """Raises NotFound."""
    policy.require(actor, Action.LIST_ORGANISATIONS, Thing("organisation", id))
    return get(session, id)


def get(session: Session, id: str) -> Organisation:
    """Whoever asks. Raises NotFound."""
    organisation = session.get(Organisation, id)
    if organisation is None:
        raise NotFound("organisation", id)
    return organisation


def by_name(session: Session, name: str) -> Organisation | None:
    return session.exec(select(Organisation).where(Organisation.name == name.strip())).first()


def by_name_or_new(session: Session, actor: Actor, name: str, kind: OrganisationKind) -> Organisation:
    """The organisation of that name, admitted as `kind` when it is new."""
    return get(session, named(session, actor, [name], kind)[name])


def named(
    session: Session,
    actor: Actor,
    wanted: Collection[str],
    kind: OrganisationKind,
    regions_of: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Name → id; names that are new are admitted as `kind`, all in one go, each in its region of `regions_of`."""
    stripped = {name: name.strip() for name in wanted}
    seats = {name.strip(): region for name, region in (regions_of or {}).items()}
    names_there = list(dict.fromkeys(stripped.values()))
    found = known(session, names_there)
    fresh = [
        Organisation(**OrganisationDraft(kind=kind, name=name, region=seats.get(name)).model_dump())
        for name in names_there
        if name not in found
    ]
    if fresh:
        policy.require(actor, Action.ADMIT_ORGANISATION)
    session.add_all(fresh)
    session.flush()
    events.record_all(session, actor, [_admitted(organisation) for organisation in fresh])
    found.update({organisation.name: organisation.id for organisation in fresh})
    return {name: found[name_there] for name, name_there in stripped.items()}


def known(session: Session, wanted: Sequence[str]) -> dict[str, str]:
    """Name → id of those of these names that stand here."""
    found: dict[str, str] = {}
    for start in range(0, len(wanted), 500):
        some = wanted[start : start + 500]
        query = select(Organisation.name, Organisation.id).where(col(Organisation.name).in_(some))
        found.update(session.exec(query).all())
    return found


def listed(
    session: Session, actor: Actor, *, words: str | None = None, cursor: str | None = None, limit: int = 50
) -> list[Organisation]:
    """In order of admission, from behind the id `cursor`; those in whose name the words stand, if any are given."""
    policy.require(actor, Action.LIST_ORGANISATIONS)
    query = select(Organisation).order_by(col(Organisation.id)).limit(limit)
    if words:
        there = (col(name).icontains(words, autoescape=True) for name in (Organisation.name, Organisation.name_en))
        query = query.where(or_(*there))
    if cursor:
        query = query.where(col(Organisation.id) > cursor)
    return list(session.exec(query))


def by_id(session: Session, ids: Collection[str]) -> dict[str, Organisation]:
    found = session.exec(select(Organisation).where(col(Organisation.id).in_(ids)))
    return {organisation.id: organisation for organisation in found}


def names(session: Session, ids: set[str]) -> dict[str, str]:
    return dict(session.exec(_NAMES, params={"ids": list(ids)}).all())


_NAMES = select(Organisation.id, Organisation.name).where(col(Organisation.id).in_(bindparam("ids", expanding=True)))


def _admitted(organisation: Organisation) -> events.Entry:
    detail = {"name": organisation.name, "kind": str(organisation.kind)}
    return events.Entry("organisation.admitted", f"organisation:{organisation.id}", detail)
