"""Asking for the whole of a need or result, and the owner's answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated

from fastapi import APIRouter, Body, Query
from fastapi.responses import JSONResponse
from sqlmodel import Session, col, select

from api import described, idempotency, presenting
from api.deps import Asking, AskingDep, KeyDep
from api.idempotency import Created
from api.routes import items
from api.schemas.base import Listed
from api.schemas.disclosure import (
    AgreementAcceptance,
    ConfidentialityAgreementOut,
    ConsentOut,
    ConsentPost,
    ConsentsQuery,
    Grant,
    Offer,
    Refusal,
)
from api.schemas.organisations import OrganisationName
from matcher import access, consents, disclosure, organisations, readings
from matcher.consents import Side
from matcher.entities import Consent, Reading, now
from matcher.items import TABLES, Stored
from matcher.sessions import reading, writing

router = APIRouter(prefix="/consents", tags=["consent"])

_MOVED = described.refusals(403, 404, 409)


@router.post(
    "",
    status_code=201,
    response_model=ConsentOut,
    responses=described.CREATED | described.refusals(403, 404, 409),
)
def ask_for_consent(
    post: Annotated[ConsentPost, Body(openapi_examples=described.CONSENTS)], asking: AskingDep, key: KeyDep
) -> JSONResponse:
    """Asks the owner of a need or result to show all of it to the organisation that you act for."""

    def make(session: Session) -> Created:
        asked = consents.ask(session, asking.actor, post.kind, post.id, post.questions())
        return Created(
            _told_while_writing(session, asking, asked), asking.request.url_for("read_consent", id=asked.id).path
        )

    return idempotency.create(asking.home.engine, asking.actor, key, post, make)


@router.get("", response_model=Listed[ConsentOut], responses=described.refusals(403))
def list_consents(query: Annotated[ConsentsQuery, Query()], asking: AskingDep) -> Listed[ConsentOut]:
    """The requests that the organisation you act for has received or sent, newest first."""
    with reading(asking.home.engine) as session:
        found = consents.listed(
            session,
            asking.actor,
            side=query.side,
            state=query.state,
            cursor=query.cursor,
            limit=query.limit + 1,
        )
        shown, seen = _shown(session, asking, found[: query.limit])
    items.keep(asking, seen)
    return Listed(items=shown, next_cursor=shown[-1].id if len(found) > query.limit else None)


@router.get("/{id}", response_model=ConsentOut, responses=described.refusals(403, 404))
def read_consent(id: str, asking: AskingDep) -> ConsentOut:
    """A request, the answer, and the agreement offered, for its two sides."""
    with reading(asking.home.engine) as session:
        [told], seen = _shown(session, asking, [consents.get(session, asking.actor, id)])
    items.keep(asking, seen)
    return told


@router.post("/{id}/grant", response_model=ConsentOut, responses=_MOVED)
def grant_consent(id: str, asking: AskingDep, sent: Grant = Grant()) -> ConsentOut:  # noqa: B008  # never changed
    """The owner lets the organisation in."""
    return _moved(
        asking, lambda session: consents.grant(session, asking.actor, id, until=sent.until, answer=sent.answer)
    )


@router.post("/{id}/offer", response_model=ConsentOut, responses=_MOVED)
def offer_consent(id: str, asking: AskingDep, sent: Offer) -> ConsentOut:
    """The owner lets the organisation in as soon as it accepts a confidentiality agreement."""
    return _moved(
        asking,
        lambda session: consents.offer(
            session, asking.actor, id, sent.agreement_id, until=sent.until, answer=sent.answer
        ),
    )


@router.post("/{id}/accept", response_model=ConsentOut, responses=_MOVED)
def accept_agreement(id: str, asking: AskingDep, sent: AgreementAcceptance) -> ConsentOut:
    """The organisation that asked accepts the agreement offered, and is let in."""
    return _moved(asking, lambda session: consents.accept(session, asking.actor, id, sent.text_hash))


@router.post("/{id}/refuse", response_model=ConsentOut, responses=_MOVED)
def refuse_consent(id: str, asking: AskingDep, sent: Refusal = Refusal()) -> ConsentOut:  # noqa: B008  # never changed
    """The owner refuses."""
    return _moved(asking, lambda session: consents.refuse(session, asking.actor, id, answer=sent.answer))


@router.post("/{id}/withdraw", response_model=ConsentOut, responses=_MOVED)
def withdraw_consent(id: str, asking: AskingDep, sent: Refusal = Refusal()) -> ConsentOut:  # noqa: B008  # never changed
    """The owner ends what was asked, offered or granted; or who asked takes the request back."""
    return _moved(asking, lambda session: consents.withdraw(session, asking.actor, id, answer=sent.answer))


def _moved(asking: Asking, move: Callable[[Session], Consent]) -> ConsentOut:
    with writing(asking.home.engine) as session:
        return _told_while_writing(session, asking, move(session))


def _told_while_writing(session: Session, asking: Asking, consent: Consent) -> ConsentOut:
    [told], seen = _shown(session, asking, [consent])
    readings.keep(session, seen)
    return told


def _shown(session: Session, asking: Asking, found: Sequence[Consent]) -> tuple[list[ConsentOut], list[Reading]]:
    """What is told of each, and what of their items is shown with it to be kept for the owners."""
    names = organisations.names(session, {id for one in found for id in (one.owner_id, one.organisation_id)})
    viewer = access.viewer(session, asking.actor)
    entitled = [one for one in _items(session, found) if disclosure.holds(one.kind, viewer.view(one), "title")]
    titles = {one.id: one.title for one in presenting.all_shown(session, viewer, entitled)}
    told: list[ConsentOut] = []
    for one in found:
        values = {name: getattr(one, name) for name in ConsentOut.model_fields.keys() & Consent.model_fields.keys()}
        agreement = consents.agreement_of(session, asking.actor, one)
        sent = one.organisation_id == asking.actor.organisation_id
        values |= {
            "kind": one.item_kind,
            "side": Side.SENT if sent else Side.RECEIVED,
            "in_force": consents.is_in_force(one, now()),
            "organisation": OrganisationName(id=one.organisation_id, name=names[one.organisation_id]),
            "agreement": ConfidentialityAgreementOut.model_validate(agreement) if agreement else None,
        }
        if consents.names_owner(session, viewer, one):
            values["owner"] = OrganisationName(id=one.owner_id, name=names[one.owner_id])
        else:
            del values["answered_by"]
        if one.item_id in titles:
            values["title"] = titles[one.item_id]
        told.append(ConsentOut.model_validate(values))
    return told, readings.worth_keeping(viewer, entitled, "consent")


def _items(session: Session, found: Sequence[Consent]) -> list[Stored]:
    return [
        item
        for kind, table in TABLES.items()
        for item in session.exec(
            select(table).where(col(table.id).in_({one.item_id for one in found if one.item_kind is kind}))
        )
    ]
