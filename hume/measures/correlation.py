"""Correlation of two sequences of numbers, and their squared distance.

A correlation is None (NaN in an array) where it is undefined: fewer than two points, or no variation on a
side. ValueError where the sides differ in length or hold a NaN or an infinity.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import kendalltau, rankdata

from hume.measures import FloatArray
from hume.measures.resampling import Indices, frequencies, indicators, ratio

Numbers = Sequence[float] | FloatArray
BoolArray = NDArray[np.bool_]

ROUNDING = 1e-12
"""A variation that is this small beside the squares it is the difference of is none."""


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
    return float(kendalltau(a, b, variant="b").statistic)


def spearman_resampled(x: Numbers, y: Numbers, draws: Indices) -> FloatArray:
    """`spearman` of each resample of the points; NaN where undefined.

    `x` and `y` have shape (n,), `draws` (R, n) has indices into them; the result has shape (R,). A point with NaN on
    a side is missing: where it is drawn, it is left out of that resample. An infinity is refused with ValueError.
    """
    a, b = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    missing = np.isnan(a) | np.isnan(b)
    a, b = _paired(np.where(missing, 0.0, a), np.where(missing, 0.0, b))
    a, b = _centred_ranks(a, missing, draws), _centred_ranks(b, missing, draws)
    scale = np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1))
    products = (a * b).sum(axis=1)
    rho = np.divide(products, scale, out=np.full(len(draws), np.nan), where=scale > 0)
    return np.asarray(np.clip(rho, -1.0, 1.0))


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
    products = (frequency * a * b).sum(axis=1)
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
    distinct, codes = np.unique(values, return_inverse=True)
    counts = frequency @ indicators(codes, len(distinct))
    ranks = np.cumsum(counts, axis=1) - (counts + counts.sum(axis=1, keepdims=True)) / 2
    return ranks[:, codes], (counts * ranks * ranks).sum(axis=1)


def _centred_ranks(values: FloatArray, missing: BoolArray, draws: Indices) -> FloatArray:
    """Mean ranks within each resample, less their mean; 0 for what is missing.

    Exact, so that a resample without variation is exactly 0. What is missing gets the greatest ranks, above all others.
    Ranks come from the counts of each value: `rankdata` would sort every resample, which takes ten times as long.
    """
    _, codes = np.unique(np.where(missing, np.inf, values), return_inverse=True)
    counts = frequencies(codes, draws)
    ranks = np.take_along_axis(np.cumsum(counts, axis=1) - (counts - 1) / 2, codes[draws], axis=1)
    left_out = missing[draws]
    n = draws.shape[1] - left_out.sum(axis=1, keepdims=True)
    centred: FloatArray = np.where(left_out, 0.0, ranks - (n + 1) / 2)
    return centred
