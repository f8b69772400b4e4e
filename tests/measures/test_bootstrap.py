"""Bootstrap intervals: values derived by hand, bounds, and coverage."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from hume.measures.bootstrap import (
    Freedom,
    bootstrap_p_value,
    jackknife_error,
    percentile_interval,
    percentile_intervals,
    put_right,
    rater_part,
)

steady = settings(deadline=None, max_examples=80)
replicates = arrays(np.float64, st.integers(1, 50), elements=st.floats(-1, 1) | st.just(np.nan))


def test_quantiles_by_hand():
    # 0, 1, ..., 1000: the 2.5% and 97.5% quantiles lie at the indices 25 and 975.
    assert percentile_interval(np.arange(1001.0)[::-1]) == pytest.approx((25.0, 975.0))
    assert percentile_interval(np.arange(1001.0), confidence=0.9) == pytest.approx((50.0, 950.0))


def test_quantiles_are_interpolated():
    # Between 0 and 1 the 5% quantile is 0.05.
    assert percentile_interval(np.array([1.0, 0.0]), confidence=0.9) == pytest.approx((0.05, 0.95))


def test_undefined_replicates_are_left_out():
    with_gaps = np.concatenate([np.arange(1001.0), np.full(1000, np.nan)])
    assert percentile_interval(with_gaps) == pytest.approx((25.0, 975.0))


@pytest.mark.parametrize("values", [[], [np.nan], [1.0, np.nan, np.nan]])
def test_mostly_undefined_replicates_have_no_interval(values):
    assert percentile_interval(np.array(values)) is None


def test_half_defined_is_enough():
    assert percentile_interval(np.array([3.0, np.nan])) == (3.0, 3.0)


@steady
@given(replicates)
def test_an_interval_lies_within_the_replicates_and_grows_with_confidence(values):
    interval, wider = percentile_interval(values, 0.8), percentile_interval(values, 0.95)
    if interval is None or wider is None:
        assert interval is wider is None
        assert np.isnan(values).sum() > len(values) / 2
    else:
        least, low, high, most = wider[0], *interval, wider[1]
        assert np.nanmin(values) <= least <= low <= high <= most <= np.nanmax(values)


@pytest.mark.parametrize("confidence", [0, 1, 95, -0.5, np.nan])
def test_a_confidence_that_is_no_share_is_refused(confidence):
    with pytest.raises(ValueError, match="between 0 and 1"):
        percentile_interval(np.array([1.0]), confidence)


# -- widened for few things ------------------------------------------------------------------------------


def test_hesterbergs_levels():
    """Phi(-sqrt(n / (n - 1)) t), by scipy's own distributions."""
    levels = {n: Freedom.of(n).tail() for n in (5, 20, 50)}
    for n, level in levels.items():
        assert level == pytest.approx(stats.norm.cdf(-np.sqrt(n / (n - 1)) * stats.t.ppf(0.975, n - 1)), rel=1e-9)
    assert Freedom.of(10**7).tail() == pytest.approx(0.025, abs=1e-6)


@pytest.mark.parametrize("n", [5, 12, 50])
def test_the_expanded_interval_of_normal_replicates_is_the_t_interval(n):
    values = np.random.default_rng(3).normal(size=n)
    spread = values.std() / np.sqrt(n)  # what replicates of the mean have
    replicates = values.mean() + spread * stats.norm.ppf((np.arange(200_000) + 0.5) / 200_000)
    expected = stats.t.interval(0.95, n - 1, values.mean(), stats.sem(values))
    assert percentile_interval(replicates, freedom=Freedom.of(n)) == pytest.approx(expected, rel=1e-3)


def test_of_few_things_the_interval_is_as_wide_as_the_replicates():
    replicates = np.linspace(0.2, 0.9, 1000)
    for freedom in (Freedom.of(0), Freedom.of(1), Freedom.of(2), Freedom.of(4, groups=4)):
        assert percentile_interval(replicates, freedom=freedom) == pytest.approx((0.2, 0.9), abs=1e-4)


def test_groups_that_are_drawn_apart_cost_a_degree_each():
    assert Freedom.of(50, groups=5) == Freedom(45, 50 / 45)


def test_freedoms_are_joined_as_satterthwaite_does():
    # Variances 2 and 1 of 10 and 4 degrees: (2 + 1)^2 / (2^2 / 10 + 1 / 4).
    joined = Freedom.joined([(2.0, Freedom(10)), (1.0, Freedom(4))])
    assert joined == Freedom(pytest.approx(9 / 0.65), 1.0)
    assert Freedom.joined([(1.0, Freedom(10, 1.5)), (1.0, Freedom(10, 1.5))]) == Freedom(pytest.approx(20), 1.5)
    assert Freedom.joined([(0.0, Freedom(7)), (0.0, Freedom(3))]) == Freedom(7)


