"""Who of another organisation was shown what is not public of a need or result, kept for its owner."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlmodel import Session, col, insert, select

from matcher import items, policy, policy_who
from matcher.access import Viewer
from matcher.actors import ANONYMOUS, Actor
from matcher.entities import Item, Kind, Need, Reading, Result, now
from matcher.matching.matches import Match
from matcher.policy import Action, View


def worth_keeping(viewer: Viewer, shown: Iterable[Item], way: str) -> list[Reading]:
    """A reading of each of these items of which the viewer is shown more than anybody would be.

    One's own organisation's are not kept, nor what is done with a shell where the data lies. `way`
    says how it was shown: read, list, match …
    """
    at, kept = now(), []
    for item in shown:
        view = viewer.view(item)
        if view > policy.view(ANONYMOUS, viewer.thing(item)) and not _at_home(viewer.actor, item):
            kept.append(_reading(viewer.actor, item.id, view, way, at))
    return kept


def of_matches(session: Session, viewer: Viewer, matches: Sequence[Match]) -> list[Reading]:
    """Of the candidates that a matching has shown."""
    kept: list[Reading] = []
    for kind in Kind:
        # What is shown as PUBLIC anybody may see.
        ids = [match.id for match in matches if match.kind is kind and match.view is not View.PUBLIC]
        kept += of_ids(session, viewer, kind, ids)
    return kept


def of_ids(session: Session, viewer: Viewer, kind: Kind, ids: Collection[str]) -> list[Reading]:
    """Of what a matching has named."""
    if not ids or viewer.actor.trusted:
        return []
    table = items.TABLES[kind]
    shown: Iterable[Item] = session.exec(select(table).where(col(table.id).in_(ids)))
    return worth_keeping(viewer, shown, "match")


def keep(session: Session, readings: Iterable[Reading]) -> None:
    """Stores them in one go. To be committed before anything is shown."""
    if rows := [reading.model_dump() for reading in readings]:
        session.execute(insert(Reading), rows)


def of_item(
    session: Session,
    actor: Actor,
    table: type[Need] | type[Result],
    id: str,
    *,
    cursor: str | None = None,
    limit: int = 50,
) -> list[Reading]:
    """For the owner, the newest first, from behind the id `cursor`. Raises NotFound."""
    item = items.get(session, actor, table, id, Action.READ_READINGS)
    query = select(Reading).where(Reading.item_id == item.id).order_by(col(Reading.id).desc()).limit(limit)
    if cursor:
        query = query.where(col(Reading.id) < cursor)
    return list(session.exec(query))


def _reading(actor: Actor, item_id: str, view: View, way: str, at: datetime) -> Reading:
    return Reading(
        item_id=item_id, at=at, actor=actor.name, organisation_id=actor.organisation_id, view=view.name.lower(), way=way
    )


def _at_home(actor: Actor, item: Item) -> bool:
    return actor.trusted or policy_who.of_owner(actor, Viewer(actor).thing(item))
