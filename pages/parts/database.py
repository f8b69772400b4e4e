"""How a page gets at the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from db.session import reading as db_reading
from db.session import transaction as db_transaction
from hume.server.database import engine


@contextmanager
def reading() -> Iterator[Session]:
    """A session to look things up with; nothing done in it is kept."""
    with db_reading(engine()) as session:
        yield session


@contextmanager
def transaction() -> Iterator[Session]:
    """A session whose changes are committed at the end, and rolled back on an error."""
    with db_transaction(engine()) as session:
        yield session
