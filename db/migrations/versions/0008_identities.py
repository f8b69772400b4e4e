"""Who accounts are to the providers that people sign in by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    account = sa.ForeignKey("account.id", name=op.f("fk_identity_account_id"))
    op.create_table(
        "identity",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("account_id", sa.Integer(), account, nullable=False),
        *(sa.Column(name, sa.Text()) for name in ("issuer", "subject", "email")),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_identity_issuer_subject")),
        sa.UniqueConstraint("email", name=op.f("uq_identity_email")),
        sa.CheckConstraint("(subject is null) <> (email is null)", name=op.f("ck_identity_known_or_expected")),
        sa.CheckConstraint("(subject is null) = (issuer is null)", name=op.f("ck_identity_subject_of_issuer")),
    )
    op.create_index(op.f("ix_identity_account_id"), "identity", ["account_id"])
