"""What one page shows, computed in a process that has nothing cached: `python -m benchmarks.page report`.

`pages.parts` is asked as pages ask it, twice. The last line printed is one JSON object.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable, Mapping

from pages.parts import figures, item_figures

SHOWN: Mapping[str, Callable[[], object]] = {
    "report": figures.report,
    "work": figures.work,
    "items": item_figures.rows,
}


def main() -> None:
    """Times the first and the second view of a page."""
    shown = SHOWN[sys.argv[1]]
    seconds, cpu = [], time.process_time()
    for view in range(2):
        start = time.perf_counter()
        shown()
        seconds.append(time.perf_counter() - start)
        if view == 0:
            cpu = time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"cold_s": seconds[0], "warm_s": seconds[1], "cpu_s": cpu, "peak_mb": peak}))


if __name__ == "__main__":
    main()
