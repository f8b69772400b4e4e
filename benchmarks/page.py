"""What one page shows, computed in a process that has nothing cached: `python -m benchmarks.page report`.

`pages.parts` is asked as pages ask it, twice. The last line printed is one JSON object.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable, Mapping

from pages.parts import figures, item_figures, reckoning

SHOWN: Mapping[str, Callable[[], object]] = {
    "report": figures.report,
    "work": figures.work,
    "items": lambda: item_figures.rows("mteb"),
}


def main() -> None:
    """Times the first and the second view of a page."""
    shown, cpu = SHOWN[sys.argv[1]], _cpu_seconds()
    seconds = []
    for view in range(2):
        start = time.perf_counter()
        shown()
        seconds.append(time.perf_counter() - start)
        if view == 0:
            cpu = _cpu_seconds() - cpu
    print(json.dumps({"cold_s": seconds[0], "warm_s": seconds[1], "cpu_s": cpu, "peak_mb": _peak_mb()}))


def _cpu_seconds() -> float:
    """Of this process and of those that have worked for it."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def _peak_mb() -> float:
    """As much as could be in use at once: this process's most, and for each that works for it that of the largest."""
    own, largest = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return (own + largest * reckoning.most_processes()) / 1024


if __name__ == "__main__":
    main()
