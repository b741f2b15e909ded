"""People and their keys, disclosure, and a record that can be erased from and not tampered with."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

MOMENT = sa.DateTime(timezone=True)
ENUM = sa.String(40)
ID = sa.String(36)


def upgrade() -> None:
    with op.batch_alter_table("organisation") as organisation:
        organisation.add_column(sa.Column("size", ENUM))
    _people()
    _keys()
    _disclosure()
    _record()


def _people() -> None:
    op.create_table(
        "person",
        sa.Column("id", ID, primary_key=True),
        sa.Column("email", sa.String(254), nullable=False, unique=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("password_hash", sa.String(200), nullable=False),
        sa.Column("email_confirmed_at", MOMENT),
        sa.Column("totp_key", sa.LargeBinary),
        sa.Column("totp_since", MOMENT),
        sa.Column("totp_last_step", sa.Integer, nullable=False),
        sa.Column("subject", sa.String(500), unique=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("disabled_at", MOMENT),
        sa.Column("erased_at", MOMENT),
    )
    op.create_table(
        "membership",
        sa.Column("person_id", ID, sa.ForeignKey("person.id"), primary_key=True),
        sa.Column("organisation_id", ID, sa.ForeignKey("organisation.id"), primary_key=True, index=True),
        sa.Column("role", ENUM, primary_key=True),
        sa.Column("since", MOMENT, nullable=False),
    )
    op.create_table(
        "accreditation",
        sa.Column("person_id", ID, sa.ForeignKey("person.id"), primary_key=True),
        sa.Column("role", ENUM, primary_key=True),
        sa.Column("fields", sa.JSON, nullable=False),
        sa.Column("regions", sa.JSON, nullable=False),
        sa.Column("workload", sa.Integer),
        sa.Column("since", MOMENT, nullable=False),
    )


def _keys() -> None:
    op.create_table(
        "sign_in",
        sa.Column("id", ID, primary_key=True),
        sa.Column("token_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("person_id", ID, sa.ForeignKey("person.id"), nullable=False, index=True),
        sa.Column("organisation_id", ID, sa.ForeignKey("organisation.id")),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("last_used_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("program", sa.String(200), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
    )
    op.create_table(
        "sign_in_failure",
        sa.Column("id", ID, primary_key=True),
        sa.Column("key", sa.String(64), nullable=False, index=True),
        sa.Column("at", MOMENT, nullable=False),
    )
    op.create_table(
        "api_token",
        sa.Column("id", ID, primary_key=True),
        sa.Column("token_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("person_id", ID, sa.ForeignKey("person.id"), nullable=False, index=True),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("may_write", sa.Boolean, nullable=False),
        sa.Column("organisation_id", ID, sa.ForeignKey("organisation.id")),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("last_used_at", MOMENT),
        sa.Column("revoked_at", MOMENT),
    )
    op.create_table(
        "link",
        sa.Column("id", ID, primary_key=True),
        sa.Column("purpose", ENUM, nullable=False),
        sa.Column("email", sa.String(254), nullable=False, index=True),
        sa.Column("person_id", ID, sa.ForeignKey("person.id")),
        sa.Column("organisation_id", ID, sa.ForeignKey("organisation.id"), index=True),
        sa.Column("roles", sa.JSON, nullable=False),
        sa.Column("created_by", ID, sa.ForeignKey("person.id")),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT),
    )


def _disclosure() -> None:
    op.create_table(
        "agreement",
        sa.Column("id", ID, primary_key=True),
        sa.Column("organisation_id", ID, sa.ForeignKey("organisation.id"), nullable=False, index=True),
        sa.Column("title", sa.String(500), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("text_hash", sa.String(64), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
    )
    op.create_table(
        "consent",
        sa.Column("id", ID, primary_key=True),
        sa.Column("item_kind", ENUM, nullable=False),
        sa.Column("item_id", ID, nullable=False, index=True),
        sa.Column("owner_id", ID, sa.ForeignKey("organisation.id"), nullable=False, index=True),
        sa.Column("organisation_id", ID, sa.ForeignKey("organisation.id"), nullable=False, index=True),
        sa.Column("asked_by", sa.String(200), nullable=False),
        sa.Column("why_you", sa.Text, nullable=False),
        sa.Column("what_you_bring", sa.Text, nullable=False),
        sa.Column("what_you_want", sa.Text, nullable=False),
        sa.Column("state", ENUM, nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("answered_at", MOMENT),
        sa.Column("answered_by", sa.String(200), nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("expires_at", MOMENT),
        sa.Column("agreement_id", ID, sa.ForeignKey("agreement.id")),
        sa.Column("accepted_at", MOMENT),
        sa.Column("accepted_by", sa.String(200), nullable=False),
    )
    op.create_table(
        "reading",
        sa.Column("id", ID, primary_key=True),
        sa.Column("item_id", ID, nullable=False, index=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("organisation_id", ID, sa.ForeignKey("organisation.id")),
        sa.Column("view", sa.String(20), nullable=False),
        sa.Column("way", sa.String(40), nullable=False),
    )


# -- the record -----------------------------------------------------------------------------------

EVENT = sa.table(
    "event",
    sa.column("id", sa.BigInteger),
    sa.column("at", MOMENT),
    sa.column("actor", sa.String),
    sa.column("organisation_id", sa.String),
    sa.column("action", sa.String),
    sa.column("thing", sa.String),
    sa.column("request_id", sa.String),
    sa.column("detail", sa.JSON),
    sa.column("salt", sa.String),
    sa.column("detail_hash", sa.String),
    sa.column("previous_hash", sa.String),
    sa.column("hash", sa.String),
)
HEAD = sa.table("event_head", sa.column("event_id", sa.BigInteger), sa.column("hash", sa.String))
NEW = ("request_id", "salt", "detail_hash")
OLD = [column for column in EVENT.c if column.name not in NEW]
AT_ONCE = 1000


def _record() -> None:
    with op.batch_alter_table("event") as event:
        event.add_column(sa.Column("request_id", sa.String(64)))
        event.add_column(sa.Column("salt", sa.String(32)))
        event.add_column(sa.Column("detail_hash", sa.String(64)))
        event.add_column(sa.Column("erased_at", MOMENT))
    _rechain(op.get_bind())
    with op.batch_alter_table("event") as event:
        for name, length in zip(NEW, (64, 32, 64), strict=True):
            event.alter_column(name, existing_type=sa.String(length), nullable=False)
    for statement in GUARDS[op.get_bind().dialect.name]:
        op.execute(statement)


def _rechain(connection: sa.Connection) -> None:
    """Hashes the events anew, over the detail's hash in place of the detail, so that details can be erased.

    The event appended then names the old head's hash, which a copy of the database made before can
    be compared with, and the first event, if any, that did not fit the old chain.
    """
    old_head = connection.execute(sa.select(HEAD.c.event_id, HEAD.c.hash)).one()
    last, old_previous, previous, broken = 0, "", "", None
    renew = (
        sa.update(EVENT)
        .where(EVENT.c.id == sa.bindparam("number"))
        .values({name: sa.bindparam(f"new_{name}") for name in (*NEW, "previous_hash", "hash")})
    )
    for some in _old_events(connection):
        changes = []
        for event in some:
            fits = event["previous_hash"] == old_previous and event["hash"] == _old_hash(event)
            if broken is None and not (fits and event["id"] == last + 1):
                broken = event["id"]
            last, old_previous = event["id"], event["hash"]
            renewed = _chained(event, previous)
            previous = renewed["hash"]
            values = {f"new_{name}": renewed[name] for name in (*NEW, "previous_hash", "hash")}
            changes.append({"number": event["id"], **values})
        connection.execute(renew, changes)
    if broken is None and (last, old_previous) != tuple(old_head):
        broken = last + 1
    if last == 0 and broken is None:
        return
    told = {
        "id": max(last, old_head.event_id) + 1,
        "at": datetime.now(UTC),
        "actor": "migration 0002",
        "organisation_id": None,
        "action": "record.rechained",
        "thing": "record",
        "detail": {"old_head": {"event_id": old_head.event_id, "hash": old_head.hash}, "first_broken": broken},
    }
    appended = _chained(told, previous)
    connection.execute(sa.insert(EVENT), [appended])
    connection.execute(sa.update(HEAD).values(event_id=appended["id"], hash=appended["hash"]))


def _old_events(connection: sa.Connection) -> Iterator[list[dict[str, Any]]]:
    last = None
    while True:
        query = sa.select(*OLD).order_by(EVENT.c.id).limit(AT_ONCE)
        if last is not None:
            query = query.where(EVENT.c.id > last)
        some = [dict(row) for row in connection.execute(query).mappings()]
        if not some:
            return
        for event in some:
            at = event["at"]
            event["at"] = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
        last = some[-1]["id"]
        yield some


# What follows is how events were and are hashed as of this migration, kept here whatever becomes of the program.


def _old_hash(event: Mapping[str, Any]) -> str:
    content = {key: value for key, value in event.items() if key != "hash"}
    return _sha256(_canonical(content | {"at": _moment(event["at"])}))


def _chained(event: Mapping[str, Any], previous: str) -> dict[str, Any]:
    """The event with its new columns and hashes."""
    salt = os.urandom(16).hex()
    detail_hash = _sha256(salt + _canonical(event["detail"]))
    names = ("id", "at", "actor", "organisation_id", "action", "thing")
    columns = [*({**event, "at": _moment(event["at"])}[name] for name in names), "", detail_hash]
    return {
        **event,
        "request_id": "",
        "salt": salt,
        "detail_hash": detail_hash,
        "previous_hash": previous,
        "hash": _sha256(previous + _sha256(_canonical(columns))),
    }


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


KEPT = (
    "id",
    "at",
    "actor",
    "organisation_id",
    "action",
    "thing",
    "request_id",
    "detail_hash",
    "previous_hash",
    "hash",
)
"""What even an erasure leaves as it is."""

# A later migration that makes SQLite rebuild the table has to make these triggers again. Without the
# one on INSERT, SQLite's INSERT OR REPLACE would get round the one on DELETE.
GUARDS = {
    "sqlite": (
        f"""
        CREATE TRIGGER event_kept_from_update BEFORE UPDATE ON event
        WHEN NOT (
            OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND NEW.detail = '{{}}' AND NEW.salt = ''
            AND {" AND ".join(f"NEW.{name} IS OLD.{name}" for name in KEPT)}
        )
        BEGIN SELECT RAISE(ABORT, 'events are not changed, only their details erased'); END
        """,
        """
        CREATE TRIGGER event_kept_from_delete BEFORE DELETE ON event
        BEGIN SELECT RAISE(ABORT, 'events are not deleted'); END
        """,
        """
        CREATE TRIGGER event_kept_from_replace BEFORE INSERT ON event
        WHEN EXISTS (SELECT 1 FROM event WHERE id = NEW.id)
        BEGIN SELECT RAISE(ABORT, 'events are not replaced'); END
        """,
    ),
    "postgresql": (
        f"""
        CREATE FUNCTION event_kept() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'UPDATE' THEN
                IF OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL
                    AND NEW.detail::text = '{{}}' AND NEW.salt = ''
                    AND {" AND ".join(f"NEW.{name} IS NOT DISTINCT FROM OLD.{name}" for name in KEPT)}
                THEN
                    RETURN NEW;
                END IF;
                RAISE 'events are not changed, only their details erased' USING ERRCODE = 'restrict_violation';
            END IF;
            RAISE 'events are not deleted' USING ERRCODE = 'restrict_violation';
        END
        $$
        """,
        """
        CREATE TRIGGER event_kept BEFORE UPDATE OR DELETE ON event
        FOR EACH ROW EXECUTE FUNCTION event_kept()
        """,
        """
        CREATE TRIGGER event_kept_from_truncate BEFORE TRUNCATE ON event
        FOR EACH STATEMENT EXECUTE FUNCTION event_kept()
        """,
    ),
}
