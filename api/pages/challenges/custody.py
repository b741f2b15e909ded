"""Opening 开标: the two who hold the key of a challenge, their passphrases, and their shares."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from api.deps import limited
from api.pages import acting, forms
from api.pages.challenges import standing
from api.pages.forms import Sent
from api.pages.languages import marked as _
from api.pages.looking import Looking, LookingDep
from api.routes import challenges, members, openings
from api.schemas.accounts import PersonName
from api.schemas.answers import CustodiansPut, PassphrasePost, Recovery
from api.schemas.challenges import ChallengeOut
from matcher.entities import PlatformRole, Role
from matcher.errors import Forbidden, Invalid
from matcher.states import ChallengeState

router = APIRouter(prefix="/challenges/{id}/custodians", include_in_schema=False)

PAGE = "challenges/custodians.html"
_PLACES = 2


@router.get("")
def read(id: str, looking: LookingDep) -> Response:
    told = _told(looking, id)
    addresses = {one.id: one.email for one in told["people"]}
    named = {f"people.{place}": addresses.get(one.person_id, "") for place, one in enumerate(told["custodians"])}
    return looking.show(PAGE, form=forms.blank(**named), **told)


@router.post("")
def name_custodians(id: str, looking: LookingDep, sent: Sent) -> Response:
    def do() -> Response:
        people = [str(sent.get(f"people.{place}", "")).strip() for place in range(_PLACES)]
        openings.name_custodians(id, CustodiansPut(people=[one for one in people if one]), looking)
        return looking.go(f"/challenges/{id}/custodians", _("Named. Each chooses a passphrase before it is published."))

    return acting.act(looking, forms.sent(sent), PAGE, do, lambda: _told(looking, id))


@router.post("/passphrase", dependencies=[limited("passphrase")])
def choose_passphrase(id: str, looking: LookingDep, sent: Sent) -> Response:
    """Typed twice: what is mistyped once would be lost for good."""

    def do() -> Response:
        if sent.get("passphrase") != sent.get("again"):
            raise Invalid("the two are not the same", place="again")
        openings.choose_passphrase(id, forms.read(sent, PassphrasePost, looking.zone), looking)
        return looking.go(f"/challenges/{id}/custodians", _("The passphrase is chosen. Nobody but you can tell it."))

    return acting.act(looking, forms.sent(sent), PAGE, do, lambda: _told(looking, id))


@router.post("/share", dependencies=[limited("passphrase")])
def give_share(id: str, looking: LookingDep, sent: Sent) -> Response:
    def do() -> Response:
        openings.give_share(id, forms.read(sent, PassphrasePost, looking.zone), looking)
        return looking.go(f"/challenges/{id}/custodians", _("Your share is given."))

    return acting.act(looking, forms.sent(sent), PAGE, do, lambda: _told(looking, id))


@router.post("/recovery")
def recover(id: str, looking: LookingDep, sent: Sent) -> Response:
    def do() -> Response:
        openings.use_recovery_share(id, forms.read(sent, Recovery, looking.zone), looking)
        return looking.go(
            f"/challenges/{id}/custodians", _("The installation's share is given; it stands in the record.")
        )

    return acting.act(looking, forms.sent(sent), PAGE, do, lambda: _told(looking, id))


def _told(looking: Looking, id: str) -> dict[str, Any]:
    challenge = challenges.read_challenge(id, looking)
    me = looking.me
    operator = me is not None and me.is_a(PlatformRole.OPERATOR)
    manages = standing.is_setter(me, challenge) and me is not None and me.is_a(Role.MANAGER)
    names_them = (manages or operator) and challenge.state in (ChallengeState.DRAFT, ChallengeState.PROPOSED)
    people = openings.list_candidates(id, looking) if names_them else _people(looking, challenge)
    return {
        "challenge": challenge,
        "rules": challenges.read_rules(id, looking),
        "custodians": openings.list_custodians(id, looking).custodians,
        "people": people,
        "names": {one.id: one.name for one in people},
        "mine": looking.actor.person_id,
        "names_them": names_them,
        "recovers": operator and challenge.state is ChallengeState.SEALED,
        "moves": {one.move: one for one in challenges.list_moves(id, looking)},
    }


def _people(looking: Looking, challenge: ChallengeOut) -> list[PersonName]:
    """The setter's people, for whoever may see them: custodians are called by name to no others."""
    if looking.me is None:
        return []
    try:
        return [one.person for one in members.list_members(challenge.organisation.id, looking.home, looking.actor)]
    except Forbidden:
        return []
