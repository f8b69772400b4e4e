"""Percentiles, medians over runs, and the table that is printed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np


@dataclass(frozen=True)
class Figures:
    """Percentiles of one run, in milliseconds."""

    p50: float
    p95: float
    n: int


def figures(milliseconds: Sequence[float]) -> Figures:
    """The percentiles of at least one time, interpolated linearly between the times beside them."""
    p50, p95 = np.percentile(milliseconds, [50, 95])
    return Figures(float(p50), float(p95), len(milliseconds))


def median_run(runs: Iterable[Figures]) -> Figures:
    """The median over runs of each percentile: one run that something else disturbed does not carry the result."""
    runs = list(runs)
    return Figures(median(run.p50 for run in runs), median(run.p95 for run in runs), sum(run.n for run in runs))


def table(rows: Sequence[tuple[str, Figures]]) -> str:
    """A line each: what was timed, its p50 and p95 in milliseconds, and how many times."""
    width = max(len(name) for name, _ in rows)
    head = f"{'':{width}}  {'p50 ms':>8}  {'p95 ms':>8}  {'n':>5}"
    lines = [f"{name:{width}}  {one.p50:8.1f}  {one.p95:8.1f}  {one.n:5}" for name, one in rows]
    return "\n".join([head, *lines])
