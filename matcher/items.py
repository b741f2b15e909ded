"""What needs and results have in common: post, read, hold for an edit, replace, move, and how they are stored."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import bindparam
from sqlalchemy import select as plain_columns
from sqlmodel import Session, col, delete, insert, select

from embeddings.text import normalise
from matcher import access, events, states
from matcher.actors import Actor
from matcher.drafts import ItemDraft, NeedDraft, Operator, ResultDraft
from matcher.entities import (
    PASSAGES_PER_ITEM,
    Indicator,
    Item,
    Kind,
    Need,
    Passage,
    Result,
    now,
    random_id,
)
from matcher.errors import Conflict, NotFound, StaleVersion
from matcher.passages import cut
from matcher.policy import Action

Stored = Need | Result
S = TypeVar("S", bound=Stored)

TABLES: dict[Kind, type[Need] | type[Result]] = {Kind.NEED: Need, Kind.RESULT: Result}
DRAFTS: dict[Kind, type[NeedDraft] | type[ResultDraft]] = {Kind.NEED: NeedDraft, Kind.RESULT: ResultDraft}


class StoredIndicator(NamedTuple):
    """An indicator as it was handed in; without what it does not have, such as `must` on a result, at its default."""

    name: str
    operator: Operator
    value: float
    value_high: float | None
    unit: str
    test_method: str
    must: bool
    conditions: str
    evidence: str


_INDICATORS = (
    plain_columns(col(Indicator.item_number), *(col(getattr(Indicator, name)) for name in StoredIndicator._fields))
    .where(col(Indicator.item_number).in_(bindparam("numbers", expanding=True)))
    .order_by(col(Indicator.position))
)


@dataclass(frozen=True, slots=True)
class Posting:
    """A draft with the organisation it is posted for."""

    draft: ItemDraft
    organisation_id: str
    problem_list_id: str | None = None


def source_key(draft: ItemDraft) -> str:
    """What identifies an item within its organisation when its file is brought again."""
    if draft.reference:
        return f"ref:{draft.reference}"
    return f"title:{_digest(normalise(draft.title).casefold())}"


def fingerprint(draft: ItemDraft) -> str:
    """Equal for drafts that say the same in every field."""
    return _digest(draft.model_dump_json())


def add(session: Session, actor: Actor, kind: Kind, postings: Sequence[Posting]) -> list[str]:
    """Stores new items with their indicators, passages (not yet embedded) and events.

    One posting or a hundred thousand take the same way. Whether the actor may post for these
    organisations is for the caller to ask. Returns the ids in order. Raises Conflict when one of the
    organisations already has an item of that reference or title.
    """
    _refuse_known(session, kind, postings)
    ids = [random_id() for _ in postings]
    entries = [
        events.Entry(f"{kind}.posted", f"{kind}:{id}", {"fingerprint": fingerprint(posting.draft)})
        for id, posting in zip(ids, postings, strict=True)
    ]
    numbers = events.record_all(session, actor, entries)
    at = now()
    rows: list[dict[str, Any]] = []
    indicators: list[dict[str, Any]] = []
    passages: list[dict[str, Any]] = []
    for id, number, posting, entry in zip(ids, numbers, postings, entries, strict=True):
        row = columns(posting.draft) | {
            "id": id,
            "number": number,
            "seq": number,
            "organisation_id": posting.organisation_id,
            "source_key": source_key(posting.draft),
            "fingerprint": entry.detail["fingerprint"],
            "version": 1,
            "state": states.ItemState.OPEN,
            "created_at": at,
            "updated_at": at,
        }
        if kind is Kind.NEED:
            row["problem_list_id"] = posting.problem_list_id
        rows.append(row)
        indicators.extend(indicator_rows(number, posting.draft))
        passages.extend(_passage_rows(number, posting.draft))
    for table, values in ((TABLES[kind], rows), (Indicator, indicators), (Passage, passages)):
        if values:
            # Into the table itself: through the class it takes half as long again.
            session.execute(insert(table.__table__), values)  # type: ignore[union-attr]
    return ids


def get(session: Session, actor: Actor, table: type[S], id: str, action: Action = Action.READ_ITEM) -> S:
    """One that the actor may do this to. Raises NotFound, also for what the actor may not know of."""
    item = _there(session.get(table, id), table, id)
    access.viewer(session, actor).require(action, item)
    return item


def hold(session: Session, actor: Actor, table: type[S], id: str, *, versions: Collection[int] | None = None) -> S:
    """One that the actor may edit or move, as it stands now; until commit nobody else can.

    Raises NotFound, Forbidden, and StaleVersion when it stands at none of these versions (None: any will do).
    """
    # Every change records an event and so locks the head of events: whoever locked an item first
    # and the head second could block another for good.
    events.lock(session)
    item = _there(session.get(table, id, with_for_update=True, populate_existing=True), table, id)
    access.viewer(session, actor).require(access.EDITS[table.kind], item)
    if versions is not None and item.version not in versions:
        raise StaleVersion(item.kind, max(versions, default=0), item.version)
    return item


def replace(session: Session, actor: Actor, item: Stored, draft: ItemDraft) -> bool:
    """Puts a draft in an item's place. False, and nothing recorded, when it says the same.

    Passages whose words stay keep their vectors.
    """
    mark = fingerprint(draft)
    if mark == item.fingerprint:
        return False
    key = source_key(draft)
    if key != item.source_key:
        _refuse_known(session, item.kind, [Posting(draft, item.organisation_id)])
    _touch(session, actor, item, f"{item.kind}.edited", {"fingerprint": mark})
    for name, value in columns(draft).items():
        setattr(item, name, value)
    item.source_key, item.fingerprint = key, mark
    session.add(item)
    _replace_indicators(session, item.number, draft)
    _replace_passages(session, item.number, draft)
    return True


def move(session: Session, actor: Actor, item: Stored, name: str, reason: str = "") -> None:
    """Closes, withdraws or reopens (`states.ITEM_MOVES`), and records it. Raises NotAllowed."""
    item.state = states.advance(item.state, name, states.ITEM_MOVES)
    _touch(session, actor, item, f"{item.kind}.{name}", {"reason": reason} if reason else {})
    session.add(item)


def columns(draft: ItemDraft) -> dict[str, Any]:
    """A draft as column values; its indicators live in a table of their own."""
    values = draft.model_dump(exclude={"indicators"})
    if "rights" in values:
        values["rights"] = [right.model_dump(mode="json") for right in draft.rights]  # type: ignore[attr-defined]  # only results have them
    return values


def indicators_of(session: Session, numbers: Sequence[int]) -> dict[int, list[StoredIndicator]]:
    """The indicators of each item that has some, in their order."""
    found: dict[int, list[StoredIndicator]] = {}
    for number, *told in session.execute(_INDICATORS, {"numbers": numbers}):
        found.setdefault(number, []).append(StoredIndicator(*told))
    return found


def drafts_of(session: Session, items: Sequence[Item]) -> list[ItemDraft]:
    """The drafts that would give exactly these items."""
    numbers = [item.number for item in items]
    by_number = {
        number: [indicator._asdict() for indicator in indicators]
        for number, indicators in indicators_of(session, numbers).items()
    }
    found: list[ItemDraft] = []
    for item in items:
        form = DRAFTS[item.kind]
        values = {name: getattr(item, name) for name in form.model_fields if name != "indicators"}
        wanted = form.model_fields["indicators"].annotation.__args__[0].model_fields  # type: ignore[union-attr]  # list[Indicator…]
        values["indicators"] = [{name: row[name] for name in wanted} for row in by_number.get(item.number, [])]
        found.append(form.model_validate(values))
    return found


def draft_of(session: Session, item: Item) -> ItemDraft:
    return drafts_of(session, [item])[0]


def _there(item: S | None, table: type[S], id: str) -> S:
    if item is None:
        raise NotFound(table.kind, id)
    return item


def _touch(session: Session, actor: Actor, item: Stored, action: str, detail: dict[str, Any]) -> None:
    item.seq = events.record(session, actor, events.Entry(action, f"{item.kind}:{item.id}", detail))
    item.version += 1
    item.updated_at = now()


def _refuse_known(session: Session, kind: Kind, postings: Sequence[Posting]) -> None:
    table = TABLES[kind]
    wanted = {(posting.organisation_id, source_key(posting.draft)): posting.draft for posting in postings}
    if len(wanted) < len(postings):
        raise Conflict(f"Two of these {kind}s have the same reference or, without one, the same title.")
    keys = [key for _, key in wanted]
    for start in range(0, len(keys), 500):
        query = select(table.organisation_id, table.source_key).where(
            col(table.source_key).in_(keys[start : start + 500])
        )
        for owner, key in session.exec(query):
            if (draft := wanted.get((owner, key))) is not None:
                name = f"reference {draft.reference!r}" if draft.reference else f"title {draft.title!r}"
                raise Conflict(f"This organisation already has a {kind} with the {name}.")


def indicator_rows(number: int, draft: ItemDraft) -> list[dict[str, Any]]:
    return [
        {
            "test_method": "",
            "must": True,
            "conditions": "",
            "evidence": "",
            **indicator.model_dump(),
            "item_number": number,
            "position": position,
        }
        for position, indicator in enumerate(draft.indicators)  # type: ignore[attr-defined]  # both kinds have them, of unlike types
    ]


def _passage_rows(number: int, draft: ItemDraft) -> list[dict[str, Any]]:
    return [
        {
            "id": number * PASSAGES_PER_ITEM + position,
            "item_number": number,
            "part": piece.part,
            "text": piece.text,
            "content_hash": piece.content_hash,
            "model_id": "",
            "vector": None,
        }
        for position, piece in enumerate(cut(draft))
    ]


def _replace_indicators(session: Session, number: int, draft: ItemDraft) -> None:
    session.execute(delete(Indicator).where(col(Indicator.item_number) == number))
    if rows := indicator_rows(number, draft):
        session.execute(insert(Indicator), rows)


def _replace_passages(session: Session, number: int, draft: ItemDraft) -> None:
    known = {
        content_hash: (model_id, vector)
        for content_hash, model_id, vector in session.exec(
            select(Passage.content_hash, Passage.model_id, Passage.vector).where(Passage.item_number == number)
        )
    }
    rows = _passage_rows(number, draft)
    for row in rows:
        row["model_id"], row["vector"] = known.get(row["content_hash"], ("", None))
    session.execute(delete(Passage).where(col(Passage.item_number) == number))
    if rows:
        session.execute(insert(Passage), rows)


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
