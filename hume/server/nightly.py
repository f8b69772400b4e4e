"""What the app does by itself, now and then: a backup of the embedded database each night, and leases set right.

A PostgreSQL has its own ways of being backed up.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from db.backup import backup
from db.columns import utc_now
from db.session import transaction
from db.store.assignments import shorten_leases
from hume.errors import HumeError
from hume.server.database import engine
from hume.server.deck import LEASE
from hume.settings import Settings

log = logging.getLogger(__name__)

LOOK_EVERY_S = 600.0
"""A machine that sleeps at night makes its backup within so many seconds after it wakes."""


@asynccontextmanager
async def upkeep() -> AsyncIterator[None]:
    """While the block runs, a backup is made whenever today has none, and no lease lasts longer than leases do."""
    task = asyncio.create_task(_again_and_again())
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
    # One of a day to come is from a clock that was ahead, and older than today's whatever its name says.
    by_age = sorted(folder.glob("nightly-*.backup"), key=lambda one: (one.name <= file.name, one.name))
    for old in by_age[: -settings.backups]:
        old.unlink()
    return file


def set_leases_right() -> None:
    """Leases that were made while the clock was ahead last as long as others, from now on."""
    with transaction(engine()) as session:
        n = shorten_leases(session, utc_now() + LEASE)
    if n:
        log.warning("%d leases were to last longer than leases do: the clock must have been ahead", n)


async def _again_and_again() -> None:
    while True:
        await _try("today's backup", lambda: back_up_today(Settings()))
        await _try("a look at the leases", set_leases_right)
        await asyncio.sleep(LOOK_EVERY_S)


async def _try(what: str, work: Callable[[], object]) -> None:
    try:
        await run_in_threadpool(work)
    except (HumeError, OSError, SQLAlchemyError) as fault:
        log.error("%s failed, and is tried again: %s", what, fault)
