"""Run by alembic. The connection comes from `api.db.upgrade`, inside a transaction of its own."""

from __future__ import annotations

from alembic import context
from sqlmodel import SQLModel

import matcher.entities  # noqa: F401  (its tables are what drift is measured against)

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
