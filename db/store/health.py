"""Whether the database is sound: damage, broken references, leases that nobody holds any more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from db import tables as t

MOST_FAULTS = 5


@dataclass(frozen=True)
class Leases:
    """How many places are kept, and how many runs of models have lost whoever ran them."""

    held: int
    running: int
    abandoned: int


def damage(engine: Engine) -> list[str]:
    """What is broken in the stored pages, a sentence each; [] where nothing is.

    SQLite's own check of the whole file. PostgreSQL has none that an ordinary account may run: there every answer and
    item is read, which fails on a damaged page.
    """
    with engine.execution_options(hume_reads=True).connect() as connection:
        if engine.dialect.name == "sqlite":
            rows = connection.execute(text(f"PRAGMA integrity_check({MOST_FAULTS})")).scalars()
            return [row for row in rows if row != "ok"]
        try:
            connection.execute(text("select max(length(payload::text)), max(length(order_shown::text)) from answer"))
            connection.execute(text("select max(length(content::text)) from item"))
        except DBAPIError as error:
            return [str(error.orig).splitlines()[0]]
    return []


def broken_references(engine: Engine) -> int:
    """Rows whose foreign key leads nowhere. PostgreSQL admits none."""
    if engine.dialect.name != "sqlite":
        return 0
    with engine.execution_options(hume_reads=True).connect() as connection:
        return len(connection.execute(text("PRAGMA foreign_key_check")).all())


def last_moment(session: Session) -> datetime | None:
    """When the latest answer was given; None without any."""
    return session.scalar(select(func.max(t.Answer.created_at)))


def leases(session: Session, now: datetime) -> Leases:
    """The leases of annotators and of workers at that moment."""

    running = t.Run.state == "running"
    held = select(func.count()).select_from(t.Assignment).where(t.Assignment.leased_until > now)
    runs = select(func.count(), func.count().filter(t.Run.lease_until < now)).where(running)
    return Leases(session.scalar(held) or 0, *session.execute(runs).one())


def sessions_since(session: Session, moment: datetime) -> int:
    """How many signed-in browsers were seen since then; sessions note to some minutes when they were."""
    live = (t.Session.ended_at.is_(None), t.Session.last_seen_at > moment)
    return session.scalar(select(func.count()).select_from(t.Session).where(*live)) or 0
