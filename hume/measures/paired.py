"""How close two vectors are, pair by pair."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def cosine(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    """The cosine of each row of a with the same row of b: shapes (n, d) to (n,), -1 to 1; 0 where one is all zeros."""
    norms = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return np.asarray(np.einsum("ij,ij->i", a, b) / np.where(norms > 0, norms, 1), dtype=np.float32)


def manhattan(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    """The sum of the absolute differences of each row of a from the same row of b: shapes (n, d) to (n,), from 0."""
    return np.asarray(np.abs(a - b).sum(axis=1), dtype=np.float32)


def euclidean(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    """The distance of each row of a from the same row of b: shapes (n, d) to (n,), from 0."""
    return np.asarray(np.linalg.norm(a - b, axis=1), dtype=np.float32)
