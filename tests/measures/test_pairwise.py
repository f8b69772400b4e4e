"""Coefficients of every pair of raters, with answers missing, and on resamples: against one pair at a time."""

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from hume.measures import kappa
from hume.measures.correlation import pearson, pearson_weighted, spearman, spearman_weighted
from hume.measures.pairwise import item_by_item, over_all_items
from hume.measures.resampling import Resamples

COMPARISONS = {
    "spearman": spearman_weighted,
    "pearson": pearson_weighted,
    "percentage": kappa.percentage,
    **{name: kappa.cohen(kappa.disagreements(5, name)) for name in ("identity", "linear", "quadratic")},
}


def one_by_one(name, x, y):
    if name in ("spearman", "pearson"):
        value = {"spearman": spearman, "pearson": pearson}[name](x, y)
        return np.nan if value is None else value
    if name == "percentage":
        return np.mean(x == y) if len(x) else np.nan
    if not len(x) or len({*x, *y}) == 1:
        return np.nan
    weights = None if name == "identity" else name
    return cohen_kappa_score(x.astype(int), y.astype(int), labels=range(5), weights=weights)


@pytest.mark.parametrize("n", [12, 3000])
def test_each_pair_and_resample_is_what_it_is_alone(n):
    """Few items are taken one by one, many by their kinds: both ways must say the same."""
    rng = np.random.default_rng(n)
    ratings = rng.integers(0, 5, size=(3, n)).astype(float)
    ratings[rng.random(ratings.shape) < 0.3] = np.nan
    draws = rng.integers(0, n, size=(800 if n > 100 else 30, n), dtype=np.int32)
    found = over_all_items(ratings, Resamples(n, draws), COMPARISONS)
    for name in COMPARISONS:
        assert found[name].pairs == ((0, 1), (0, 2), (1, 2))
        for row, drawn in enumerate([np.arange(n), *draws[:10]]):
            for number, (one, other) in enumerate(found[name].pairs):
                x, y = ratings[one][drawn], ratings[other][drawn]
                shared = ~np.isnan(x) & ~np.isnan(y)
                expected = one_by_one(name, x[shared], y[shared])
                np.testing.assert_allclose(found[name].each[row, number], expected, atol=1e-9, err_msg=name)


def test_means_over_pairs_leave_undefined_ones_out():
    nan = np.nan
    ratings = np.array([[1, 2, 3, 4.0], [1, 2, 3, 4.0], [4, 3, 2, 1.0], [nan, nan, nan, 5.0]])
    found = over_all_items(ratings, Resamples(4), {"spearman": spearman_weighted})["spearman"]
    np.testing.assert_allclose(found.each[0], [1, -1, nan, -1, nan, nan])
    assert found.mean[0] == pytest.approx(-1 / 3)
    assert found.of_rater(0)[0] == pytest.approx(0)
    assert np.isnan(found.of_rater(3)[0])
    assert found.n_items.tolist() == [4, 4, 1, 4, 1, 1]


def test_units_of_one_item_are_drawn_together():
    # Two items of two units; raters agree on the first item only. Drawn twice each, the share is 1 or 0.
    ratings = np.array([[0, 1, 0, 0.0], [0, 1, 1, 1.0]])
    resamples = Resamples(2, np.array([[0, 0], [1, 1], [0, 1]]))
    item_of = np.array([0, 0, 1, 1])
    found = over_all_items(ratings, resamples, {"percentage": kappa.percentage}, item_of)["percentage"]
    np.testing.assert_allclose(found.each[:, 0], [0.5, 1, 0, 0.5])
    assert found.n_items.tolist() == [2]


def test_a_value_an_item_is_averaged_over_the_defined_ones():
    values = np.full((3, 2, 2), np.nan)
    values[0, 0, 1] = values[0, 1, 0] = 0.5
    values[1, 0, 1] = values[1, 1, 0] = 1.0
    found = item_by_item(values, np.array([3]), Resamples(3, np.array([[0, 0, 1], [2, 2, 2]])))
    np.testing.assert_allclose(found.each[:, 0], [0.75, 2 / 3, np.nan])
