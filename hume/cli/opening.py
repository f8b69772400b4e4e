"""How a command gets at the database: opened from the settings, its schema checked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from db.session import open_current, reading, transaction
from hume.settings import Settings


@contextmanager
def database() -> Iterator[Session]:
    """One transaction on the configured database: committed at the end, rolled back on an error."""
    engine = open_current(Settings().url)
    try:
        with transaction(engine) as session:
            yield session
    finally:
        engine.dispose()


@contextmanager
def snapshot() -> Iterator[Session]:
    """The configured database as it is now, to look things up in: writers are not held up, nothing is kept."""
    engine = open_current(Settings().url)
    try:
        with reading(engine) as session:
            yield session
    finally:
        engine.dispose()
