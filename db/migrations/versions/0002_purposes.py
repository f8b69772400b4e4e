"""What items are asked for, who a task is assigned to, surplus answers, the interface's language.

Columns are added with their constraints in one statement each, in words that SQLite and PostgreSQL both take: SQLite
can add no constraint later, and a table made anew and renamed would break the foreign keys to it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    share = sa.Double().compile(dialect=op.get_bind().dialect)
    _add("task", f"shared_share {share} NOT NULL DEFAULT 0")
    _add("task", f"repeat_share {share} NOT NULL DEFAULT 0")
    purposes = "CHECK (purpose in ('judgment', 'training', 'attention', 'repeat'))"
    _add("item", f"purpose TEXT NOT NULL DEFAULT 'judgment' CONSTRAINT ck_item_purpose {purposes}")
    _add("item", "set_apart BOOLEAN NOT NULL DEFAULT false")
    _add("item", "shared BOOLEAN NOT NULL DEFAULT false")
    _add("item", "repeats_id INTEGER CONSTRAINT fk_item_repeats_id REFERENCES item (id)")
    _add("answer", "surplus BOOLEAN NOT NULL DEFAULT false")
    _add("account", "locale TEXT NOT NULL DEFAULT ''")
    op.create_table(
        "task_annotator",
        sa.Column("id", sa.Integer(), primary_key=True),
        _reference("task"),
        _reference("rater"),
        sa.UniqueConstraint("task_id", "rater_id", name=op.f("uq_task_annotator_task_id_rater_id")),
    )


def _add(table: str, column: str) -> None:
    op.execute(f"ALTER TABLE {table} ADD COLUMN {column}")


def _reference(to: str) -> sa.Column[object]:
    key = sa.ForeignKey(f"{to}.id", name=op.f(f"fk_task_annotator_{to}_id"))
    return sa.Column(f"{to}_id", sa.Integer(), key, nullable=False)
