"""p-values of many comparisons at once, adjusted so that chance findings among them stay few.

All take p-values, shape (m,), and give adjusted ones in the same order: a comparison stands out at level q where its
adjusted p-value is at most q. ValueError for a p-value outside 0 to 1, NaN included. No p-values give none.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hume.measures import FloatArray


def holm(p_values: Sequence[float] | FloatArray) -> FloatArray:
    """Adjusted so that the chance of a single false finding is at most q (Holm 1979), however they depend.

    The i-th smallest is multiplied by m - i + 1; the running maximum of these, at most 1.
    """
    p, order = _ordered(p_values)
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    return _restored(stepped, order)


def benjamini_hochberg(p_values: Sequence[float] | FloatArray) -> FloatArray:
    """Adjusted so that the share of false ones among the findings is at most q in expectation (1995).

    The i-th smallest is multiplied by m / i; the running minimum from the greatest down. For comparisons that are
    independent or depend positively, as gaps to one baseline do.
    """
    return _stepped_up(p_values, 1.0)


def benjamini_yekutieli(p_values: Sequence[float] | FloatArray) -> FloatArray:
    """As `benjamini_hochberg`, times 1 + 1/2 + ... + 1/m, which holds however they depend (2001)."""
    return _stepped_up(p_values, float(np.sum(1.0 / np.arange(1, len(p_values) + 1))))


def _stepped_up(p_values: Sequence[float] | FloatArray, factor: float) -> FloatArray:
    p, order = _ordered(p_values)
    scaled = p[order] * factor * len(p) / np.arange(1, len(p) + 1)
    return _restored(np.minimum.accumulate(scaled[::-1])[::-1], order)


def _ordered(p_values: Sequence[float] | FloatArray) -> tuple[FloatArray, np.ndarray[tuple[int], np.dtype[np.intp]]]:
    p = np.asarray(p_values, dtype=np.float64)
    if not ((p >= 0) & (p <= 1)).all():
        raise ValueError("A p-value must lie between 0 and 1.")
    return p, np.argsort(p, kind="stable")


def _restored(adjusted: FloatArray, order: np.ndarray[tuple[int], np.dtype[np.intp]]) -> FloatArray:
    found = np.empty(len(order))
    found[order] = np.minimum(adjusted, 1.0)
    return found
