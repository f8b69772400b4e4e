"""How a command gets at the database: opened from the settings, its schema checked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from db.session import open_current, transaction
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
