"""Spelling as a baseline: a text is the counts of its character n-grams, hashed into a vector of fixed length.

It knows no language and has learnt nothing; what it scores is what a task gives away by letters alone. Cavnar and
Trenkle 1994; hashing by Weinberger et al. 2009 (arXiv 0902.2206).
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import HashingVectorizer

from hume.raters.backends import Asked, Loading, ModelCard
from hume.raters.backends.similarities import cosine

SHORTEST, LONGEST = 3, 5
N_DIMENSIONS = 2048


class CharNgrams:
    """Counts of n-grams within words, each padded with a space on either side."""

    def __init__(self) -> None:
        self.card = ModelCard(
            name="baseline/char-ngrams",
            revision=f"{SHORTEST}-{LONGEST}-{N_DIMENSIONS}",
            device="cpu",
            versions={"scikit-learn": version("scikit-learn")},
            settings={"n": [SHORTEST, LONGEST], "dimensions": N_DIMENSIONS, "case": "lower"},
        )
        self._vectorizer = HashingVectorizer(
            analyzer="char_wb", ngram_range=(SHORTEST, LONGEST), n_features=N_DIMENSIONS, dtype=np.float32
        )

    def prompt(self, asked: Asked) -> str:
        """None: a query and a document of one text are alike."""
        return ""

    def embed(self, texts: Sequence[str], asked: Asked) -> NDArray[np.float32]:
        """Hashed counts, shape (n, 2048), rows of length 1; all 0 for a text without letters."""
        if not texts:
            return np.empty((0, N_DIMENSIONS), dtype=np.float32)
        return np.asarray(self._vectorizer.transform(texts).toarray(), dtype=np.float32)

    def similarity(self, a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
        """Cosines; 0 with a text without letters."""
        return cosine(a, b)


def load(name: str, loading: Loading) -> CharNgrams:
    """The baseline; there is nothing to choose."""
    return CharNgrams()
