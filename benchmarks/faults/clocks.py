"""The server's clock jumps, by hours and by days, forward and back, while people answer."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from benchmarks.faults.ledger import Round
from benchmarks.faults.people import Crowd
from benchmarks.faults.place import APP, Place, place
from benchmarks.faults.postgres import NotHere

LIBRARIES = (
    "/usr/lib/*/faketime/libfaketime.so.1",
    "/usr/lib64/faketime/libfaketime.so.1",
    "/usr/local/lib/faketime/libfaketime.so.1",
)
JUMPS = (timedelta(hours=3), timedelta(days=1), timedelta(days=10))
"""All shorter than an idle session lasts, which is 14 days: nobody is to be signed out."""
# libfaketime takes clock_nanosleep, which Python sleeps by, for a wait until a time of the clock that it sets.
SERVE = """
import select, time
time.sleep = lambda seconds: select.select([], [], [], seconds) and None
from uvicorn.main import main
main()
"""
COMMAND = (sys.executable, "-c", SERVE, *APP[3:])


@contextmanager
def jumps() -> Iterator[Callable[[int], Round]]:
    """Forward and back again, or back and forward again, by hours or days."""
    with TemporaryDirectory(prefix="hume-faults-") as folder:
        clock = Clock(Path(folder) / "clock")
        with place(f"sqlite:///{folder}/hume.db", environment=clock.environment, command=COMMAND) as here:
            yield lambda number: jump(here, clock, number)


class Clock:
    """The clock of a server that is started with `environment`; others' is left alone."""

    def __init__(self, file: Path) -> None:
        """NotHere where libfaketime is not installed."""
        found = [path for pattern in LIBRARIES for path in Path("/").glob(pattern.lstrip("/"))]
        if not found:
            raise NotHere("no libfaketime to set a server's clock with (Debian's package faketime)")
        self._file = file
        self.environment = {
            "LD_PRELOAD": str(found[0]),
            "FAKETIME_TIMESTAMP_FILE": str(file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
        self.set(timedelta())

    def set(self, ahead: timedelta) -> None:
        """From now on the clock is so far ahead of the true time, or behind it."""
        written = self._file.with_suffix(".new")
        written.write_text(f"{ahead.total_seconds():+.0f}s\n")
        written.replace(self._file)


def jump(here: Place, clock: Clock, number: int) -> Round:
    """One round."""
    crowd = here.crowd(number)
    crowd.await_acknowledged(10)
    ahead = JUMPS[number % len(JUMPS)] * (1 if number % 2 else -1)
    moments = []
    for one in (ahead, timedelta(), -ahead, timedelta()):
        clock.set(one)
        moments.append(time.monotonic())
        crowd.await_acknowledged(15 + Random(number).randrange(10))
    found = here.settled(crowd, _longest(crowd, moments))
    signed_out = found.statuses["401"]
    found.wrong += signed_out
    found.notes = f"by {ahead.total_seconds() / 3600:+.0f} h; signed out {signed_out} times"
    return found


def _longest(crowd: Crowd, moments: list[float]) -> float:
    """The longest wait for an answer after a jump, in seconds."""
    return max(crowd.first_acknowledged(moment) or 0.0 for moment in moments)
