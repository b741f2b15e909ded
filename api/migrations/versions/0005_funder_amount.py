"""What a public funder has confirmed that it puts into a challenge."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("challenge", sa.Column("funder_amount", sa.BigInteger))


def downgrade() -> None:
    op.drop_column("challenge", "funder_amount")
