"""How sure a figure is going to be: intervals and power from simulated deviations, and by formula.

Deviations are a figure's values in simulated repetitions less its value in what they were drawn from, shape (R,); NaN
where a repetition leaves it undefined. All results are in the figure's own unit.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import atanh, ceil, exp, log, sqrt, tanh

import numpy as np

from hume.measures import FloatArray
from hume.measures.bootstrap import Freedom, percentile_interval

Z_INTERVAL, Z_POWER = 1.959964, 0.841621
"""Of the normal distribution: 2.5% lie above the first, 20% above the second."""


def half_width(deviations: FloatArray, freedom: Freedom | None = None) -> tuple[float, float] | None:
    """Half the width of the 95% interval that such deviations give, and the Monte Carlo error of that.

    `freedom` is what the interval is going to have with so many things: it is widened as that of a figure is.

    The error is one standard error of the two quantiles by order statistics (Woodruff 1952), taken as independent.
    None where fewer than half are defined, or they do not vary.
    """
    found = percentile_interval(deviations, freedom=freedom)
    if found is None or found[1] - found[0] < 1e-9:
        return None
    ordered = np.sort(deviations[~np.isnan(deviations)])
    tail = 0.025 if freedom is None else freedom.tail()
    error = sqrt(_quantile_error(ordered, tail) ** 2 + _quantile_error(ordered, 1 - tail) ** 2) / 2
    return (found[1] - found[0]) / 2, error


def _quantile_error(ordered: FloatArray, share: float) -> float:
    """Half the distance of the order statistics that lie one binomial standard error from the quantile."""
    n = len(ordered)
    apart = sqrt(n * share * (1 - share))
    low, high = (int(np.clip(round(n * share + side * apart), 0, n - 1)) for side in (-1, 1))
    return float(ordered[high] - ordered[low]) / 2


def power(deviations: FloatArray, gap: float, freedom: Freedom | None = None) -> tuple[float, float] | None:
    """How often a 95% interval around gap + deviation lies beyond 0 on the gap's side, and its Monte Carlo error.

    Range 0 to 1; the mean for a gap of that size upwards and downwards. Assumes that the deviations are the same
    whatever the gap. The error is one binomial standard error. None where there is no interval. A gap of 0 has 0.025,
    the false findings of one side; less with a `freedom` (see `half_width`) of few things.
    """
    found = percentile_interval(deviations, freedom=freedom)
    if found is None or found[1] - found[0] < 1e-9:
        return None
    of = deviations[~np.isnan(deviations)]
    # The interval around an estimate x is x less and plus what the deviations' quantiles are.
    share = (np.mean(abs(gap) + of + found[0] > 0) + np.mean(-abs(gap) + of + found[1] < 0)) / 2
    return float(share), sqrt(share * (1 - share) / len(of))


def first_size(sizes: Sequence[int], values: Sequence[float | None], target: float) -> int | None:
    """The smallest size from which on `values`, falling with size but for chance, stay at or below the target.

    Between two sizes values are taken to be a straight line in log size and log value (as any power of the size is).
    None where the last value is above the target or undefined. Sizes rise; values are above 0.
    """
    if not values or (last := values[-1]) is None or last > target:
        return None
    place = len(values) - 1
    while place and (before := values[place - 1]) is not None and before <= target:
        place -= 1
    before = values[place - 1] if place else None
    at = values[place]
    if before is None or at is None:
        return sizes[place]
    low, high = log(sizes[place - 1]), log(sizes[place])
    way = 1.0 if before == at else log(before / target) / log(before / at)
    return ceil(exp(low + way * (high - low)) - 1e-9)


# -- by formula, where there is nothing to simulate from ---------------------------------------------------


def bounded_error(mean: float, n: int) -> float:
    """The standard error of a mean of n values from 0 to 1: sqrt(mean (1 - mean) / n).

    Exact where each value is 0 or 1, such as whether a label is right; else the greatest that it can be (Bhatia and
    Davis 2000).
    """
    return sqrt(max(0.0, mean * (1 - mean)) / n)


def spearman_error(rho: float, n: int) -> float | None:
    """The standard error of Fisher's z of a Spearman correlation over n points: sqrt((1 + rho^2 / 2) / (n - 3)).

    Bonett and Wright 2000. None below four points.
    """
    return sqrt((1 + rho * rho / 2) / (n - 3)) if n > 3 else None


def spearman_half_width(rho: float, n: int) -> float | None:
    """Half the width of the 95% interval of a Spearman correlation; None where its error is, or where |rho| is 1."""
    error = spearman_error(rho, n)
    if error is None or abs(rho) >= 1:
        return None
    z = atanh(rho)
    return (tanh(z + Z_INTERVAL * error) - tanh(z - Z_INTERVAL * error)) / 2
