"""Connections: how many there are, what they are told, and that one which is gone is nobody's error."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from administering import administer
from documents import at_once
from sqlalchemy import Engine, event, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from db import postgres
from db.fair_pool import FairPool
from db.session import SQLITE_POOL, open_current, open_engine, reading, transaction
from db.store.events import events, record_event
from hume.errors import DatabaseBusy, HumeError

PATIENCE_S = 30.0


@pytest.fixture
def postgres_engine(postgres_url: str) -> Iterator[Engine]:
    engine = open_engine(postgres_url, pool=3, wait_s=PATIENCE_S)
    yield engine
    engine.dispose()


def look(engine: Engine) -> None:
    with reading(engine) as session:
        events(session)


def write(engine: Engine) -> None:
    with transaction(engine) as session:
        record_event(session, "written")


def pids(engine: Engine, n: int = 1) -> list[int]:
    """The server's processes behind `n` connections of the pool, all in use at once."""
    with ExitStack() as stack:
        connections = [stack.enter_context(engine.connect()) for _ in range(n)]
        return [connection.scalar(text("select pg_backend_pid()")) or 0 for connection in connections]


def said(url: str, setting: str) -> str:
    engine = open_engine(url, wait_s=1.5)
    with engine.connect() as connection:
        found = connection.scalar(text("select current_setting(:name)"), {"name": setting})
    engine.dispose()
    return str(found)


@pytest.mark.parametrize("dialect", ["sqlite", "postgres"])
def test_where_all_connections_are_in_use_one_waits_and_is_told(request: pytest.FixtureRequest, dialect: str) -> None:
    engine = open_engine(request.getfixturevalue(f"{dialect}_url"), pool=2, wait_s=0.1)
    with ExitStack() as stack:
        for _ in range(SQLITE_POOL if dialect == "sqlite" else 2):
            stack.enter_context(engine.execution_options(hume_reads=True).connect())
        for ask in (look, write):
            with pytest.raises(DatabaseBusy, match=r"All connections to the database are in use.*try again"):
                ask(engine)
    write(engine)
    engine.dispose()


def test_no_more_connections_than_the_pool_has_are_made(postgres_engine: Engine) -> None:
    made = []
    event.listen(postgres_engine, "connect", lambda *_: made.append(threading.get_ident()))

    def write_some() -> None:
        for _ in range(5):
            write(postgres_engine)

    assert at_once([write_some] * 30) == [None] * 30
    assert len(made) <= 3
    with reading(postgres_engine) as session:
        assert len(events(session, limit=1_000)) == 150


def test_a_connection_goes_to_whoever_has_waited_longest(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url, wait_s=PATIENCE_S)
    pool = FairPool(engine.pool._creator, pool_size=1, max_overflow=0, timeout=PATIENCE_S)
    held, order, threads = pool.connect(), [], []
    waiting = pool._pool._waiting  # type: ignore[attr-defined]

    def use(number: int) -> None:
        for _ in range(2):
            connection = pool.connect()
            order.append(number)
            connection.close()

    for number in range(5):
        threads.append(threading.Thread(target=use, args=(number,)))
        threads[-1].start()
        give_up = time.monotonic() + PATIENCE_S
        while len(waiting) != number + 1:
            assert time.monotonic() < give_up
            time.sleep(0.002)
    held.close()
    for thread in threads:
        thread.join()
    assert order[:5] == [*range(5)]  # nobody was served twice before all had been once
    assert sorted(order) == sorted([*range(5), *range(5)])
    pool.dispose()
    engine.dispose()


