"""Needs and results as they are shown, and a draft with a merge patch applied."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from pydantic import ValidationError
from sqlmodel import Session

from api.errors import invalid
from api.schemas.items import NeedOut, ResultOut
from matcher import disclosure, items, organisations
from matcher.access import Viewer
from matcher.drafts import ItemDraft
from matcher.entities import Kind
from matcher.items import Stored

D = TypeVar("D", bound=ItemDraft)

FORMS: dict[Kind, type[NeedOut] | type[ResultOut]] = {Kind.NEED: NeedOut, Kind.RESULT: ResultOut}


def etag(item: Stored) -> str:
    return f'"{item.version}"'


def shown(session: Session, viewer: Viewer, item: Stored) -> NeedOut | ResultOut:
    return all_shown(session, viewer, [item])[0]


def all_shown(session: Session, viewer: Viewer, stored: Sequence[Stored]) -> list[NeedOut | ResultOut]:
    """Each as far as the viewer is shown it."""
    owners = organisations.by_id(session, {item.organisation_id for item in stored})
    result: list[NeedOut | ResultOut] = []
    for item, draft in zip(stored, items.drafts_of(session, stored), strict=True):
        view = viewer.view(item)
        held = disclosure.shown(item, draft, view, owners[item.organisation_id])
        result.append(FORMS[item.kind].model_validate({"view": view.name.lower(), **held}))
    return result


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
