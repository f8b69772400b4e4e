"""Correlation of two sequences of numbers, and their squared distance.

A correlation is None (NaN in an array) where it is undefined: fewer than two points, or no variation on a
side. ValueError where the sides differ in length or hold a NaN or an infinity.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import kendalltau, rankdata

from hume.measures import FloatArray, IntArray
from hume.measures.resampling import Resamples, indicators, ratio

Numbers = Sequence[float] | FloatArray
BoolArray = NDArray[np.bool_]

ROUNDING = 1e-12
"""A variation that is this small beside the squares it is the difference of is none."""
MOST_RANKED = 100
"""Points whose ranks are found by holding each against each other."""


def pearson(x: Numbers, y: Numbers) -> float | None:
    """Pearson's product-moment correlation. Range -1 to 1; None where undefined.

    r = sum (x - mean x)(y - mean y) / sqrt(sum (x - mean x)^2 * sum (y - mean y)^2).
    """
    a, b = _paired(x, y)
    if _undefined(a) or _undefined(b):
        return None
    a, b = _standardised(a), _standardised(b)
    return float(np.clip(a @ b, -1.0, 1.0))


def spearman(x: Numbers, y: Numbers) -> float | None:
    """Spearman's rank correlation: `pearson` of the ranks, tied values sharing their mean rank. Range -1 to 1.

    Spearman 1904. None where undefined. The order alone counts: any strictly increasing map of a side changes nothing.
    """
    a, b = _paired(x, y)
    return pearson(rankdata(a), rankdata(b))


def kendall_tau_b(x: Numbers, y: Numbers) -> float | None:
    """Kendall's tau-b (Kendall 1945), adjusted for ties. Range -1 to 1; None where undefined.

    tau_b = (P - Q) / sqrt((P + Q + T)(P + Q + U)), with P concordant and Q discordant pairs, T pairs tied in
    x alone and U in y alone.
    """
    a, b = _paired(x, y)
    if _undefined(a) or _undefined(b):
        return None
    if len(a) > MOST_RANKED:
        return float(kendalltau(a, b, variant="b").statistic)
    # scipy's p-value takes twenty times as long.
    x_order, y_order = (np.sign(side[:, None] - side).ravel() for side in (a, b))
    return float(x_order @ y_order / np.sqrt((x_order @ x_order) * (y_order @ y_order)))


def spearman_resampled(xs: Sequence[Numbers], y: Numbers, resamples: Resamples) -> FloatArray:
    """`spearman` with `y` of each of `xs`, on the whole and on each resample of the points, shape (len(xs), 1 + R).

    NaN where undefined. `xs` and `y` have n points each. A point with NaN on a side is missing: where it is drawn, it
    is left out of that resample. An infinity is refused with ValueError. Of up to MOST_RANKED points each resample is
    ranked anew. Of more, Fisher's z of the whole moves by the points' influences (the infinitesimal jackknife, Efron
    and Tibshirani 1993, chapter 22), all of them in one product: at 120 points the standard errors of the two differ by
    1 to 3%, as those of two resamplings do.
    """
    found, moved = np.empty((len(xs), resamples.rows)), np.zeros((resamples.n, len(xs)))
    wholes = np.full(len(xs), np.nan)
    b = np.asarray(y, dtype=np.float64)
    for number, x in enumerate(xs):
        a = np.asarray(x, dtype=np.float64)
        there = ~(np.isnan(a) | np.isnan(b))
        _paired(np.where(there, a, 0.0), np.where(there, b, 0.0))
        if np.count_nonzero(there) <= MOST_RANKED:
            found[number] = spearman_weighted(a[there], b[there], resamples.weights[:, there])
        else:
            wholes[number], moved[there, number] = _spearman_influence(a[there], b[there])
            found[number] = wholes[number]
    scales = 1 - wholes * wholes
    moving = np.flatnonzero(scales > ROUNDING)  # not NaN and not 1
    if len(moving):
        z = np.arctanh(wholes[moving]) + resamples.sums(moved[:, moving]) / scales[moving]
        found[moving] = np.tanh(z).T
    return found


def pearson_weighted(x: FloatArray, y: FloatArray, frequency: FloatArray) -> FloatArray:
    """`pearson` of each row of points, shape (rows,); NaN where undefined.

    `x` and `y` have shape (c,); `frequency`, (rows, c), says how often a row has each of those points.
    """
    n = np.maximum(frequency.sum(axis=1), 1)
    # About the middle, so that squares lose no digits to it.
    a, b = x - x.mean(), y - y.mean()
    sum_a, sum_b = frequency @ a, frequency @ b
    squares_a, squares_b = frequency @ (a * a), frequency @ (b * b)
    varying_a, varying_b = squares_a - sum_a * sum_a / n, squares_b - sum_b * sum_b / n
    defined = (varying_a > ROUNDING * squares_a) & (varying_b > ROUNDING * squares_b)
    scale = np.sqrt(np.where(defined, varying_a * varying_b, 1.0))
    r = (frequency @ (a * b) - sum_a * sum_b / n) / scale
    return np.where(defined, np.clip(r, -1.0, 1.0), np.nan)


def spearman_weighted(x: FloatArray, y: FloatArray, frequency: FloatArray) -> FloatArray:
    """`spearman` of each row of points, shape (rows,); NaN where undefined. Arguments as in `pearson_weighted`."""
    (a, squares_a), (b, squares_b) = _rank_deviations(x, frequency), _rank_deviations(y, frequency)
    scale = np.sqrt(squares_a * squares_b)
    products = np.einsum("ij,ij,ij->i", frequency, a, b)
    return np.asarray(np.clip(ratio(products, scale), -1.0, 1.0))


def mean_squared_error(x: Numbers, y: Numbers) -> float:
    """The mean of (x - y)^2, in the square of their unit; 0 or more. ValueError where there are no points."""
    a, b = _paired(x, y)
    if not len(a):
        raise ValueError("There are no points to take the mean of.")
    return float(np.mean((a - b) ** 2))


def _paired(x: ArrayLike, y: ArrayLike) -> tuple[FloatArray, FloatArray]:
    a, b = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if a.ndim != 1 or a.shape != b.shape:
        raise ValueError(f"Two sequences of one length are needed; the shapes are {a.shape} and {b.shape}.")
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise ValueError("The sequences hold a NaN or an infinity: leave such points out, and say so.")
    return a, b


def _undefined(values: FloatArray) -> bool:
    return len(values) < 2 or bool(np.all(values == values[0]))


def _standardised(values: FloatArray) -> FloatArray:
    """With mean 0 and length 1."""
    deviations = values - values.mean()
    # The squares of tiny deviations would vanish, and those of huge ones overflow.
    deviations /= np.abs(deviations).max()
    standardised: FloatArray = deviations / np.linalg.norm(deviations)
    return standardised


def _rank_deviations(values: FloatArray, frequency: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The mean rank of each point within each row less their mean, shape (rows, c), and the sum of squares, (rows,).

    Halves of whole numbers, so that a row without variation is exactly 0.
    """
    if len(values) <= MOST_RANKED:
        ranks = frequency @ (np.sign(values[None, :] - values[:, None]) / 2)
        return ranks, np.einsum("ij,ij,ij->i", frequency, ranks, ranks)
    distinct, codes = np.unique(values, return_inverse=True)
    counts = frequency @ indicators(codes, len(distinct))
    ranks = np.cumsum(counts, axis=1) - (counts + counts.sum(axis=1, keepdims=True)) / 2
    return ranks[:, codes], (counts * ranks * ranks).sum(axis=1)


