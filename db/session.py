"""Opening a database, transactions on it, and bringing its schema up to date."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache, partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.orm import Session

from hume.errors import DatabaseBehind, HumeError, MissingExtra

MIGRATIONS = Path(__file__).parent / "migrations"

#: How long a writer on SQLite queues behind the others before it gives up.
SQLITE_WAIT_S = 30.0

#: Any number will do, as long as it is the same in every process that upgrades.
UPGRADE_LOCK = 4_863_021

# Alembic keeps its context in module globals.
_one_upgrade_at_a_time = threading.Lock()

_to_json = partial(json.dumps, allow_nan=False, separators=(",", ":"))


# -- opening --------------------------------------------------------------------------------------


def open_engine(url: str) -> Engine:
    """An engine for `url`, which is SQLite's or PostgreSQL's; the schema is not looked at.

    SQLite: the folder is created, and every connection gets WAL, `synchronous=FULL` and foreign keys.
    PostgreSQL: `postgresql://` and `postgres://` mean psycopg 3. HumeError where the URL names something else.
    """
    parsed = _parse(url)
    if parsed.drivername == "postgresql+psycopg":
        if find_spec("psycopg") is None:
            raise MissingExtra("postgres", "A PostgreSQL database")
        return create_engine(parsed, json_serializer=_to_json, pool_pre_ping=True, pool_size=10, max_overflow=20)
    _create_folder(parsed)
    engine = create_engine(
        parsed,
        json_serializer=_to_json,
        connect_args={"timeout": SQLITE_WAIT_S},
        pool_size=10,
        max_overflow=40,
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def open_current(url: str) -> Engine:
    """An engine on a database whose schema is this version's.

    An embedded SQLite is created or upgraded on the way. DatabaseBehind where a PostgreSQL is behind: there
    somebody chooses the moment. HumeError where the database cannot be reached or is newer than this version.
    """
    engine = open_engine(url)
    try:
        if is_behind(engine):
            if engine.dialect.name != "sqlite":
                raise DatabaseBehind(
                    f"The database {engine.url} is older than this version of HUME. Back it up, then run: "
                    "hume db upgrade"
                )
            upgrade(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise HumeError(
            f"{url!r} is no database URL. Set HUME_DATABASE_URL to postgresql://USER:PASSWORD@HOST/NAME "
            "or sqlite:////absolute/path.db, or leave it empty."
        ) from None
    if parsed.drivername in ("postgres", "postgresql", "postgresql+psycopg"):
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername in ("sqlite", "sqlite+pysqlite") and parsed.database not in (None, "", ":memory:"):
        return parsed
    raise HumeError(
        f"HUME cannot keep its data in {parsed}. Set HUME_DATABASE_URL to postgresql://USER:PASSWORD@HOST/NAME "
        "or sqlite:////absolute/path.db, or leave it empty."
    )


def _create_folder(url: URL) -> None:
    folder = Path(url.database or "").parent
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise HumeError(
            f"The folder {folder} for the database cannot be created: {error.strerror}. "
            "Set HUME_HOME to a folder that can be written to."
        ) from None


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # pysqlite would open transactions by itself, later than _begin_sqlite wants them.
    connection.isolation_level = None
    _switch_to_wal(connection)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    # The switch does not queue behind another connection that switches too: it fails at once.
    give_up = time.monotonic() + SQLITE_WAIT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > give_up:
                raise
            time.sleep(0.02)


def _begin_sqlite(connection: Connection) -> None:
    reads = connection.get_execution_options().get("hume_reads", False)
    connection.exec_driver_sql(f"PRAGMA query_only = {int(reads)}")
    # A transaction that reads first and writes later cannot queue: it would fail with "database is locked".
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


# -- transactions -----------------------------------------------------------------------------------


@contextmanager
def transaction(engine: Engine) -> Iterator[Session]:
    """A session whose work is committed at the end, or undone where the block raises.

    On SQLite it holds the write lock from its first query on: writers queue, for `SQLITE_WAIT_S` seconds at most.
    """
    with Session(engine, expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A session that sees the database as it was at its first query, and may not write."""
    with Session(_for_reading(engine), expire_on_commit=False) as session:
        yield session


@lru_cache(maxsize=4)
def _for_reading(engine: Engine) -> Engine:
    options: dict[str, Any] = {"hume_reads": True}
    if engine.dialect.name == "postgresql":
        options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    return engine.execution_options(**options)


# -- the schema -------------------------------------------------------------------------------------


def head() -> str:
    """The revision of the schema that this version of HUME needs."""
    latest = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    if latest is None:
        raise RuntimeError(f"no migration in {MIGRATIONS}")
    return latest


def revision(engine: Engine) -> str | None:
    """The revision of the database's schema; None where it has none yet. HumeError where it cannot be reached."""
    with _reachable(engine), engine.execution_options(hume_reads=True).connect() as connection:
        return _revision(connection)


def is_behind(engine: Engine) -> bool:
    """Whether the schema must be upgraded first. HumeError where it is newer than this version of HUME."""
    found = revision(engine)
    check_known(found, f"The database {engine.url}")
    return found != head()


def check_known(found: str | None, where: str) -> None:
    """HumeError where the schema `found` in `where` is one that this version of HUME does not know: a newer one."""
    known = {script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()}
    if found is not None and found not in known:
        raise HumeError(
            f"{where} was made by a newer version of HUME (schema {found}, here {head()}). "
            "Install that version or a later one."
        )


def upgrade(engine: Engine) -> None:
    """Bring the schema up to date, all or nothing. Processes that do so at once queue, and do it once."""
    with _one_upgrade_at_a_time, _reachable(engine), engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": UPGRADE_LOCK})
        found = _revision(connection)
        check_known(found, f"The database {engine.url}")
        if found != head():
            config = Config(attributes={"connection": connection})
            config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
            command.upgrade(config, "head")


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


@contextmanager
def _reachable(engine: Engine) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        raise HumeError(
            f"The database {engine.url} cannot be used: {error.orig}. Check HUME_DATABASE_URL and HUME_HOME, "
            "and that the database runs and may be written to."
        ) from error
