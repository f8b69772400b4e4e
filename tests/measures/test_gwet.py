"""Gwet's AC1 and AC2: his published example, values derived by hand, and properties."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hume.measures.gwet import gwet_resampled
from hume.measures.resampling import Resamples

nan = np.nan
steady = settings(deadline=None, max_examples=60)
tables = arrays(
    np.float64, st.tuples(st.integers(2, 5), st.integers(1, 10)), elements=st.sampled_from([nan, 0.0, 1.0, 2.0, 3.0])
)

# Gwet 2014: four raters, twelve subjects, five categories, some ratings missing (the table is Krippendorff's).
SUBJECTS = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, nan, nan, nan],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, nan, 3],
        [nan, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, nan],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, nan],
    ]
)


def ac(ratings, n_values, weighting="identity"):
    return gwet_resampled(np.asarray(ratings, dtype=float), n_values, weighting, Resamples(np.shape(ratings)[1]))[0]


def test_gwet_s_example():
    assert round(ac(SUBJECTS - 1, 5), 5) == 0.77544


def test_ac1_by_hand():
    # Items aa, ab, bb: p_a = 2/3; both labels have pi = 1/2, so p_e = (1/4 + 1/4) / (2 - 1) = 1/2.
    assert ac([[0, 0, 1], [0, 1, 1]], 2) == pytest.approx((2 / 3 - 1 / 2) / (1 - 1 / 2))
    # A third label that nobody used: p_e = (1/4 + 1/4) / 2.
    assert ac([[0, 0, 1], [0, 1, 1]], 3) == pytest.approx((2 / 3 - 1 / 4) / (1 - 1 / 4))


def test_ac2_by_hand():
    # Items 00, 02, 12 on three steps, linear: agreement 1, 0 and 1/2. pi = (1/2, 1/6, 1/3), the weights sum to 5.
    agreeing, chance = 1.5 / 3, 5 / (3 * 2) * (1 / 4 + 5 / 36 + 2 / 9)
    assert ac([[0, 0, 1], [0, 2, 2]], 3, "linear") == pytest.approx((agreeing - chance) / (1 - chance))


def test_it_holds_where_nearly_all_is_the_same():
    # 19 of 20 items are aa, one ab: kappa and alpha are about 0 here, AC1 is not.
    a, b = np.zeros(20), np.r_[np.zeros(19), 1.0]
    assert ac([a, b], 2) == pytest.approx(0.947, abs=1e-3)
    assert ac([a, a], 2) == 1.0


@steady
@given(tables, st.integers(0, 2**32))
def test_the_order_of_raters_items_and_labels_does_not_matter(ratings, seed):
    rng = np.random.default_rng(seed)
    shuffled = rng.permuted(rng.permutation(ratings, axis=1), axis=0)
    names = rng.permutation(4).astype(float)
    renamed = np.where(np.isnan(shuffled), nan, names[np.nan_to_num(shuffled).astype(int)])
    np.testing.assert_allclose(ac(renamed, 4), ac(ratings, 4), atol=1e-12)
    np.testing.assert_allclose(ac(3 - shuffled, 4, "quadratic"), ac(ratings, 4, "quadratic"), atol=1e-12)
    assert np.isnan(ac(ratings, 4)) or ac(ratings, 4) <= 1 + 1e-12


def test_without_two_ratings_of_an_item_it_is_undefined():
    assert np.isnan(ac([[0, nan], [nan, 1]], 2))


@pytest.mark.parametrize(("ratings", "n_values", "says"), [([[0.5], [0]], 2, "0 to 1"), ([[3], [0]], 2, "0 to 1"),
                                                           ([[0], [0]], 1, "two values")])  # fmt: skip
def test_bad_input_is_refused(ratings, n_values, says):
    with pytest.raises(ValueError, match=says):
        ac(ratings, n_values)
