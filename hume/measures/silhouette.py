"""How well groups are apart: what says how many of them there are, where nobody has said so."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def distances(vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    """Euclidean distances of all rows from one another, shape (n, n); exactly 0 between equal rows."""
    points = vectors.astype(np.float64)
    squares = np.einsum("ij,ij->i", points, points)
    apart = np.maximum(squares[:, None] + squares[None, :] - 2 * (points @ points.T), 0.0)
    apart[_same_rows(vectors)] = 0.0
    return np.asarray(np.sqrt(apart))


def mean_silhouette(apart: NDArray[np.float64], groups: NDArray[np.int64]) -> float | None:
    """The mean over all points of (b - a) / max(a, b), -1 to 1: Rousseeuw 1987.

    a is a point's mean distance from the others of its group, b that from the nearest other group. 0 for a point alone
    in its group, and where a and b are both 0. None where there is one group only, or as many as points.

    `apart` holds the distances of all points, shape (n, n), `groups` the group of each.
    """
    codes = np.unique(groups, return_inverse=True)[1]
    sizes = np.bincount(codes)
    if not 1 < len(sizes) < len(codes):
        return None
    totals = apart @ (codes[:, None] == np.arange(len(sizes))).astype(np.float64)
    own = np.arange(len(codes)), codes
    within = totals[own] / np.maximum(sizes[codes] - 1, 1)
    between = totals / sizes
    between[own] = np.inf
    nearest = between.min(axis=1)
    longer = np.maximum(within, nearest)
    values = np.where((sizes[codes] > 1) & (longer > 0), (nearest - within) / np.where(longer > 0, longer, 1), 0.0)
    return float(values.mean())


def _same_rows(vectors: NDArray[np.float32]) -> NDArray[np.bool_]:
    which = np.unique(vectors, axis=0, return_inverse=True)[1].reshape(-1)
    return np.asarray(which[:, None] == which[None, :])
