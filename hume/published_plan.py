"""Stage: how many items a figure needs, by formula from published scores: for before anybody has answered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from math import atanh, sqrt

import numpy as np
from scipy.stats import norm

from hume.measures.precision import (
    Z_INTERVAL,
    bounded_error,
    spearman_error,
    spearman_half_width,
)
from hume.planning import POWER, SIZES, Curve, Point
from hume.records import ScoreRow

LARGEST = 1_000_000

FORMULAS = {
    "classification": "binomial: accuracy is a share of items that are right",
    "reranking": "at most: no mean of values from 0 to 1 can vary more (Bhatia and Davis 2000)",
    "sts": "Fisher's z of a rank correlation (Bonett and Wright 2000)",
}
UNKNOWN = {
    "clustering": "not known: no published figure tells the spread of a V-measure. Let one person answer a set first."
}
ASSUMED = "a model as uncertain as people, on other items than they: with the same items fewer are needed"


@dataclass(frozen=True)
class Published:
    """Published human scores of one task type: what a plan rests on where there are no answers."""

    task_type: str
    scores: tuple[float, ...]
    """Of people's aggregate, one a subset."""
    n_items: tuple[int, ...]
    """Of the subsets that say it."""

    @property
    def formula(self) -> str:
        return FORMULAS.get(self.task_type, "")

    @property
    def reason(self) -> str:
        """Why there is no plan; empty where there is one."""
        if not self.scores:
            return "no published score of people for this task type"
        return "" if self.formula else UNKNOWN.get(self.task_type, "not known for this task type")


def published_plan(rows: Sequence[ScoreRow], task_type: str) -> Published:
    """The published main scores of people for a task type; single annotators' rows are left out."""
    of = [
        row
        for row in rows
        if (row.source, row.kind, row.task_type) == ("published", "human", task_type)
        and row.is_main and row.aggregation != "annotator" and row.score is not None
    ]  # fmt: skip
    return Published(
        task_type,
        tuple(row.score for row in of if row.score is not None),
        tuple(row.n_items for row in of if row.n_items),
    )


def published_width(of: Published, target: float) -> Curve:
    """Half the width of the 95% interval for each number of items: the mean over the subsets' scores."""
    return _curve(partial(_mean_half_width, of), target, target, falls=True)


def published_power(of: Published, gap: float) -> Curve:
    """The power to tell a gap from none; `target` is the gap."""
    return _curve(partial(_mean_power, of, gap), POWER, gap, falls=False)


def _curve(value: Callable[[int], float | None], target: float, shown: float, *, falls: bool) -> Curve:
    points = tuple(Point(size, value(size), None) for size in SIZES)
    if all(point.value is None for point in points):
        return Curve(None, points, shown, None, reason="undefined")
    needed = _smallest(value, target, falls=falls)
    return Curve(None, points, shown, needed, reason="" if needed else f"not with {LARGEST:,} items")


def _smallest(value: Callable[[int], float | None], target: float, *, falls: bool) -> int | None:
    """The smallest number from 4 on that reaches the target, by bisection: values fall or rise with the number."""

    def reaches(n: int) -> bool:
        found = value(n)
        return found is not None and (found <= target if falls else found >= target)

    if not reaches(LARGEST):
        return None
    low, high = 3, LARGEST
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reaches(middle) else (middle, high)
    return high


def _mean_half_width(of: Published, n: int) -> float | None:
    if of.task_type == "sts":
        found = [spearman_half_width(score, n) for score in of.scores]
    else:
        found = [Z_INTERVAL * bounded_error(score, n) for score in of.scores]
    known = [one for one in found if one is not None]
    return float(np.mean(known)) if known and of.formula else None


def _mean_power(of: Published, gap: float, n: int) -> float | None:
    found = [one for score in of.scores if (one := _power(of.task_type, score, gap, n)) is not None]
    return float(np.mean(found)) if found and of.formula else None


def _power(task_type: str, score: float, gap: float, n: int) -> float | None:
    """Of two independent scores that lie the gap apart, the lower one below people's so that both can be."""
    other = score - abs(gap)
    if task_type == "sts":
        errors = spearman_error(score, n), spearman_error(other, n)
        if None in errors or not -1 < other < 1 or not -1 < score < 1:
            return None
        apart, error = atanh(score) - atanh(other), sqrt(sum(one * one for one in errors if one is not None))
    else:
        apart, error = abs(gap), sqrt(bounded_error(score, n) ** 2 + bounded_error(max(other, 0.0), n) ** 2)
    return float(norm.sf(Z_INTERVAL - apart / error)) if error > 0 else 1.0