def test_whoever_gives_up_waiting_leaves_no_connection_behind(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url)
    pool = FairPool(engine.pool._creator, pool_size=2, max_overflow=0, timeout=0.001)

    def use() -> int:
        n_got = 0
        for _ in range(100):
            try:
                pool.connect().close()
                n_got += 1
            except PoolExhausted:
                pass
        return n_got

    found = at_once([use] * 8)
    assert all(isinstance(one, int) for one in found), found
    assert pool.checkedout() == 0
    with_both = [pool.connect(), pool.connect()]
    with pytest.raises(PoolExhausted):
        pool.connect()
    for connection in with_both:
        connection.close()
    pool.dispose()
    engine.dispose()


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("application_name", "hume"),
        ("lock_timeout", "1500ms"),
        ("idle_in_transaction_session_timeout", "15min"),
    ],
)
def test_what_a_connection_is_told(postgres_url: str, setting: str, value: str) -> None:
    assert said(postgres_url, setting) == value


def test_what_the_url_says_itself_holds(postgres_url: str) -> None:
    url = make_url(postgres_url).update_query_dict(
        {"application_name": "hume-two", "options": "-c lock_timeout=7s", "connect_timeout": "9"}
    )
    text_url = url.render_as_string(hide_password=False)
    assert said(text_url, "application_name") == "hume-two"
    assert said(text_url, "lock_timeout") == "7s"
    assert "connect_timeout" not in postgres.connect_arguments(url, 1)


def test_connections_that_the_server_has_ended_are_replaced_unseen(postgres_engine: Engine, postgres_url: str) -> None:
    before = pids(postgres_engine, 3)
    administer(postgres_url, f"select pg_terminate_backend(pid) from unnest(array{before}) pid")
    give_up = time.monotonic() + PATIENCE_S
    gone = f"select count(*) from pg_stat_activity where pid = any(array{before})"
    while _count(postgres_url, gone):
        assert time.monotonic() < give_up
    assert at_once([lambda: look(postgres_engine)] * 6) == [None] * 6
    assert not set(before) & set(pids(postgres_engine, 3))


def _count(url: str, query: str) -> int:
    engine = open_engine(url)
    with engine.connect() as connection:
        found = connection.scalar(text(query)) or 0
    engine.dispose()
    return int(found)


def test_only_one_that_was_idle_for_long_is_asked(postgres_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    do_ping = postgres_engine.dialect.do_ping

    def counted(connection: object) -> bool:
        asked.append(connection)
        return do_ping(connection)  # type: ignore[arg-type]

    monkeypatch.setattr(postgres_engine.dialect, "do_ping", counted)
    look(postgres_engine)
    look(postgres_engine)
    assert len(asked) == 0
    monkeypatch.setattr(postgres, "PING_AFTER_S", -1.0)
    look(postgres_engine)
    assert len(asked) == 1

    def silent(connection: object) -> bool:
        asked.append(connection)
        raise postgres_engine.dialect.loaded_dbapi.OperationalError("no answer")

    (before,) = pids(postgres_engine)
    monkeypatch.setattr(postgres_engine.dialect, "do_ping", silent)
    assert pids(postgres_engine) != [before]


def test_a_lock_of_somebody_elses_is_waited_for_and_told(postgres_url: str) -> None:
    engine, hasty = open_engine(postgres_url), open_engine(postgres_url, wait_s=0.1)

    def lock(which: Engine) -> None:
        with transaction(which) as session:
            session.execute(text("lock table event in exclusive mode"))

    with transaction(engine) as session:
        session.execute(text("lock table event in exclusive mode"))
        with pytest.raises(DatabaseBusy, match="at the same rows"):
            lock(hasty)
    lock(hasty)
    engine.dispose()
    hasty.dispose()


def test_a_host_that_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "CONNECT_S", 2)  # the least that the driver takes
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        with pytest.raises(HumeError, match=r"cannot be used: .*timeout"):
            open_current(f"postgresql://u:secret@127.0.0.1:{silent.getsockname()[1]}/d")
    assert time.monotonic() - began < PATIENCE_S


def test_what_somebody_answered_is_in_no_error(engine: Engine) -> None:
    def store() -> None:
        with transaction(engine) as session:
            session.execute(text("insert into nowhere values (:answer)"), {"answer": "what nobody may read"})

    with pytest.raises(DBAPIError) as caught:
        store()
    assert "nowhere" in str(caught.value)
    assert "what nobody may read" not in str(caught.value)
