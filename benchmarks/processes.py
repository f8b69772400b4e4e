"""What a process uses, its children with it: seconds of CPU, memory, descriptors, threads."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil

EVERY_S = 0.25
MIB = 2**20


def cpu_s(process: psutil.Process) -> float:
    """Seconds of CPU so far, of its children too, whether they live or have ended."""
    times = process.cpu_times()
    of_living = 0.0
    for child in process.children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            of_child = child.cpu_times()
            of_living += of_child.user + of_child.system + of_child.children_user + of_child.children_system
    total: float = times.user + times.system + times.children_user + times.children_system + of_living
    return total


def rss_mb(process: psutil.Process) -> float:
    """MiB of memory that are resident now, of all its processes; what they share counts for each."""
    total = 0
    for one in [process, *process.children(recursive=True)]:
        with suppress(psutil.NoSuchProcess):
            total += one.memory_info().rss
    return total / MIB


class Peak:
    """The most memory that was seen."""

    mb = 0.0


@contextmanager
def watching_memory(process: psutil.Process) -> Iterator[Peak]:
    """While the block runs, looks every quarter of a second how much memory is in use."""
    peak, stopping = Peak(), threading.Event()

    def watch() -> None:
        while not stopping.is_set():
            with suppress(psutil.NoSuchProcess):
                peak.mb = max(peak.mb, rss_mb(process))
            stopping.wait(EVERY_S)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peak
    finally:
        stopping.set()
        watcher.join()
