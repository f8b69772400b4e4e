"""Correlations: against SciPy, and values derived by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import mean_squared_error as sklearn_mse

from hume.measures.correlation import (
    _spearman_influence,
    kendall_tau_b,
    mean_squared_error,
    pearson,
    spearman,
    spearman_resampled,
    spearman_weighted,
)
from hume.measures.resampling import Resamples

steady = settings(deadline=None, max_examples=80)
# Judgments on a scale, which tie often, and free numbers.
number = st.integers(0, 5).map(float) | st.floats(-1000, 1000).map(lambda value: round(value, 3))
points = st.lists(st.tuples(number, number), max_size=25)
MEASURES = [(pearson, stats.pearsonr), (spearman, stats.spearmanr), (kendall_tau_b, stats.kendalltau)]
every_measure = pytest.mark.parametrize("measure", [ours for ours, _ in MEASURES])


def sides(points):
    return [x for x, _ in points], [y for _, y in points]


@pytest.mark.parametrize(("ours", "theirs"), MEASURES)
@steady
@given(points)
def test_correlations_are_scipys_and_none_where_undefined(ours, theirs, points):
    x, y = sides(points)
    if len(set(x)) < 2 or len(set(y)) < 2:
        assert ours(x, y) is None
    else:
        assert ours(x, y) == pytest.approx(theirs(x, y).statistic, abs=1e-9)


@every_measure
@steady
@given(points, st.randoms(use_true_random=False))
def test_symmetry_sign_and_order_of_points(measure, points, random):
    x, y = sides(points)
    value = measure(x, y)
    shuffled = measure(*sides(random.sample(points, len(points))))
    mirrored = measure(x, [-v for v in y])
    if value is None:
        assert shuffled is mirrored is measure(y, x) is None
    else:
        assert -1 <= value <= 1
        assert measure(y, x) == pytest.approx(value, abs=1e-9)
        assert shuffled == pytest.approx(value, abs=1e-9)
        assert mirrored == pytest.approx(-value, abs=1e-9)


@pytest.mark.parametrize("measure", [spearman, kendall_tau_b])
@steady
@given(points)
def test_rank_correlations_see_the_order_alone(measure, points):
    x, y = sides(points)
    stretched = [v**3 for v in stats.rankdata(x)]
    assert measure(stretched, y) == pytest.approx(measure(x, y), abs=1e-9)


def test_spearman_of_a_textbook_table():
    # Ten pairs without ties, sum of squared rank differences 194: 1 - 6 * 194 / (10 * 99) = -29 / 165.
    iq = [106, 100, 86, 101, 99, 103, 97, 113, 112, 110]
    hours = [7, 27, 2, 50, 28, 29, 20, 12, 6, 17]
    assert spearman(iq, hours) == pytest.approx(-29 / 165)


def test_ties_by_hand():
    x, y = [1, 1, 2, 3], [1, 2, 2, 3]
    # Ranks 1.5 1.5 3 4 and 1 2.5 2.5 4, less 2.5: -1 -1 .5 1.5 and -1.5 0 0 1.5; products 1.5 + 2.25.
    assert spearman(x, y) == pytest.approx(3.75 / 4.5)
    # Six pairs: one tied in x alone, one in y alone, four concordant: 4 / sqrt(5 * 5).
    assert kendall_tau_b(x, y) == pytest.approx(4 / 5)
    # Deviations -.75 -.75 .25 1.25 and -1 0 0 1: products .75 + 1.25, squares 2.75 and 2.
    assert pearson(x, y) == pytest.approx(2 / (2.75 * 2) ** 0.5)


@pytest.mark.parametrize("scale", [1e-200, 1e-9, 1e9, 1e200])
def test_pearson_does_not_depend_on_the_unit(scale):
    x, y = np.array([0.0, 1.0, 2.0, 4.0]), [1.0, 0.0, 3.0, 3.0]
    assert pearson(x * scale, y) == pytest.approx(pearson(x, y))


def test_a_constant_that_rounding_could_vary_has_no_correlation():
    assert pearson([0.1] * 3, [1.0, 2.0, 3.0]) is None
    assert pearson([0.1 + 0.2] * 7, range(7)) is None


@every_measure
def test_fewer_than_two_points_have_no_correlation(measure):
    assert measure([], []) is None
    assert measure([1.0], [2.0]) is None


@pytest.mark.parametrize("measure", [pearson, spearman, kendall_tau_b, mean_squared_error])
def test_bad_input_is_refused(measure):
    with pytest.raises(ValueError, match="one length"):
        measure([1.0, 2.0], [1.0])
    with pytest.raises(ValueError, match="NaN or an infinity"):
        measure([1.0, float("nan")], [1.0, 2.0])


def test_hume_v1_figures(vectors):
    case = vectors("hume_v1_aggregation.json")["sts"]
    given = {}
    for annotator, expected in case["expected"]["per"].items():
        rows = [row for row in case["input"] if row["annotator"] == annotator]
        given[annotator] = [row["prediction"] for row in rows]
        assert spearman([row["gold"] for row in rows], given[annotator]) == pytest.approx(expected)
    assert spearman(*given.values()) == pytest.approx(case["expected"]["mean_pairwise_spearman"])


# -- resamples -------------------------------------------------------------------------------------------


@steady
@given(points.filter(bool), st.integers(0, 2**32))
def test_each_resample_has_the_spearman_of_its_points(points, seed):
    x, y = map(np.array, sides(points))
    draws = np.random.default_rng(seed).integers(0, len(x), (7, len(x)))
    expected = [np.nan if (rho := spearman(x[d], y[d])) is None else rho for d in draws]
    np.testing.assert_allclose(spearman_resampled([x], y, Resamples(len(x), draws))[0, 1:], expected, atol=1e-9)


def test_a_resample_without_variation_is_nan():
    draws = np.array([[0, 0, 0], [0, 1, 1], [0, 1, 2]])
    # One point thrice; x varies and y does not; the whole.
    found = spearman_resampled([[1.0, 2.0, 3.0]], [5.0, 5.0, 6.0], Resamples(3, draws))[0]
    np.testing.assert_allclose(found, [np.sqrt(3) / 2, np.nan, np.nan, np.sqrt(3) / 2])


@steady
@given(st.lists(st.tuples(number | st.just(np.nan), number | st.just(np.nan)), min_size=1), st.integers(0, 2**32))
def test_missing_points_are_left_out_of_the_resamples_that_draw_them(points, seed):
    x, y = map(np.array, sides(points))
    draws = np.random.default_rng(seed).integers(0, len(x), (7, len(x)))
    present = [[i for i in draw if not np.isnan(x[i] + y[i])] for draw in draws]
    expected = [np.nan if (rho := spearman(x[d], y[d])) is None else rho for d in present]
    np.testing.assert_allclose(spearman_resampled([x], y, Resamples(len(x), draws))[0, 1:], expected, atol=1e-9)


@pytest.mark.parametrize("steps", [1, 0])
def test_the_influence_of_a_point_is_what_rho_moves_by_where_it_is_there_once_more(steps):
    rng = np.random.default_rng(steps)
    x = np.round(rng.normal(size=400), 1) if steps else rng.normal(size=400)
    y = np.round(x + rng.normal(size=400))
    rho, influence = _spearman_influence(x, y)
    assert rho == pytest.approx(spearman(x, y))
    assert influence.sum() == pytest.approx(0, abs=1e-9)
    moved = [spearman(np.append(x, x[i]), np.append(y, y[i])) - rho for i in range(20)]
    np.testing.assert_allclose(influence[:20], moved, atol=1e-4)


def test_many_points_are_resampled_as_few_are():
    rng = np.random.default_rng(3)
    x = rng.normal(size=300)
    y = np.round(x + 0.5 * rng.normal(size=300))
    x[:20] = np.nan
    resamples = Resamples(300, rng.integers(0, 300, (1000, 300)))
    found = spearman_resampled([x], y, resamples)[0]
    ranked = spearman_weighted(x[20:], y[20:], resamples.weights[:, 20:])
    assert found[0] == pytest.approx(ranked[0])
    assert found.std() == pytest.approx(ranked.std(), rel=0.05)
    assert np.corrcoef(found, ranked)[0, 1] > 0.97


def test_many_points_without_variation_have_no_rho_and_a_perfect_rho_does_not_vary():
    resamples = Resamples(200, np.zeros((3, 200), dtype=np.int64))
    assert np.isnan(spearman_resampled([np.ones(200)], np.arange(200.0), resamples)).all()
    assert spearman_resampled([np.arange(200.0)], np.arange(200.0), resamples)[0] == pytest.approx(np.ones(4))


def test_resamples_of_nothing_are_nan():
    assert np.isnan(spearman_resampled([[]], [], Resamples(0, np.empty((4, 0), dtype=np.int64)))).all()


# -- squared error -----------------------------------------------------------------------------------------


@steady
@given(points.filter(bool))
def test_squared_error_is_scikit_learns(points):
    x, y = sides(points)
    assert mean_squared_error(x, y) == pytest.approx(sklearn_mse(x, y))


def test_squared_error_by_hand():
    assert mean_squared_error([1.0, 2.0, 5.0], [1.0, 4.0, 4.0]) == pytest.approx((0 + 4 + 1) / 3)


def test_squared_error_of_nothing_is_refused():
    with pytest.raises(ValueError, match="no points"):
        mean_squared_error([], [])


def test_many_at_once_have_the_replicates_of_each():
    rng = np.random.default_rng(3)
    y = rng.normal(size=150)
    xs = [y + rng.normal(size=150), np.ones(150), y, np.where(rng.random(150) < 0.1, np.nan, np.round(y)), y.copy()]
    xs[4][rng.random(150) < 0.5] = np.nan
    resamples = Resamples(150, rng.integers(0, 150, (20, 150)))
    alone = [spearman_resampled([x], y, resamples)[0] for x in xs]
    np.testing.assert_allclose(spearman_resampled(xs, y, resamples), alone, atol=1e-12)
