"""Ranks of many contenders over many contests, from their scores."""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata

from hume.measures import FloatArray, IntArray


def ranks(values: FloatArray) -> IntArray:
    """The place of each value along the first axis, the greatest first; equal ones share the better place.

    `values` has shape (contenders, ...), without NaN; so has the result.
    """
    return np.asarray(rankdata(-np.round(values, 12), method="min", axis=0), dtype=np.int64)


def borda_points(scores: FloatArray) -> FloatArray:
    """Borda points as MTEB counts them (Enevoldsen et al. 2025, MMTEB, section 3.3; Colombo et al. 2022).

    `scores` has shape (contenders, contests, ...), NaN where a contender was not in a contest. In each contest the
    contenders that were in it are ranked, the greatest score first, ties sharing their mean rank; each gets the number
    of all contenders less its rank, one that was not there gets 0. The points are summed: shape (contenders, ...).
    """
    n = len(scores)
    there = ~np.isnan(scores)
    # Absent ones are ranked last, so that they take nobody's place.
    places = rankdata(np.where(there, -np.round(scores, 12), np.inf), method="average", axis=0)
    points: FloatArray = np.where(there, n - places, 0.0).sum(axis=1)
    return points
