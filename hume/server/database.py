"""The one engine of this process: pages and routes share its pool of connections."""

from __future__ import annotations

import os
from functools import lru_cache

from sqlalchemy import Engine

from db.session import open_current
from hume.settings import Settings


def engine() -> Engine:
    """The engine of the configured database, opened and its schema checked on first use."""
    return _opened(_url(os.environ.get("HUME_DATABASE_URL"), os.environ.get("HUME_HOME")))


@lru_cache(maxsize=4)
def _url(*_variables: str | None) -> str:
    """What the settings say as long as these variables stay as they are: reading them takes as long as a request."""
    return Settings().url


@lru_cache(maxsize=4)
def _opened(url: str) -> Engine:
    return open_current(url)
