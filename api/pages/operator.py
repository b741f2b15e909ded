"""The operator's desk: figures, organisations, people, health, the record."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response
from fastapi.encoders import jsonable_encoder

from api import db
from api.deps import BackgroundDep, FollowerDep, LimiterDep, index, limited
from api.pages import acting, forms
from api.pages.forms import Sent
from api.pages.languages import marked as _
from api.pages.looking import Looking, LookingDep
from api.routes import audit, figures, invitations, organisations, people
from api.schemas.accounts import AccreditationIn, FoundingPost, PersonDetail
from api.schemas.audit import VerificationOut, VerificationQuery
from api.schemas.base import Paging
from api.schemas.figures import FiguresQuery
from api.schemas.organisations import OrganisationsQuery
from matcher import policy
from matcher.entities import PlatformRole
from matcher.errors import Invalid, NotFound
from matcher.organisations import OrganisationDraft
from matcher.policy import Action

router = APIRouter(prefix="/operator", include_in_schema=False)


@router.get("")
def read_figures(looking: LookingDep, months: int = 24) -> Response:
    found = figures.read_figures(FiguresQuery(months=min(max(months, 1), 240)), looking)
    return looking.show("operator/figures.html", figures=found, charts=jsonable_encoder(found))


@router.get("/landscape")
def read_landscape(looking: LookingDep, follower: FollowerDep) -> Response:
    points = figures.read_landscape(looking, index(looking.home, follower))
    return looking.show("operator/landscape.html", points=points, charts=jsonable_encoder(points))


# -- organisations ----------------------------------------------------------------------------------


@router.get("/organisations")
def list_organisations(looking: LookingDep, cursor: str | None = None) -> Response:
    return looking.show("operator/organisations.html", form=forms.blank(), **_organisations(looking, cursor))


@router.post("/organisations")
def admit_organisation(looking: LookingDep, sent: Sent) -> Response:
    form = forms.sent(sent)

    def do() -> Response:
        draft = forms.read(sent, OrganisationDraft, looking.zone)
        organisations.admit_organisation(draft, looking, form.key)
        return looking.go("/operator/organisations", _("The organisation is admitted."))

    return acting.act(looking, form, "operator/organisations.html", do, lambda: _organisations(looking, None))


@router.post("/invitations", dependencies=[limited("mail")])
def invite_founder(looking: LookingDep, sent: Sent, background: BackgroundDep, limiter: LimiterDep) -> Response:
    def do() -> Response:
        asked = forms.read(sent, FoundingPost, looking.zone)
        invitations.invite_founder(asked, looking.home, looking.actor, background, limiter)
        return looking.go("/operator/organisations", _("The invitation is on its way by mail."))

    page = "operator/organisations.html"
    return acting.act(looking, forms.sent(sent), page, do, lambda: _organisations(looking, None))


@router.post("/invitations/{id}")
def take_back(id: str, looking: LookingDep) -> Response:
    invitations.take_back_invitation(id, looking.home, looking.actor)
    return looking.go("/operator/organisations", _("The invitation is taken back."))


def _organisations(looking: Looking, cursor: str | None) -> dict[str, Any]:
    waiting = invitations.list_founding_invitations(looking.home, looking.actor)
    found = organisations.list_organisations(OrganisationsQuery(cursor=cursor), looking)
    return {"found": found, "waiting": waiting}


# -- people -----------------------------------------------------------------------------------------


@router.get("/people")
def list_people(looking: LookingDep, cursor: str | None = None) -> Response:
    found = people.list_people(Paging(cursor=cursor), looking.home, looking.actor)
    return looking.show("operator/people.html", found=found)


@router.get("/people/{id}")
def read_person(id: str, looking: LookingDep) -> Response:
    person = people.read_person(id, looking.home, looking.actor)
    return looking.show("operator/person.html", form=forms.blank(), **_person(person))


@router.post("/people/{id}")
def change_person(id: str, looking: LookingDep, sent: Sent) -> Response:
    """Disables, enables, gives a platform role, takes one away."""
    person = people.read_person(id, looking.home, looking.actor)

    def do() -> Response:
        match sent.get("do"):
            case "disable":
                people.disable_person(id, looking.home, looking.actor)
            case "enable":
                people.enable_person(id, looking.home, looking.actor)
            case "accredit":
                given = forms.read(sent, AccreditationIn, looking.zone)
                people.accredit(id, _role(sent), given, looking.home, looking.actor)
            case "withdraw":
                people.withdraw_accreditation(id, _role(sent), looking.home, looking.actor)
            case other:
                raise NotFound("move", str(other))
        return looking.go(f"/operator/people/{id}", _("Saved."))

    return acting.act(looking, forms.sent(sent), "operator/person.html", do, lambda: _person(person))


def _role(sent: Sent) -> PlatformRole:
    named = str(sent.get("role", ""))
    found = next((role for role in PlatformRole if role == named), None)
    if found is None:
        raise Invalid(f"one of {', '.join(PlatformRole)} is expected", place="role")
    return found


def _person(person: PersonDetail) -> dict[str, Any]:
    return {"person": person}


# -- the installation -------------------------------------------------------------------------------


@router.get("/health")
def read_health(looking: LookingDep, follower: FollowerDep) -> Response:
    policy.require(looking.actor, Action.READ_FIGURES)
    return _health(looking, follower, None)


@router.post("/health")
def verify_record(looking: LookingDep, follower: FollowerDep) -> Response:
    """Walks the whole record; seconds where it is long."""
    return _health(looking, follower, audit.read_verification(VerificationQuery(), looking.home, looking.actor))


def _health(looking: Looking, follower: FollowerDep, verification: VerificationOut | None) -> Response:
    home = looking.home
    return looking.show(
        "operator/health.html",
        migration=db.revision(home.engine),
        newest=db.head_revision(),
        database=home.engine.dialect.name,
        indexed=len(home.index) if follower.ready else None,
        hindrance="" if follower.ready else follower.hindrance,
        model=home.settings.model,
        mail=home.settings.smtp_host,
        verification=verification,
    )
