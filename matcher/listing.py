"""Lists of needs and results, narrowed and paged: exactly those that the policy shows to whoever asks.

What a list is narrowed by tells something about each item on it. So a condition on a fact is met
only by items of which the actor is shown that fact (`TOLD_BY`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Generic

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, not_, or_, select

from matcher import access, fields, policy, regions
from matcher.access import Viewer
from matcher.actors import Actor
from matcher.drafts import Disclosure
from matcher.entities import Kind, Need, Organisation, Result
from matcher.items import S
from matcher.policy import Action, View
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
    """Give it as `cursor` to read on; None on the last page."""


TOLD_BY = {
    "organisation_id": View.PUBLIC,
    "problem_list_id": View.PUBLIC,
    "region": View.PUBLIC,
    "words": View.PUBLIC,
    "maturity": View.SUMMARY,
    "state": View.FIELD,
    "field": View.FIELD,
    "disclosure": View.FIELD,
}
"""Each condition of a `ListFilter` with the least view that holds what it is about."""


def page(
    session: Session, actor: Actor, table: type[S], narrowed: ListFilter, *, cursor: str | None = None, limit: int = 50
) -> Page[S]:
    """Newest first, and last, in no order, what is shown in part: beside its neighbours in time one would know
    whose it is.

    The cursor is the last id, so edits in between, withdrawing it included, neither repeat nor hide rows.
    """
    policy.require(actor, Action.LIST_ITEMS)
    viewer = access.viewer(session, actor)
    in_full = viewer.visible(table.kind, View.PUBLIC)
    query = select(table).where(
        viewer.visible(table.kind), told(viewer, table.kind, narrowed), *_conditions(table, narrowed)
    )
    if table is Need and narrowed.region:
        query = query.join(Organisation).where(col(Organisation.region).in_(regions.within(narrowed.region)))
    newest = query.where(in_full).order_by(col(table.number).desc())
    rest = query.where(not_(in_full)).order_by(col(table.id))
    last = _number(session, table, cursor, in_full) if cursor else None
    if last is not None:
        newest = newest.where(col(table.number) < last)
    elif cursor:
        rest = rest.where(col(table.id) > cursor)
    rows = [] if cursor and last is None else list(session.exec(newest.limit(limit + 1)))
    if len(rows) <= limit:
        rows += session.exec(rest.limit(limit + 1 - len(rows)))
    more = len(rows) > limit
    return Page(rows[:limit], rows[limit - 1].id if more else None)


def _number(session: Session, table: type[S], id: str, in_full: ColumnElement[bool]) -> int | None:
    """Also of a public one that has been withdrawn since; of what is shown in part it would tell when it was posted."""
    public = col(table.disclosure) == Disclosure.PUBLIC
    return session.exec(select(table.number).where(col(table.id) == id, or_(in_full, public))).first()


def told(viewer: Viewer, kind: Kind, narrowed: ListFilter) -> ColumnElement[bool]:
    """The items of which the viewer is shown everything that the list is narrowed by."""
    needed = max((view for name, view in TOLD_BY.items() if getattr(narrowed, name)), default=View.FIELD)
    return viewer.visible(kind, needed)


def _conditions(table: type[S], narrowed: ListFilter) -> Iterator[ColumnElement[bool]]:
    """All but the region of a need, which is its organisation's."""
    for name in ("organisation_id", "state", "disclosure"):
        if wanted := getattr(narrowed, name):
            yield col(getattr(table, name)) == wanted
    if narrowed.field:
        yield col(table.field).in_(fields.within(narrowed.field))
    if narrowed.words:
        pattern = narrowed.words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        yield or_(
            col(table.title).ilike(f"%{pattern}%", escape="\\"),
            col(table.problem).ilike(f"%{pattern}%", escape="\\"),
        )
    if table is Need:
        if narrowed.problem_list_id:
            yield col(Need.problem_list_id) == narrowed.problem_list_id
    else:
        if narrowed.region:
            yield col(Result.region).in_(regions.within(narrowed.region))
        if narrowed.maturity:
            yield col(Result.maturity) >= narrowed.maturity
