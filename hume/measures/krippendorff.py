"""Krippendorff's alpha: agreement of any number of raters, with answers missing, on a nominal, ordinal or
interval scale.

Klaus Krippendorff, "Computing Krippendorff's Alpha-Reliability", 2011
(https://repository.upenn.edu/asc_papers/43).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from hume.measures import FloatArray, IntArray

Level = Literal["nominal", "ordinal", "interval"]


@dataclass(frozen=True)
class Alpha:
    """Alpha and what it rests on. `value` is None where undefined, and only then `reason` says why."""

    value: float | None
    n_items: int
    """Items with two or more ratings: the pairable ones."""
    n_values: int
    """Ratings of those items: n in Krippendorff's formulas."""
    reason: str = ""


def alpha(ratings: FloatArray, level: Level) -> Alpha:
    """Krippendorff's alpha of `ratings`, shape (raters, items), NaN where a rater gave none. At most 1; 0 is
    chance.

    alpha = 1 - D_o / D_e. With o_cv the coincidences of values c and v (each item with m >= 2 ratings gives
    every ordered pair of ratings of different raters a weight of 1 / (m - 1)) and n_c their sums: D_o = sum
    o_cv d2_cv / n and D_e = sum n_c n_v d2_cv / (n (n - 1)). The squared difference d2_cv is 1 for c != v
    (nominal), (c - v)^2 (interval), or (n_c + ... + n_v - (n_c + n_v) / 2)^2 over the values from c to v
    (ordinal). Items with one rating say nothing of agreement and are left out. It is negative where raters
    differ more than by chance.

    Undefined, with the reason, where no item has two ratings and where all pairable ratings are the same.
    ValueError where `ratings` is not two-dimensional or holds an infinity, and for an unknown level.
    """
    table = np.asarray(ratings, dtype=np.float64)
    if table.ndim != 2 or np.isinf(table).any():
        raise ValueError("Ratings must be a table of raters by items, of finite numbers or NaN.")
    pairable = table[:, np.count_nonzero(~np.isnan(table), axis=0) >= 2]
    values, counts = _value_counts(pairable)
    n_items, n_values = pairable.shape[1], int(counts.sum())
    if not n_items:
        return Alpha(None, 0, 0, "No item has ratings of two raters.")
    if len(values) == 1:
        return Alpha(None, n_items, n_values, "All ratings are the same: without variation alpha is undefined.")
    coincidences, totals = _coincidences(counts), counts.sum(axis=1)
    differences = _squared_differences(values, totals, level)
    observed = float((coincidences * differences).sum()) / n_values
    expected = float(totals @ differences @ totals) / (n_values * (n_values - 1))
    return Alpha(1.0 - observed / expected, n_items, n_values)


def _value_counts(table: FloatArray) -> tuple[FloatArray, IntArray]:
    """The distinct values, ascending, and how often each item has each: shape (values, items)."""
    given = ~np.isnan(table)
    values, codes = np.unique(table[given], return_inverse=True)
    counts = np.zeros((len(values), table.shape[1]), dtype=np.int64)
    np.add.at(counts, (codes, np.nonzero(given)[1]), 1)
    return values, counts


def _coincidences(counts: IntArray) -> FloatArray:
    """The coincidence matrix, shape (values, values): symmetric; rows sum to the values' frequencies."""
    weighted = counts / (counts.sum(axis=0) - 1)
    coincidences: FloatArray = weighted @ counts.T - np.diag(weighted.sum(axis=1))
    return coincidences


def _squared_differences(values: FloatArray, totals: IntArray, level: Level) -> FloatArray:
    match level:
        case "nominal":
            return 1.0 - np.eye(len(values))
        case "ordinal":
            # The published sum over the values between c and v is the distance of their mean ranks.
            positions = np.cumsum(totals) - totals / 2
        case "interval":
            positions = values
        case _:
            raise ValueError(f"Unknown level {level!r}: use 'nominal', 'ordinal' or 'interval'.")
    return (positions[:, None] - positions[None, :]) ** 2
