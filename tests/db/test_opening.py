"""Opening databases, transactions, and the schema."""

from __future__ import annotations

import multiprocessing
import re
import sqlite3
import threading
import time
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from documents import at_once
from sqlalchemy import Engine, inspect, select, text
from sqlalchemy.exc import DBAPIError, StatementError

from db import session as db_session
from db import tables as t
from db.session import head, is_behind, open_current, open_engine, reading, revision, transaction, upgrade
from db.store.events import events, record_event
from hume.errors import DatabaseBehind, HumeError, MissingExtra


def test_migrated_schema_is_that_of_the_tables(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, t.Base.metadata) == []


def test_names_of_all_constraints_are_those_of_the_tables(engine: Engine) -> None:
    found = inspect(engine)
    for table in t.Base.metadata.sorted_tables:
        checks = {check["name"] for check in found.get_check_constraints(table.name)}
        foreign = {_key_name(engine, table.name, key) for key in found.get_foreign_keys(table.name)}
        named = {str(constraint.name) for constraint in table.constraints}
        assert checks == {name for name in named if name.startswith("ck_")}
        assert foreign == {name for name in named if name.startswith("fk_")}


def _key_name(engine: Engine, table: str, key: Any) -> str | None:
    """A foreign key's name, which SQLAlchemy does not read on SQLite where the key stands at its column."""
    if key["name"] is not None or engine.dialect.name != "sqlite":
        return key["name"]
    with engine.connect() as connection:
        made = connection.scalar(text("SELECT sql FROM sqlite_master WHERE name = :table"), {"table": table})
    (name,) = re.findall(rf"{key['constrained_columns'][0]} \w+ CONSTRAINT (\w+) REFERENCES", made)
    return name


def test_upgrade_is_idempotent_and_says_its_revision(engine: Engine) -> None:
    assert revision(engine) == head()
    upgrade(engine)
    assert not is_behind(engine)


