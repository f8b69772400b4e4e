"""A database that is slow or stands still: PostgreSQL behind a stalled network, SQLite held by another program."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from tempfile import TemporaryDirectory

import psutil

from benchmarks.faults.ledger import Round
from benchmarks.faults.people import Crowd
from benchmarks.faults.place import Place, place
from benchmarks.faults.postgres import cluster
from benchmarks.faults.proxy import Proxy, proxy

DELAYS_S = (0.05, 0.3)
STALLS_S = (5.0, 25.0)
"""Some of them longer than a browser waits for a reply, which is 20 s."""
HELD_S = (5.0, 20.0)
MOST_THREADS = 150
HOLD = """
import sqlite3, sys
held = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=60)
held.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.readline()
held.execute("ROLLBACK")
"""


@contextmanager
def postgres() -> Iterator[Callable[[int], Round]]:
    """The way to PostgreSQL is slow, or lets nothing through for a while, or breaks off, in turn."""
    with cluster() as server, proxy(server.port) as between:
        through = server.url.replace(f":{server.port}/", f":{between.port}/")
        with place(server.url, seen_by_server=through) as here:
            yield lambda number: _slow_down(here, between, number)


def _slow_down(here: Place, between: Proxy, number: int) -> Round:
    crowd = here.crowd(number)
    crowd.await_acknowledged(8)
    chance, way = Random(number), ("slow", "stalled", "cut")[number % 3]
    if way == "slow":
        between.delay_s = chance.uniform(*DELAYS_S)
        time.sleep(4)
        between.delay_s = 0.0
    elif way == "stalled":
        between.stall()
        time.sleep(chance.uniform(*STALLS_S))
        between.go_on()
    else:
        for _ in range(5):
            between.cut()
            time.sleep(chance.uniform(0.1, 0.5))
    return _gone_on(here, crowd, way)


@contextmanager
def sqlite() -> Iterator[Callable[[int], Round]]:
    """Another program writes to the database for 5 to 20 seconds."""
    with TemporaryDirectory(prefix="hume-faults-") as folder, place(f"sqlite:///{folder}/hume.db") as here:
        yield lambda number: _hold(here, f"{folder}/hume.db", number)


def _hold(here: Place, file: str, number: int) -> Round:
    crowd = here.crowd(number)
    crowd.await_acknowledged(8)
    held_s = Random(number).uniform(*HELD_S)
    command = [sys.executable, "-c", HOLD, file]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        (holder.stdout or sys.stdin).readline()
        time.sleep(held_s)
        holder.communicate("that is all\n")
    return _gone_on(here, crowd, f"held for {held_s:.0f} s")


def _gone_on(here: Place, crowd: Crowd, notes: str) -> Round:
    over = time.monotonic()
    threads = psutil.Process(here.server.process.pid).num_threads()
    crowd.await_acknowledged(20, since=over)
    found = here.settled(crowd, crowd.first_acknowledged(over))
    found.notes = f"{notes}, {threads} threads"
    found.wrong += threads > MOST_THREADS
    return found
