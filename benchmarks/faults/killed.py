"""kill -9 of the app under load, on both databases; PostgreSQL stopped, killed and failed over under load."""

from __future__ import annotations

import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from benchmarks.faults.ledger import Round
from benchmarks.faults.place import Place, place
from benchmarks.faults.postgres import Cluster, cluster

AtWork = Callable[[int], Round]
BEFORE, AFTER = 20, 20
"""Acknowledged answers before the fault, and after its end, at least."""


@contextmanager
def app_on_sqlite() -> Iterator[AtWork]:
    """kill -9 of the server on SQLite at a random moment under load; it is started again at once."""
    with TemporaryDirectory(prefix="hume-faults-") as folder, place(f"sqlite:///{folder}/hume.db") as here:
        yield lambda number: kill_app(here, number)


@contextmanager
def app_on_postgres() -> Iterator[AtWork]:
    """The same on PostgreSQL."""
    with cluster() as server, place(server.url) as here:
        yield lambda number: kill_app(here, number)


def kill_app(here: Place, number: int) -> Round:
    """One round."""
    crowd = here.crowd(number)
    crowd.await_acknowledged(BEFORE)
    time.sleep(Random(number).uniform(0, 0.3))
    here.kill()
    dead = time.monotonic()
    here.start()
    crowd.await_acknowledged(AFTER, since=dead)
    return here.settled(crowd, crowd.first_acknowledged(dead))


@contextmanager
def database_stopped() -> Iterator[AtWork]:
    """PostgreSQL stopped for a second under load: fast, at once, and by kill -9 of the postmaster, in turn."""
    ways = (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL)
    with cluster() as server, place(server.url) as here:
        yield lambda number: stop_database(here, server, ways[number % len(ways)], number)


def stop_database(here: Place, server: Cluster, how: signal.Signals, number: int) -> Round:
    """One round."""
    crowd = here.crowd(number)
    crowd.await_acknowledged(BEFORE)
    time.sleep(Random(number).uniform(0, 0.3))
    server.stop(how)
    time.sleep(1.0)
    server.start()
    back = time.monotonic()
    crowd.await_acknowledged(AFTER, since=back)
    found = here.settled(crowd, crowd.first_acknowledged(back))
    found.notes = how.name
    return found


@contextmanager
def failover() -> Iterator[AtWork]:
    """The primary is killed under load, and its synchronous standby promoted: the URL names both."""
    with cluster() as first:
        pair = Pair(first)
        try:
            with place(first.url, seen_by_server=pair.url) as here:
                yield lambda number: fail_over(here, pair, number)
        finally:
            pair.stop()


class Pair:
    """A primary and, in each round, a new standby on the other of two ports."""

    def __init__(self, primary: Cluster) -> None:
        self.primary, self.standby = primary, Cluster(primary.folder.parent / "second")
        both = f"host=127.0.0.1:{primary.port}&host=127.0.0.1:{self.standby.port}"
        self.url = f"postgresql://postgres@/postgres?{both}&target_session_attrs=read-write"

    def follow(self) -> None:
        """Makes the standby."""
        self.standby = self.primary.standby(self._emptied(self.standby.folder), self.standby.port)

    def fail_over(self) -> None:
        """The primary is gone, and its standby takes its place."""
        self.primary.stop(signal.SIGKILL)
        self.standby.promote()
        self.primary, self.standby = self.standby, self.primary

    def stop(self) -> None:
        """Stops both."""
        for one in (self.primary, self.standby):
            one.stop(signal.SIGQUIT)

    @staticmethod
    def _emptied(folder: Path) -> Path:
        shutil.rmtree(folder, ignore_errors=True)
        return folder


def fail_over(here: Place, pair: Pair, number: int) -> Round:
    """One round."""
    pair.follow()
    here.use(pair.primary.url)
    crowd = here.crowd(number)
    crowd.await_acknowledged(BEFORE)
    time.sleep(Random(number).uniform(0, 0.3))
    pair.fail_over()
    back = time.monotonic()
    here.use(pair.primary.url)
    crowd.await_acknowledged(AFTER, since=back)
    return here.settled(crowd, crowd.first_acknowledged(back))
