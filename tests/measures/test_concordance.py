"""Kendall's W, tau-b of every pair and rank-biased overlap: by hand, and against scipy."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import friedmanchisquare, kendalltau

from hume.measures.concordance import kendall_tau_b_pairs, kendall_w, rank_biased_overlap_pairs
from hume.measures.correlation import spearman

steady = settings(deadline=None, max_examples=60)
orders = arrays(np.float64, st.tuples(st.integers(3, 5), st.integers(3, 8)), elements=st.integers(0, 3))


def test_w_by_hand():
    assert kendall_w([[1, 2, 3], [3, 2, 1]]) == 0.0
    assert kendall_w([[1, 2, 3], [10, 20, 30]]) == 1.0
    # Rank sums 4 and 5 of three raters of two things: (12 * 41 - 3 * 9 * 2 * 9) / (9 * 2 * 3).
    assert kendall_w([[1, 2], [1, 2], [2, 1]]) == pytest.approx(6 / 54)


@steady
@given(orders)
def test_w_is_friedman_s_chi_square_in_another_dress(ratings):
    w = kendall_w(ratings)
    if np.isnan(w):
        assert np.all(ratings == ratings[:, :1])
        return
    m, k = ratings.shape
    assert w == pytest.approx(friedmanchisquare(*ratings.T).statistic / (m * (k - 1)), abs=1e-9)
    assert -1e-12 <= w <= 1 + 1e-12


def test_w_is_undefined_without_a_second_rater_or_an_order():
    assert np.isnan([kendall_w(of) for of in ([[1, 2, 3]], [[1], [2]], [[1, 1], [2, 2]])]).all()


@steady
@given(orders)
def test_tau_b_of_each_pair_is_scipy_s(ratings):
    found = kendall_tau_b_pairs(ratings)
    for one, other in ((0, 1), (2, 0)):
        expected = kendalltau(ratings[one], ratings[other]).statistic
        np.testing.assert_allclose(found[one, other], expected, atol=1e-9)


def test_rank_biased_overlap_by_hand():
    # Reversed: A = 0, 1/2, 1, so 0.1 * (0.9 * 1/2 + 0.81 * 1) + 0.729.
    assert rank_biased_overlap_pairs([[3, 2, 1], [1, 2, 3]])[0, 1] == pytest.approx(0.855)
    # The first two tied against x, y, z: A = 2 * 1 / (2 + 1), 1, 1.
    assert rank_biased_overlap_pairs([[2, 2, 1], [3, 2, 1]])[0, 1] == pytest.approx(
        0.1 * (2 / 3 + 0.9 + 0.81) + 0.729
    )  # fmt: skip


def test_rank_biased_overlap_looks_at_the_top():
    same_top, same_end = [[5, 4, 3, 1, 2]], [[4, 5, 3, 2, 1]]
    order = [5, 4, 3, 2, 1]
    assert rank_biased_overlap_pairs([order, *same_top])[0, 1] > rank_biased_overlap_pairs([order, *same_end])[0, 1]


@steady
@given(orders, st.integers(0, 2**32))
def test_rank_biased_overlap_is_symmetric_bounded_and_blind_to_names(ratings, seed):
    found = rank_biased_overlap_pairs(ratings)
    np.testing.assert_allclose(found, found.T)
    np.testing.assert_allclose(np.diag(found), 1.0)
    assert found.min() > 0
    assert found.max() <= 1 + 1e-12
    shuffled = np.random.default_rng(seed).permutation(ratings, axis=1)
    np.testing.assert_allclose(rank_biased_overlap_pairs(np.exp(shuffled)), found)


def test_the_chance_level_that_the_docstring_names():
    rng = np.random.default_rng(0)
    raters = np.array([rng.permutation(7) for _ in range(300)])
    found = rank_biased_overlap_pairs(raters)
    assert found[np.triu_indices(300, k=1)].mean() == pytest.approx(0.745, abs=0.005)


@pytest.mark.parametrize("measure", [kendall_w, kendall_tau_b_pairs, rank_biased_overlap_pairs])
def test_bad_input_is_refused(measure):
    for bad in ([1.0, 2.0], [[1.0, np.nan], [1.0, 2.0]], np.empty((2, 0))):
        with pytest.raises(ValueError, match="table of raters by things"):
            measure(np.array(bad))


def test_a_persistence_lies_between_0_and_1():
    with pytest.raises(ValueError, match="between 0 and 1"):
        rank_biased_overlap_pairs([[1, 2], [1, 2]], p=1.0)


@steady
@given(orders)
def test_without_ties_w_of_two_is_spearman_s_rho(ratings):
    two = np.argsort(np.argsort(ratings[:2] + np.arange(ratings.shape[1]) / 100, axis=1), axis=1).astype(float)
    rho = spearman(two[0], two[1])
    assume(rho is not None)
    assert kendall_w(two) == pytest.approx((1 + rho) / 2)


@steady
@given(arrays(np.float64, (4, 5, 6), elements=st.integers(0, 3)), st.integers(0, 2**5 - 1))
def test_many_sets_at_once_have_the_values_of_each_and_who_is_absent_is_in_none(ratings, absent):
    there = np.array([not absent & (1 << rater) for rater in range(5)])
    assume(there.any())
    table = np.where(there[None, :, None], ratings, np.nan)
    for measure in (kendall_tau_b_pairs, rank_biased_overlap_pairs):
        found = measure(table)
        assert np.isnan(found[:, ~there]).all()
        for number, one in enumerate(ratings):
            np.testing.assert_allclose(found[number][np.ix_(there, there)], measure(one[there]), atol=1e-12)
    alone = [kendall_w(one[there]) for one in ratings]
    np.testing.assert_allclose(kendall_w(table), alone, atol=1e-12)