def _spearman_influence(x: FloatArray, y: FloatArray) -> tuple[float, FloatArray]:
    """Spearman's rho, and by how much it moves for each point that is there once more; they sum to 0.

    With a and b the deviations of ranks, of which each point moves the others' by half a rank:
    d rho / rho = d(ab) / sum(ab) - d(aa) / 2 sum(aa) - d(bb) / 2 sum(bb). NaN where undefined.
    """
    (of_x, a), (of_y, b) = _deviations(x), _deviations(y)
    products, squares_a, squares_b = a @ b, a @ a, b @ b
    if not squares_a * squares_b > 0:
        return float("nan"), np.full(len(x), np.nan)
    moved = a * b + _above_less_below(of_x, b) + _above_less_below(of_y, a)
    moved_a, moved_b = a * a + 2 * _above_less_below(of_x, a), b * b + 2 * _above_less_below(of_y, b)
    scale = np.sqrt(squares_a * squares_b)
    rho = products / scale
    return float(rho), moved / scale - rho * (moved_a / squares_a + moved_b / squares_b) / 2


def _deviations(values: FloatArray) -> tuple[IntArray, FloatArray]:
    """The place of each value among the distinct ones, and its mean rank less the mean of all ranks."""
    _, codes, counts = np.unique(values, return_inverse=True, return_counts=True)
    return codes, (np.cumsum(counts) - counts / 2 - len(values) / 2)[codes]


def _above_less_below(codes: IntArray, summed: FloatArray) -> FloatArray:
    """For each point half the sum of `summed` over the points of greater code, less that over those of smaller."""
    totals = np.bincount(codes, weights=summed)
    running = np.cumsum(totals)
    return np.asarray((running[-1] - 2 * running + totals)[codes] / 2)
