"""Bootstrap intervals: values derived by hand, bounds, and coverage."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hume.measures.bootstrap import jackknife_error, percentile_interval, percentile_intervals, put_right

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


def test_the_interval_covers_a_mean_about_as_often_as_it_says():
    rng = np.random.default_rng(1)
    covered = 0
    for _ in range(300):
        sample = rng.normal(size=40)
        means = sample[rng.integers(0, 40, (400, 40))].mean(axis=1)
        low, high = percentile_interval(means)
        covered += low <= 0 <= high
    # 95% less the known shortfall of the percentile interval at n = 40; 0.90 lies 3 standard errors below 0.94.
    assert 0.90 <= covered / 300 <= 0.98


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
