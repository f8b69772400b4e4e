"""The power fails, as far as that can be played: what is not yet on disk is gone. And a backup made under load."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import NamedTuple

from benchmarks.faults.ledger import Round, compared, stored_rows, sum_of
from benchmarks.faults.people import Crowd
from benchmarks.faults.place import Place, place
from benchmarks.faults.postgres import NotHere
from db.backup import backup, restore
from db.session import open_engine
from db.store.health import damage

CALLS = ("pwrite64", "fsync", "fdatasync")
"""What SQLite changes a file by, and puts it on disk by."""
LINE = re.compile(r"^(\d+) +(?:(\w+)\(\d+<([^>]*)>(.*)|<\.\.\. (\w+) resumed>(.*))$")
PLACE = re.compile(r", (\d+), (\d+)(?:\)| <unfinished)")
DONE = re.compile(r"\) += 0$")
BEFORE = 30
CUTS = 10
STILL_S = 0.1


class Write(NamedTuple):
    """Bytes that a program has written, and the system may still have in memory alone."""

    file: str
    start: int
    length: int


@contextmanager
def sqlite() -> Iterator[Callable[[int], Round]]:
    """At a random moment under load all stands still, and of what was not yet on disk a random half is gone."""
    with TemporaryDirectory(prefix="hume-faults-") as folder, place(f"sqlite:///{folder}/hume.db") as here:
        yield lambda number: cut_power(here, Path(folder), number)


def cut_power(here: Place, folder: Path, number: int) -> Round:
    """One round."""
    chance, copies = Random(number), []
    with TemporaryDirectory(prefix="hume-faults-copy-") as other:
        with traced(here.server.process.pid, Path(other) / "calls") as calls:
            crowd = here.crowd(number)
            for place_of_copy in range(CUTS):
                crowd.await_acknowledged(BEFORE // CUTS)
                time.sleep(chance.uniform(0, 0.05))
                copies.append(_stop_and_copy(here, folder, Path(other) / str(place_of_copy), calls))
            here.settled(crowd)
        found = [_after_loss(copy, crowd, chance) for copy in copies]
        writes = f"{sum(n for _, n in found)} of {sum(len(copy.unsynced) for copy in copies)}"
    result = sum_of([one for one, _ in found])
    result.statuses = crowd.statuses
    result.notes += f"{writes} writes that were not yet on disk are gone, at {CUTS} moments"
    return result


class Copy(NamedTuple):
    """The files as they were at a moment, what of them was in memory alone, and the moment."""

    folder: Path
    unsynced: Sequence[Write]
    stopped: float


def _stop_and_copy(here: Place, folder: Path, to: Path, calls: Path) -> Copy:
    to.mkdir()
    stopped = time.monotonic()  # an acknowledgement that comes later may have been sent before: it is not counted
    here.server.process.send_signal(signal.SIGSTOP)
    try:
        _await_standstill(here.server.process.pid)
        for name in ("hume.db", "hume.db-wal"):
            shutil.copy(folder / name, to)
        return Copy(to, unsynced_writes(calls.read_text()), stopped)
    finally:
        here.server.process.send_signal(signal.SIGCONT)


def _after_loss(copy: Copy, crowd: Crowd, chance: Random) -> tuple[Round, int]:
    gone = forget(copy.folder, copy.unsynced, chance)
    return _counted(copy.folder / "hume.db", crowd, copy.stopped), gone


@contextmanager
def backups() -> Iterator[Callable[[int], Round]]:
    """A backup is made under load, and restored elsewhere: it has all that was acknowledged before it was begun."""
    with TemporaryDirectory(prefix="hume-faults-") as folder, place(f"sqlite:///{folder}/hume.db") as here:
        yield lambda number: back_up(here, Path(folder), number)


def back_up(here: Place, folder: Path, number: int) -> Round:
    """One round."""
    crowd = here.crowd(number)
    crowd.await_acknowledged(BEFORE)
    begun = time.monotonic()
    file = folder / f"{number}.backup"
    backup(here.engine, file)
    crowd.await_acknowledged(BEFORE)
    here.settled(crowd)
    restored = folder / f"{number}.db"
    engine = open_engine(f"sqlite:///{restored}")
    restore(engine, file)
    engine.dispose()
    return _counted(restored, crowd, begun)


def _counted(file: Path, crowd: Crowd, until: float) -> Round:
    """What a copy of the database has, against what was acknowledged until then."""
    engine = open_engine(f"sqlite:///{file}")
    try:
        faults = damage(engine)
        rows = stored_rows(engine, {person.account.rater_id for person in crowd.people})
    finally:
        engine.dispose()
    found = compared(crowd.sent, rows, until)
    found.statuses = crowd.statuses
    found.wrong += len(faults)
    found.notes = "; ".join([*faults, ""])
    return found


# -- what is on disk ----------------------------------------------------------------------------------


@contextmanager
def traced(pid: int, log: Path) -> Iterator[Path]:
    """Notes all writes and syncs of a process, as strace tells them. NotHere where there is none, or it may not."""
    if not shutil.which("strace"):
        raise NotHere("no strace to see with what is on disk (Debian's package strace)")
    command = ["strace", "-f", "-y", "-s", "0", "-e", f"trace={','.join(CALLS)}", "-o", str(log), "-p", str(pid)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as tracer:
        said = (tracer.stderr or sys.stdin).readline()
        if "attached" not in said:
            raise NotHere(f"strace may not look at a process here: {said.strip()}")
        try:
            yield log
        finally:
            tracer.send_signal(signal.SIGINT)


def unsynced_writes(calls: str) -> list[Write]:
    """What had not been put on disk at the end of strace's account: written after the last sync's beginning."""
    writes: list[tuple[int, Write]] = []
    synced: dict[str, int] = {}
    begun: dict[str, tuple[str, int]] = {}
    for number, line in enumerate(calls.splitlines()):
        if not (found := LINE.match(line)):
            continue
        thread, name, path, rest, again, end = found.groups()
        if again and again != "pwrite64" and thread in begun and DONE.search(end):
            path, since = begun.pop(thread)
            synced[path] = since
        elif name == "pwrite64" and (where := PLACE.search(rest)):
            writes.append((number, Write(path, int(where[2]), int(where[1]))))
        elif name in ("fsync", "fdatasync"):
            begun[thread] = (path, number)
            if DONE.search(rest):
                synced[path] = number
    return [write for number, write in writes if number > synced.get(write.file, -1)]


def forget(folder: Path, writes: Sequence[Write], chance: Random) -> int:
    """Puts zeros where a random half of these were, in the copies of their files; how many."""
    gone = 0
    for write in writes:
        copy = folder / Path(write.file).name
        if not copy.exists() or chance.random() < 0.5:
            continue
        with copy.open("r+b") as file:
            file.seek(write.start)
            file.write(bytes(write.length))
        gone += 1
    return gone


def _await_standstill(pid: int) -> None:
    """Until every thread of a process has stopped."""
    still_since = time.monotonic()
    while time.monotonic() < still_since + STILL_S:
        states = [stat.read_text().rpartition(")")[2].split()[0] for stat in Path(f"/proc/{pid}/task").glob("*/stat")]
        if not set(states) <= {"T", "t"}:
            still_since = time.monotonic()
        time.sleep(0.01)
