"""Challenges: rounds, answers, grades, awards, the money, and what people are told."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

MOMENT = sa.DateTime(timezone=True)
ENUM = sa.String(40)
ID = sa.String(36)
MONEY = sa.BigInteger


def upgrade() -> None:
    _challenges()
    _answers()
    _grading()
    _awards()
    _notices()


def _challenges() -> None:
    op.create_table(
        "attachment",
        sa.Column("id", ID, primary_key=True),
        sa.Column("thing", sa.String(60), nullable=False, index=True),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("media_type", sa.String(100), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
    )
    op.create_table(
        "programme",
        sa.Column("id", ID, primary_key=True),
        sa.Column("organisation_id", ID, sa.ForeignKey("organisation.id"), nullable=False, index=True),
        sa.Column("problem_list_id", ID, sa.ForeignKey("problem_list.id"), nullable=False),
        sa.Column("funder_id", ID, sa.ForeignKey("organisation.id")),
        sa.Column("public_ratio", sa.Float, nullable=False),
        sa.Column("title", sa.String(500), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
    )
    op.create_table(
        "topic",
        sa.Column("id", ID, primary_key=True),
        sa.Column("programme_id", ID, sa.ForeignKey("programme.id"), nullable=False, index=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("title", sa.String(500), nullable=False),
        sa.Column("need_ids", sa.JSON, nullable=False),
        sa.Column("terms", sa.JSON, nullable=False),
    )
    op.create_table(
        "challenge",
        sa.Column("id", ID, primary_key=True),
        sa.Column("organisation_id", ID, sa.ForeignKey("organisation.id"), nullable=False, index=True),
        sa.Column("state", ENUM, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("mechanism", sa.String(60), nullable=False),
        sa.Column("rules", sa.JSON, nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("title", sa.String(500), nullable=False),
        sa.Column("content", sa.JSON, nullable=False),
        sa.Column("field", sa.String(60), index=True),
        sa.Column("region", sa.String(6)),
        sa.Column("budget", MONEY),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("deadline", MOMENT),
        sa.Column("funder_id", ID, sa.ForeignKey("organisation.id")),
        sa.Column("topic_id", ID, sa.ForeignKey("topic.id"), unique=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("published_at", MOMENT),
        sa.Column("decided_at", MOMENT),
    )
    op.create_table(
        "challenge_invitation",
        sa.Column("challenge_id", ID, sa.ForeignKey("challenge.id"), primary_key=True),
        sa.Column("organisation_id", ID, sa.ForeignKey("organisation.id"), primary_key=True, index=True),
        sa.Column("invests", sa.Boolean, nullable=False),
        sa.Column("result_id", ID),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("score", sa.Float),
        sa.Column("at", MOMENT, nullable=False),
    )
    op.create_table(
        "challenge_need",
        sa.Column("challenge_id", ID, sa.ForeignKey("challenge.id"), primary_key=True),
        sa.Column("need_id", ID, sa.ForeignKey("need.id"), primary_key=True, index=True),
    )
    op.create_table(
        "challenge_version",
        sa.Column("challenge_id", ID, sa.ForeignKey("challenge.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("content", sa.JSON, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
    )
    op.create_table(
        "custodian",
        sa.Column("challenge_id", ID, sa.ForeignKey("challenge.id"), primary_key=True),
        sa.Column("person_id", ID, sa.ForeignKey("person.id"), primary_key=True),
        sa.Column("salt", sa.LargeBinary),
        sa.Column("public_key", sa.LargeBinary),
    )
    op.create_table(
        "question",
        sa.Column("id", ID, primary_key=True),
        sa.Column("challenge_id", ID, sa.ForeignKey("challenge.id"), nullable=False, index=True),
        sa.Column("organisation_id", ID, sa.ForeignKey("organisation.id"), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("answered_at", MOMENT),
    )
    op.create_table(
        "round",
        sa.Column("id", ID, primary_key=True),
        sa.Column("challenge_id", ID, sa.ForeignKey("challenge.id"), nullable=False, index=True),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("deadline", MOMENT, nullable=False),
        sa.Column("goes_on", sa.Integer),
        sa.Column("threshold", sa.Float),
        sa.Column("measured_threshold", sa.Boolean, nullable=False),
        sa.Column("payment", MONEY),
        sa.Column("public_key", sa.LargeBinary),
        sa.Column("private_key", sa.LargeBinary),
        sa.Column("opened_at", MOMENT),
        sa.UniqueConstraint("challenge_id", "number"),
    )
    op.create_table(
        "key_share",
        sa.Column("id", ID, primary_key=True),
        sa.Column("round_id", ID, sa.ForeignKey("round.id"), nullable=False, index=True),
        sa.Column("person_id", ID, sa.ForeignKey("person.id")),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("released", sa.LargeBinary),
        sa.Column("released_at", MOMENT),
        sa.UniqueConstraint("round_id", "person_id"),
    )


def _answers() -> None:
    op.create_table(
        "answer",
        sa.Column("id", ID, primary_key=True),
        sa.Column("challenge_id", ID, sa.ForeignKey("challenge.id"), nullable=False, index=True),
        sa.Column("organisation_id", ID, sa.ForeignKey("organisation.id"), nullable=False, index=True),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("state", ENUM, nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("handed_in_at", MOMENT),
        sa.UniqueConstraint("challenge_id", "organisation_id"),
    )
    op.create_table(
        "answer_text",
        sa.Column("id", ID, primary_key=True),
        sa.Column("answer_id", ID, sa.ForeignKey("answer.id"), nullable=False, index=True),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("handed_in", sa.Boolean, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("own_key", sa.LargeBinary),
        sa.Column("round_key", sa.LargeBinary),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("attachment_ids", sa.JSON, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.UniqueConstraint("answer_id", "number"),
    )
    op.create_table(
        "commitment",
        sa.Column("id", ID, primary_key=True),
        sa.Column("answer_id", ID, sa.ForeignKey("answer.id"), nullable=False, index=True),
        sa.Column("organisation_id", ID, sa.ForeignKey("organisation.id"), nullable=False, index=True),
        sa.Column("state", ENUM, nullable=False),
        sa.Column("amount", MONEY, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("conditions", sa.Text, nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
    )
    op.create_table(
        "offer",
        sa.Column("id", ID, primary_key=True),
        sa.Column("answer_id", ID, sa.ForeignKey("answer.id"), nullable=False, index=True),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("by_setter", sa.Boolean, nullable=False),
        sa.Column("state", ENUM, nullable=False),
        sa.Column("terms", sa.JSON, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("remark", sa.Text, nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.UniqueConstraint("answer_id", "number"),
    )
    op.create_table(
        "partner",
        sa.Column("answer_id", ID, sa.ForeignKey("answer.id"), primary_key=True),
        sa.Column("organisation_id", ID, sa.ForeignKey("organisation.id"), primary_key=True, index=True),
        sa.Column("confirmed_hash", sa.String(64), nullable=False),
        sa.Column("confirmed_at", MOMENT),
        sa.Column("confirmed_by", sa.String(200), nullable=False),
    )
    op.create_table(
        "supplement",
        sa.Column("id", ID, primary_key=True),
        sa.Column("answer_id", ID, sa.ForeignKey("answer.id"), nullable=False, index=True),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("asked", sa.Text, nullable=False),
        sa.Column("due", MOMENT, nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("text_number", sa.Integer),
    )


def _grading() -> None:
    op.create_table(
        "conflict",
        sa.Column("id", ID, primary_key=True),
        sa.Column("person_id", ID, sa.ForeignKey("person.id"), nullable=False, index=True),
        sa.Column("organisation_id", ID, sa.ForeignKey("organisation.id"), nullable=False, index=True),
        sa.Column("challenge_id", ID, sa.ForeignKey("challenge.id")),
        sa.Column("kind", ENUM, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
    )
    op.create_table(
        "elimination",
        sa.Column("id", ID, primary_key=True),
        sa.Column("challenge_id", ID, sa.ForeignKey("challenge.id"), nullable=False, index=True),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("rule", sa.JSON, nullable=False),
        sa.Column("before", sa.JSON, nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("reversed_at", MOMENT),
        sa.Column("reversed_by", sa.String(200), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )
    op.create_table(
        "objection",
        sa.Column("id", ID, primary_key=True),
        sa.Column("challenge_id", ID, sa.ForeignKey("challenge.id"), nullable=False, index=True),
        sa.Column("organisation_id", ID, sa.ForeignKey("organisation.id"), nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("state", ENUM, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("raised_at", MOMENT, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("answered_by", sa.String(200), nullable=False),
        sa.Column("answered_at", MOMENT),
    )
    op.create_table(
        "assignment",
        sa.Column("id", ID, primary_key=True),
        sa.Column("answer_id", ID, sa.ForeignKey("answer.id"), nullable=False, index=True),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("person_id", ID, sa.ForeignKey("person.id"), nullable=False, index=True),
        sa.Column("state", ENUM, nullable=False),
        sa.Column("scores", sa.JSON, nullable=False),
        sa.Column("indicators", sa.JSON, nullable=False),
        sa.Column("remark", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("assigned_at", MOMENT, nullable=False),
        sa.Column("submitted_at", MOMENT),
        sa.UniqueConstraint("answer_id", "round", "person_id"),
    )
    op.create_table(
        "determination",
        sa.Column("id", ID, primary_key=True),
        sa.Column("answer_id", ID, sa.ForeignKey("answer.id"), nullable=False, index=True),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("decided", ENUM, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("rank", sa.Integer),
        sa.Column("departs", sa.Boolean, nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
    )
    op.create_table(
        "trial",
        sa.Column("id", ID, primary_key=True),
        sa.Column("answer_id", ID, sa.ForeignKey("answer.id"), nullable=False, index=True),
        sa.Column("person_id", ID, sa.ForeignKey("person.id"), nullable=False, index=True),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("due", MOMENT),
        sa.Column("verdict", ENUM),
        sa.Column("measured", sa.JSON, nullable=False),
        sa.Column("report", sa.Text, nullable=False),
        sa.Column("named_at", MOMENT, nullable=False),
        sa.Column("told_at", MOMENT),
    )


def _awards() -> None:
    op.create_table(
        "award",
        sa.Column("id", ID, primary_key=True),
        sa.Column("challenge_id", ID, sa.ForeignKey("challenge.id"), nullable=False, index=True),
        sa.Column("answer_id", ID, sa.ForeignKey("answer.id"), nullable=False, unique=True),
        sa.Column("amount", MONEY, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
    )
    op.create_table(
        "contract",
        sa.Column("id", ID, primary_key=True),
        sa.Column("award_id", ID, sa.ForeignKey("award.id"), nullable=False, unique=True),
        sa.Column("state", ENUM, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("kind", ENUM, nullable=False),
        sa.Column("ownership", ENUM, nullable=False),
        sa.Column("terms", sa.JSON, nullable=False),
        sa.Column("amount", MONEY, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("confirmed_by_setter", sa.String(200), nullable=False),
        sa.Column("confirmed_by_answerer", sa.String(200), nullable=False),
        sa.Column("signed_at", MOMENT),
        sa.Column("ended_at", MOMENT),
        sa.Column("outcome", ENUM),
        sa.Column("outcome_text", sa.Text, nullable=False),
    )
    op.create_table(
        "contract_change",
        sa.Column("id", ID, primary_key=True),
        sa.Column("contract_id", ID, sa.ForeignKey("contract.id"), nullable=False, index=True),
        sa.Column("state", ENUM, nullable=False),
        sa.Column("by_setter", sa.Boolean, nullable=False),
        sa.Column("changes", sa.JSON, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("answered_by", sa.String(200), nullable=False),
        sa.Column("answered_at", MOMENT),
        sa.Column("remark", sa.Text, nullable=False),
    )
    op.create_table(
        "milestone",
        sa.Column("id", ID, primary_key=True),
        sa.Column("contract_id", ID, sa.ForeignKey("contract.id"), nullable=False, index=True),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("state", ENUM, nullable=False),
        sa.Column("title", sa.String(500), nullable=False),
        sa.Column("due", sa.Date),
        sa.Column("amount", MONEY, nullable=False),
        sa.Column("indicators", sa.JSON, nullable=False),
        sa.Column("report", sa.Text, nullable=False),
        sa.Column("measured", sa.JSON, nullable=False),
        sa.Column("remark", sa.Text, nullable=False),
        sa.Column("submitted_at", MOMENT),
        sa.Column("accepted_at", MOMENT),
        sa.UniqueConstraint("contract_id", "number"),
    )
    op.create_table(
        "ledger_entry",
        sa.Column("id", ID, primary_key=True),
        sa.Column("posting", ID, nullable=False, index=True),
        sa.Column("challenge_id", ID, sa.ForeignKey("challenge.id"), nullable=False, index=True),
        sa.Column("party_id", ID, sa.ForeignKey("organisation.id"), nullable=False),
        sa.Column("answer_id", ID, sa.ForeignKey("answer.id")),
        sa.Column("milestone_id", ID, sa.ForeignKey("milestone.id")),
        sa.Column("round", sa.Integer),
        sa.Column("account", ENUM, nullable=False),
        sa.Column("amount", MONEY, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("text", sa.String(500), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
    )
    for statement in LEDGER_GUARDS[op.get_bind().dialect.name]:
        op.execute(statement)


# As for events: without the one on INSERT, SQLite's INSERT OR REPLACE would get round the one on DELETE.
LEDGER_GUARDS = {
    "sqlite": (
        """
        CREATE TRIGGER ledger_entry_kept_from_update BEFORE UPDATE ON ledger_entry
        BEGIN SELECT RAISE(ABORT, 'entries of the ledger are not changed'); END
        """,
        """
        CREATE TRIGGER ledger_entry_kept_from_delete BEFORE DELETE ON ledger_entry
        BEGIN SELECT RAISE(ABORT, 'entries of the ledger are not deleted'); END
        """,
        """
        CREATE TRIGGER ledger_entry_kept_from_replace BEFORE INSERT ON ledger_entry
        WHEN EXISTS (SELECT 1 FROM ledger_entry WHERE id = NEW.id)
        BEGIN SELECT RAISE(ABORT, 'entries of the ledger are not replaced'); END
        """,
    ),
    "postgresql": (
        """
        CREATE FUNCTION ledger_entry_kept() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE 'entries of the ledger are neither changed nor deleted' USING ERRCODE = 'restrict_violation';
        END
        $$
        """,
        """
        CREATE TRIGGER ledger_entry_kept BEFORE UPDATE OR DELETE ON ledger_entry
        FOR EACH ROW EXECUTE FUNCTION ledger_entry_kept()
        """,
        """
        CREATE TRIGGER ledger_entry_kept_from_truncate BEFORE TRUNCATE ON ledger_entry
        FOR EACH STATEMENT EXECUTE FUNCTION ledger_entry_kept()
        """,
    ),
}


def _notices() -> None:
    op.create_table(
        "notice",
        sa.Column("id", ID, primary_key=True),
        sa.Column("person_id", ID, sa.ForeignKey("person.id"), nullable=False, index=True),
        sa.Column("event_id", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(60), nullable=False),
        sa.Column("thing", sa.String(60), nullable=False),
        sa.Column("told", sa.JSON, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("read_at", MOMENT),
        sa.Column("mailed_at", MOMENT),
        sa.Column("wants_mail", sa.Boolean, nullable=False),
        sa.Column("in_app", sa.Boolean, nullable=False),
        sa.UniqueConstraint("person_id", "event_id"),
    )
    op.create_table(
        "notice_setting",
        sa.Column("person_id", ID, sa.ForeignKey("person.id"), primary_key=True),
        sa.Column("kind", sa.String(60), primary_key=True),
        sa.Column("by_mail", sa.Boolean, nullable=False),
        sa.Column("in_app", sa.Boolean, nullable=False),
    )
    position = op.create_table(
        "notice_position",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("event_id", sa.BigInteger, nullable=False),
    )
    op.bulk_insert(position, [{"id": 1, "event_id": 0}])
