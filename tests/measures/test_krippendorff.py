"""Krippendorff's alpha: his own example tables, an independent implementation, and values derived by hand."""

import krippendorff as independent
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hume.measures.kappa import fleiss_kappa
from hume.measures.krippendorff import alpha, alpha_resampled
from hume.measures.resampling import Resamples

steady = settings(deadline=None, max_examples=80)
nan = np.nan
tables = arrays(
    np.float64,
    st.tuples(st.integers(1, 5), st.integers(1, 12)),
    elements=st.sampled_from([nan, nan, 0.0, 1.0, 2.0, 3.5, 5.0]),
)
every_level = pytest.mark.parametrize("level", ["nominal", "ordinal", "interval"])

# Krippendorff 2011, section C: four observers, twelve units, some ratings missing.
OBSERVERS = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, nan, nan, nan],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, nan, 3],
        [nan, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, nan],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, nan],
    ]
)


@pytest.mark.parametrize(("level", "value"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_krippendorff_2011_four_observers(level, value):
    result = alpha(OBSERVERS, level)
    assert round(result.value, 3) == value
    # The twelfth unit has one rating, which leaves 11 units and 40 of the 41 ratings.
    assert (result.n_items, result.n_values, result.reason) == (11, 40, "")


def test_krippendorff_2011_two_observers():
    binary = np.array([[0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]], dtype=float)
    assert round(alpha(binary, "nominal").value, 3) == 0.095
    names = np.array([[ord(c) for c in row] for row in ("aabbdcccedda", "babbbccceddd")], dtype=float)
    assert round(alpha(names, "nominal").value, 3) == 0.692


def test_interval_by_hand():
    # Ratings (0, 0), (0, 1), (2, 2): n = 6. Observed: the middle item's two ordered pairs differ by 1: 2 * 1 / 6.
    # Expected: 0 thrice, 1 once, 2 twice; ordered pairs 2 * (3*1*1 + 3*2*4 + 1*2*1) = 58, / (6 * 5).
    result = alpha(np.array([[0.0, 0.0, 2.0], [0.0, 1.0, 2.0]]), "interval")
    assert result.value == pytest.approx(1 - (2 / 6) / (58 / 30))


def test_ordinal_by_hand():
    # The same ratings; mean ranks 1.5 (0), 3.5 (1), 5 (2): squared distances 4, 12.25, 2.25.
    result = alpha(np.array([[0.0, 0.0, 2.0], [0.0, 1.0, 2.0]]), "ordinal")
    expected = 2 * (3 * 1 * 4 + 3 * 2 * 12.25 + 1 * 2 * 2.25) / 30
    assert result.value == pytest.approx(1 - (2 * 4 / 6) / expected)


@every_level
@steady
@given(tables)
def test_alpha_is_that_of_an_independent_implementation(level, ratings):
    result = alpha(ratings, level)
    assume(result.value is not None)
    assert result.value == pytest.approx(
        independent.alpha(reliability_data=ratings, level_of_measurement=level), abs=1e-9
    )


@every_level
@steady
@given(tables, st.integers(0, 2**32))
def test_the_order_of_raters_and_items_does_not_matter(level, ratings, seed):
    rng = np.random.default_rng(seed)
    # Who gave which of an item's ratings does not matter either.
    shuffled = rng.permuted(rng.permutation(ratings, axis=1), axis=0)
    ours, theirs = alpha(ratings, level), alpha(shuffled, level)
    assert (ours.n_items, ours.n_values, ours.reason) == (theirs.n_items, theirs.n_values, theirs.reason)
    assert ours.value == pytest.approx(theirs.value, abs=1e-9)


@every_level
@steady
@given(tables)
def test_it_is_undefined_exactly_where_nothing_varies(level, ratings):
    result = alpha(ratings, level)
    pairable = ratings[:, (~np.isnan(ratings)).sum(axis=0) >= 2]
    given_values = pairable[~np.isnan(pairable)]
    assert (result.n_items, result.n_values) == (pairable.shape[1], len(given_values))
    assert (result.value is None) == (len(set(given_values)) < 2) == bool(result.reason)
    assert result.value is None or result.value <= 1


@steady
@given(tables)
def test_levels_are_blind_to_what_their_scale_leaves_open(ratings):
    def value(table, level):
        return alpha(table, level).value

    names = {0.0: 5.0, 1.0: 0.0, 2.0: 9.0, 3.5: 1.0, 5.0: -4.0}
    renamed = np.vectorize(lambda v: names.get(v, nan), otypes=[float])(ratings)
    assert value(renamed, "nominal") == pytest.approx(value(ratings, "nominal"), abs=1e-9)
    assert value(np.exp(ratings), "ordinal") == pytest.approx(value(ratings, "ordinal"), abs=1e-9)
    assert value(10 - 3 * ratings, "interval") == pytest.approx(value(ratings, "interval"), abs=1e-9)


@steady
@given(arrays(np.float64, (3, 8), elements=st.sampled_from([0.0, 1.0, 2.0])))
def test_complete_nominal_alpha_is_fleiss_kappa_with_a_correction_for_sample_size(ratings):
    # Krippendorff: 1 - alpha = (1 - kappa) * (n - 1) / n for n ratings, none missing.
    kappa, result = fleiss_kappa(ratings.T.tolist()), alpha(ratings, "nominal")
    if kappa is None:
        assert result.value is None
    else:
        assert 1 - result.value == pytest.approx((1 - kappa) * 23 / 24)


@every_level
def test_agreement_throughout_is_exactly_one(level):
    assert alpha(np.array([[1.0, 2.0, nan], [1.0, 2.0, 3.0]]), level).value == 1.0


@pytest.mark.parametrize(
    "ratings",
    [np.array([[1.0, 2.0, 3.0]]), np.array([[1.0, nan], [nan, 2.0]]), np.full((3, 4), nan), np.empty((2, 0))],
    ids=["one rater", "never the same item", "no rating", "no item"],
)
@every_level
def test_without_pairable_ratings_it_says_so(ratings, level):
    result = alpha(ratings, level)
    assert (result.value, result.n_items, result.n_values) == (None, 0, 0)
    assert result.reason == "No item has ratings of two raters."


@every_level
def test_without_variation_it_says_so(level):
    # The only other value stands alone on its item, and pairs with nothing.
    result = alpha(np.array([[1.0, 1.0, 2.0], [1.0, 1.0, nan]]), level)
    assert (result.value, result.n_items, result.n_values) == (None, 2, 4)
    assert "without variation" in result.reason


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="table of raters by items"):
        alpha(np.array([1.0, 2.0]), "nominal")
    with pytest.raises(ValueError, match="finite numbers"):
        alpha(np.array([[1.0, np.inf], [1.0, 2.0]]), "interval")
    with pytest.raises(ValueError, match="Unknown level 'ratio'"):
        alpha(OBSERVERS, "ratio")


@every_level
@steady
@given(tables, st.integers(0, 2**32))
def test_each_resample_is_what_it_is_alone(level, ratings, seed):
    n = ratings.shape[1]
    draws = np.random.default_rng(seed).integers(0, n, size=(5, n))
    expected = [alpha(ratings[:, drawn], level).value for drawn in draws]
    found = alpha_resampled(ratings, level, Resamples(n, draws))[1:]
    np.testing.assert_allclose(found, [np.nan if value is None else value for value in expected], atol=1e-9)


@every_level
def test_units_of_one_thing_are_drawn_together(level):
    things = np.arange(OBSERVERS.shape[1]) // 3
    draws = np.array([[0, 0, 1, 3], [2, 2, 2, 1]])
    found = alpha_resampled(OBSERVERS, level, Resamples(4, draws), things)
    for row, drawn in enumerate(draws, 1):
        units = np.concatenate([np.flatnonzero(things == thing) for thing in drawn])
        assert found[row] == pytest.approx(alpha(OBSERVERS[:, units], level).value, abs=1e-12)
