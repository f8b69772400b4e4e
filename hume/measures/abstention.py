"""Whether a system knows when it is right: how much better it would be if it could leave out what it is unsure of."""

from __future__ import annotations

import numpy as np

from hume.measures import FloatArray

RATES = np.linspace(0, 1, 11)[:-1]
"""The shares of instances left out: 0, 0.1, ... 0.9."""


def nauc(confidence: FloatArray, values: FloatArray) -> float | None:
    """The normalised area under the abstention curve (Gisserot-Boukhlef et al. 2024, arXiv 2402.12997). At most 1.

    The curve holds the mean value of what is left when the least confident share of the instances is left out. Its area
    is set between that of a flat curve (0: confidence says nothing) and that of an oracle, which leaves out the lowest
    values first (1). Below 0 confidence misleads. Of equally confident instances each is left out with the same
    probability, as in mteb 2.26.

    `confidence` and `values` have shape (n,). None where nothing can be gained by leaving out: all values are equal.
    """
    if len(values) == 0:
        return None
    curve, oracle = _curve(confidence, values), _curve(values, values)
    flat = float(oracle[0] * (RATES[-1] - RATES[0]))
    area, best = _area(curve), _area(oracle)
    return (area - flat) / (best - flat) if best != flat else None


def _curve(confidence: FloatArray, values: FloatArray) -> FloatArray:
    """The mean of what is left at each rate; instances of equal confidence count as their mean."""
    order = np.argsort(confidence, kind="stable")
    starts = np.flatnonzero(np.diff(confidence[order], prepend=-np.inf))
    sizes = np.diff(np.append(starts, len(order)))
    in_order = np.repeat(np.add.reduceat(values[order], starts) / sizes, sizes)
    left_out = [min(round(rate * len(values)), len(values) - 1) for rate in RATES]
    return np.array([in_order[start:].mean() for start in left_out])


def _area(curve: FloatArray) -> float:
    return float(np.sum(np.diff(RATES) * (curve[1:] + curve[:-1]) / 2))
