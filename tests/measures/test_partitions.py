"""Measures of partitions: against scikit-learn, published examples, and values derived by hand."""

from itertools import combinations, permutations
from math import log
from statistics import fmean

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from hume.measures.partitions import (
    adjusted_mutual_information,
    adjusted_rand,
    co_association,
    completeness,
    consensus_partition,
    homogeneity,
    v_measure,
    v_measure_by_chance,
    v_measure_resampled,
)

steady = settings(deadline=None, max_examples=80)
pairs = st.integers(1, 5).flatmap(
    lambda groups: st.lists(
        st.tuples(st.integers(0, groups), st.integers(0, 4)).map(lambda p: (f"g{p[0]}", p[1])),
        min_size=1,
        max_size=30,
    )
)
partitions = st.integers(1, 12).flatmap(
    lambda n: st.lists(st.lists(st.integers(0, 3), min_size=n, max_size=n), min_size=1, max_size=5)
)
MEASURES = [
    (v_measure, metrics.v_measure_score),
    (homogeneity, metrics.homogeneity_score),
    (completeness, metrics.completeness_score),
    (adjusted_rand, metrics.adjusted_rand_score),
    (adjusted_mutual_information, metrics.adjusted_mutual_info_score),
]
every_measure = pytest.mark.parametrize("measure", [ours for ours, _ in MEASURES])


def same_partition(a, b):
    return all((a[i] == a[j]) == (b[i] == b[j]) for i, j in combinations(range(len(a)), 2))


# -- two partitions ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("ours", "theirs"), MEASURES)
@steady
@given(pairs)
def test_measures_are_scikit_learns(ours, theirs, pairs):
    a, b = zip(*pairs, strict=True)
    assert ours(a, b) == pytest.approx(theirs(a, b), abs=1e-9)


@pytest.mark.parametrize(("ours", "theirs"), MEASURES)
@pytest.mark.parametrize(
    ("a", "b"),
    [
        ([0], [0]),
        ([0, 0, 0], [1, 1, 1]),
        ([0, 0, 0], [0, 1, 2]),
        ([0, 1, 2], [0, 0, 0]),
        (range(50), range(50)),
        ([0, 0, 0, 1], [0, 1, 1, 1]),
        ([0, 0, 1, 1], [0, 1, 0, 1]),
    ],
    ids=["one thing", "one group each", "all apart", "all together", "singletons", "overlap", "crossed"],
)
def test_degenerate_partitions_are_as_in_scikit_learn(ours, theirs, a, b):
    assert ours(a, b) == pytest.approx(theirs(a, b), abs=1e-9)


@pytest.mark.parametrize(("ours", "theirs"), MEASURES)
def test_large_partitions_are_as_in_scikit_learn(ours, theirs):
    rng = np.random.default_rng(3)
    a = rng.integers(0, 40, 3000)
    b = np.where(rng.random(3000) < 0.6, a, rng.integers(0, 60, 3000))
    assert ours(a.tolist(), b.tolist()) == pytest.approx(theirs(a, b), abs=1e-9)


@every_measure
@steady
@given(pairs, st.randoms(use_true_random=False))
def test_neither_names_of_groups_nor_the_order_of_things_matter(measure, pairs, random):
    shuffled = [((a, "renamed"), -b) for a, b in random.sample(pairs, len(pairs))]
    assert measure(*zip(*shuffled, strict=True)) == pytest.approx(measure(*zip(*pairs, strict=True)), abs=1e-9)


@pytest.mark.parametrize("measure", [v_measure, adjusted_rand, adjusted_mutual_information])
@steady
@given(pairs)
def test_symmetry(measure, pairs):
    a, b = zip(*pairs, strict=True)
    assert measure(a, b) == pytest.approx(measure(b, a), abs=1e-9)


@steady
@given(pairs)
def test_bounds(pairs):
    a, b = zip(*pairs, strict=True)
    assert all(0 <= measure(a, b) <= 1 for measure in (v_measure, homogeneity, completeness))
    assert -0.5 <= adjusted_rand(a, b) <= 1
    assert adjusted_mutual_information(a, b) <= 1 + 1e-9


