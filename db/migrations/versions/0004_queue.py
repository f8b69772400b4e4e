"""Runs that wait in a queue, are taken by workers, and tell how far they are.

SQLite can take neither NOT NULL nor a CHECK from a column, so that the table is made anew under its own name: answers
and scores refer to it, which is why their keys are looked at when all is done, and not between.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

STATES = "state in ('queued', 'running', 'done', 'failed', 'cancelled')"
KEPT = "id, rater_id, state, device, versions, prompts, settings, n_texts, seconds, error, started, finished"  # of 0001


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _make_anew()
    else:
        _alter()
    op.create_index(op.f("ix_run_state_lease_until"), "run", ["state", "lease_until"])
    op.execute("UPDATE run SET queued = started")
    # Whoever had begun these is gone: the schema is not changed under a process that runs.
    op.execute("UPDATE run SET state = 'failed', error = 'interrupted' WHERE state = 'running'")
    op.execute("UPDATE run SET model = (SELECT name FROM rater WHERE rater.id = run.rater_id)")


def _make_anew() -> None:
    op.execute("PRAGMA defer_foreign_keys = ON")
    op.execute("CREATE TEMPORARY TABLE run_before AS SELECT * FROM run")
    op.drop_table("run")
    op.create_table(
        "run",
        sa.Column("id", sa.Integer(), primary_key=True),
        _reference("rater_id", "rater"),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        *(sa.Column(name, sa.JSON(), nullable=False) for name in ("versions", "prompts", "settings")),
        sa.Column("n_texts", sa.Integer()),
        sa.Column("seconds", sa.Double()),
        sa.Column("error", sa.Text(), nullable=False),
        *(sa.Column(name, sa.DateTime(timezone=True)) for name in ("started", "finished")),
        *_added(),
        sa.CheckConstraint(STATES, name=op.f("ck_run_state")),
    )
    op.create_index(op.f("ix_run_rater_id"), "run", ["rater_id"])
    op.execute(f"INSERT INTO run ({KEPT}) SELECT {KEPT} FROM run_before")  # noqa: S608
    op.execute("DROP TABLE run_before")


def _alter() -> None:
    op.alter_column("run", "rater_id", nullable=True)
    op.alter_column("run", "started", nullable=True)
    op.drop_constraint(op.f("ck_run_state"), "run")
    op.create_check_constraint(op.f("ck_run_state"), "run", STATES)
    for column in _added():
        op.add_column("run", column)


def _added() -> list[sa.Column[Any]]:
    """The new columns, each with a default for the rows that are there."""
    moment = sa.DateTime(timezone=True)
    return [
        *(_default(name, sa.Text(), "''") for name in ("model", "worker", "log")),
        _default("tasks", sa.JSON(), "'[]'"),
        *(_default(name, sa.JSON(), "'{}'") for name in ("request", "cost")),
        _reference("requested_by", "account"),
        _reference("repeats_id", "run"),
        _default("queued", moment, "'2026-01-01 00:00:00.000000'"),
        sa.Column("lease_until", moment),
        *(_default(name, sa.Integer(), "0") for name in ("attempts", "n_done")),
        _default("cancel_requested", sa.Boolean(), "false"),
        *(sa.Column(name, sa.Integer()) for name in ("n_total", "n_texts_total")),
        *(sa.Column(name, sa.Double()) for name in ("texts_per_s", "peak_mb")),
    ]


def _default(name: str, kind: sa.types.TypeEngine[Any], value: str) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False, server_default=sa.text(value))


def _reference(name: str, to: str) -> sa.Column[Any]:
    key = sa.ForeignKey(f"{to}.id", name=op.f(f"fk_run_{name}"))
    return sa.Column(name, sa.Integer(), key)
