"""The one engine of this process: pages and routes share its pool of connections."""

from __future__ import annotations

from functools import lru_cache

from sqlalchemy import Engine

from db.session import open_current
from hume.settings import Settings


def engine() -> Engine:
    """The engine of the configured database, opened and its schema checked on first use."""
    return _opened(Settings().url)


@lru_cache(maxsize=4)
def _opened(url: str) -> Engine:
    return open_current(url)
