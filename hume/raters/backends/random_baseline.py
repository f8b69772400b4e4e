"""Chance as a baseline: every text has a vector of random numbers, drawn from a seed that is made of the text.

So a text always has the same vector, equal texts are alike, and all else means nothing. The vectors are those of mteb's
`baseline-random-encoder`, revision 2. It answers every task type, as any embedding does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hume.raters.backends import Asked, Loading, ModelCard
from hume.raters.backends.similarities import cosine

N_DIMENSIONS = 32


class RandomBaseline:
    """Vectors without meaning."""

    card = ModelCard(
        name="baseline/random", revision="2", device="cpu", settings={"dimensions": N_DIMENSIONS, "range": "0 to 1"}
    )

    def prompt(self, asked: Asked) -> str:
        """None: a query and a document of one text are alike."""
        return ""

    def embed(self, texts: Sequence[str], asked: Asked) -> NDArray[np.float32]:
        """Uniform numbers from 0 to 1, shape (n, 32)."""
        vectors = [_generator(text).random(N_DIMENSIONS, dtype=np.float32) for text in texts]
        return np.array(vectors, dtype=np.float32).reshape(-1, N_DIMENSIONS)

    def similarity(self, a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
        """Cosines."""
        return cosine(a, b)


def load(name: str, loading: Loading) -> RandomBaseline:
    """The baseline; there is nothing to choose."""
    return RandomBaseline()


def _generator(text: str) -> np.random.Generator:
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    return np.random.default_rng(int.from_bytes(digest[-4:], "big"))
