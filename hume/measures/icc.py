"""Intraclass correlation of raters who all rated the same items, on a numeric scale.

P. E. Shrout and J. L. Fleiss, "Intraclass correlations: uses in assessing rater reliability", Psychological Bulletin
86, 1979.
"""

from __future__ import annotations

import numpy as np

from hume.measures import FloatArray
from hume.measures.resampling import Resamples, ratio

ROUNDING = 1e-12
"""A mean square that is this small beside the numbers it is made of is 0."""


def complete_items(ratings: FloatArray) -> FloatArray:
    """The columns of `ratings`, shape (raters, items), that hold a rating of every rater, NaN meaning none."""
    complete: FloatArray = ratings[:, ~np.isnan(ratings).any(axis=0)]
    return complete


def icc2_resampled(ratings: FloatArray, resamples: Resamples) -> tuple[FloatArray, FloatArray]:
    """ICC(2,1) and ICC(2,k) of the whole and of each resample, two arrays of shape (rows,). At most 1.

    `ratings` has shape (raters, items), NaN where a rater gave none: items without a rating of every rater are left
    out. Two-way random effects, absolute agreement: the reliability of one rater's judgment, and of the mean of all k.
    With n items, and mean squares BMS between items, JMS between raters and EMS of the rest (table 3):

    ICC(2,1) = (BMS - EMS) / (BMS + (k - 1) EMS + k (JMS - EMS) / n)
    ICC(2,k) = (BMS - EMS) / (BMS + (JMS - EMS) / n)

    They are negative where items differ less than raters do on one item. NaN where there are fewer than two items or
    raters, or no variation, and ICC(2,k) where its denominator is not positive: items then differ by less than chance
    alone makes them, and the ratio means nothing.
    """
    between, judges, rest, n, k = _mean_squares(ratings, resamples)
    spread = between + judges + rest
    difference, raters = between - rest, (judges - rest) / np.maximum(n, 1)
    single = between + (k - 1) * rest + k * raters
    average = between + raters
    return _ratio(difference, single, spread), _ratio(difference, average, spread)


def _mean_squares(
    ratings: FloatArray, resamples: Resamples
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, int]:
    """BMS, JMS and EMS of each row, NaN where there are too few items or raters; the number of items, and of raters."""
    k = len(ratings)
    complete = np.isnan(ratings).sum(axis=0) == 0
    centred = np.where(complete, ratings, 0.0).T
    if complete.any():
        centred = np.where(complete[:, None], centred - centred[complete].mean(), 0.0)
    sums = resamples.sums(
        np.column_stack([complete, centred.sum(axis=1) ** 2, (centred * centred).sum(axis=1), centred])
    )
    n, of_items, squares, of_raters = sums[:, 0], sums[:, 1], sums[:, 2], sums[:, 3:]
    enough = np.where((n >= 2) & (k >= 2), n, np.nan)
    mean = of_raters.sum(axis=1) ** 2 / (enough * k)
    items, judges = of_items / k - mean, (of_raters**2).sum(axis=1) / enough - mean
    rest = squares - mean - items - judges
    floor = ROUNDING * squares
    between, raters, error = (np.where(part > floor, part, 0.0) for part in (items, judges, rest))
    return between / (enough - 1), raters / max(k - 1, 1), error / ((enough - 1) * max(k - 1, 1)), n, k


def _ratio(difference: FloatArray, scale: FloatArray, spread: FloatArray) -> FloatArray:
    return ratio(difference, np.where(scale > ROUNDING * spread, scale, 0.0))
