"""Groups of texts by their embeddings: MTEB's k-means, and how many groups where nobody says so."""

from __future__ import annotations

from contextlib import nullcontext

import numpy as np
from numpy.typing import NDArray

from hume.measures.silhouette import distances, mean_silhouette
from hume.measures.threads import one_thread
from hume.tasks.base import IntArray

SEED = 42
FEW = 1000
"""Up to so many rows threads would only wait for one another."""
MOST_GROUPS = 100
"""More are not tried: each number costs a k-means."""
MOST_COMPARED = 2000
"""The silhouette is taken over so many texts at most, evenly spread over the set: it needs all their distances."""


def in_groups(vectors: NDArray[np.float32], n_groups: int) -> IntArray:
    """The group of each row by MTEB's mini-batch k-means, of no more groups than there are rows."""
    from sklearn.cluster import MiniBatchKMeans  # slow to import, and only models need it

    kmeans = MiniBatchKMeans(
        n_clusters=min(n_groups, len(vectors)),
        batch_size=500,
        n_init="auto",
        compute_labels=True,
        random_state=SEED,
    )
    with one_thread("openmp") if len(vectors) <= FEW else nullcontext():
        return np.asarray(kmeans.fit(vectors).labels_, dtype=np.int64)


def grouped(vectors: NDArray[np.float32]) -> IntArray:
    """The k-means whose mean silhouette is greatest, of 2 groups to n / 2 (at most 100); of equal ones the fewest.

    Beyond n / 2 most groups would be single texts, of which the silhouette says nothing. Where none has a mean above 0,
    all texts are one group: so are one text, texts with one and the same embedding, and two texts, for which no
    silhouette is defined. Deterministic.
    """
    n = len(vectors)
    n_distinct = len(np.unique(vectors, axis=0))
    compared = np.unique(np.linspace(0, n - 1, min(n, MOST_COMPARED)).astype(np.int64))
    best, best_groups = 0.0, np.zeros(n, dtype=np.int64)
    with one_thread():
        apart = distances(vectors[compared])
    for n_groups in range(2, min(n_distinct, max(n // 2, 2), n - 1, MOST_GROUPS) + 1):
        groups = in_groups(vectors, n_groups)
        with one_thread():
            value = mean_silhouette(apart, groups[compared])
        if value is not None and value > best:
            best, best_groups = value, groups
    return best_groups
