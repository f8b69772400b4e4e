"""Run by Alembic for each upgrade, inside the transaction that `db.session.upgrade` opened."""

from __future__ import annotations

from alembic import context

from db.tables import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
context.run_migrations()
