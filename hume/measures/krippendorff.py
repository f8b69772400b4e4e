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
from hume.measures.resampling import Resamples, by_thing, ratio

Level = Literal["nominal", "ordinal", "interval"]

SAME = 1e-12
"""A variation that is this small beside the squares it is the difference of is rounding: all values are the same."""


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
    pairable = _pairable(ratings)
    n_items, n_values = pairable.shape[1], int(np.count_nonzero(~np.isnan(pairable)))
    value = float(alpha_resampled(ratings, level, Resamples(np.shape(ratings)[1]))[0])
    if not n_items:
        return Alpha(None, 0, 0, "No item has ratings of two raters.")
    if np.isnan(value):
        return Alpha(None, n_items, n_values, "All ratings are the same: without variation alpha is undefined.")
    return Alpha(value, n_items, n_values)


def alpha_resampled(
    ratings: FloatArray, level: Level, resamples: Resamples, item_of: IntArray | None = None
) -> FloatArray:
    """`alpha` of the whole and of each resample, shape (rows,), NaN where undefined.

    What each unit adds to D_o and D_e is worked out once; a resample is a weighted sum of that. Where the columns of
    `ratings` are parts of the things that are resampled (a query's documents), `item_of` has the thing of each.
    """
    table = np.asarray(ratings, dtype=np.float64)
    kept = np.count_nonzero(~np.isnan(table), axis=0) >= 2
    things = (np.arange(table.shape[1]) if item_of is None else item_of)[kept]
    pairable = _pairable(ratings)
    match level:
        case "nominal":
            observed, expected = _nominal(pairable, things, resamples)
        case "ordinal":
            observed, expected = _ordinal(pairable, things, resamples)
        case "interval":
            observed, expected = _interval(pairable, things, resamples)
        case _:
            raise ValueError(f"Unknown level {level!r}: use 'nominal', 'ordinal' or 'interval'.")
    return 1.0 - ratio(observed, expected)


def value_counts(table: FloatArray) -> tuple[FloatArray, IntArray]:
    """The distinct values of (raters, units), ascending, and how often each unit has each: shape (values, units)."""
    given = ~np.isnan(table)
    values, codes = np.unique(table[given], return_inverse=True)
    counts = np.zeros((len(values), table.shape[1]), dtype=np.int64)
    np.add.at(counts, (codes, np.nonzero(given)[1]), 1)
    return values, counts


# -- each level gives D_o and D_e ---------------------------------------------------------------------


def _nominal(table: FloatArray, things: IntArray, resamples: Resamples) -> tuple[FloatArray, FloatArray]:
    """A unit with counts c_k of m ratings adds (m^2 - sum c_k^2) / (m - 1) differing pairs to D_o n."""
    _, counts = value_counts(table)
    m = counts.sum(axis=0)
    differing = (m * m - (counts * counts).sum(axis=0)) / (m - 1)
    sums = resamples.sums(by_thing(np.column_stack([differing, counts.T]), things, resamples.n))
    totals = sums[:, 1:]
    n = totals.sum(axis=1)
    return _observed(sums[:, 0], n), _expected(n * n - (totals * totals).sum(axis=1), n)


def _interval(table: FloatArray, things: IntArray, resamples: Resamples) -> tuple[FloatArray, FloatArray]:
    """A unit with m ratings x adds 2 (m sum x^2 - (sum x)^2) / (m - 1), from sum_cv (c - v)^2 = 2 (m sum x^2 - ...)."""
    given = ~np.isnan(table)
    m = given.sum(axis=0).astype(np.float64)
    # About the middle, so that squares lose no digits to it.
    x = np.where(given, table - (table[given].mean() if given.any() else 0.0), 0.0)
    first, second = x.sum(axis=0), (x * x).sum(axis=0)
    differing = 2 * (m * second - first * first) / (m - 1)
    sums = resamples.sums(by_thing(np.column_stack([differing, m, first, second]), things, resamples.n))
    observed, n, first, second = sums.T
    varying = n * second - first * first
    return _observed(observed, n), _expected(2 * np.where(varying > SAME * n * second, varying, 0.0), n)


def _ordinal(table: FloatArray, things: IntArray, resamples: Resamples) -> tuple[FloatArray, FloatArray]:
    """The published sum over the values between c and v is the distance of their mean ranks p_c and p_v.

    With symmetric coincidences o_cv, sum o_cv (p_c - p_v)^2 = 2 (sum n_c p_c^2 - sum o_cv p_c p_v).
    """
    _, counts = value_counts(table)
    pairs, coincidences = _coincidences(counts)
    contributions = np.column_stack([counts.T, coincidences])
    sums = resamples.sums(by_thing(contributions, things, resamples.n))
    totals, met = sums[:, : len(counts)], sums[:, len(counts) :]
    n = totals.sum(axis=1)
    # About the middle rank: the differences stay, and squares lose no digits.
    ranks = np.cumsum(totals, axis=1) - totals / 2 - n[:, None] / 2
    squares = (totals * ranks * ranks).sum(axis=1)
    observed = 2 * (squares - (met * ranks[:, pairs[0]] * ranks[:, pairs[1]]).sum(axis=1))
    varies = np.count_nonzero(totals, axis=1) > 1
    return _observed(np.maximum(observed, 0.0), n), _expected(np.where(varies, 2 * n * squares, 0.0), n)


def _coincidences(counts: IntArray) -> tuple[tuple[IntArray, IntArray], FloatArray]:
    """The pairs of values that meet in any unit, and each unit's coincidences of them, shape (units, pairs)."""
    met = (counts > 0).astype(np.float64)
    low, high = np.nonzero(np.triu(met @ met.T))
    c, v = counts[low], counts[high]
    # A value meets itself in c (c - 1) ordered pairs, and another in c v both ways round.
    pairs = np.where((low == high)[:, None], c * (c - 1), 2 * c * v)
    return (low, high), (pairs / (counts.sum(axis=0) - 1)).T


def _observed(differing: FloatArray, n: FloatArray) -> FloatArray:
    return np.divide(differing, n, out=np.zeros_like(n), where=n > 0)


def _expected(differing: FloatArray, n: FloatArray) -> FloatArray:
    """Per ordered pair of all ratings; 0 where nothing varies."""
    pairs = n * (n - 1)
    return np.divide(differing, pairs, out=np.zeros_like(n), where=pairs > 0)


def _pairable(ratings: FloatArray) -> FloatArray:
    table = np.asarray(ratings, dtype=np.float64)
    if table.ndim != 2 or np.isinf(table).any():
        raise ValueError("Ratings must be a table of raters by items, of finite numbers or NaN.")
    pairable: FloatArray = table[:, np.count_nonzero(~np.isnan(table), axis=0) >= 2]
    return pairable
