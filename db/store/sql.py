"""Statements that SQLAlchemy spells differently for each database, or not at all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import CursorResult, Executable
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


def fetch(session: Session, statement: Executable, **parameters: object) -> CursorResult[*tuple[Any, ...]]:
    """Executes a statement that was built once, with the values of its parameters: for what every answer asks.

    Building takes several times as long as executing, and so does what a session does for objects: here are rows
    alone, and what the session has not flushed is not seen.
    """
    return session.connection().execute(statement, parameters)


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
    statement = _upsert(session.get_bind().dialect.name, table, tuple(unique), tuple(update))
    session.connection().execute(statement, [dict(row) for row in rows])


@cache
def _upsert(dialect: str, table: type[Base], unique: tuple[str, ...], update: tuple[str, ...]) -> Executable:
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = insert(table.__table__)  # type: ignore[arg-type]
    if not update:
        return statement.on_conflict_do_nothing(index_elements=unique)
    values = {column: statement.excluded[column] for column in update}
    return statement.on_conflict_do_update(index_elements=unique, set_=values)


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
