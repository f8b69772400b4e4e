"""The silhouette: against scikit-learn, and values derived by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from hume.measures.silhouette import distances, mean_silhouette


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10_000), st.integers(3, 30), st.integers(2, 8))
def test_it_is_scikit_learns(seed, n, n_groups):
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(n, 5)).astype(np.float32)
    groups = rng.integers(0, n_groups, n)
    found = mean_silhouette(distances(vectors), groups)
    if 1 < len(set(groups.tolist())) < n:
        assert found == pytest.approx(metrics.silhouette_score(vectors.astype(np.float64), groups), abs=1e-6)
    else:
        assert found is None


def test_by_hand():
    # 0 and 1 in one group, 5 alone: (5 - 1) / 5, (4 - 1) / 4, and 0 for the one that is alone.
    points = np.array([[0], [1], [5]], dtype=np.float32)
    assert mean_silhouette(distances(points), np.array([0, 0, 9])) == pytest.approx((4 / 5 + 3 / 4) / 3)


def test_equal_points_are_no_distance_apart():
    vectors = np.full((4, 384), 0.123456789, dtype=np.float32)
    assert not distances(vectors).any()
    assert mean_silhouette(distances(vectors), np.array([0, 0, 1, 1])) == 0.0


def test_what_groups_are_called_does_not_matter():
    rng = np.random.default_rng(1)
    apart = distances(rng.normal(size=(12, 3)).astype(np.float32))
    groups = rng.integers(0, 3, 12)
    assert mean_silhouette(apart, groups) == pytest.approx(mean_silhouette(apart, 7 - 2 * groups))
