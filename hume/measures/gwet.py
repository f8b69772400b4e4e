"""Gwet's AC1 and AC2: agreement of any number of raters, with answers missing, whose adjustment for chance does not
collapse where nearly all answers are the same.

K. L. Gwet, "Computing inter-rater reliability and its variance in the presence of high agreement", British Journal of
Mathematical and Statistical Psychology 61, 2008 (AC1, two raters and more); "Handbook of Inter-Rater Reliability",
4th edition, 2014, chapters 2 to 5 (AC2, missing ratings).
"""

from __future__ import annotations

import numpy as np

from hume.measures import FloatArray, IntArray
from hume.measures.kappa import Weighting, disagreements
from hume.measures.resampling import Resamples, by_thing, ratio


def gwet_resampled(
    ratings: FloatArray,
    n_values: int,
    weighting: Weighting,
    resamples: Resamples,
    item_of: IntArray | None = None,
) -> FloatArray:
    """AC1 (`identity`) or AC2 of the whole and of each resample, shape (rows,). At most 1; NaN where undefined.

    `ratings` has codes 0 to `n_values` - 1, shape (raters, units), NaN where a rater gave none; `item_of`, shape
    (units,), has the resampled thing of each unit where that is not the unit itself. `n_values` is what raters could
    choose from, said or not.

    AC = (p_a - p_e) / (1 - p_e). With r_uk the ratings k of unit u, r_u their sum and w_kl = 1 - the disagreement of
    k and l over the greatest: p_a is the mean over units with r_u >= 2 of sum_k r_uk (sum_l w_kl r_ul - 1) / (r_u (r_u
    - 1)); p_e = sum w_kl / (q (q - 1)) * sum_k pi_k (1 - pi_k), with pi_k the mean of r_uk / r_u over units with a
    rating and q = `n_values`.

    It is 1, and not undefined, where all ratings are the same. NaN where no unit has two ratings. ValueError where
    there are fewer than two values, or a rating is none of them.
    """
    counts = _counts(ratings, n_values)
    apart = disagreements(n_values, weighting)
    alike = 1.0 - apart / apart.max()
    m = counts.sum(axis=1)
    pairable = m >= 2
    agreeing = np.where(pairable, (counts * (counts @ alike - 1)).sum(axis=1) / np.maximum(m * (m - 1), 1), 0.0)
    shares = counts / np.maximum(m, 1)[:, None]
    contributions = np.column_stack([agreeing, pairable, m > 0, shares])
    things = np.arange(len(counts)) if item_of is None else item_of
    sums = resamples.sums(by_thing(contributions, things, resamples.n))
    n_pairable, n_rated = sums[:, 1], np.maximum(sums[:, 2], 1)
    observed = ratio(sums[:, 0], n_pairable)
    pi = sums[:, 3:] / n_rated[:, None]
    chance = alike.sum() / (n_values * (n_values - 1)) * (pi * (1 - pi)).sum(axis=1)
    return np.asarray((observed - chance) / (1 - chance))


def _counts(ratings: FloatArray, n_values: int) -> FloatArray:
    """How often each unit has each value, shape (units, values)."""
    if n_values < 2:
        raise ValueError("Raters need two values at least to choose from.")
    given = ~np.isnan(ratings)
    codes = ratings[given].astype(np.int64)
    if np.any(codes != ratings[given]) or np.any((codes < 0) | (codes >= n_values)):
        raise ValueError(f"Ratings must be whole numbers from 0 to {n_values - 1}.")
    counts = np.zeros((ratings.shape[1], n_values))
    np.add.at(counts, (np.nonzero(given)[1], codes), 1)
    return counts
