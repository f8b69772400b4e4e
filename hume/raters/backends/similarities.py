"""The similarities that models are trained with: float32, every row of a with every row of b, shape (n, m)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

Vectors = NDArray[np.float32]

#: Shorter vectors are taken as this long, as in PyTorch: the zero vector is like nothing.
SHORTEST = 1e-12


def cosine(a: Vectors, b: Vectors) -> Vectors:
    """Cosine of the angle, -1 to 1; 0 with the zero vector."""
    return dot(_unit(a), _unit(b))


def dot(a: Vectors, b: Vectors) -> Vectors:
    """Scalar product."""
    return np.asarray(a @ b.T, dtype=np.float32)


def euclidean(a: Vectors, b: Vectors) -> Vectors:
    """Euclidean distance, negative: 0 for the same vector."""
    return np.asarray(-cdist(a, b, "euclidean"), dtype=np.float32)


def manhattan(a: Vectors, b: Vectors) -> Vectors:
    """Sum of absolute differences, negative: 0 for the same vector."""
    return np.asarray(-cdist(a, b, "cityblock"), dtype=np.float32)


def _unit(vectors: Vectors) -> Vectors:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, SHORTEST), dtype=np.float32)


#: By sentence-transformers' names of them.
SIMILARITIES: Mapping[str, Callable[[Vectors, Vectors], Vectors]] = {
    "cosine": cosine,
    "dot": dot,
    "euclidean": euclidean,
    "manhattan": manhattan,
}
