"""A backup of the embedded database each night, made by the app itself; a PostgreSQL has its own ways."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from starlette.concurrency import run_in_threadpool

from db.backup import backup
from hume.errors import HumeError
from hume.server.database import engine
from hume.settings import Settings

log = logging.getLogger(__name__)

LOOK_EVERY_S = 600.0
"""A machine that sleeps at night makes its backup within so many seconds after it wakes."""


@asynccontextmanager
async def backups() -> AsyncIterator[None]:
    """While the block runs, a backup is made whenever today has none."""
    task = asyncio.create_task(_each_day())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def back_up_today(settings: Settings) -> Path | None:
    """Today's backup in HUME_HOME/backups, and no more of them than are to be kept; None where there is nothing to do.

    Only these are ever removed, the oldest first, and only after the new one is whole. HumeError where it fails.
    """
    if settings.database_url or not settings.backups:
        return None
    folder = settings.home / "backups"
    file = folder / f"nightly-{datetime.now(UTC):%Y-%m-%d}.backup"
    if file.exists():
        return None
    backup(engine(), file)
    for old in sorted(folder.glob("nightly-*.backup"))[: -settings.backups]:
        old.unlink()
    return file


async def _each_day() -> None:
    while True:
        try:
            await run_in_threadpool(back_up_today, Settings())
        except (HumeError, OSError) as fault:
            log.error("today's backup failed, and is tried again: %s", fault)
        await asyncio.sleep(LOOK_EVERY_S)
