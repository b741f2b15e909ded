"""Asking to be shown all of a need or result, and answering who asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fastapi import APIRouter, Response
from starlette.datastructures import FormData

from api.pages import acting, choices, exporting, forms
from api.pages.exporting import Format
from api.pages.forms import Sent
from api.pages.items import kinds
from api.pages.languages import marked as _
from api.pages.languages import say
from api.pages.looking import Looking, LookingDep
from api.pages.wording import worded
from api.routes import agreements, consents, items
from api.schemas.base import Listed, Paging
from api.schemas.disclosure import (
    AgreementAcceptance,
    ConsentOut,
    ConsentPost,
    ConsentsQuery,
    Grant,
    Offer,
    Refusal,
)
from matcher import policy
from matcher.consents import Side
from matcher.entities import Kind
from matcher.errors import NotFound
from matcher.policy import Action, ConsentThing
from matcher.states import CONSENT_MOVES

router = APIRouter(prefix="/consents", include_in_schema=False)

LIST, ASK, ONE = "consents/list.html", "consents/ask.html", "consents/one.html"
SHOWN = 20
_AGREEMENTS = 200

Move = Callable[[Looking, str, FormData], ConsentOut]


def _grant(looking: Looking, id: str, sent: FormData) -> ConsentOut:
    return consents.grant_consent(id, looking, forms.read(sent, Grant, looking.zone))


def _offer(looking: Looking, id: str, sent: FormData) -> ConsentOut:
    return consents.offer_consent(id, looking, forms.read(sent, Offer, looking.zone))


def _refuse(looking: Looking, id: str, sent: FormData) -> ConsentOut:
    return consents.refuse_consent(id, looking, forms.read(sent, Refusal, looking.zone))


def _withdraw(looking: Looking, id: str, sent: FormData) -> ConsentOut:
    return consents.withdraw_consent(id, looking, forms.read(sent, Refusal, looking.zone))


def _accept(looking: Looking, id: str, sent: FormData) -> ConsentOut:
    return consents.accept_agreement(id, looking, forms.read(sent, AgreementAcceptance, looking.zone))


MOVES: Mapping[str, tuple[Move, str]] = {
    "grant": (_grant, _("They are let in, and told so.")),
    "offer": (_offer, _("The agreement is offered. They are let in once they accept it.")),
    "refuse": (_refuse, _("The request is refused.")),
    "accept": (_accept, _("The agreement is accepted: all of it is shown to you now.")),
    "withdraw": (_withdraw, _("It is taken back.")),
}
"""Each move with what is told when it is done."""


@router.get("")
def list_consents(looking: LookingDep) -> Response:
    found = _listed(looking, limit=SHOWN)
    return looking.show(LIST, found=found, side=looking.request.query_params.get("side", ""))


@router.get("/export")
def export(looking: LookingDep, format: Format = "xlsx") -> Response:
    """The list under the same filters, from its beginning."""
    page = _listed(looking, limit=200, cursor=None)
    rows = page.items
    while page.next_cursor and len(rows) < exporting.MOST:
        page = _listed(looking, limit=200, cursor=page.next_cursor)
        rows = rows + page.items
    language = looking.language
    header = [
        say(language, *words)
        for words in (
            ("类型", "Kind"), ("名称", "Title"), ("申请单位", "Who asks"), ("权属单位", "Owner"), ("状态", "State"),
            ("申请时间", "Asked"), ("答复时间", "Answered"), ("有效期至", "Until"),
        )
    ]  # fmt: skip
    table = [
        [
            worded(one.kind, language), one.title or "", one.organisation.name, one.owner.name if one.owner else "",
            worded(one.state, language),
            *(at.astimezone(looking.zone).strftime("%Y-%m-%d %H:%M") if at else "" for at in
              (one.asked_at, one.answered_at, one.expires_at)),
        ]
        for one in rows
    ]  # fmt: skip
    return exporting.file("consents", header, table, format)


@router.get("/new")
def ask(looking: LookingDep, kind: Kind, id: str) -> Response:
    return looking.show(ASK, form=forms.blank(), **_asked_for(looking, kind, id))


@router.post("/new")
def send(looking: LookingDep, sent: Sent, kind: Kind, id: str) -> Response:
    form = forms.sent(sent)

    def do() -> Response:
        post = forms.read(sent, ConsentPost, looking.zone, kind=kind, id=id)
        made = consents.ask_for_consent(post, looking, form.key)
        return looking.go(f"/consents/{made.headers['Location'].rpartition('/')[2]}", _("Your request is sent."))

    return acting.act(looking, form, ASK, do, lambda: _asked_for(looking, kind, id))


def _asked_for(looking: Looking, kind: Kind, id: str) -> dict[str, Any]:
    desk = kinds.BY_KIND[kind]
    item = items.read(looking, desk.table, id)
    policy.require(looking.actor, Action.ASK_CONSENT, kinds.thing(item))
    return {"kind": kind, "item": item, "here": desk.path}


@router.get("/{id}")
def read(id: str, looking: LookingDep) -> Response:
    return looking.show(ONE, form=forms.blank(), **_told(looking, consents.read_consent(id, looking)))


@router.post("/{id}/move")
def move(id: str, looking: LookingDep, sent: Sent) -> Response:
    found = MOVES.get(str(sent.get("move", "")))
    if found is None:
        raise NotFound("move", str(sent.get("move", "")))
    make, told = found

    def do() -> Response:
        make(looking, id, sent)
        return looking.go(f"/consents/{id}", told)

    return acting.act(looking, forms.sent(sent), ONE, do, lambda: _told(looking, consents.read_consent(id, looking)))


def _listed(looking: Looking, **given: object) -> Listed[ConsentOut]:
    return consents.list_consents(choices.asked(looking, ConsentsQuery, **given), looking)


def _told(looking: Looking, one: ConsentOut) -> dict[str, Any]:
    """With the moves that are this side's to make now."""
    received = one.side is Side.RECEIVED
    owner = looking.actor.organisation_id if received else None
    thing = ConsentThing("consent", one.id, owner=owner, asking=one.organisation.id)
    action = Action.ANSWER_CONSENT if received else Action.ACCEPT_AGREEMENT
    may = policy.can(looking.actor, action, thing).allowed
    mine = {"grant", "offer", "refuse", "withdraw"} if received else {"accept", "withdraw"}
    possible = {name for name in mine if may and one.state in CONSENT_MOVES[name][0]}
    if not received and one.in_force:
        possible.discard("withdraw")
    offered = agreements.list_agreements(Paging(limit=_AGREEMENTS), looking).items if "offer" in possible else []
    return {
        "one": one,
        "moves": possible,
        "agreements": [(agreement.id, agreement.title) for agreement in offered],
        "path_of_item": f"{kinds.BY_KIND[one.kind].path}/{one.item_id}",
    }
