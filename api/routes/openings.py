"""Closing a round, opening what was handed in, and the custodians who come together for it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body
from sqlmodel import Session

from api import answer_presenting, challenge_presenting, described
from api import described_answers as examples
from api.deps import Asking, AskingDep, limited
from api.schemas.accounts import PersonName
from api.schemas.answers import (
    AnswerOut,
    Closing,
    CustodianOut,
    CustodiansOut,
    CustodiansPut,
    Opening,
    PassphrasePost,
    Recovery,
)
from api.schemas.challenges import ChallengeOut
from api.timed import writing_now
from matcher.answers import custody, opening, reading
from matcher.answers.custody import Held
from matcher.engine import key_shares
from matcher.entities import Challenge
from matcher.sessions import reading as looking

router = APIRouter(prefix="/challenges/{id}", tags=["answers"])

_CHANGED = described.refusals(403, 404, 409)
_MOVED = {200: {"headers": described.SHOWN[200]["headers"]}} | _CHANGED
_PASSPHRASE = described.refusals(403, 404, 409, 429)


@router.get("/answers", responses=described.refusals(404))
def list_challenge_answers(id: str, asking: AskingDep) -> list[AnswerOut]:
    """Those that you may read: your own, and once they are opened all of them to the setter, the funder,
    investors and operators."""
    with looking(asking.home.engine) as session:
        return answer_presenting.shown(session, asking.actor, reading.of_challenge(session, asking.actor, id))


@router.post("/close", response_model=ChallengeOut, responses=_MOVED)
def close_round(id: str, asking: AskingDep, sent: Closing = Closing()) -> ChallengeOut:  # noqa: B008  # never changed
    """Ends the current round once its deadline has passed, or a negotiation has taken every place: drafts lapse, nobody
    reads what was handed in to a sealed one."""
    with writing_now(asking.home.engine) as (session, at):
        return _challenge(asking, session, opening.close(session, asking.actor, id, reason=sent.reason, at=at))


@router.post("/open", response_model=ChallengeOut, responses=_MOVED)
def open_round(id: str, asking: AskingDep, sent: Opening = Opening()) -> ChallengeOut:  # noqa: B008  # never changed
    """Opens what was handed in, once as many custodians as the challenge has have given their share."""
    secrets = asking.home.secrets
    with writing_now(asking.home.engine) as (session, at):
        opened = opening.open_round(session, secrets, asking.actor, id, set_aside=sent.set_aside, at=at)
        return _challenge(asking, session, opened)


@router.get("/custodians", responses=described.refusals(404))
def list_custodians(id: str, asking: AskingDep) -> CustodiansOut:
    """Who holds the key, and how far they have come."""
    with looking(asking.home.engine) as session:
        return _held(custody.of_challenge(session, asking.actor, id))


@router.get("/custodians/candidates", responses=described.refusals(403, 404))
def list_candidates(id: str, asking: AskingDep) -> list[PersonName]:
    """Whom you can name by e-mail address to hold the key: the setter's people, matchmakers and operators."""
    with looking(asking.home.engine) as session:
        found = custody.candidates(session, asking.actor, id)
        return [PersonName.model_validate(person) for person in found]


@router.put("/custodians", responses=_CHANGED)
def name_custodians(
    id: str, sent: Annotated[CustodiansPut, Body(openapi_examples=examples.CUSTODIANS)], asking: AskingDep
) -> CustodiansOut:
    """Names two people without whom nobody opens the answers, before the challenge is published."""
    with writing_now(asking.home.engine) as (session, at):
        return _held(custody.name_custodians(session, asking.actor, id, sent.people, at=at))


@router.put("/custodians/passphrase", responses=_PASSPHRASE, dependencies=[limited("passphrase")])
def choose_passphrase(
    id: str, sent: Annotated[PassphrasePost, Body(openapi_examples=examples.PASSPHRASES)], asking: AskingDep
) -> CustodiansOut:
    """A custodian chooses the passphrase that opens their share, before the challenge is published."""
    with looking(asking.home.engine) as session:
        custody.require_custodian(session, asking.actor, id)
    salt, key = custody.new_key(sent.passphrase)
    with writing_now(asking.home.engine) as (session, at):
        return _held(custody.choose_passphrase(session, asking.actor, id, salt, key, at=at))


@router.post("/shares", responses=_PASSPHRASE, dependencies=[limited("passphrase")])
def give_share(
    id: str, sent: Annotated[PassphrasePost, Body(openapi_examples=examples.PASSPHRASES)], asking: AskingDep
) -> CustodiansOut:
    """A custodian gives their share of the current round's key, once the round is closed."""
    with looking(asking.home.engine) as session:
        salt = custody.salt_of(session, asking.actor, id)
    key = key_shares.key_of(sent.passphrase, salt)
    with writing_now(asking.home.engine) as (session, at):
        return _held(custody.give_share(session, asking.home.secrets, asking.actor, id, key, at=at))


@router.post("/recovery", responses=_CHANGED)
def use_recovery_share(
    id: str, sent: Annotated[Recovery, Body(openapi_examples=examples.RECOVERIES)], asking: AskingDep
) -> CustodiansOut:
    """An operator gives the installation's share in the place of a lost one."""
    with writing_now(asking.home.engine) as (session, at):
        return _held(
            custody.use_recovery_share(session, asking.home.secrets, asking.actor, id, reason=sent.reason, at=at)
        )


def _challenge(asking: Asking, session: Session, challenge: Challenge) -> ChallengeOut:
    [told] = challenge_presenting.shown(session, asking.actor, [challenge])
    asking.response.headers["ETag"] = challenge_presenting.etag(challenge)
    return told


def _held(found: list[Held]) -> CustodiansOut:
    return CustodiansOut(custodians=[CustodianOut.model_validate(one) for one in found])
