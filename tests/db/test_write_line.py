"""The line of a process's writers: in order, and free again whatever becomes of whoever was at it."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import pytest
from documents import at_once
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from db import tables as t
from db.backup import backup, restore
from db.session import open_engine, reading, transaction
from db.store.events import events, record_event
from db.write_line import LinedUp, WriteLine
from hume.errors import DatabaseBusy

PATIENCE_S = 30.0


def eventually(happened: Callable[[], bool]) -> None:
    give_up = time.monotonic() + PATIENCE_S
    while not happened():
        assert time.monotonic() < give_up, "it has not happened"
        time.sleep(0.002)


def write(engine: Engine, kind: str = "written") -> None:
    with transaction(engine) as session:
        record_event(session, kind)


def kinds(engine: Engine) -> list[str]:
    """What was written, in the order in which it was stored."""
    with reading(engine) as session:
        return list(session.scalars(select(t.Event.kind).order_by(t.Event.id)))


@contextmanager
def opened(url: str, **options: float) -> Iterator[Engine]:
    engine = open_engine(url, **options)  # type: ignore[arg-type]
    yield engine
    engine.dispose()


def in_line(engine: Engine) -> WriteLine:
    """The line that the engine's writers stand in."""
    with engine.execution_options(hume_reads=True).connect() as connection:
        writer = connection.connection.dbapi_connection
    assert isinstance(writer, LinedUp)
    return writer.line


@contextmanager
def somebody_writing(engine: Engine) -> Iterator[None]:
    """Another thread is in the middle of a transaction while the block runs."""
    began, go_on = threading.Event(), threading.Event()

    def write_slowly() -> None:
        with transaction(engine) as session:
            record_event(session, "slow")
            session.flush()
            began.set()
            go_on.wait(PATIENCE_S)

    thread = threading.Thread(target=write_slowly)
    thread.start()
    assert began.wait(PATIENCE_S)
    try:
        yield
    finally:
        go_on.set()
        thread.join()


@pytest.fixture
def engine(sqlite_url: str) -> Iterator[Engine]:
    with opened(sqlite_url, wait_s=PATIENCE_S) as made:
        yield made


def test_writers_are_served_in_the_order_in_which_they_came(engine: Engine) -> None:
    line = in_line(engine)
    with somebody_writing(engine):
        threads = [threading.Thread(target=write, args=(engine, f"{number:02}")) for number in range(12)]
        for number, thread in enumerate(threads):
            thread.start()
            eventually(lambda number=number: len(line) == number + 1)  # type: ignore[misc]
    for thread in threads:
        thread.join()
    assert kinds(engine) == ["slow", *(f"{number:02}" for number in range(12))]


def test_engines_on_one_file_stand_in_one_line_and_those_on_others_do_not(sqlite_url: str, tmp_path: Path) -> None:
    link = tmp_path / "link.db"
    link.symlink_to(sqlite_url.removeprefix("sqlite:///"))
    with opened(sqlite_url) as one, opened(f"sqlite:///{link}") as same, opened(f"sqlite:///{tmp_path / 'o.db'}") as o:
        assert in_line(one) is in_line(same)
        assert in_line(one) is not in_line(o)


def test_who_waits_for_too_long_is_told_so_and_holds_up_nobody(sqlite_url: str) -> None:
    with opened(sqlite_url, wait_s=0.1) as hasty, somebody_writing(hasty):
        with pytest.raises(DatabaseBusy, match=r"0 others of this program wait to write.*try again"):
            write(hasty)
        assert len(in_line(hasty)) == 0
    with opened(sqlite_url) as later:
        write(later, "after")
        assert kinds(later) == ["slow", "after"]


def test_another_program_that_holds_the_file_is_waited_for_and_never_shown_as_locked(sqlite_url: str) -> None:
    with opened(sqlite_url, wait_s=0.1) as hasty:
        with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            found = at_once([partial(write, hasty)] * 3)
        assert [type(one) for one in found] == [DatabaseBusy] * 3
        assert not any("locked" in str(one) for one in found)
        write(hasty)


def test_a_transaction_inside_another_of_the_same_thread_is_told_at_once(engine: Engine) -> None:
    with transaction(engine) as session:
        record_event(session, "outer")
        session.flush()
        with reading(engine) as inside:
            assert events(inside) == []
        with pytest.raises(RuntimeError, match="inside another one of the same thread"):
            write(engine, "inner")
    write(engine, "after")
    assert kinds(engine) == ["outer", "after"]


