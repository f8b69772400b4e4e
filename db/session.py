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
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.orm import Session

from db.fair_pool import FairPool
from db.forks import leave_to_parent_on_fork
from db.postgres import LOCK_NOT_AVAILABLE, connect_arguments, look_before_use
from db.write_line import LinedUp, lined_up
from hume.errors import DatabaseBehind, DatabaseBusy, HumeError, MissingExtra

MIGRATIONS = Path(__file__).parent / "migrations"

#: Connections to PostgreSQL that a process keeps at most: four processes and some commands stay under its hundred.
POOL = 20
#: Connections to SQLite cost no server anything: one for each thread that may want one. The app has 40 threads for
#: requests, 4 for the API, and one for each page that is just being computed.
SQLITE_POOL = 64
#: Of each of them: what is not in it is in the system's cache of files, and 64 of SQLite's own 2 MiB are much memory.
SQLITE_CACHE_KIB = 512
#: How long a command waits for a connection, for its turn to write, and for a lock, before it gives up.
WAIT_S = 30.0

#: Any number will do, as long as it is the same in every process that upgrades.
UPGRADE_LOCK = 4_863_021

# Alembic keeps its context in module globals.
_one_upgrade_at_a_time = threading.Lock()

_to_json = partial(json.dumps, allow_nan=False, separators=(",", ":"))


# -- opening --------------------------------------------------------------------------------------


def open_engine(url: str, pool: int = POOL, wait_s: float = WAIT_S) -> Engine:
    """An engine for `url`, which is SQLite's or PostgreSQL's; the schema is not looked at.

    `pool`: connections to a PostgreSQL that are kept and used at most. `wait_s`: seconds that somebody waits for a
    connection, in line for the write lock, and for a lock of another program's, each; then DatabaseBusy.

    SQLite: the folder is created, and every connection gets WAL, `synchronous=FULL` and foreign keys.
    PostgreSQL: `postgresql://` and `postgres://` mean psycopg 3. HumeError where the URL names something else.
    """
    parsed = _parse(url)
    # What was bound to a statement, such as an answer or a hash, is in no message of an error.
    options: dict[str, Any] = {"json_serializer": _to_json, "hide_parameters": True}
    # The one used last comes first: the others may go idle.
    options |= {"poolclass": FairPool, "max_overflow": 0, "pool_timeout": wait_s, "pool_use_lifo": True}
    if parsed.drivername == "postgresql+psycopg":
        if find_spec("psycopg") is None:
            raise MissingExtra("postgres", "A PostgreSQL database")
        engine = create_engine(parsed, pool_size=pool, connect_args=connect_arguments(parsed, wait_s), **options)
        look_before_use(engine)
    else:
        _create_folder(parsed)
        arguments = {"timeout": wait_s, "factory": lined_up(parsed.database or "")}
        engine = create_engine(parsed, pool_size=SQLITE_POOL, connect_args=arguments, **options)
        event.listen(engine, "connect", partial(_prepare_sqlite, wait_s))
        event.listen(engine, "begin", partial(_begin_sqlite, wait_s))
    event.listen(engine, "handle_error", _tell_busy, retval=True)
    leave_to_parent_on_fork(engine)
    return engine


def open_current(url: str, pool: int = POOL, wait_s: float = WAIT_S) -> Engine:
    """`open_engine` on a database whose schema is this version's.

    An embedded SQLite is created or upgraded on the way. DatabaseBehind where a PostgreSQL is behind: there
    somebody chooses the moment. HumeError where the database cannot be reached or is newer than this version.
    """
    engine = open_engine(url, pool, wait_s)
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
    """The URL, with the password in the one place where SQLAlchemy does not show it."""
    try:
        parsed = make_url(url)
        if "@" in (parsed.host or ""):
            raise ValueError("part of the password is taken for the host")
    except (ArgumentError, ValueError):  # what cannot be read is not shown: nobody knows where the password is in it
        raise HumeError(
            "HUME_DATABASE_URL is no database URL. Set it to postgresql://USER:PASSWORD@HOST/NAME "
            "or sqlite:////absolute/path.db, or leave it empty. In USER and PASSWORD, @ is written %40 and / is %2F."
        ) from None
    if password := parsed.query.get("password"):
        parsed = parsed.set(password=str(password)).difference_update_query(["password"])
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


def _prepare_sqlite(wait_s: float, connection: sqlite3.Connection, _record: object) -> None:
    # pysqlite would open transactions by itself, later than _begin_sqlite wants them.
    connection.isolation_level = None
    _switch_to_wal(connection, wait_s)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA cache_size = -{SQLITE_CACHE_KIB}")


def _switch_to_wal(connection: sqlite3.Connection, wait_s: float) -> None:
    # The switch does not queue behind another connection that switches too: it fails at once.
    give_up = time.monotonic() + wait_s
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > give_up:
                raise
            time.sleep(0.02)


def _begin_sqlite(wait_s: float, connection: Connection) -> None:
    reads = connection.get_execution_options().get("hume_reads", False)
    connection.exec_driver_sql(f"PRAGMA query_only = {int(reads)}")
    if reads:
        connection.exec_driver_sql("BEGIN")
        return
    writer = connection.connection.dbapi_connection
    if not isinstance(writer, LinedUp):
        raise TypeError(f"{writer!r} was made by somebody else, and stands in no line")
    if not writer.line.enter(writer, wait_s):
        raise DatabaseBusy(f"{len(writer.line)} others of this program wait to write, {_BUSY}")
    try:
        # A transaction that reads first and writes later cannot queue: it would fail with "database is locked".
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    except BaseException:
        writer.line.leave(writer)
        raise


_BUSY = "longer than one waits for it. Nothing was changed; try again in a moment."


def _tell_busy(context: ExceptionContext) -> BaseException | None:
    """What to raise in place of the driver's "database is locked" and PostgreSQL's lock timeout; None for all else."""
    fault = context.original_exception
    # The low byte is the kind of the fault, whatever more it says: busy, or locked.
    code = getattr(fault, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return DatabaseBusy(f"Another program writes to the database, {_BUSY}")
    if getattr(fault, "sqlstate", None) == LOCK_NOT_AVAILABLE:
        return DatabaseBusy(f"Somebody else is at the same rows of the database, {_BUSY}")
    return None


# -- transactions -----------------------------------------------------------------------------------


@contextmanager
def transaction(engine: Engine) -> Iterator[Session]:
    """A session whose work is committed at the end, or undone where the block raises.

    On SQLite it holds the write lock from its first query on: the writers of a process stand in line, and no thread
    may begin one inside another. DatabaseBusy where it had to wait for too long, as `open_engine` was told.
    """
    with _pooled(), Session(engine, expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A session that sees the database as it was at its first query, and may not write."""
    with _pooled(), Session(_for_reading(engine), expire_on_commit=False) as session:
        yield session


@contextmanager
def _pooled() -> Iterator[None]:
    try:
        yield
    except PoolExhausted:
        raise DatabaseBusy(f"All connections to the database are in use, {_BUSY}") from None


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
            connection.execute(text("SET LOCAL lock_timeout = 0"))  # the one who upgrades already may take its time
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