@steady
@given(pairs)
def test_a_refinement_is_homogeneous_and_not_more(pairs):
    coarse = [a for a, _ in pairs]
    assert 1 - 1e-9 <= homogeneity(coarse, pairs) <= 1
    assert 1 - 1e-9 <= completeness(pairs, coarse) <= 1


@every_measure
@steady
@given(pairs)
def test_a_partition_and_itself_is_exactly_one(measure, pairs):
    a, _ = zip(*pairs, strict=True)
    assert measure(a, [f"{group}'" for group in a]) == 1.0


def test_rosenberg_and_hirschberg_2007_figure_2():
    # Three classes of five in three clusters: solution A has 3 + 1 + 1 in each, solution B 3 + 2.
    classes = "aaaaabbbbbccccc"
    assert round(v_measure(classes, "111232223133312"), 2) == 0.14
    assert round(v_measure(classes, "111222223333311"), 2) == 0.39


def test_two_groups_by_hand():
    # Gold {1, 2}, {3, 4}; found {1, 2, 3}, {4}. I = H(G) + H(F) - H(G, F), joint cells 1/2, 1/4, 1/4.
    gold, found = "aabb", "xxxy"
    entropy_g, entropy_f = log(2), -(3 / 4 * log(3 / 4) + 1 / 4 * log(1 / 4))
    information = entropy_g + entropy_f - (1 / 2 * log(2) + 2 * 1 / 4 * log(4))
    assert homogeneity(gold, found) == pytest.approx(information / entropy_g)
    assert completeness(gold, found) == pytest.approx(information / entropy_f)
    assert v_measure(gold, found) == pytest.approx(2 * information / (entropy_g + entropy_f))
    # Pairs: together in both 1 (12), gold only 1 (34), found only 2 (13, 23), neither 2: 2 (1*2 - 1*2) / ... = 0.
    assert adjusted_rand(gold, found) == 0.0
    # Any thing may be the one in {4}, and each such partition has the same information: no better than chance.
    assert adjusted_mutual_information(gold, found) == pytest.approx(0.0, abs=1e-12)


def test_the_least_adjusted_rand_is_minus_a_half():
    # {1, 2}, {3, 4} against {1, 3}, {2, 4}: n11 = 0, n10 = n01 = 2, n00 = 2.
    assert adjusted_rand("aabb", "xyxy") == -0.5


def test_chance_is_about_zero():
    rng = np.random.default_rng(0)
    draws = [(rng.integers(0, 5, 60).tolist(), rng.integers(0, 5, 60).tolist()) for _ in range(200)]
    assert abs(fmean(adjusted_rand(a, b) for a, b in draws)) < 0.01
    assert abs(fmean(adjusted_mutual_information(a, b) for a, b in draws)) < 0.01
    # V-measure is not adjusted, as its docstring warns.
    assert fmean(v_measure(a, b) for a, b in draws) > 0.05


@every_measure
def test_nothing_and_unequal_lengths_are_refused(measure):
    with pytest.raises(ValueError, match="nothing in the partitions"):
        measure([], [])
    with pytest.raises(ValueError, match="One partition has"):
        measure(["a", "b"], ["a"])


def test_hume_v1_figures(vectors):
    case = vectors("hume_v1_aggregation.json")["clustering"]
    found = {}
    for annotator, expected in case["expected"]["per"].items():
        rows = [row for row in case["input"] if row["annotator"] == annotator]
        found[annotator] = [row["prediction"] for row in rows]
        assert v_measure([row["gold"] for row in rows], found[annotator]) == pytest.approx(expected)
    assert adjusted_rand(*found.values()) == pytest.approx(case["expected"]["mean_pairwise_ari"])


# -- resamples -------------------------------------------------------------------------------------------


@steady
@given(pairs, st.integers(0, 2**32))
def test_each_resample_has_the_v_measure_of_its_things(pairs, seed):
    gold, found = (np.unique(side, return_inverse=True)[1] for side in zip(*pairs, strict=True))
    draws = np.random.default_rng(seed).integers(0, len(gold), (7, len(gold)))
    expected = [metrics.v_measure_score(gold[draw], found[draw]) for draw in draws]
    np.testing.assert_allclose(v_measure_resampled(gold, found, draws), expected, atol=1e-9)