def test_new_sqlite_gets_its_folder_and_its_schema(tmp_path: Path) -> None:
    engine = open_current(f"sqlite:///{tmp_path / 'a' / 'b' / 'hume.db'}")
    assert revision(engine) == head()
    with engine.connect() as connection:
        pragmas = [
            connection.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert pragmas == ["wal", 2, 1]
    engine.dispose()


def test_postgres_that_is_behind_is_refused_with_the_command(empty_postgres_url: str) -> None:
    with pytest.raises(DatabaseBehind, match="hume db upgrade"):
        open_current(empty_postgres_url)
    engine = open_engine(empty_postgres_url)
    assert revision(engine) is None
    upgrade(engine)
    engine.dispose()
    opened = open_current(empty_postgres_url)
    assert not is_behind(opened)
    opened.dispose()


def test_database_of_a_newer_version_is_refused(engine: Engine, database_url: str) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(HumeError, match=r"newer version of HUME \(schema 9999"):
        open_current(database_url)
    with pytest.raises(HumeError, match="newer version"):
        upgrade(engine)


def _upgrade_when_told(url: str, start: threading.Barrier, failures: multiprocessing.Queue) -> None:
    start.wait()
    try:
        open_current(url).dispose()
    except BaseException as error:
        failures.put(repr(error))


def test_processes_that_upgrade_one_sqlite_at_once(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    url, start, failures = f"sqlite:///{tmp_path / 'hume.db'}", spawn.Barrier(3), spawn.Queue()
    workers = [spawn.Process(target=_upgrade_when_told, args=(url, start, failures)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert failures.empty(), failures.get()
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    engine = open_engine(url)
    assert not is_behind(engine)
    engine.dispose()


def test_threads_that_upgrade_one_postgres_at_once(empty_postgres_url: str) -> None:
    engines = [open_engine(empty_postgres_url) for _ in range(4)]
    assert at_once([partial(upgrade, engine) for engine in engines]) == [None] * 4
    assert revision(engines[0]) == head()
    for engine in engines:
        engine.dispose()


@pytest.mark.parametrize(
    "given",
    ["postgres://u:p@h/d", "postgresql://u:p@h/d", "postgresql+psycopg://u:p@h/d"],
)
def test_every_spelling_of_a_postgres_url_means_psycopg_3(given: str) -> None:
    engine = open_engine(given)
    assert engine.dialect.driver == "psycopg"
    assert engine.url.database == "d"


def test_missing_psycopg_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db_session, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"pip install 'hume-bench\[postgres\]'"):
        open_engine("postgresql://u@h/d")


@pytest.mark.parametrize("url", ["nonsense", "mysql://u@h/d", "sqlite://", "sqlite:///:memory:"])
def test_url_of_nothing_that_hume_can_use(url: str) -> None:
    with pytest.raises(HumeError, match="HUME_DATABASE_URL"):
        open_engine(url)


def test_unreachable_postgres_is_an_error_of_the_user_without_the_password() -> None:
    with pytest.raises(HumeError, match="cannot be used") as caught:
        open_current("postgresql://someone:secret@127.0.0.1:9/nowhere")
    assert "secret" not in str(caught.value)


def test_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "hume.db").write_bytes(b"this is not a database, and long enough to tell" * 50)
    with pytest.raises(HumeError, match="cannot be used: file is not a database"):
        open_current(f"sqlite:///{tmp_path / 'hume.db'}")


def test_failing_transaction_leaves_nothing(engine: Engine) -> None:
    def fail() -> None:
        with transaction(engine) as session:
            record_event(session, "begun")
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with reading(engine) as session:
        assert events(session) == []


def test_reading_may_not_write(engine: Engine) -> None:
    with reading(engine) as session:
        record_event(session, "begun")
        with pytest.raises(DBAPIError, match=r"(?i)read-?only"):
            session.flush()
    with transaction(engine) as session:
        record_event(session, "the next user of the connection may")
    with reading(engine) as session:
        assert len(events(session)) == 1


def test_reading_sees_one_state_throughout(engine: Engine) -> None:
    with reading(engine) as session:
        assert events(session) == []
        with transaction(engine) as writer:
            record_event(writer, "meanwhile")
        assert events(session) == []
    with reading(engine) as session:
        assert [event.kind for event in events(session)] == ["meanwhile"]


def test_second_writer_on_sqlite_waits_for_the_first(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url)
    began = threading.Event()

    def slow() -> None:
        with transaction(engine) as session:
            record_event(session, "first")
            session.flush()
            began.set()
            time.sleep(0.4)

    thread = threading.Thread(target=slow)
    thread.start()
    began.wait()
    # Reads before it writes: without the lock from the start that fails with "database is locked".
    with transaction(engine) as session:
        assert [event.kind for event in events(session)] == ["first"]
        record_event(session, "second")
    thread.join()
    with reading(engine) as session:
        assert {event.kind for event in events(session)} == {"first", "second"}
    engine.dispose()


def test_moments_are_aware_exact_and_in_order(engine: Engine) -> None:
    east = datetime(2026, 3, 1, 1, 30, 0, 123456, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    moments = [east, datetime(2026, 2, 28, 20, 0, 0, 123457, tzinfo=UTC), datetime(2026, 2, 28, 23, tzinfo=UTC)]
    with transaction(engine) as session:
        session.add_all(t.Event(at=at, kind=str(i), detail={}) for i, at in enumerate(moments))
    with reading(engine) as session:
        found = session.scalars(select(t.Event).order_by(t.Event.at)).all()
        assert [row.at for row in found] == moments
        assert all(row.at.tzinfo is UTC for row in found)
        later = session.scalars(select(t.Event.kind).where(t.Event.at > east).order_by(t.Event.at))
        assert list(later) == ["1", "2"]
    with transaction(engine) as session, session.begin_nested() as savepoint:
        session.add(t.Event(at=datetime(2026, 1, 1), kind="naive", detail={}))
        with pytest.raises(StatementError, match="no time zone"):
            session.flush()
        savepoint.rollback()


def test_text_that_one_database_cannot_hold_is_the_same_on_both(engine: Engine) -> None:
    detail = {"nul": "a\0b", "lone": "\ud800", "arabic": "سلام", "nested": [1, 2.5, None, True]}
    with transaction(engine) as session:
        record_event(session, "a\0b\ud800c", detail)
    with reading(engine) as session:
        (event,) = events(session)
    assert event.kind == "a\ufffdb\ufffdc"
    assert event.detail == detail
    assert list(event.detail) == list(detail)


def test_sqlite_file_is_plain_sqlite(sqlite_url: str) -> None:
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
