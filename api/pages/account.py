"""One's own account: name, password, second factor, sessions, keys for programs, and for whom one acts."""

from __future__ import annotations

from typing import Any

import segno
from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from api.deps import BackgroundDep, limited
from api.identity import authentication
from api.pages import acting, forms
from api.pages.forms import Form, Sent
from api.pages.languages import marked as _
from api.pages.looking import Looking, LookingDep
from api.routes import account, session, tokens
from api.schemas.accounts import ActFor, PasswordChange, PasswordOnce, SecondFactorCode
from matcher.accounts.people import NameDraft
from matcher.accounts.tokens import TokenDraft
from matcher.errors import Invalid, Unauthenticated

router = APIRouter(prefix="/account", include_in_schema=False)

PAGE = "people/account.html"


@router.get("")
def read(looking: LookingDep) -> Response:
    return looking.show(PAGE, form=forms.blank(), **_told(looking))


@router.post("/organisation")
def act_for(looking: LookingDep, sent: Sent) -> Response:
    chosen = sent.get("organisation_id")
    session.act_for(ActFor(organisation_id=str(chosen) if chosen else None), looking.home, looking.caller)
    return looking.go("/account", _("From now on you act for this organisation."))


@router.post("/name")
def rename(looking: LookingDep, sent: Sent) -> Response:
    def do() -> Response:
        account.rename(forms.read(sent, NameDraft, looking.zone), looking.home, looking.actor)
        return looking.go("/account", _("Saved."))

    return _act(looking, sent, do)


@router.post("/password", dependencies=[limited("sign in")])
def change_password(looking: LookingDep, sent: Sent) -> Response:
    def do() -> Response:
        account.change_password(forms.read(sent, PasswordChange, looking.zone), looking.home, looking.caller)
        return looking.go("/account", _("The password is changed. You are signed out everywhere else."))

    return _act(looking, sent, do)


@router.post("/confirmation", dependencies=[limited("mail")])
def request_confirmation(looking: LookingDep, background: BackgroundDep) -> Response:
    account.request_confirmation(looking.home, looking.actor, background)
    return looking.go("/account", _("A mail with a link is on its way."))


@router.post("/sign-ins/{id}")
def end_sign_in(id: str, looking: LookingDep) -> Response:
    account.end_sign_in(id, looking.home, looking.actor)
    return looking.go("/account", _("Signed out there."))


@router.post("/sign-ins")
def end_others(looking: LookingDep) -> Response:
    account.end_other_sign_ins(looking.home, looking.caller)
    return looking.go("/account", _("Signed out everywhere else."))


# -- keys for programs ------------------------------------------------------------------------------


@router.post("/tokens")
def create_token(looking: LookingDep, sent: Sent) -> Response:
    """The secret is on the answer to this, and nowhere else."""

    def do() -> Response:
        given = {"organisation_id": looking.actor.organisation_id}
        made = tokens.create_token(forms.read(sent, TokenDraft, looking.zone, **given), looking.home, looking.actor)
        return looking.show("people/token.html", made=made)

    return _act(looking, sent, do)


@router.post("/tokens/{id}")
def revoke_token(id: str, looking: LookingDep) -> Response:
    tokens.revoke_token(id, looking.home, looking.actor)
    return looking.go("/account", _("Revoked."))


# -- the second factor ------------------------------------------------------------------------------


@router.post("/second-factor")
def start_second_factor(looking: LookingDep) -> Response:
    key = account.start_second_factor(looking.home, looking.actor)
    return _second_factor(looking, forms.blank(key=key.key, uri=key.uri))


@router.post("/second-factor/confirmation", dependencies=[limited("code")])
def confirm_second_factor(looking: LookingDep, sent: Sent) -> Response:
    form = forms.sent(sent)
    try:
        given = forms.read(sent, SecondFactorCode, looking.zone)
        account.confirm_second_factor(given, looking.home, looking.actor)
    except Exception as error:
        if isinstance(error, Unauthenticated):
            raise
        return _second_factor(looking, form, acting.refuse(form, error))
    return looking.go("/account", _("From now on a code is asked for when you sign in."))


@router.post("/second-factor/removal")
def remove_second_factor(looking: LookingDep, sent: Sent) -> Response:
    def do() -> Response:
        account.remove_second_factor(forms.read(sent, PasswordOnce, looking.zone), looking.home, looking.actor)
        return looking.go("/account", _("No code is asked for any more."))

    return _act(looking, sent, do)


def _second_factor(looking: Looking, form: Form, status: int = 200) -> Response:
    uri = form.value("uri")
    if not uri.startswith("otpauth://"):
        raise Invalid("start again from your account", place="uri")
    picture = segno.make(uri).svg_data_uri(scale=5, border=2, light="white")
    return looking.show("people/second_factor.html", status, form=form, picture=picture)


# -- the end ----------------------------------------------------------------------------------------


@router.post("/erasure")
def erase(looking: LookingDep, sent: Sent) -> Response:
    """For good, so it is asked for in writing: the e-mail address of the account."""

    def do() -> Response:
        mine = account.read_account(looking.home, looking.actor)
        if str(sent.get("email", "")).strip().lower() != mine.email:
            raise Invalid("write the e-mail address of this account", place="email")
        account.erase(looking.request, looking.home, looking.actor)
        answer = RedirectResponse("/", 303)
        authentication.clear_session(looking.request, answer)
        return answer

    return _act(looking, sent, do)


def _act(looking: Looking, sent: Any, do: Any) -> Response:
    return acting.act(looking, forms.sent(sent), PAGE, do, lambda: _told(looking))


def _told(looking: Looking) -> dict[str, Any]:
    return {
        "mine": account.read_account(looking.home, looking.actor),
        "sign_ins": account.list_sign_ins(looking.home, looking.caller),
        "tokens": tokens.list_tokens(looking.home, looking.actor),
    }
