"""The disk of the embedded database fills up under load, and is emptied again."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from benchmarks.faults.ledger import Round
from benchmarks.faults.people import Crowd
from benchmarks.faults.place import Place, place
from benchmarks.faults.postgres import NotHere
from db.store.health import damage

DISK_MB = 48
LEFT = 300_000
"""Bytes that are left when the disk fills up: some dozen answers."""
COMMENT = 4_000
"""Characters of a comment, so that it does not take long."""
REFUSED = 2
"""How often each is refused, at least, before there is room again."""
FULL_S = 60.0


@contextmanager
def disk() -> Iterator[Callable[[int], Round]]:
    """Answers until there is no room, for everybody; then a large file goes, and all that waits is stored."""
    with small_disk() as folder, place(f"sqlite:///{folder}/hume.db") as here:
        yield lambda number: fill_up(here, folder, number)


def fill_up(here: Place, folder: Path, number: int) -> Round:
    """One round."""
    ballast = folder / "ballast"
    crowd = here.crowd(number)
    for person in crowd.people:
        person.comment_length = COMMENT
    crowd.await_acknowledged(8)
    _write(ballast, shutil.disk_usage(folder).free - LEFT)
    _await_refusals(crowd)
    faults = [*_told_wrongly(here, crowd), *damage(here.engine)]
    ballast.unlink()
    freed = time.monotonic()
    crowd.await_acknowledged(20, since=freed)
    found = here.settled(crowd, crowd.first_acknowledged(freed))
    if httpx.get(f"{here.base_url}/readyz").status_code != 200:
        faults.append("/readyz still says no")
    faults += damage(here.engine)
    found.wrong += len(faults)
    found.notes = "; ".join(faults)
    return found


def _write(file: Path, size: int) -> None:
    with suppress(OSError), file.open("wb") as written:  # others write too, and may have taken the rest
        for _ in range(size // 65_536):
            written.write(b"\0" * 65_536)


def _await_refusals(crowd: Crowd) -> None:
    """Until everybody was told that the disk is full."""
    give_up = time.monotonic() + FULL_S
    while any(person.statuses["507"] < REFUSED for person in crowd.people):
        if time.monotonic() > give_up:
            raise RuntimeError(f"The disk did not fill up in {FULL_S:g} s: {crowd.statuses}, {crowd.said}")
        time.sleep(0.02)


def _told_wrongly(here: Place, crowd: Crowd) -> list[str]:
    """Where the full disk is not told as such: to people, to a load balancer, to whoever runs the server."""
    ready = httpx.get(f"{here.base_url}/readyz")
    doctor = subprocess.run(
        [sys.executable, "-c", "from hume.cli import main; main()", "doctor"],
        env={**os.environ, "HUME_DATABASE_URL": here.database_url, "COLUMNS": "200"}, capture_output=True, text=True,
    )  # fmt: skip
    told = {
        "people are not told that the disk is full": not any("full" in word for word in crowd.said),
        f"/readyz says {ready.text!r}": ready.status_code != 503 or "full" not in ready.text,
        "hume doctor does not say so": doctor.returncode != 1 or "full:" not in doctor.stdout,
    }
    return [words for words, is_so in told.items() if is_so]


@contextmanager
def small_disk() -> Iterator[Path]:
    """A folder that is a disk of its own. NotHere where none can be mounted."""
    with TemporaryDirectory(prefix="hume-faults-disk-") as folder:
        options = ["-t", "tmpfs", "-o", f"size={DISK_MB}m,mode=700", "hume-faults", folder]
        try:
            subprocess.run(["mount", *options], check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            raise NotHere("a small disk cannot be mounted here (mount -t tmpfs needs root)") from None
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)
