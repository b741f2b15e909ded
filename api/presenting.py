"""Needs and results as they are shown, and a draft with a merge patch applied."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from pydantic import ValidationError
from sqlmodel import Session

from api.errors import invalid
from api.schemas import EventOut, NeedOut, OrganisationName, ResultOut
from matcher import events, items, organisations
from matcher.drafts import NeedDraft, ResultDraft
from matcher.entities import Need, Result
from matcher.items import Stored

D = TypeVar("D", NeedDraft, ResultDraft)


def etag(item: Stored) -> str:
    return f'"{item.version}"'


def shown_needs(session: Session, needs: Sequence[Need]) -> list[NeedOut]:
    return [NeedOut.model_validate(values) for values in _shown(session, needs, NeedOut)]


def shown_need(session: Session, need: Need) -> NeedOut:
    return shown_needs(session, [need])[0]


def shown_results(session: Session, results: Sequence[Result]) -> list[ResultOut]:
    return [ResultOut.model_validate(values) for values in _shown(session, results, ResultOut)]


def shown_result(session: Session, result: Result) -> ResultOut:
    return shown_results(session, [result])[0]


def history(session: Session, item: Stored) -> list[EventOut]:
    return [EventOut.model_validate(event) for event in events.of_thing(session, f"{item.kind}:{item.id}")]


def _shown(session: Session, stored: Sequence[Stored], form: type[NeedOut] | type[ResultOut]) -> list[dict[str, Any]]:
    names = organisations.names(session, {item.organisation_id for item in stored})
    shown: list[dict[str, Any]] = []
    for item, draft in zip(stored, items.drafts_of(session, stored), strict=True):
        values = draft.model_dump()
        for name in form.model_fields.keys() - values.keys() - {"organisation"}:
            values[name] = getattr(item, name)
        values["organisation"] = OrganisationName(id=item.organisation_id, name=names[item.organisation_id])
        shown.append(values)
    return shown


def merged(draft: D, patch: dict[str, Any]) -> D:
    """The draft with a JSON merge patch (RFC 7396) applied, checked as a whole."""
    try:
        return type(draft).model_validate(_merge(draft.model_dump(mode="json"), patch))
    except ValidationError as error:
        raise invalid(error) from None


def _merge(target: Any, patch: Any) -> Any:
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = _merge(result.get(name), value)
    return result
