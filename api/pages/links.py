"""What the links of mails lead to: joining by invitation, a new password, a confirmed address."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from api.deps import BackgroundDep, LimiterDep, limited
from api.pages import acting, forms
from api.pages.forms import Form, Sent
from api.pages.languages import marked as _
from api.pages.looking import Looking, NobodyLookingDep, OpenLookingDep
from api.routes import account, invitations
from api.schemas.accounts import Acceptance, LinkOut, PasswordReset, ResetRequest
from matcher.entities import LinkPurpose

router = APIRouter(include_in_schema=False)

TEMPLATES = {
    LinkPurpose.INVITATION: "people/invitation.html",
    LinkPurpose.RESET_PASSWORD: "people/new_password.html",
    LinkPurpose.CONFIRM_EMAIL: "people/confirm_email.html",
}


@router.get("/password-reset")
def ask_reset(looking: NobodyLookingDep) -> Response:
    return looking.show("people/password_reset.html", form=forms.blank(), mailed=False)


@router.post("/password-reset", dependencies=[limited("mail")])
def request_reset(looking: NobodyLookingDep, sent: Sent, background: BackgroundDep, limiter: LimiterDep) -> Response:
    """The page says the same whether or not there is an account."""
    form, page = forms.sent(sent), "people/password_reset.html"

    def do() -> Response:
        asked = forms.read(sent, ResetRequest, looking.zone)
        account.request_reset(asked, looking.home, looking.actor, background, limiter)
        return looking.show(page, form=form, mailed=True)

    return acting.act(looking, form, page, do, lambda: {"mailed": False})


@router.get("/links/{link}", dependencies=[limited("link")])
def read(link: str, looking: OpenLookingDep) -> Response:
    found = _found(looking, link)
    return _shown(looking, found, forms.blank(name="", email=found.email or ""))


@router.post("/links/{link}", dependencies=[limited("link")])
def use(link: str, looking: OpenLookingDep, sent: Sent) -> Response:
    found, form = _found(looking, link), forms.sent(sent)

    def do() -> Response:
        if found.purpose is LinkPurpose.RESET_PASSWORD:
            account.reset_password(link, forms.read(sent, PasswordReset, looking.zone), looking.home, looking.actor)
            return looking.go("/sign-in", _("The password is set. Sign in with it."))
        if found.purpose is LinkPurpose.CONFIRM_EMAIL:
            account.confirm_email(link, looking.home, looking.actor)
            return looking.go("/", _("The address is confirmed."))
        acceptance = forms.read(sent, Acceptance, looking.zone)
        invitations.accept_invitation(link, acceptance, looking.home, looking.actor)
        if found.has_account:
            return looking.go("/account", _("You have joined. Choose below for whom you act."))
        return looking.go("/sign-in", _("Your account is there. Sign in with it."))

    return acting.act(looking, form, TEMPLATES[found.purpose], do, lambda: _told(looking, found))


def _found(looking: Looking, link: str) -> LinkOut:
    return invitations.read_link(link, looking.request, looking.home, looking.actor)


def _shown(looking: Looking, found: LinkOut, form: Form) -> Response:
    return looking.show(TEMPLATES[found.purpose], form=form, **_told(looking, found))


def _told(looking: Looking, found: LinkOut) -> dict[str, Any]:
    return {"link": found, "known": looking.actor.known}
