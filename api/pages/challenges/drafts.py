"""A challenge's draft as people type it: a part in per cent, an organisation by its name, criteria without keys."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation

from starlette.datastructures import FormData, UploadFile

from api.pages import forms
from api.pages.forms import Form
from api.pages.looking import Looking
from api.routes import items, organisations
from api.schemas.items import NeedOut
from api.schemas.organisations import OrganisationOut, OrganisationsQuery
from matcher.challenges import content
from matcher.drafts import Disclosure, NeedDraft
from matcher.engine.challenge_drafts import ChallengeDraft
from matcher.entities import Need
from matcher.errors import Forbidden, Invalid

_PART = re.compile(r"payment_stages\.\d+\.share")
_KEY = re.compile(r"rubric\.(\d+)\.key")
_ROUND = re.compile(r"rounds\.(\d+)\..+")
_UNTITLED = "-"
Value = UploadFile | str
FUNDER = "funder"
"""The field in which the public funder is named; the draft knows it by its id."""


# -- from the needs ---------------------------------------------------------------------------------


def needs_of(looking: Looking, ids: Sequence[str]) -> list[NeedOut]:
    """One's own needs. Raises NotFound and Forbidden."""
    found = [NeedOut.model_validate(items.read(looking, Need, id)) for id in dict.fromkeys(ids)]
    if any(need.organisation is None or need.organisation.id != looking.actor.organisation_id for need in found):
        raise Forbidden("A challenge is opened from needs of the organisation that you act for.")
    return found


def begun(looking: Looking, needs: Sequence[NeedOut], mechanism: str) -> Form:
    """The form as the needs fill it: with what is public of them, as everything in it will be."""
    drafts = [NeedDraft.model_validate(need.model_dump(include=set(NeedDraft.model_fields))) for need in needs]
    public = [draft for draft in drafts if draft.disclosure is Disclosure.PUBLIC]
    draft = ChallengeDraft(
        title=public[0].title if public else _UNTITLED,
        mechanism=mechanism,
        need_ids=[need.id for need in needs],
        summary="\n\n".join(one.problem for one in public if one.problem),
        ownership="\n\n".join(one.ip_wishes for one in public if one.ip_wishes),
    )
    form = shown(looking, content.filled(draft, drafts))
    if not public:
        form.values = {**form.values, "title": [""]}
    return form


# -- shown ------------------------------------------------------------------------------------------


def shown(looking: Looking, draft: ChallengeDraft) -> Form:
    form = forms.of(draft, looking.zone)
    values = {
        name: [_percent(value) for value in found] if _PART.fullmatch(name) else found
        for name, found in form.values.items()
    }
    if draft.funder_id:
        values[FUNDER] = [organisations.read_organisation(draft.funder_id, looking).name]
    form.values = values
    return form


def _percent(share: str) -> str:
    return f"{float(share) * 100:g}"


# -- read -------------------------------------------------------------------------------------------


def taken(looking: Looking, sent: FormData, rounds: int, known: Mapping[str, str] | None = None) -> ChallengeDraft:
    """The draft that was typed, for a mechanism with as many rounds. Raises ValidationError and Invalid.

    `known` are the names of criteria that were told, by key: one that is called otherwise is another one.
    """
    told = [(name, _percent_read(name, value)) for name, value in sent.multi_items()]
    kept = [(name, value) for name, value in told if _kept(name, rounds)]
    keys = {str(value) for name, value in kept if _KEY.fullmatch(name)} | {*(known or {})}
    keyed = [(name, _key(sent, name, value, known or {}, keys)) for name, value in kept]
    funder = sent.get(FUNDER)
    given = {"funder_id": named(looking, funder).id} if isinstance(funder, str) and funder.strip() else {}
    return forms.read(FormData(keyed), ChallengeDraft, looking.zone, **given)


def named(looking: Looking, name: str) -> OrganisationOut:
    """The organisation of exactly that name. Raises Invalid."""
    query = OrganisationsQuery(words=name.strip(), limit=200)
    for one in organisations.list_organisations(query, looking).items:
        if name.strip() in (one.name, one.name_en):
            return one
    raise Invalid("names no organisation here", place=FUNDER)


def _kept(name: str, rounds: int) -> bool:
    """Whether a field is of a round that the mechanism has: the form may have been shown for another one before."""
    row = _ROUND.fullmatch(name)
    return row is None or int(row[1]) < rounds


def _key(sent: FormData, name: str, value: Value, known: Mapping[str, str], keys: set[str]) -> Value:
    """The key of a criterion that has none yet, or is called otherwise than the one that had it."""
    row = _KEY.fullmatch(name)
    if row is None:
        return value
    title = str(sent.get(f"rubric.{row[1]}.name", "")).strip()
    if not title or (value and known.get(str(value), title) == title):
        return value
    key = next(key for number in range(1, 1000) if (key := f"criterion_{number}") not in keys)
    keys.add(key)
    return key


def _percent_read(name: str, value: Value) -> Value:
    """Per cent as a part of 1; what is no number is told at its field."""
    if not isinstance(value, str) or not _PART.fullmatch(name):
        return value
    try:
        return str(Decimal(value.strip().replace("％", "%").rstrip("% ")) / 100)
    except InvalidOperation:
        return value
