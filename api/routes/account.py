"""One's own account: name, password, second factor, sessions. Tokens may read it, and change nothing."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter, Request, Response

from api import described
from api.composition import Home
from api.deps import ActorDep, BackgroundDep, CallerDep, HomeDep, LimiterDep, StrangerDep, limited
from api.identity import authentication
from api.mail import letters
from api.mail.sending import deliver
from api.schemas.accounts import (
    AccountOut,
    EndedOut,
    PasswordChange,
    PasswordOnce,
    PasswordReset,
    ResetRequest,
    SecondFactorCode,
    SecondFactorKey,
    SignInOut,
)
from matcher import policy
from matcher.accounts import erasure, links, people, sign_ins, totp
from matcher.accounts.people import NameDraft
from matcher.actors import Actor
from matcher.entities import Person
from matcher.errors import Unauthenticated
from matcher.policy import Action
from matcher.sessions import reading, writing

router = APIRouter(prefix="/account", tags=["account"])

_OWN = described.refusals(401, 403)
_MAIL: described.Responses = {202: {"description": "A mail is on its way, if there is one to send."}}


def oneself(actor: Actor) -> str:
    """Raises Unauthenticated for who is not signed in."""
    if actor.person_id is None:
        raise Unauthenticated("Sign in first.")
    return actor.person_id


@router.get("", responses=described.refusals(401))
def read_account(home: HomeDep, actor: ActorDep) -> AccountOut:
    """One's own account."""
    with reading(home.engine) as session:
        return _shown(people.get(session, actor, oneself(actor)))


@router.patch("", responses=_OWN)
def rename(sent: NameDraft, home: HomeDep, actor: ActorDep) -> AccountOut:
    """Changes the name."""
    with writing(home.engine) as session:
        return _shown(people.rename(session, actor, oneself(actor), sent))


@router.delete("", status_code=204, response_class=Response, responses=_OWN | described.refusals(409))
def erase(request: Request, home: HomeDep, actor: ActorDep) -> Response:
    """Erases the account for good: name, address, keys, memberships. What was done stays in the record,
    under a number that says nothing. The last operator cannot."""
    with writing(home.engine) as session:
        erasure.erase(session, actor, oneself(actor))
    response = Response(status_code=204)
    authentication.clear_session(request, response)
    return response


# -- passwords -------------------------------------------------------------------------------------


@router.post("/password", responses=_OWN | described.refusals(409, 429))
def change_password(sent: PasswordChange, home: HomeDep, caller: CallerDep) -> EndedOut:
    """Changes the password, ends every other session and revokes every token."""
    ended = people.change_password(
        home.engine,
        caller.actor,
        home.secrets,
        oneself(caller.actor),
        old=sent.old,
        new=sent.new,
        sign_in_id=caller.sign_in_id,
    )
    return EndedOut(sessions_ended=ended.sign_ins, tokens_revoked=ended.tokens)


@router.post(
    "/password-reset",
    status_code=202,
    response_class=Response,
    responses=_MAIL | described.refusals(429),
    dependencies=[limited("mail")],
)
def request_reset(
    sent: ResetRequest, home: HomeDep, actor: StrangerDep, background: BackgroundDep, limiter: LimiterDep
) -> Response:
    """Mails a link with which the password can be set anew, good once and for an hour.

    The answer is the same, after the same time, whether or not there is an account.
    """
    policy.require(actor, Action.SIGN_IN)
    if limiter.may_mail(people.looked_up(sent.email)):
        background.later(partial(_mail_reset, home, actor, sent.email))
    return Response(status_code=202)


@router.post("/password-reset/{link}", responses=described.refusals(409, 429), dependencies=[limited("link")])
def reset_password(link: str, sent: PasswordReset, home: HomeDep, actor: StrangerDep) -> EndedOut:
    """Sets the password by the link of a mail, ends every session and revokes every token. Then sign in."""
    ended = links.reset_password(home.engine, actor, home.secrets, link, sent.password)
    return EndedOut(sessions_ended=ended.sign_ins, tokens_revoked=ended.tokens)


# -- the address -----------------------------------------------------------------------------------


