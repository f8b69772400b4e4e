"""Krippendorff's alpha with a 1,000-sample interval, beside 1,000 calls of the krippendorff package.

`python -m benchmarks.alpha` prints, as its last line, one JSON object with `alpha_speedup`. Both take the same
resamples of the same answers, and must give the same values.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import krippendorff as independent
import numpy as np

from hume.measures.krippendorff import alpha_resampled
from hume.measures.resampling import Resamples
from hume.score import DRAWS
from hume.tasks.base import FloatArray

RATERS, ITEMS, LABELS = 5, 10_000, 5
RUNS = 3
Level = Literal["nominal", "ordinal", "interval"]


@dataclass(frozen=True)
class Comparison:
    """Seconds for 1,000 resamples, ours and the package's, and the greatest difference of their values."""

    ours_s: float
    theirs_s: float
    difference: float

    @property
    def speedup(self) -> float:
        return self.theirs_s / self.ours_s


def answers(seed: int = 0, missing: float = 0.1) -> FloatArray:
    """Made-up answers: two of three right, and some missing."""
    rng = np.random.default_rng(seed)
    gold = rng.integers(0, LABELS, ITEMS)
    said = np.where(rng.random((RATERS, ITEMS)) < 2 / 3, gold, rng.integers(0, LABELS, (RATERS, ITEMS))).astype(float)
    said[rng.random(said.shape) < missing] = np.nan
    return said


def compare(level: Level) -> Comparison:
    """Ours with its draws, the best of three runs; theirs once, call by call, on the same draws."""
    said = answers()
    ours_s, ours = _best_of(RUNS, lambda: alpha_resampled(said, level, Resamples(ITEMS, DRAWS.of("items", ITEMS))))
    draws = DRAWS.of("items", ITEMS)
    theirs_s, theirs = _best_of(
        1, lambda: np.array([independent.alpha(said[:, drawn], level_of_measurement=level) for drawn in draws])
    )
    return Comparison(ours_s, theirs_s, float(np.abs(ours[1:] - theirs).max()))


def _best_of(runs: int, of: Callable[[], FloatArray]) -> tuple[float, FloatArray]:
    times, value = [], np.empty(0)
    for _ in range(runs):
        start = time.perf_counter()
        value = of()
        times.append(time.perf_counter() - start)
    return min(times), value


def alpha_speedup() -> float:
    """How many times as fast ours is, on the level where it gains least."""
    return min(compare(level).speedup for level in ("nominal", "ordinal", "interval"))


def main() -> None:
    found = {level: compare(level) for level in ("nominal", "ordinal", "interval")}
    for level, one in found.items():
        print(f"{level:>9}: {one.ours_s:.3f} s beside {one.theirs_s:.2f} s: {one.speedup:.0f} times as fast; "
              f"values differ by {one.difference:.1e} at most")  # fmt: skip
    print(json.dumps({"alpha_speedup": round(min(one.speedup for one in found.values()), 1)}))


if __name__ == "__main__":
    main()
