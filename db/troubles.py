"""What keeps a database from taking in what is right: it is full, others hold it, or it does not answer."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from typing import Literal

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError

from hume.errors import DatabaseBusy

Trouble = Literal["full", "busy", "gone"]
"""All of them pass, and the same again may succeed. What was `gone` in the midst of a commit may be stored or not."""

LEAST_ROOM = 4 * 2**20
"""Bytes that an embedded database needs to go on: its write-ahead log takes as many before they are used again."""

#: PostgreSQL's disk_full; SQLite's own, and those of the file that all its connections share.
DISK_FULL = "53100"
FULL_CODES = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_SHMMAP)

#: SQLite's of a file that cannot be read or written. Its plain error is a statement that is wrong, and so our mistake.
GONE_CODES = (
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
)


def trouble_of(error: BaseException) -> Trouble | None:
    """What kind of trouble an exception tells of, or the one that it was raised from; None for any other fault."""
    if isinstance(error, DatabaseBusy):
        return "busy"
    if isinstance(error, DBAPIError):
        return _of_driver(error)
    return None if error.__cause__ is None else trouble_of(error.__cause__)


def room(engine: Engine) -> int | None:
    """Bytes free where an embedded database lies; None of a PostgreSQL, whose disk is its own affair."""
    if engine.dialect.name != "sqlite":
        return None
    return shutil.disk_usage(Path(engine.url.database or "").resolve().parent).free


def _of_driver(error: DBAPIError) -> Trouble | None:
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code in FULL_CODES or getattr(error.orig, "sqlstate", None) == DISK_FULL:
        return "full"
    if code is not None:
        return "gone" if code & 0xFF in GONE_CODES else None
    return "gone" if isinstance(error, OperationalError | InterfaceError | InternalError) else None
