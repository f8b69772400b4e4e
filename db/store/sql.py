"""Statements that SQLAlchemy spells differently for each database, or not at all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from db.tables import Base

T = TypeVar("T")

#: Both databases take some 32,000 parameters a statement; this leaves room for a statement's others.
BATCH = 5_000


def batches(values: Sequence[T]) -> Iterator[Sequence[T]]:
    """The values in runs that fit into one statement each."""
    for start in range(0, len(values), BATCH):
        yield values[start : start + BATCH]


def upsert(
    session: Session,
    table: type[Base],
    rows: Sequence[Mapping[str, Any]],
    unique: Sequence[str],
    update: Sequence[str] = (),
) -> None:
    """Insert the rows; where one with the same `unique` columns is there, set its `update` columns instead."""
    if not rows:
        return
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(table.__table__)  # type: ignore[arg-type]
    if update:
        values = {column: statement.excluded[column] for column in update}
        statement = statement.on_conflict_do_update(index_elements=unique, set_=values)
    else:
        statement = statement.on_conflict_do_nothing(index_elements=unique)
    session.connection().execute(statement, [dict(row) for row in rows])


def digest(value: object) -> str:
    """SHA-256 of a JSON value. The order of keys does not count, nor whether 4 is written 4.0."""
    text = json.dumps(_canonical(value), sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _canonical(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): _canonical(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_canonical(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def token_hash(token: str) -> str:
    """What is stored of a secret token: its SHA-256, from which nobody can sign in."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
