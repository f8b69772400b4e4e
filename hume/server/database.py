"""The one engine of this process: pages and routes share its pool of connections."""

from __future__ import annotations

import os
from functools import lru_cache

from sqlalchemy import Engine

from db.session import open_current
from hume.settings import Settings

WAIT_S = 6.0
"""How long a request waits for a connection, for its turn to write and for a lock, each. In all it is less than the 20
seconds after which a browser asks again, so that nobody's requests pile up here."""


def engine() -> Engine:
    """The engine of the configured database, opened and its schema checked on first use."""
    return _opened(*_place(os.environ.get("HUME_DATABASE_URL"), os.environ.get("HUME_HOME")))


@lru_cache(maxsize=4)
def _place(*_variables: str | None) -> tuple[str, int]:
    """What the settings say as long as these variables stay as they are: reading them takes as long as a request."""
    settings = Settings()
    return settings.url, settings.database_pool


@lru_cache(maxsize=4)
def _opened(url: str, pool: int) -> Engine:
    return open_current(url, pool, WAIT_S)
