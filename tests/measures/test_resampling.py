"""The counts that measures of many resamples are made from."""

import numpy as np

from hume.measures.resampling import frequencies


def test_frequencies_by_hand():
    codes, draws = np.array([0, 2, 2]), np.array([[0, 0, 0], [0, 1, 2], [1, 2, 2]])
    np.testing.assert_array_equal(frequencies(codes, draws), [[3, 0, 0], [1, 0, 2], [0, 0, 3]])


def test_frequencies_of_nothing():
    empty = np.array([], dtype=np.int64)
    assert frequencies(empty, np.empty((4, 0), dtype=np.int64)).shape == (4, 0)
