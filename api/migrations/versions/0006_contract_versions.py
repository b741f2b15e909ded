"""Every version of a contract, kept for both sides."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ID, MOMENT = sa.String(36), sa.DateTime(timezone=True)

_CONTRACTS = sa.table(
    "contract",
    *(sa.column(name) for name in ("id", "award_id", "version", "kind", "ownership", "amount", "currency")),
    sa.column("terms", sa.JSON),
    sa.column("signed_at", MOMENT),
)
_AWARDS = sa.table("award", sa.column("id"), sa.column("at", MOMENT))


def upgrade() -> None:
    made = op.create_table(
        "contract_version",
        sa.Column("contract_id", ID, sa.ForeignKey("contract.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("terms", sa.JSON, nullable=False),
        sa.Column("by_setter", sa.Boolean),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
    )
    there = sa.select(_CONTRACTS, _AWARDS.c.at).join(_AWARDS, _AWARDS.c.id == _CONTRACTS.c.award_id)
    for contract in op.get_bind().execute(there).mappings().all():
        amount = Decimal(contract["amount"]) / 100
        planned = [Decimal(one["amount"]) for one in contract["terms"].get("milestones", [])]
        if planned and sum(planned) != amount:
            continue  # a change has made something else of it, which its milestones tell
        own = {"kind": contract["kind"], "ownership": contract["ownership"], "currency": contract["currency"]}
        op.get_bind().execute(
            sa.insert(made).values(
                contract_id=contract["id"],
                number=contract["version"],
                terms=contract["terms"] | own | {"amount": str(amount)},
                actor="",
                at=contract["signed_at"] or contract["at"],
            )
        )


def downgrade() -> None:
    op.drop_table("contract_version")
