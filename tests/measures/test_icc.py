"""Intraclass correlation: the published table of Shrout and Fleiss 1979, and properties."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hume.measures.icc import icc2_resampled
from hume.measures.resampling import Resamples

steady = settings(deadline=None, max_examples=60)

# Shrout and Fleiss 1979, table 2: six targets (columns) rated by four judges (rows).
JUDGES = np.array([[9, 6, 8, 7, 10, 6], [2, 1, 4, 1, 5, 2], [5, 3, 6, 2, 6, 4], [8, 2, 8, 6, 9, 7]], dtype=float)


def icc(ratings):
    single, average = icc2_resampled(np.asarray(ratings, dtype=float), Resamples(np.shape(ratings)[1]))
    return single[0], average[0]


def test_shrout_and_fleiss_1979_table_4():
    single, average = icc(JUDGES)
    assert (round(single, 2), round(average, 2)) == (0.29, 0.62)


def test_by_hand():
    # Two raters of two items, 0 and 2, 1 and 3: BMS = 4, JMS = 1, EMS = 0.
    single, average = icc([[0, 2], [1, 3]])
    assert single == pytest.approx(4 / (4 + 0 + 2 * 1 / 2))
    assert average == pytest.approx(4 / (4 + 1 / 2))


def test_full_agreement_is_one_and_a_constant_difference_is_not():
    assert icc([[1, 2, 5], [1, 2, 5]]) == (1.0, 1.0)
    assert icc([[1, 2, 5], [2, 3, 6]])[0] < 1


@steady
@given(arrays(np.float64, st.tuples(st.integers(2, 5), st.integers(2, 8)), elements=st.integers(0, 5)),
       st.integers(0, 2**32))  # fmt: skip
def test_neither_order_nor_the_scale_s_origin_and_unit_matter(ratings, seed):
    rng = np.random.default_rng(seed)
    other = 100 - 3 * rng.permutation(rng.permutation(ratings, axis=1), axis=0)
    np.testing.assert_allclose(icc(other), icc(ratings), atol=1e-9)
    assert np.isnan(icc(ratings)[0]) or icc(ratings)[0] <= 1 + 1e-9


def test_items_without_every_rater_are_left_out():
    with_gaps = np.column_stack([JUDGES, [1, np.nan, 9, 9]])
    np.testing.assert_allclose(icc(with_gaps), icc(JUDGES), atol=1e-12)


@pytest.mark.parametrize("ratings", [[[3, 3, 3], [3, 3, 3]], [[1, 2, 3]], [[1], [2]], np.full((2, 3), np.nan)],
                         ids=["no variation", "one rater", "one item", "no rating"])  # fmt: skip
def test_undefined_values_are_nan(ratings):
    assert np.isnan(icc(ratings)).all()


def test_the_reliability_of_a_mean_has_no_meaning_where_items_do_not_differ():
    # Both raters reverse each other: BMS is 0, and BMS + (JMS - EMS) / n is negative.
    single, average = icc([[1, 2, 3, 4], [4, 3, 2, 1]])
    assert single < 0
    assert np.isnan(average)


def test_resamples_are_those_of_the_items():
    draws = np.random.default_rng(0).integers(0, 6, size=(20, 6))
    single, average = icc2_resampled(JUDGES, Resamples(6, draws))
    one_by_one = np.array([icc(JUDGES[:, drawn]) for drawn in draws])
    np.testing.assert_allclose(np.column_stack([single, average])[1:], one_by_one, atol=1e-9)
