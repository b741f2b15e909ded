"""Lists of needs and results, narrowed and paged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic

from sqlmodel import Session, col, or_, select

from matcher import fields, regions
from matcher.drafts import Disclosure
from matcher.entities import Need, Organisation, Result
from matcher.items import S
from matcher.states import ItemState


@dataclass(frozen=True, slots=True)
class ListFilter:
    """None: not narrowed by it. A field or a region takes what lies inside it along."""

    organisation_id: str | None = None
    problem_list_id: str | None = None
    state: ItemState | None = None
    field: str | None = None
    region: str | None = None
    maturity: int | None = None
    """For results: at least this level."""
    disclosure: Disclosure | None = None
    words: str | None = None
    """Stand in the title or the problem, letter by letter; searching by meaning is matching's work."""


@dataclass(frozen=True, slots=True)
class Page(Generic[S]):
    items: Sequence[S]
    next_cursor: str | None
    """Give it as `after` to read on; None on the last page."""


def page(session: Session, table: type[S], narrowed: ListFilter, *, after: str | None, limit: int) -> Page[S]:
    """Newest first. The cursor is the last id, so edits in between neither repeat nor hide rows."""
    query = select(table).order_by(col(table.id).desc()).limit(limit + 1)
    if after:
        query = query.where(col(table.id) < after)
    if narrowed.organisation_id:
        query = query.where(table.organisation_id == narrowed.organisation_id)
    if narrowed.state:
        query = query.where(table.state == narrowed.state)
    if narrowed.disclosure:
        query = query.where(table.disclosure == narrowed.disclosure)
    if narrowed.field:
        query = query.where(col(table.field).in_(fields.within(narrowed.field)))
    if narrowed.words:
        pattern = narrowed.words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        query = query.where(
            or_(
                col(table.title).ilike(f"%{pattern}%", escape="\\"),
                col(table.problem).ilike(f"%{pattern}%", escape="\\"),
            )
        )
    if table is Need:
        if narrowed.problem_list_id:
            query = query.where(Need.problem_list_id == narrowed.problem_list_id)
        if narrowed.region:
            query = query.join(Organisation).where(col(Organisation.region).in_(regions.within(narrowed.region)))
    else:
        if narrowed.region:
            query = query.where(col(Result.region).in_(regions.within(narrowed.region)))
        if narrowed.maturity:
            query = query.where(col(Result.maturity) >= narrowed.maturity)
    rows = list(session.exec(query))
    more = len(rows) > limit
    return Page(rows[:limit], rows[limit - 1].id if more else None)