def test_resamples_with_one_group_left():
    gold, found = np.array([0, 0, 1]), np.array([5, 7, 7])
    draws = np.array([[0, 0, 0], [0, 1, 1], [1, 2, 2], [0, 1, 2]])
    # One group on both sides; on gold's alone; on the found one's alone; the whole.
    expected = [1.0, 0.0, 0.0, metrics.v_measure_score(gold, found)]
    np.testing.assert_allclose(v_measure_resampled(gold, found, draws), expected)


def test_replicates_lie_above_the_value_as_the_docstring_warns():
    rng = np.random.default_rng(0)
    shifts = []
    for _ in range(50):
        gold = rng.integers(0, 6, 30)
        found = np.where(rng.random(30) < 0.7, gold, rng.integers(0, 6, 30))
        replicates = v_measure_resampled(gold, found, rng.integers(0, 30, (200, 30)))
        shifts.append(replicates.mean() - v_measure(gold.tolist(), found.tolist()))
    assert 0.04 < fmean(shifts) < 0.08


# -- many partitions --------------------------------------------------------------------------------------


def test_co_association_by_hand():
    shares = co_association([[0, 0, 1], [1, 1, 1]])
    np.testing.assert_array_equal(shares, [[1, 1, 0.5], [1, 1, 0.5], [0.5, 0.5, 1]])


@steady
@given(partitions)
def test_co_association_is_a_symmetric_share(partitions):
    shares = co_association(partitions)
    np.testing.assert_array_equal(shares, shares.T)
    np.testing.assert_array_equal(np.diag(shares), 1)
    assert shares.min() >= 0
    assert shares.max() <= 1


@steady
@given(partitions, st.integers(1, 14))
def test_a_consensus_has_the_groups_asked_for_unless_nobody_separated_them(partitions, n_groups):
    consensus = consensus_partition(co_association(partitions), n_groups)
    never_separated = len(set(zip(*partitions, strict=True)))
    assert len(consensus) == len(partitions[0])
    assert len(set(consensus)) == min(n_groups, never_separated)
    # Numbered by first appearance.
    assert list(dict.fromkeys(consensus)) == list(range(len(set(consensus))))
    shares = co_association(partitions)
    together = np.equal.outer(consensus, consensus)
    assert together[shares == 1].all()


@steady
@given(partitions, st.integers(1, 5))
def test_names_of_groups_and_the_order_of_raters_leave_the_consensus_as_it_is(partitions, n_groups):
    renamed = [[7 - group for group in partition] for partition in reversed(partitions)]
    found = [consensus_partition(co_association(of), n_groups) for of in (renamed, partitions)]
    assert found[0] == found[1]


@steady
@given(st.lists(st.integers(0, 4), min_size=1, max_size=15), st.integers(1, 4))
def test_a_unanimous_consensus_is_what_all_said(partition, times):
    consensus = consensus_partition(co_association([partition] * times), len(set(partition)))
    assert same_partition(consensus, partition)


def test_a_majority_wins_by_hand():
    # Two of three raters put d with a, b; all keep e, f together and apart.
    partitions = [[0, 0, 0, 1, 1], [0, 0, 0, 1, 1], [0, 0, 1, 1, 1]]
    assert consensus_partition(co_association(partitions), 2) == [0, 0, 0, 1, 1]


def test_merges_at_one_height_are_kept_one_by_one():
    # All three groups lie at distance 1 from each other, and two are asked for.
    assert consensus_partition(co_association([[0, 0, 1, 1, 2, 2]] * 2), 2) == [0, 0, 0, 0, 1, 1]


def test_what_cannot_be_associated_is_refused():
    with pytest.raises(ValueError, match="no partitions"):
        co_association([])
    with pytest.raises(ValueError, match="differ in length"):
        co_association([[0, 1], [0]])
    with pytest.raises(ValueError, match="0 groups is asked for"):
        consensus_partition(co_association([[0, 1]]), 0)


def test_v_measure_by_chance_is_the_mean_over_all_partitions_with_the_same_sizes():
    groups = "aabbc"
    of_all = [v_measure(groups, order) for order in permutations(groups)]
    assert v_measure_by_chance(groups) == pytest.approx(np.mean(of_all), abs=1e-12)
    assert v_measure_by_chance("aaaa") == 1.0
