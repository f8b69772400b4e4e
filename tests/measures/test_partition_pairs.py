"""Partitions of every pair of raters on resamples: against scikit-learn, pair by pair, and Krippendorff's alpha."""

import numpy as np
import pytest
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score, v_measure_score

from hume.measures import partition_pairs
from hume.measures.krippendorff import alpha
from hume.measures.partition_pairs import Grouped, co_membership_alpha, co_membership_sums, measures_of_pairs
from hume.measures.resampling import Resamples

MEASURES = {
    partition_pairs.adjusted_rand: adjusted_rand_score,
    partition_pairs.v_measure: v_measure_score,
    partition_pairs.adjusted_mutual_information: adjusted_mutual_info_score,
}


def made_up(n, raters, seed=0):
    rng = np.random.default_rng(seed)
    gold = rng.integers(0, 4, n)
    noisy = [np.where(rng.random(n) < 0.4, rng.integers(0, 5, n), gold) for _ in range(raters)]
    return np.array([np.unique(one, return_inverse=True)[1] for one in noisy]), rng


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.__name__)
def test_each_pair_and_resample_is_scikit_learn_s(measure):
    partitions, rng = made_up(14, 3)
    partitions = np.vstack([partitions, np.zeros(14, dtype=np.int64)])  # one who sees a single group
    draws = rng.integers(0, 14, size=(12, 14))
    found = measure(Grouped(partitions, Resamples(14, draws).weights))
    for row, drawn in enumerate([np.arange(14), *draws]):
        for number, (one, other) in enumerate(((0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3))):
            expected = MEASURES[measure](partitions[one][drawn], partitions[other][drawn])
            assert found[row, number] == pytest.approx(expected, abs=1e-9)


def test_co_membership_alpha_is_alpha_over_pairs_of_texts():
    partitions, _ = made_up(15, 4)
    one, other = np.triu_indices(15, k=1)
    together = (partitions[:, one] == partitions[:, other]).astype(float)
    found = co_membership_alpha(co_membership_sums(partitions, np.ones((1, 15))))
    assert found[0] == pytest.approx(alpha(together, "nominal").value, abs=1e-12)


def test_copies_of_a_text_make_no_pair_with_each_other():
    # a and b together or not: each of four copies of the pair counts, and a with its own copy never does.
    partitions = np.array([[0, 0, 1], [0, 1, 1]])
    once, twice = (co_membership_sums(partitions, np.array([[1.0, 1, 1]]) * copies)[0] for copies in (1, 2))
    np.testing.assert_allclose(twice, 4 * once)


def test_without_variation_co_membership_is_undefined():
    assert np.isnan(co_membership_alpha(co_membership_sums(np.zeros((2, 4), dtype=np.int64), np.ones((1, 4)))))[0]


def test_replicates_are_centred_on_the_value_and_at_most_1():
    partitions, rng = made_up(24, 3)
    found = measures_of_pairs(partitions, Resamples(24, rng.integers(0, 24, size=(400, 24))))
    for values in found.values():
        np.testing.assert_allclose(values[1:].mean(axis=0), values[0], atol=0.01)
        assert values.max() <= 1
        assert values[1:].std(axis=0).min() > 0.02


def test_a_large_set_has_its_adjusted_information_without_replicates():
    partitions, rng = made_up(partition_pairs.MOST_TEXTS + 1, 2)
    n = partitions.shape[1]
    found = measures_of_pairs(partitions, Resamples(n, rng.integers(0, n, size=(5, n))))
    assert found["ami"][0, 0] == pytest.approx(adjusted_mutual_info_score(*partitions), abs=1e-9)
    assert np.isnan(found["ami"][1:]).all()
    assert not np.isnan(found["ari"]).any()
