"""Pairs: what the ranking proposes, what matchmakers decide, and the introductions that follow."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

MOMENT = sa.DateTime(timezone=True)
ENUM = sa.String(40)
ID = sa.String(36)
MONEY = sa.BigInteger


def upgrade() -> None:
    op.create_table(
        "pair",
        sa.Column("id", ID, primary_key=True),
        sa.Column("need_id", ID, sa.ForeignKey("need.id"), nullable=False),
        sa.Column("result_id", ID, sa.ForeignKey("result.id"), nullable=False, index=True),
        sa.Column("state", ENUM, nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("rank", sa.Integer),
        sa.Column("score", sa.Float, nullable=False),
        sa.Column("told_score", sa.Float, nullable=False),
        sa.Column("evidence", sa.JSON, nullable=False),
        sa.Column("ranked_by", sa.String(40), nullable=False),
        sa.Column("priority", sa.Float, nullable=False),
        sa.Column("proposed_at", MOMENT, nullable=False),
        sa.Column("reserved_by", ID, sa.ForeignKey("person.id"), index=True),
        sa.Column("reserved_until", MOMENT),
        sa.Column("not_before", MOMENT),
        sa.Column("follower_id", ID, sa.ForeignKey("person.id"), index=True),
        sa.Column("asking", sa.Integer, nullable=False),
        sa.Column("ended_for", sa.String(40), nullable=False),
        sa.Column("ended_by", ENUM),
        sa.Column("amount", MONEY),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.UniqueConstraint("need_id", "result_id"),
    )
    op.create_index("ix_pair_state_priority", "pair", ["state", "priority"])
    op.create_table(
        "pair_verdict",
        sa.Column("id", ID, primary_key=True),
        sa.Column("pair_id", ID, sa.ForeignKey("pair.id"), nullable=False, index=True),
        sa.Column("person_id", ID, sa.ForeignKey("person.id"), nullable=False, index=True),
        sa.Column("judgement", ENUM, nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("position", sa.Integer),
        sa.Column("score", sa.Float, nullable=False),
        sa.Column("rank", sa.Integer),
        sa.Column("evidence", sa.JSON, nullable=False),
        sa.Column("ranked_by", sa.String(40), nullable=False),
        sa.Column("undone_at", MOMENT),
    )
    op.create_table(
        "pair_showing",
        sa.Column("id", ID, primary_key=True),
        sa.Column("pair_id", ID, sa.ForeignKey("pair.id"), nullable=False, index=True),
        sa.Column("person_id", ID, sa.ForeignKey("person.id"), nullable=False, index=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("score", sa.Float, nullable=False),
    )
    op.create_table(
        "introduction",
        sa.Column("id", ID, primary_key=True),
        sa.Column("pair_id", ID, sa.ForeignKey("pair.id"), nullable=False),
        sa.Column("asking", sa.Integer, nullable=False),
        sa.Column("side", ENUM, nullable=False),
        sa.Column("organisation_id", ID, sa.ForeignKey("organisation.id"), nullable=False, index=True),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("state", ENUM, nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("answered_at", MOMENT),
        sa.Column("answered_by", ID, sa.ForeignKey("person.id")),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("lets_in", sa.Boolean, nullable=False),
        sa.UniqueConstraint("pair_id", "asking", "side"),
    )
    op.create_table(
        "pair_note",
        sa.Column("id", ID, primary_key=True),
        sa.Column("pair_id", ID, sa.ForeignKey("pair.id"), nullable=False, index=True),
        sa.Column("person_id", ID, sa.ForeignKey("person.id")),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
    )
    position = op.create_table(
        "proposal_position",
        sa.Column("kind", ENUM, primary_key=True),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("ranked_by", sa.String(40), nullable=False),
    )
    op.bulk_insert(position, [{"kind": kind, "seq": 0, "ranked_by": ""} for kind in ("need", "result")])
    op.create_table(
        "saved_search",
        sa.Column("id", ID, primary_key=True),
        sa.Column("person_id", ID, sa.ForeignKey("person.id"), nullable=False, index=True),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("asked", sa.JSON, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
    )


def downgrade() -> None:
    for table in (
        "saved_search", "proposal_position", "pair_note", "introduction", "pair_showing", "pair_verdict", "pair"
    ):  # fmt: skip
        op.drop_table(table)
