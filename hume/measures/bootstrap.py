"""Intervals from bootstrap replicates."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from hume.measures import FloatArray, IntArray


def percentile_interval(replicates: FloatArray, confidence: float = 0.95) -> tuple[float, float] | None:
    """The percentile bootstrap interval (Efron and Tibshirani 1993, section 13.3), in the replicates' unit.

    It is the (1 - confidence) / 2 and (1 + confidence) / 2 quantiles of `replicates`, shape (R,),
    interpolated linearly. NaN replicates, on whose resample the measure is undefined, are left out. None
    where fewer than half of the replicates are defined, or there are none: the interval would then describe
    the lucky resamples alone. ValueError unless 0 < confidence < 1.
    """
    if not 0 < confidence < 1:
        raise ValueError(f"The confidence is {confidence}; it must lie between 0 and 1.")
    defined = replicates[~np.isnan(replicates)]
    if not len(defined) or 2 * len(defined) < len(replicates):
        return None
    tail = (1 - confidence) / 2
    low, high = np.quantile(defined, [tail, 1 - tail])
    return float(low), float(high)


def percentile_intervals(replicates: FloatArray, confidence: float = 0.95) -> tuple[FloatArray, FloatArray]:
    """`percentile_interval` of each column of `replicates`, shape (R, k): lows and highs (k,), NaN where there is none.

    All columns are sorted together, which is a hundred times as fast as one after the other.
    """
    if not 0 < confidence < 1:
        raise ValueError(f"The confidence is {confidence}; it must lie between 0 and 1.")
    ordered = np.sort(replicates, axis=0)  # NaN comes last
    defined = np.count_nonzero(~np.isnan(ordered), axis=0)
    enough = (defined > 0) & (2 * defined >= len(ordered))
    tail = (1 - confidence) / 2
    return _quantiles(ordered, defined, enough, tail), _quantiles(ordered, defined, enough, 1 - tail)


def _quantiles(ordered: FloatArray, defined: IntArray, enough: NDArray[np.bool_], share: float) -> FloatArray:
    if not enough.any():
        return np.full(len(enough), np.nan)
    place = share * np.maximum(defined - 1, 0)
    below = np.floor(place).astype(np.int64)
    above = np.minimum(below + 1, np.maximum(defined - 1, 0))
    columns = np.arange(ordered.shape[1])
    low, high = ordered[below, columns], ordered[above, columns]
    return np.where(enough, low + (high - low) * (place - below), np.nan)


def put_right(replicates: FloatArray, whole: FloatArray, left_out: FloatArray) -> FloatArray:
    """Replicates (R, k) centred on the `whole`, (k,), with the spread of the delete-one jackknife, `left_out` (n, k).

    For measures that are lifted, and whose spread is narrowed, by a resample's holding a thing twice.
    """
    if not len(replicates):
        return replicates
    n = len(left_out)
    error = np.sqrt((n - 1) * np.mean((left_out - left_out.mean(axis=0)) ** 2, axis=0))
    spread = replicates.std(axis=0)
    scale = np.divide(error, spread, out=np.zeros_like(spread), where=spread > 0)
    return np.asarray(whole + (replicates - replicates.mean(axis=0)) * scale)


def jackknife_error(left_out: FloatArray) -> float:
    """The delete-one jackknife's standard error (Efron and Tibshirani 1993, equation 11.5), in the values' unit.

    `left_out`, shape (n,), has the measure without each of the n things in turn. 0.0 where they do not vary. Unlike a
    bootstrap resample, no such sample holds a thing twice.
    """
    n = len(left_out)
    if n < 2:
        raise ValueError("A jackknife needs two things at least.")
    return float(np.sqrt((n - 1) * np.mean((left_out - left_out.mean()) ** 2)))


def bootstrap_p_value(estimate: float, replicates: FloatArray) -> float | None:
    """The two-sided p-value of the true value being 0, by the bootstrap's standard error. Range 0 to 1.

    z = estimate / standard deviation of the defined replicates, against the normal distribution (Efron and Tibshirani
    1993, section 12.3). Counting replicates beyond 0 would end at one in their number, too coarse to be adjusted for
    many comparisons. None where fewer than half of the replicates are defined, or they do not vary.
    """
    defined = replicates[~np.isnan(replicates)]
    if len(defined) < 2 or 2 * len(defined) < len(replicates):
        return None
    error = float(defined.std())
    return float(2 * norm.sf(abs(estimate) / error)) if error > 1e-12 else None
