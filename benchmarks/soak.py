"""Whether HUME stays as it is: `python -m benchmarks.soak`, half an hour of 25 sessions, and pages that come and go.

`hume serve` on SQLite. The sessions answer at 3 s think time over HTTP, as the deck does; besides, one browser after
the other opens pages, answers or opens them anew, and is closed. docs/benchmarks.md has the figures.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from statistics import mean

import numpy as np
import psutil

from benchmarks.browser import chromium
from benchmarks.campaign import LANGUAGES, found
from benchmarks.databases import Database, database
from benchmarks.hume_server import serving
from benchmarks.others import Others, at_work
from benchmarks.processes import MIB, cpu_s, rss_mb
from benchmarks.stored import Tally, tally_by_task
from benchmarks.walks import Walks
from tests.serving import Server

THINK_S = 3.0
WARM_UP_MIN = 5
"""Until then each page is opened for the first time, and what is kept for the next time is made."""
LOOK_EVERY_S = 5.0
WALK_EVERY_S = 20.0
FLAT_PERCENT = 10.0
ANSWERED, LOOKED_AT = "Soak", "SoakPages"


@dataclass(frozen=True)
class Look:
    """What the server used when it was looked at."""

    rss_mb: float
    descriptors: float
    """Open ones, without those of the database's files: of these there are as many as were ever in use together."""
    threads: float
    connections: float
    """Descriptors of the database's file: a connection has one."""
    wal_mb: float


@dataclass(frozen=True)
class Minute(Look):
    """The means of a minute's looks, and what happened in it."""

    minute: int
    cpu_s: float
    answers: int
    p95_ms: float | None
    """Of the acknowledgements; None where there were none."""
    walks: int


class Soak:
    """The minutes so far."""

    def __init__(self, own: Database, server: Server, others: Others, walks: Walks) -> None:
        self.minutes: list[Minute] = []
        self._file = own.home / "hume.db"
        self._process = psutil.Process(server.process.pid)
        self._others, self._walks = others, walks

    def minute(self) -> None:
        """Lets one minute pass, and notes what was seen in it."""
        begun, n_before, cpu_before, walks_before = (
            time.monotonic(),
            len(self._others.milliseconds),
            cpu_s(self._process),
            self._walks.done,
        )
        looks, next_walk = [], begun
        while (now := time.monotonic()) < begun + 60:
            looks.append(self._look())
            if now >= next_walk:
                self._walks.take()
                next_walk += WALK_EVERY_S
            time.sleep(LOOK_EVERY_S)
        times = self._others.milliseconds[n_before:]
        means = {one.name: round(mean(getattr(look, one.name) for look in looks), 2) for one in fields(Look)}
        self.minutes.append(
            Minute(
                **means,
                minute=len(self.minutes) + 1,
                cpu_s=round(cpu_s(self._process) - cpu_before, 1),
                answers=len(times),
                p95_ms=round(float(np.percentile(times, 95)), 1) if times else None,
                walks=self._walks.done - walks_before,
            )
        )
        print(json.dumps(asdict(self.minutes[-1])), file=sys.stderr, flush=True)

    def _look(self) -> Look:
        wal = self._file.with_name("hume.db-wal")
        files = [Path(one.path) for one in self._process.open_files()]
        return Look(
            rss_mb=rss_mb(self._process),
            descriptors=self._process.num_fds() - sum(one.name.startswith(self._file.name) for one in files),
            threads=self._process.num_threads(),
            connections=files.count(self._file),
            wal_mb=wal.stat().st_size / MIB if wal.exists() else 0.0,
        )

    def result(self, stored: Tally) -> dict[str, object]:
        """What the last line says; `after warm-up` is the sixth minute, or the first where there are fewer."""
        first = self.minutes[min(WARM_UP_MIN, (len(self.minutes) - 1) // 2)]
        last = self.minutes[-1]
        growth = (last.rss_mb / first.rss_mb - 1) * 100
        leaks = last.descriptors > first.descriptors * (1 + FLAT_PERCENT / 100)
        return {
            "minutes": len(self.minutes),
            "memory_mb_after_warm_up": first.rss_mb,
            "memory_mb_at_end": last.rss_mb,
            "growth_percent": round(growth, 2),
            "descriptors_after_warm_up": first.descriptors,
            "descriptors_at_end": last.descriptors,
            "connections_after_warm_up": first.connections,
            "connections_at_end": last.connections,
            "threads_after_warm_up": first.threads,
            "threads_at_end": last.threads,
            "p95_ms_after_warm_up": first.p95_ms,
            "p95_ms_at_end": last.p95_ms,
            "walks": self._walks.done,
            "acknowledged": stored.acknowledged,
            "stored": stored.stored,
            "doubled": stored.doubled,
            "lost": stored.lost,
            "errors": self._others.errors.total() + self._walks.failed,
            "flat": growth <= FLAT_PERCENT and not leaks,
        }


def main() -> None:
    """Runs it; the last line printed is one JSON object."""
    options = _options()
    with ExitStack() as stack:
        own = stack.enter_context(database("sqlite"))
        people = found(own.url, ANSWERED, options.sessions, round((options.minutes + 1) * 60 / THINK_S * 1.2))
        found(own.url, LOOKED_AT, 1, 1)
        server = stack.enter_context(serving(own.url, str(own.home)))
        browser = stack.enter_context(chromium())
        walks = Walks(browser, server, LOOKED_AT, "part000", LANGUAGES)
        with at_work(server.base_url, people, THINK_S) as others:
            soak = Soak(own, server, others, walks)
            with suppress(KeyboardInterrupt):
                for _ in range(options.minutes):
                    soak.minute()
        result = soak.result(tally_by_task(own.url, {ANSWERED: others.acknowledged})[ANSWERED])
        print(json.dumps(result))
    if others.errors:
        print(dict(others.errors), file=sys.stderr)
    if result["lost"] or result["doubled"] or not result["flat"]:
        sys.exit("Answers are lost or doubled, or the server grows: see the line above.")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--minutes", type=int, default=30, help="how long, at least 2 (30)")
    parser.add_argument("--sessions", type=int, default=25, help="sessions that answer (25)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
