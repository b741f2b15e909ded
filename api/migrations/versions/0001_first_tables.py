"""The first tables: organisations, needs, results, their passages, and the record of events."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

MOMENT = sa.DateTime(timezone=True)
ENUM = sa.String(40)
ID = sa.String(36)


def upgrade() -> None:
    op.create_table(
        "organisation",
        sa.Column("id", ID, primary_key=True),
        sa.Column("kind", ENUM, nullable=False),
        sa.Column("name", sa.String(200), nullable=False, unique=True),
        sa.Column("name_en", sa.String(200), nullable=False),
        sa.Column("credit_code", sa.String(18), unique=True),
        sa.Column("region", sa.String(6)),
        sa.Column("created_at", MOMENT, nullable=False),
    )
    op.create_table(
        "problem_list",
        sa.Column("id", ID, primary_key=True),
        sa.Column("organisation_id", ID, sa.ForeignKey("organisation.id"), nullable=False, index=True),
        sa.Column("title", sa.String(500), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
    )
    op.create_table(
        "need",
        *_item_columns(),
        sa.Column("problem_list_id", ID, sa.ForeignKey("problem_list.id"), index=True),
        sa.Column("current_state", sa.Text, nullable=False),
        sa.Column("scenario", sa.Text, nullable=False),
        sa.Column("out_of_scope", sa.Text, nullable=False),
        sa.Column("maturity_now", sa.Integer),
        sa.Column("maturity_wanted", sa.Integer),
        sa.Column("budget_min", sa.BigInteger),
        sa.Column("budget_max", sa.BigInteger),
        sa.Column("funding_share", sa.Float),
        sa.Column("deadline", sa.Date),
        sa.Column("preferred_regions", sa.JSON, nullable=False),
        sa.Column("ip_wishes", sa.Text, nullable=False),
        sa.Column("decision_owner", sa.String(500), nullable=False),
    )
    op.create_table(
        "result",
        *_item_columns(),
        sa.Column("abstract", sa.Text, nullable=False),
        sa.Column("innovation", sa.Text, nullable=False),
        sa.Column("advantage", sa.Text, nullable=False),
        sa.Column("maturity", sa.Integer),
        sa.Column("maturity_stage", ENUM),
        sa.Column("rights", sa.JSON, nullable=False),
        sa.Column("ownership", sa.Text, nullable=False),
        sa.Column("price", sa.BigInteger),
        sa.Column("open_licence_terms", sa.Text, nullable=False),
        sa.Column("team", sa.Text, nullable=False),
        sa.Column("team_continuity", sa.Text, nullable=False),
        sa.Column("evidence", sa.Text, nullable=False),
        sa.Column("region", sa.String(6)),
    )
    op.create_table(
        "indicator",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("item_number", sa.BigInteger, nullable=False, index=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("operator", ENUM, nullable=False),
        sa.Column("value", sa.Float, nullable=False),
        sa.Column("value_high", sa.Float),
        sa.Column("unit", sa.String(50), nullable=False),
        sa.Column("test_method", sa.String(500), nullable=False),
        sa.Column("must", sa.Boolean, nullable=False),
        sa.Column("conditions", sa.String(500), nullable=False),
        sa.Column("evidence", sa.String(500), nullable=False),
    )
    op.create_table(
        "passage",
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("item_number", sa.BigInteger, nullable=False, index=True),
        sa.Column("part", sa.String(20), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("content_hash", sa.String(32), nullable=False),
        sa.Column("model_id", sa.String(200), nullable=False, index=True),
        sa.Column("vector", sa.LargeBinary),
    )
    op.create_table(
        "event",
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("organisation_id", ID),
        sa.Column("action", sa.String(60), nullable=False),
        sa.Column("thing", sa.String(60), nullable=False, index=True),
        sa.Column("detail", sa.JSON, nullable=False),
        sa.Column("previous_hash", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    head = op.create_table(
        "event_head",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("event_id", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    op.bulk_insert(head, [{"id": 1, "event_id": 0, "hash": ""}])
    op.create_table(
        "idempotent_reply",
        sa.Column("actor", sa.String(200), primary_key=True),
        sa.Column("key", sa.String(200), primary_key=True),
        sa.Column("request_hash", sa.String(64), nullable=False),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
        sa.Column("headers", sa.JSON, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
    )


def _item_columns() -> list[sa.schema.SchemaItem]:
    """What needs and results have in common."""
    return [
        sa.Column("id", ID, primary_key=True),
        sa.Column("number", sa.BigInteger, nullable=False, unique=True),
        sa.Column("seq", sa.BigInteger, nullable=False, index=True),
        sa.Column("organisation_id", ID, sa.ForeignKey("organisation.id"), nullable=False, index=True),
        sa.Column("source_key", sa.String(120), nullable=False),
        sa.Column("fingerprint", sa.String(32), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", ENUM, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("reference", sa.String(100), nullable=False),
        sa.Column("title", sa.String(500), nullable=False),
        sa.Column("field", sa.String(60), index=True),
        sa.Column("keywords", sa.JSON, nullable=False),
        sa.Column("cooperation_modes", sa.JSON, nullable=False),
        sa.Column("disclosure", ENUM, nullable=False),
        sa.Column("problem", sa.Text, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.UniqueConstraint("organisation_id", "source_key"),
    ]
