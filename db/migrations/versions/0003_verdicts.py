"""What researchers decide of disputed items."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    rulings = "ruling in ('gold-right', 'people-right', 'ambiguous', 'bad-item', 'undecided')"
    op.create_table(
        "verdict",
        sa.Column("id", sa.Integer(), primary_key=True),
        _reference("item"),
        _reference("account"),
        sa.Column("ruling", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(rulings, name=op.f("ck_verdict_ruling")),
    )
    op.create_index(op.f("ix_verdict_item_id"), "verdict", ["item_id"])


def _reference(to: str) -> sa.Column[object]:
    key = sa.ForeignKey(f"{to}.id", name=op.f(f"fk_verdict_{to}_id"))
    return sa.Column(f"{to}_id", sa.Integer(), key, nullable=False)