@router.post(
    "/email-confirmation",
    status_code=202,
    response_class=Response,
    responses=_MAIL | _OWN | described.refusals(429),
    dependencies=[limited("mail")],
)
def request_confirmation(home: HomeDep, actor: ActorDep, background: BackgroundDep) -> Response:
    """Mails a link that confirms one's e-mail address, unless it is confirmed."""
    with writing(home.engine) as session:
        letter = links.request_confirmation(session, actor, home.secrets, oneself(actor))
    if letter is not None:
        mail = letters.confirm_email(home.settings, letter.email, letter.signed, letter.expires_at)
        background.later(partial(deliver, home.settings, mail))
    return Response(status_code=202)


@router.post(
    "/email-confirmation/{link}",
    status_code=204,
    response_class=Response,
    responses=described.refusals(409, 429),
    dependencies=[limited("link")],
)
def confirm_email(link: str, home: HomeDep, actor: StrangerDep) -> Response:
    """Confirms an e-mail address by the link of a mail."""
    with writing(home.engine) as session:
        links.confirm_email(session, actor, home.secrets, link)
    return Response(status_code=204)


# -- the second factor -----------------------------------------------------------------------------


@router.post("/second-factor", status_code=201, responses=_OWN | described.refusals(409))
def start_second_factor(home: HomeDep, actor: ActorDep) -> SecondFactorKey:
    """Makes a key for an authenticator. It is asked for once a code of it was confirmed."""
    with writing(home.engine) as session:
        return SecondFactorKey.model_validate(totp.start(session, actor, home.secrets, oneself(actor)))


@router.post(
    "/second-factor/confirmation",
    status_code=204,
    response_class=Response,
    responses=_OWN | described.refusals(409, 429),
    dependencies=[limited("code")],
)
def confirm_second_factor(sent: SecondFactorCode, home: HomeDep, actor: ActorDep) -> Response:
    """From now on a code is asked for at every sign-in by password."""
    with writing(home.engine) as session:
        totp.confirm(session, actor, home.secrets, oneself(actor), sent.code)
    return Response(status_code=204)


@router.post(
    "/second-factor/removal",
    status_code=204,
    response_class=Response,
    responses=_OWN | described.refusals(409, 429),
)
def remove_second_factor(sent: PasswordOnce, home: HomeDep, actor: ActorDep) -> Response:
    """Asks for no code any more."""
    totp.turn_off(home.engine, actor, home.secrets, oneself(actor), sent.password)
    return Response(status_code=204)


# -- sessions --------------------------------------------------------------------------------------


@router.get("/sign-ins", responses=described.refusals(401))
def list_sign_ins(home: HomeDep, caller: CallerDep) -> list[SignInOut]:
    """Where one is signed in, the latest used first."""
    with reading(home.engine) as session:
        return [
            SignInOut.model_validate({**one.model_dump(), "current": one.id == caller.sign_in_id})
            for one in sign_ins.listed(session, caller.actor, oneself(caller.actor))
        ]


@router.delete("/sign-ins", status_code=204, response_class=Response, responses=_OWN)
def end_other_sign_ins(home: HomeDep, caller: CallerDep) -> Response:
    """Signs out everywhere else."""
    with writing(home.engine) as session:
        sign_ins.end_all(session, caller.actor, oneself(caller.actor), but=caller.sign_in_id)
    return Response(status_code=204)


@router.delete("/sign-ins/{id}", status_code=204, response_class=Response, responses=_OWN | described.refusals(404))
def end_sign_in(id: str, home: HomeDep, actor: ActorDep) -> Response:
    """Signs out there."""
    oneself(actor)
    with writing(home.engine) as session:
        sign_ins.end(session, actor, id)
    return Response(status_code=204)


def _mail_reset(home: Home, actor: Actor, email: str) -> None:
    """In the background: there is something to store and to send for some addresses, for others not."""
    with writing(home.engine) as session:
        letter = links.request_reset(session, actor, home.secrets, email)
    if letter is not None:
        deliver(home.settings, letters.reset_password(home.settings, letter.email, letter.signed, letter.expires_at))


def _shown(person: Person) -> AccountOut:
    return AccountOut(
        id=person.id,
        email=person.email,
        name=person.name,
        email_confirmed=person.email_confirmed_at is not None,
        second_factor=person.totp_since is not None,
        signs_in_elsewhere=person.subject is not None,
        created_at=person.created_at,
    )
