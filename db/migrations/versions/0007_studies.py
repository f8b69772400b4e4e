"""Studies: a link for a crowd, the text that its people agree to, and who takes part."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "study",
        sa.Column("id", sa.Integer(), primary_key=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("name", "title", "consent", "consent_digest")),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("parameter", sa.Text(), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("joined", sa.Integer(), nullable=False),
        sa.Column("items", sa.Integer()),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("completion_url", "completion_code")),
        _moment("created_at", nullable=False),
        _moment("expires_at"),
        _moment("closed_at"),
        sa.UniqueConstraint("name", name=op.f("uq_study_name")),
    )
    op.create_table(
        "study_task",
        sa.Column("id", sa.Integer(), primary_key=True),
        _reference("study_task", "study"),
        _reference("study_task", "task"),
        sa.UniqueConstraint("study_id", "task_id", name=op.f("uq_study_task_study_id_task_id")),
    )
    op.create_table(
        "participant",
        sa.Column("id", sa.Integer(), primary_key=True),
        _reference("participant", "study"),
        _reference("participant", "account"),
        sa.Column("external_id", sa.Text()),
        sa.Column("form_hash", sa.Text(), nullable=False),
        sa.Column("consent_digest", sa.Text(), nullable=False),
        _moment("added_at", nullable=False),
        _moment("consented_at"),
        _moment("completed_at"),
        sa.UniqueConstraint("account_id", "study_id", name=op.f("uq_participant_account_id_study_id")),
        sa.UniqueConstraint("study_id", "external_id", name=op.f("uq_participant_study_id_external_id")),
    )
    # In one statement: SQLite can add no constraint later.
    op.execute(
        "ALTER TABLE invitation ADD COLUMN study_id INTEGER CONSTRAINT fk_invitation_study_id REFERENCES study (id)"
    )


def _moment(name: str, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _reference(table: str, to: str) -> sa.Column[object]:
    key = sa.ForeignKey(f"{to}.id", name=op.f(f"fk_{table}_{to}_id"))
    return sa.Column(f"{to}_id", sa.Integer(), key, nullable=False)
