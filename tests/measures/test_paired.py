"""Paired similarities: against scikit-learn's, which mteb takes."""

import numpy as np
import pytest
from sklearn.metrics import pairwise

from hume.measures import paired


@pytest.fixture
def vectors():
    rng = np.random.default_rng(3)
    return rng.normal(size=(2, 40, 16)).astype(np.float32)


def test_they_are_scikit_learns(vectors):
    one, other = vectors
    np.testing.assert_allclose(paired.cosine(one, other), 1 - pairwise.paired_cosine_distances(one, other), atol=1e-6)
    np.testing.assert_allclose(paired.manhattan(one, other), pairwise.paired_manhattan_distances(one, other), rtol=1e-5)
    np.testing.assert_allclose(paired.euclidean(one, other), pairwise.paired_euclidean_distances(one, other), rtol=1e-5)


def test_nothing_is_close_to_a_vector_of_zeros():
    zeros, ones = np.zeros((2, 3), dtype=np.float32), np.ones((2, 3), dtype=np.float32)
    assert paired.cosine(zeros, ones).tolist() == [0.0, 0.0]
