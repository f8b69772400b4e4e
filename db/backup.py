"""A copy of the whole database in one file, made while it is in use, and the way back.

An embedded SQLite is copied by SQLite's own online backup, a PostgreSQL by its own `pg_dump` and `pg_restore`: the
file is what their own tools read, HUME or not.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from db.session import check_known, revision
from hume.errors import HumeError

SQLITE_MAGIC = b"SQLite format 3\0"
POSTGRES_MAGIC = b"PGDMP"
#: What every database of HUME's has: a file without them is somebody else's.
TABLES = frozenset({"alembic_version", "answer", "item", "rater", "task"})


def backup(engine: Engine, file: Path) -> int:
    """Copy the database as it is at one moment to `file`, which must not be there; the number of answers in the copy.

    Nobody who answers meanwhile is held up. The file appears whole or not at all: it is written beside its place,
    read back and checked, put on disk, and then renamed. HumeError where it cannot be written, or is not sound.
    """
    if file.exists():
        raise HumeError(f"{file} is there already. Give another name; a backup overwrites nothing.")
    with _beside(file) as part:
        if engine.dialect.name == "sqlite":
            _copy_sqlite(_path(engine), part)
            _in_one_file(part)
            n_answers = _checked_sqlite(part)
        else:
            _postgres("pg_dump", engine, "--format=custom", "--file", str(part))
            _postgres("pg_restore", None, "--list", str(part))
            with engine.connect() as connection:
                n_answers = connection.scalar(text("select count(*) from answer")) or 0
        _to_disk(part)
        part.replace(file)
        _to_disk(file.parent)
    return n_answers


def restore(engine: Engine, file: Path, force: bool = False) -> None:
    """Put the database in the state that `file` holds, all or nothing.

    The file is checked first. A database that holds answers, tasks or accounts is overwritten only with `force`; make
    a backup of it before. Of SQLite a running server sees the new state from its next query on. HumeError where the
    file is no backup of this kind of database, is damaged, or comes from a newer version of HUME.
    """
    if not file.is_file():
        raise HumeError(f"There is no file {file}. Give one that `hume backup` wrote.")
    _refuse_other_kind(engine, file)
    if not force and holds_something(engine):
        raise HumeError(
            f"The database {engine.url} is not empty, and a restore replaces all that is in it. Back it up "
            "(hume backup FILE), then restore with --force."
        )
    if engine.dialect.name == "sqlite":
        _checked_sqlite(file)
        _copy_sqlite(file, _path(engine))
    else:
        _postgres("pg_restore", None, "--list", str(file))
        _postgres(
            "pg_restore", engine, "--clean", "--if-exists", "--no-owner", "--single-transaction", "--exit-on-error",
            str(file),
        )  # fmt: skip


def _path(engine: Engine) -> Path:
    return Path(engine.url.database or "")


@contextmanager
def _beside(file: Path) -> Iterator[Path]:
    """A place in the same folder to write to, gone at the end whatever happens."""
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part.touch(mode=0o600)  # it holds what nobody else may read
        yield part
    except OSError as error:
        raise HumeError(
            f"{file} cannot be written: {error.strerror}. Choose another folder, or free some space."
        ) from None
    finally:
        part.unlink(missing_ok=True)


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# -- SQLite -----------------------------------------------------------------------------------------


def _copy_sqlite(source: Path, target: Path) -> None:
    """All pages in one transaction of the target: readers of it see the old state or the new one."""
    try:
        with closing(sqlite3.connect(source)) as read, closing(sqlite3.connect(target, timeout=30)) as write:
            write.execute("PRAGMA synchronous = FULL")
            read.backup(write)
    except sqlite3.Error as error:
        raise HumeError(f"{source} could not be copied to {target}: {error}. Is there room on the disk?") from None


def _in_one_file(copy: Path) -> None:
    # As a copy of a database with a write-ahead log, it would get one beside it as soon as anybody reads it.
    with closing(sqlite3.connect(copy)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")


def _checked_sqlite(file: Path) -> int:
    """The number of answers in a file that is sound, HUME's, and not newer than this version."""
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            faults = [row[0] for row in connection.execute("PRAGMA integrity_check(3)")]
            tables = {row[0] for row in connection.execute("select name from sqlite_master where type = 'table'")}
            if faults != ["ok"]:
                raise HumeError(f"{file} is damaged: {'; '.join(faults)}. Use another backup.")
            if not tables >= TABLES:
                raise HumeError(f"{file} is a SQLite file, but none of HUME's. Give one that `hume backup` wrote.")
            (found,) = connection.execute("select version_num from alembic_version").fetchone()
            check_known(found, str(file))
            return int(connection.execute("select count(*) from answer").fetchone()[0])
    except (sqlite3.Error, UnicodeDecodeError, TypeError) as error:  # names of tables too may be damaged, or gone
        raise HumeError(f"{file} is damaged: {error}. Use another backup.") from None


# -- PostgreSQL -------------------------------------------------------------------------------------


def _postgres(program: str, engine: Engine | None, *arguments: str) -> None:
    """Run one of PostgreSQL's own programs; the password goes by the environment, where no list of processes has it."""
    found = shutil.which(program)
    if found is None:
        raise HumeError(
            f"A PostgreSQL is backed up by its own {program}, which is not on the PATH. Install it, such as "
            "Debian's postgresql-client, in the server's version or a later one."
        )
    environment = dict(os.environ)
    if engine is not None:
        url = engine.url.set(drivername="postgresql", password=None)
        environment["PGPASSWORD"] = engine.url.password or environment.get("PGPASSWORD", "")
        arguments = ("--dbname", url.render_as_string(), *arguments)
    done = subprocess.run([found, *arguments], env=environment, capture_output=True, text=True)  # noqa: S603
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["it did not say why"]
        raise HumeError(f"{program} failed: {said[-1]}. The database is as it was.")


# -- what must not be overwritten ---------------------------------------------------------------------


def _refuse_other_kind(engine: Engine, file: Path) -> None:
    with file.open("rb") as start:
        head = start.read(len(SQLITE_MAGIC))
    kinds = {"sqlite": SQLITE_MAGIC, "postgresql": POSTGRES_MAGIC}
    if not head.startswith(kinds[engine.dialect.name]):
        raise HumeError(
            f"{file} is no backup of a {engine.dialect.name} database. Give one that `hume backup` wrote from a "
            "database of the same kind."
        )


def holds_something(engine: Engine) -> bool:
    """Whether a restore would overwrite an answer, a task or an account, or tables that are not HUME's."""
    if revision(engine) is None and not inspect(engine).get_table_names():
        return False
    try:
        with engine.connect() as connection:
            return any(
                connection.scalar(text(f"select exists (select 1 from {table})"))  # noqa: S608
                for table in ("answer", "task", "account")
            )
    except DBAPIError:
        return True