@pytest.mark.parametrize("skewed", [False, True])
def test_the_expanded_interval_covers_a_mean_of_fifteen(skewed):
    rng = np.random.default_rng(1)
    plain = expanded = 0
    for _ in range(600):
        sample = rng.normal(size=15) if not skewed else rng.beta(4, 1.5, size=15) - 4 / 5.5
        means = sample[rng.integers(0, 15, (400, 15))].mean(axis=1)
        for_n, without = percentile_interval(means, freedom=Freedom.of(15)), percentile_interval(means)
        expanded += for_n[0] <= 0 <= for_n[1]
        plain += without[0] <= 0 <= without[1]
    assert 0.925 <= expanded / 600 <= 0.975  # three standard errors about 95%
    assert plain < expanded


# -- p-values --------------------------------------------------------------------------------------------


@steady
@given(replicates, st.integers(2, 60))
def test_a_p_value_is_below_five_in_a_hundred_where_the_interval_leaves_0_out(values, n):
    freedom = Freedom.of(n)
    p, interval = bootstrap_p_value(values, freedom), percentile_interval(values, freedom=freedom)
    assume(p is not None and interval is not None and min(abs(interval[0]), abs(interval[1])) > 1e-9)
    assert 0 <= p <= 1
    assert (p < 0.05) == (interval[0] > 0 or interval[1] < 0)


def test_the_p_value_of_normal_replicates_is_the_t_tests():
    values = np.random.default_rng(8).normal(0.4, size=20)
    spread = values.std() / np.sqrt(20)
    replicates = values.mean() + spread * stats.norm.ppf((np.arange(200_000) + 0.5) / 200_000)
    expected = stats.ttest_1samp(values, 0).pvalue
    assert bootstrap_p_value(replicates, Freedom.of(20)) == pytest.approx(expected, rel=0.01)
    assert bootstrap_p_value(-replicates, Freedom.of(20)) == pytest.approx(expected, rel=0.01)


# -- raters ----------------------------------------------------------------------------------------------


def test_raters_who_differ_by_chance_alone_add_little_and_others_their_own_variance():
    """The mean over many panels: what is added estimates the variance of a panel's mean without bias."""
    rng = np.random.default_rng(4)
    k, n = 8, 40
    drawn, items = rng.integers(0, k, (300, k)), Freedom.of(n)
    resamples = rng.multinomial(n, np.full(n, 1 / n), size=200) / n
    for spread, most in ((0.0, 0.0010), (0.1, 0.0017)):
        added = []
        for _ in range(150):
            said = 0.7 + spread * rng.normal(size=(k, 1)) + rng.normal(0, 0.4, (k, n))
            added.append(rater_part(said.mean(axis=1), said @ resamples.T, items, drawn))
        assert spread**2 / k - 0.0004 <= np.mean([part.variance for part in added]) <= most
        assert all(part.freedom.degrees <= k - 1 for part in added)


def test_raters_who_say_the_same_add_nothing():
    part = rater_part(np.full(5, 0.8), np.full((5, 20), 0.8), Freedom.of(20), np.zeros((10, 5), dtype=np.int64))
    assert part.variance == 0
    assert not part.added.any()


def test_the_jackknife_error_of_a_mean_is_its_standard_error():
    values = np.random.default_rng(0).normal(size=20)
    left_out = np.array([np.delete(values, i).mean() for i in range(20)])
    assert jackknife_error(left_out) == pytest.approx(values.std(ddof=1) / np.sqrt(20))


def test_a_jackknife_of_one_thing_is_refused():
    with pytest.raises(ValueError, match="two things"):
        jackknife_error(np.array([1.0]))


@steady
@given(
    arrays(np.float64, st.tuples(st.integers(1, 30), st.integers(1, 4)), elements=st.floats(-1, 1) | st.just(np.nan))
)
def test_many_intervals_at_once_are_those_of_each_column(values):
    lows, highs = percentile_intervals(values)
    for column, low, high in zip(values.T, lows, highs, strict=True):
        expected = percentile_interval(column)
        if expected is None:
            assert np.isnan([low, high]).all()
        else:
            assert (low, high) == pytest.approx(expected, abs=1e-12)


def test_replicates_are_put_right_by_the_jackknife():
    values, whole = np.array([1.0, 2.0, 4.0, 9.0]), 4.0
    left_out = np.array([[np.delete(values, i).mean()] for i in range(4)])
    moved = put_right(np.array([[7.0], [9.0], [11.0]]), np.array([whole]), left_out)
    assert moved.mean() == pytest.approx(whole)
    # For a mean the jackknife's error is the standard error.
    assert moved.std() == pytest.approx(values.std(ddof=1) / 2)
    same = put_right(np.full((3, 1), 7.0), np.array([whole]), left_out)
    np.testing.assert_array_equal(same, np.full((3, 1), whole))
