"""A round of each fault: people at work on a real server that is killed, cut off, full, or without its database.

`python -m benchmarks.faults` has more rounds, and the faults that take long.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from benchmarks.faults import clocks, cut, full, killed, power
from benchmarks.faults.ledger import Round
from benchmarks.faults.place import Place, place
from benchmarks.faults.postgres import NotHere, cluster

MOST_AT_ONCE = 4


@pytest.fixture(scope="module")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Place, Path]]:
    """A server on SQLite, and the folder of its database."""
    folder = tmp_path_factory.mktemp("durability")
    with place(f"sqlite:///{folder / 'hume.db'}", people=MOST_AT_ONCE) as here:
        yield here, folder


@pytest.fixture(scope="module")
def on_postgres() -> Iterator[tuple[Place, killed.Pair]]:
    """A server on a PostgreSQL that has a port for its standby."""
    with or_skip(cluster)() as first:
        pair = killed.Pair(first)
        try:
            with place(first.url, seen_by_server=pair.url, people=MOST_AT_ONCE) as here:
                yield here, pair
        finally:
            pair.stop()


def or_skip(begin: Callable[[], AbstractContextManager[object]]) -> Callable[[], AbstractContextManager]:
    """The same, where this machine permits it; else the test is skipped, and says what is missing."""

    @contextmanager
    def tried() -> Iterator[object]:
        try:
            context = begin()
            entered = context.__enter__()
        except NotHere as missing:
            pytest.skip(str(missing))
        try:
            yield entered
        finally:
            context.__exit__(None, None, None)

    return tried


def is_as_if_nothing_had_happened(found: Round) -> None:
    assert (found.lost, found.doubled, found.wrong, found.statuses["500"]) == (0, 0, 0, 0), found
    assert found.acknowledged >= 20, found


def test_kill_9_of_the_server(on_sqlite):
    is_as_if_nothing_had_happened(killed.kill_app(on_sqlite[0], 1))


def test_connections_that_break_off_within_a_request_and_before_the_reply(on_sqlite):
    found = cut.cut_off(on_sqlite[0], 2)
    is_as_if_nothing_had_happened(found)
    assert found.statuses["cut"] > 0


def test_the_power_fails(on_sqlite):
    try:
        found = power.cut_power(*on_sqlite, 3)
    except NotHere as missing:
        pytest.skip(str(missing))
    is_as_if_nothing_had_happened(found)


def test_a_backup_under_load_has_all_that_was_acknowledged_before(on_sqlite):
    is_as_if_nothing_had_happened(power.back_up(*on_sqlite, 4))


def test_a_disk_that_fills_up():
    with or_skip(full.small_disk)() as folder, place(f"sqlite:///{folder}/hume.db", people=MOST_AT_ONCE) as here:
        found = full.fill_up(here, folder, 5)
    is_as_if_nothing_had_happened(found)
    assert found.statuses["507"] > 0


def test_a_clock_that_jumps():
    with or_skip(clocks.jumps)() as jump:
        is_as_if_nothing_had_happened(jump(1))


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL], ids=["stopped", "killed"])
def test_a_postgresql_that_is_gone_for_a_second(on_postgres, how):
    here, pair = on_postgres
    found = killed.stop_database(here, pair.primary, how, 6 + (how == signal.SIGKILL))
    is_as_if_nothing_had_happened(found)
    assert found.statuses["503"] > 0


def test_a_postgresql_whose_standby_takes_over(on_postgres):
    is_as_if_nothing_had_happened(killed.fail_over(*on_postgres, 8))
