"""Passwords beside the links, accounts that are disabled, what a session's browser is, and failed sign-ins."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.add_column("account", _text("password_hash"))
    op.add_column("account", sa.Column("disabled_at", moment))
    op.add_column("session", _text("browser"))
    op.create_table(
        "sign_in_failure",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("wait_until", moment, nullable=False),
        sa.Column("forget_at", moment, nullable=False),
        sa.UniqueConstraint("key", name=op.f("uq_sign_in_failure_key")),
    )
    op.create_index(op.f("ix_sign_in_failure_forget_at"), "sign_in_failure", ["forget_at"])


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, server_default=sa.text("''"))
