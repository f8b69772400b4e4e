"""The first schema.

Later migrations add to this one and never edit it: databases that have run it do not run it again.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    _what_is_asked()
    _who_answers()
    _what_was_run()
    _what_was_said()
    _what_was_published()
    _who_signs_in()
    op.create_table(
        "event",
        _id(),
        sa.Column("at", _moment(), nullable=False),
        _reference("event", "account", nullable=True),
        _reference("event", "rater", nullable=True),
        *_texts("kind"),
        _json("detail"),
    )
    op.create_index("ix_event_at", "event", ["at"])


def _what_is_asked() -> None:
    op.create_table(
        "task",
        _id(),
        *_texts("name", "task_type", "description", "license", "source", "revision", "instruction", "guidelines"),
        _json("settings"),
        _one_of("task", "state", "draft", "open", "closed"),
        *_integers("overlap"),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        *_integers("changes"),
        _unique("task", "name"),
    )
    op.create_table(
        "subset",
        _id(),
        _reference("subset", "task"),
        *_texts("name"),
        _json("languages"),
        *_texts("guidelines"),
        _json("settings"),
        _unique("subset", "task_id", "name"),
    )
    op.create_table(
        "item",
        _id(),
        _reference("item", "subset"),
        *_texts("split", "key"),
        *_integers("version", "position"),
        _json("content"),
        _json("gold", nullable=True),
        *_texts("content_hash"),
        sa.Column("retired", sa.Boolean(), nullable=False),
        _unique("item", "subset_id", "split", "key", "version"),
    )
    current = sa.column("retired", sa.Boolean()) == sa.false()
    columns = ["subset_id", "split", "key"]
    op.create_index("uq_item_current", "item", columns, unique=True, sqlite_where=current, postgresql_where=current)


def _who_answers() -> None:
    op.create_table(
        "rater",
        _id(),
        _one_of("rater", "kind", "human", "llm", "embedding", "simulated"),
        *_texts("name", "revision", "protocol"),
        _unique("rater", "kind", "name", "revision", "protocol"),
    )


def _what_was_run() -> None:
    op.create_table(
        "run",
        _id(),
        _reference("run", "rater"),
        _one_of("run", "state", "running", "done", "failed"),
        *_texts("device"),
        *(_json(name) for name in ("versions", "prompts", "settings")),
        *_integers("n_texts", nullable=True),
        *_floats("seconds"),
        *_texts("error"),
        sa.Column("started", _moment(), nullable=False),
        sa.Column("finished", _moment(), nullable=True),
    )
    op.create_index("ix_run_rater_id", "run", ["rater_id"])
    op.create_table("score", _id(), _reference("score", "run"), *_score_columns())
    op.create_index("ix_score_run_id", "score", ["run_id"])


def _what_was_said() -> None:
    op.create_table(
        "answer",
        _id(),
        _reference("answer", "item"),
        _reference("answer", "rater"),
        *_integers("revision"),
        *_texts("client_id"),
        _one_of("answer", "status", "given", "skipped"),
        _json("payload", nullable=True),
        *_texts("reason", "comment"),
        *_integers("confidence", nullable=True),
        sa.Column("milliseconds", sa.BigInteger(), nullable=True),
        _json("order_shown"),
        sa.Column("created_at", _moment(), nullable=False),
        _reference("answer", "run", nullable=True),
        _unique("answer", "item_id", "rater_id", "revision"),
        _unique("answer", "client_id"),
    )
    op.create_index("ix_answer_rater_id_created_at", "answer", ["rater_id", "created_at"])
    op.create_index("ix_answer_run_id", "answer", ["run_id"])
    op.create_table(
        "draft",
        _id(),
        _reference("draft", "rater"),
        _reference("draft", "item"),
        _json("payload"),
        sa.Column("updated_at", _moment(), nullable=False),
        _unique("draft", "rater_id", "item_id"),
    )
    op.create_table(
        "assignment",
        _id(),
        _reference("assignment", "item"),
        _reference("assignment", "rater"),
        sa.Column("leased_until", _moment(), nullable=False),
        _unique("assignment", "item_id", "rater_id"),
    )
    op.create_index("ix_assignment_rater_id_leased_until", "assignment", ["rater_id", "leased_until"])


def _what_was_published() -> None:
    op.create_table(
        "publication",
        _id(),
        *_texts("origin", "digest"),
        sa.Column("imported_at", _moment(), nullable=False),
        _unique("publication", "origin"),
    )
    op.create_table("published_score", _id(), _reference("published_score", "publication"), *_score_columns())
    op.create_table(
        "published_agreement",
        _id(),
        _reference("published_agreement", "publication"),
        *_texts("task", "task_type", "subset", "language", "kind", "coefficient"),
        *_floats("value", "ci_low", "ci_high"),
        *_integers("n_items", "n_raters", nullable=True),
        *_texts("reason"),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
    )
    for table in ("published_score", "published_agreement"):
        op.create_index(f"ix_{table}_publication_id", table, ["publication_id"])


def _who_signs_in() -> None:
    op.create_table(
        "account",
        _id(),
        *_texts("name"),
        _one_of("account", "role", "annotator", "researcher", "admin"),
        _json("languages"),
        _reference("account", "rater"),
        sa.Column("created_at", _moment(), nullable=False),
        _unique("account", "name"),
        _unique("account", "rater_id"),
    )
    op.create_table(
        "session",
        _id(),
        *_texts("token_hash"),
        _reference("session", "account"),
        *(sa.Column(name, _moment(), nullable=False) for name in ("created_at", "expires_at", "last_seen_at")),
        sa.Column("ended_at", _moment(), nullable=True),
        _unique("session", "token_hash"),
    )
    op.create_index("ix_session_account_id", "session", ["account_id"])
    op.create_table(
        "invitation",
        _id(),
        *_texts("token_hash", "name"),
        _one_of("invitation", "role", "annotator", "researcher", "admin"),
        _json("languages"),
        *(sa.Column(name, _moment(), nullable=False) for name in ("created_at", "expires_at")),
        sa.Column("redeemed_at", _moment(), nullable=True),
        _unique("invitation", "token_hash"),
    )


def _score_columns() -> list[sa.Column[object]]:
    return [
        *_texts("task", "task_type", "subset", "language", "rater", "kind", "metric"),
        sa.Column("is_main", sa.Boolean(), nullable=False),
        *_floats("score"),
        *_integers("n_items", "n_answered", "n_skipped", "n_absent", nullable=True),
        *_floats("ci_low", "ci_high"),
        *_texts("rater_revision", "protocol", "aggregation", "policy", "reason"),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
    ]


# -- columns and constraints, in short ----------------------------------------------------------------


def _id() -> sa.Column[object]:
    return sa.Column("id", sa.Integer(), primary_key=True)


def _texts(*names: str) -> list[sa.Column[object]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _integers(*names: str, nullable: bool = False) -> list[sa.Column[object]]:
    return [sa.Column(name, sa.Integer(), nullable=nullable) for name in names]


def _floats(*names: str) -> list[sa.Column[object]]:
    return [sa.Column(name, sa.Double(), nullable=True) for name in names]


def _json(name: str, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.JSON(), nullable=nullable)


def _moment() -> sa.DateTime:
    return sa.DateTime(timezone=True)


def _one_of(table: str, name: str, *values: str) -> sa.Column[object]:
    allowed = ", ".join(f"'{value}'" for value in values)
    check = sa.CheckConstraint(f"{name} in ({allowed})", name=op.f(f"ck_{table}_{name}"))
    return sa.Column(name, sa.Text(), check, nullable=False)


def _reference(table: str, to: str, nullable: bool = False) -> sa.Column[object]:
    key = sa.ForeignKey(f"{to}.id", name=op.f(f"fk_{table}_{to}_id"))
    return sa.Column(f"{to}_id", sa.Integer(), key, nullable=nullable)


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=op.f(f"uq_{table}_{'_'.join(columns)}"))
