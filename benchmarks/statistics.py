"""Times every figure: `python -m benchmarks.statistics`. docs/benchmarks.md says what is timed, and has the results.

Alpha with its interval beside the krippendorff package; the whole report at HUME v1's size; and what each page shows at
10,000, 100,000 and 1,000,000 made-up answers in a real database, by processes that have nothing cached yet.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.alpha import alpha_speedup
from benchmarks.made_up import Size, fill, size_of

SIZES = (10_000, 100_000, 1_000_000)
PAGES = ("report", "work", "items")
"""What pages show: gap, baselines, agreement and overview all show the report."""
Timed = dict[str, float]


def timed(url: str, what: str) -> Timed:
    """Seconds cold and warm, CPU seconds cold, peak memory in MiB: from a process of its own."""
    command = [sys.executable, "-m", "benchmarks.page", what]
    environment = {**os.environ, "HUME_DATABASE_URL": url}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    found: Timed = json.loads(done.stdout.splitlines()[-1])
    load = os.getloadavg()[0]
    print(
        f"{what:8}cold {found['cold_s']:8.2f} s ({found['cpu_s']:7.2f} s of CPU)  warm {found['warm_s']:6.3f} s  "
        f"peak {found['peak_mb']:6.0f} MiB  load {load:.1f}",
        flush=True,
    )
    return found


def report_seconds(runs: int) -> float:
    """The whole report at HUME v1's size, the answers' reading from the database included: the median run."""
    with tempfile.TemporaryDirectory(prefix="hume-benchmark-") as folder:
        url = fill(Path(folder), Size(1.0, 0))
        return median(timed(url, "report")["cold_s"] for _ in range(runs))


def at_size(size: Size) -> Timed:
    """The slowest page's seconds and the greatest memory of any."""
    with tempfile.TemporaryDirectory(prefix="hume-benchmark-") as folder:
        url = fill(Path(folder), size)
        print(f"\n{size.n_answers:,} answers, {Path(folder, 'hume.db').stat().st_size / 2**20:.0f} MiB", flush=True)
        found = [timed(url, what) for what in PAGES]
    return {name: max(one[name] for one in found) for name in found[0]}


def growth(sizes: list[Size], seconds: list[float]) -> float:
    """The exponent of a power of the number of answers, fitted to the seconds on logarithmic axes."""
    return float(np.polyfit(np.log([size.n_answers for size in sizes]), np.log(seconds), 1)[0])


def main() -> None:
    """Runs it all; the last line printed is one JSON object."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.statistics", description=__doc__)
    parser.add_argument("--answers", type=int, nargs="*", default=list(SIZES), help="numbers of answers")
    parser.add_argument("--runs", type=int, default=3, help="runs of the report at HUME v1's size (3)")
    options = parser.parse_args()
    print("The report at HUME v1's size")
    report_s = report_seconds(options.runs)
    sizes = [size_of(n) for n in sorted(options.answers)]
    found = [at_size(size) for size in sizes]
    result = {
        "alpha_speedup": alpha_speedup(),
        "report_s": report_s,
        "cold_s_1m": found[-1]["cold_s"],
        "warm_s_1m": found[-1]["warm_s"],
        "peak_mb_1m": found[-1]["peak_mb"],
        "growth_exponent": growth(sizes, [one["cold_s"] for one in found]),
    }
    print(json.dumps({name: round(value, 3) for name, value in result.items()}))


if __name__ == "__main__":
    main()