def test_it_goes_on_after_a_block_that_raises_and_a_commit_that_fails(engine: Engine) -> None:
    def raise_in_the_middle() -> None:
        with transaction(engine) as session:
            record_event(session, "undone")
            session.flush()
            raise ZeroDivisionError

    def fail_at_the_end() -> None:
        with transaction(engine) as session:
            session.execute(text("PRAGMA defer_foreign_keys = ON"))
            orphan = "INSERT INTO draft (item_id, rater_id, payload, updated_at) VALUES (9, 9, '{}', '2026')"
            session.execute(text(orphan))

    with pytest.raises(ZeroDivisionError):
        raise_in_the_middle()
    with pytest.raises(IntegrityError):
        fail_at_the_end()
    write(engine)
    assert kinds(engine) == ["written"]


def test_it_goes_on_after_a_transaction_that_nobody_ended(engine: Engine) -> None:
    def forget() -> None:
        session = Session(engine)
        record_event(session, "forgotten")
        session.flush()

    forget()
    gc.collect()
    write(engine)
    assert kinds(engine) == ["written"]


@pytest.fixture
def ctrl_c() -> Iterator[None]:
    """Ctrl-C raises KeyboardInterrupt, as in a command; a worker of a test run ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("ctrl_c")
def test_ctrl_c_in_the_line_leaves_it(engine: Engine) -> None:
    line = in_line(engine)

    def interrupt() -> None:
        eventually(lambda: len(line) == 1)
        os.kill(os.getpid(), signal.SIGINT)

    with somebody_writing(engine):
        threading.Thread(target=interrupt).start()
        with pytest.raises(KeyboardInterrupt):
            write(engine)
        assert len(line) == 0
    write(engine)


def test_a_request_that_is_cancelled_while_it_waits_takes_nobodys_turn(engine: Engine) -> None:
    line = in_line(engine)

    async def cancel() -> None:
        with somebody_writing(engine):
            request = asyncio.create_task(run_in_threadpool(write, engine, "cancelled"))
            while not len(line):
                await asyncio.sleep(0.002)
            request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request

    asyncio.run(cancel())
    write(engine)
    assert kinds(engine)[-1] == "written"  # what was in a thread by then is stored, as always


def child(work: Callable[[], object]) -> int:
    """The exit code of a forked process that does that work."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_a_forked_process_waits_for_its_parent_by_the_file_alone(engine: Engine) -> None:
    parent = os.getpid()
    with somebody_writing(engine):
        line = in_line(engine)
        waiting = threading.Thread(target=write, args=(engine, "in the parent"))
        waiting.start()
        eventually(lambda: len(line) == 1)

        def look() -> None:
            assert os.getpid() != parent
            assert len(line) == 0
            assert line.enter("a writer of the child", 0)
            line.leave("a writer of the child")

        assert child(look) == 0
    waiting.join()
    assert child(partial(write, engine, "in the child")) == 0
    assert sorted(kinds(engine)) == ["in the child", "in the parent", "slow"]


def test_a_forked_process_has_connections_of_its_own(postgres_url: str) -> None:
    with opened(postgres_url) as engine:
        write(engine, "parent")  # a connection is in the pool
        assert child(partial(write, engine, "child")) == 0
        write(engine, "parent again")
        assert kinds(engine) == ["parent", "child", "parent again"]


def test_backups_and_restores_go_on_beside_a_line_of_writers(sqlite_url: str, tmp_path: Path) -> None:
    with opened(sqlite_url, wait_s=PATIENCE_S) as engine:
        write(engine, "first")
        done = threading.Event()

        def write_on() -> int:
            for number in range(1_000_000):
                if done.is_set():
                    return number
                write(engine)
            return 0

        def keep_and_restore() -> None:
            try:
                for number in range(3):
                    backup(engine, tmp_path / f"{number}.backup")
                    restore(engine, tmp_path / f"{number}.backup", force=True)
            finally:
                done.set()

        found = at_once([keep_and_restore, *([write_on] * 6)])
    assert not [one for one in found if isinstance(one, BaseException)]
    with opened(f"sqlite:///{tmp_path / '2.backup'}") as copy:
        assert kinds(copy)[0] == "first"
