"""The counts that measures of many resamples are made from."""

import numpy as np
import pytest

from hume.measures.resampling import Resamples, by_thing, frequencies


def test_frequencies_by_hand():
    codes, draws = np.array([0, 2, 2]), np.array([[0, 0, 0], [0, 1, 2], [1, 2, 2]])
    np.testing.assert_array_equal(frequencies(codes, draws), [[3, 0, 0], [1, 0, 2], [0, 0, 3]])


def test_frequencies_of_nothing():
    empty = np.array([], dtype=np.int64)
    assert frequencies(empty, np.empty((4, 0), dtype=np.int64)).shape == (4, 0)


def test_row_0_is_the_whole_and_the_others_are_the_resamples():
    resamples = Resamples(3, np.array([[0, 0, 2], [1, 1, 1]]))
    np.testing.assert_array_equal(resamples.weights, [[1, 1, 1], [2, 0, 1], [0, 3, 0]])
    np.testing.assert_array_equal(resamples.counts(np.array([1, -1, 0])), [[1, 1], [1, 2], [0, 0]])
    np.testing.assert_array_equal(resamples.sums(np.array([[1.0], [10.0], [100.0]])), [[111], [102], [30]])
    np.testing.assert_array_equal(resamples.means(np.array([1.0, np.nan, 4.0])), [2.5, 2.0, np.nan])
    assert Resamples(3).weights.tolist() == [[1, 1, 1]]


@pytest.mark.parametrize("n", [40, 5000])
def test_few_things_and_many_are_summed_alike(n):
    """Many things are tallied row by row, and those that contribute the same are counted together."""
    rng = np.random.default_rng(n)
    draws = rng.integers(0, n, size=(600, n), dtype=np.int32)
    codes, contributions = rng.integers(-1, 4, n), rng.integers(0, 3, (n, 2)) / 7
    resamples = Resamples(n, draws)
    counts, sums = resamples.counts(codes), resamples.sums(contributions)
    for row, drawn in enumerate([np.arange(n), *draws[:20]]):
        np.testing.assert_array_equal(counts[row], [(codes[drawn] == code).sum() for code in range(4)])
        np.testing.assert_allclose(sums[row], contributions[drawn].sum(axis=0), rtol=1e-12)


def test_units_add_up_to_their_thing():
    np.testing.assert_array_equal(by_thing(np.array([[1.0], [2.0], [4.0]]), np.array([2, 0, 2]), 3), [[2], [0], [5]])
