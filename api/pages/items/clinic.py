"""The need clinic beside the form: what the draft still lacks and what its chances are, as one writes."""

from __future__ import annotations

from fastapi import APIRouter, Response
from pydantic import ValidationError
from starlette.datastructures import FormData

from api import deps
from api.deps import FollowerDep
from api.follower import Follower
from api.pages import forms
from api.pages.forms import Sent
from api.pages.items import kinds, spoken
from api.pages.looking import Looking, LookingDep
from api.routes import clinic
from api.schemas.clinic import ClinicOut, ClinicQuery
from matcher.drafts import NeedDraft
from matcher.entities import Kind
from matcher.errors import Unready

router = APIRouter(include_in_schema=False)

FRAGMENT = "items/clinic.html"
_TITLE = 100
_ATTEMPTS = 5


@router.post("/needs/clinic")
def examine(looking: LookingDep, sent: Sent, follower: FollowerDep) -> Response:
    """Of what stands in the form now. Nothing of it is stored."""
    told = examined(looking, follower, readable(spoken.read(sent), looking), str(sent.get("_id", "")))
    return looking.show(FRAGMENT, labels=kinds.labels(Kind.NEED, looking.language), clinic=told)


def examined(looking: Looking, follower: Follower, draft: NeedDraft | None, besides: str) -> ClinicOut | None:
    """None where there is no draft yet, and while the index is not there. `besides` is the need that it is of."""
    if draft is None:
        return None
    try:
        index = deps.index(looking.home, follower)
    except Unready:
        return None
    return clinic.examine(draft, ClinicQuery(besides=besides or None), looking, index)


def readable(given: FormData, looking: Looking) -> NeedDraft | None:
    """What can be read so far: what is half written breaks a rule, and is left out."""
    fields = forms.sent(given).values
    if not any(text.strip() for text in fields.get("title", [])):
        fields = {**fields, "title": [fields.get("problem", [""])[0].strip()[:_TITLE]]}
    for _attempt in range(_ATTEMPTS):
        sent = FormData([(name, text) for name, texts in fields.items() for text in texts])
        try:
            return forms.read(sent, NeedDraft, looking.zone)
        except ValidationError as error:
            broken = [".".join(map(str, one["loc"][:2])) for one in error.errors()]
            kept = forms.sent(sent).values  # rows into which nobody wrote are not counted
            fields = {name: texts for name, texts in kept.items() if not any(_breaks(name, place) for place in broken)}
    return None


def _breaks(name: str, place: str) -> bool:
    """Whether what stands in a field is what breaks a rule there. The draft as a whole does where the budget
    ends below its start."""
    return name == place or name.startswith(f"{place}." if place else "budget_")
