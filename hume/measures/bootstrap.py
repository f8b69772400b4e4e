"""Intervals from bootstrap replicates."""

from __future__ import annotations

import numpy as np

from hume.measures import FloatArray


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


def jackknife_error(left_out: FloatArray) -> float:
    """The delete-one jackknife's standard error (Efron and Tibshirani 1993, equation 11.5), in the values' unit.

    `left_out`, shape (n,), has the measure without each of the n things in turn. 0.0 where they do not vary. Unlike a
    bootstrap resample, no such sample holds a thing twice.
    """
    n = len(left_out)
    if n < 2:
        raise ValueError("A jackknife needs two things at least.")
    return float(np.sqrt((n - 1) * np.mean((left_out - left_out.mean()) ** 2)))
