"""Label measures: against scikit-learn, and values derived by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from hume.measures.labels import ConfusionMatrix, accuracy, average_precision, f1, precision, recall

steady = settings(deadline=None, max_examples=80)
pairs = st.lists(st.tuples(*[st.sampled_from(["joy", "anger", "fear", "غضب"])] * 2), min_size=1, max_size=25)
AVERAGED = [(f1, metrics.f1_score), (precision, metrics.precision_score), (recall, metrics.recall_score)]

# Three labels: a is hit twice and taken for b once, b is hit once, c is only predicted.
GOLD = ["a", "a", "a", "b", "b"]
PREDICTED = ["a", "a", "b", "b", "c"]


@steady
@given(pairs)
def test_accuracy_is_scikit_learns(pairs):
    gold, predicted = zip(*pairs, strict=True)
    assert accuracy(gold, predicted) == pytest.approx(metrics.accuracy_score(gold, predicted))


@pytest.mark.parametrize("average", ["macro", "weighted"])
@pytest.mark.parametrize(("ours", "theirs"), AVERAGED)
@steady
@given(pairs)
def test_averages_are_scikit_learns(ours, theirs, average, pairs):
    gold, predicted = zip(*pairs, strict=True)
    expected = theirs(gold, predicted, average=average, zero_division=0)
    assert ours(gold, predicted, average) == pytest.approx(expected)


@steady
@given(pairs, st.randoms(use_true_random=False))
def test_neither_the_order_of_items_nor_the_names_matter(pairs, random):
    names = {"joy": "0", "anger": "z", "fear": "", "غضب": "a"}
    shuffled = random.sample(pairs, len(pairs))
    gold, predicted = zip(*pairs, strict=True)
    other_gold, other_predicted = zip(*[(names[g], names[p]) for g, p in shuffled], strict=True)
    assert accuracy(other_gold, other_predicted) == accuracy(gold, predicted)
    for measure, _ in AVERAGED:
        assert measure(other_gold, other_predicted, "macro") == pytest.approx(measure(gold, predicted, "macro"))


@steady
@given(pairs)
def test_weighted_recall_is_accuracy(pairs):
    gold, predicted = zip(*pairs, strict=True)
    assert recall(gold, predicted, "weighted") == pytest.approx(accuracy(gold, predicted))


def test_by_hand():
    assert accuracy(GOLD, PREDICTED) == 3 / 5
    # Precision: a 2/2, b 1/2, c 0/1. Recall: a 2/3, b 1/2, c 0 (never gold). F1: a 4/5, b 2/4, c 0/1.
    assert precision(GOLD, PREDICTED, "macro") == pytest.approx((1 + 1 / 2 + 0) / 3)
    assert recall(GOLD, PREDICTED, "macro") == pytest.approx((2 / 3 + 1 / 2 + 0) / 3)
    assert f1(GOLD, PREDICTED, "macro") == pytest.approx((4 / 5 + 1 / 2 + 0) / 3)
    # Weights: a 3/5, b 2/5, c 0.
    assert f1(GOLD, PREDICTED, "weighted") == pytest.approx(3 / 5 * 4 / 5 + 2 / 5 * 1 / 2)


def test_the_matrix_counts_gold_in_rows():
    matrix = ConfusionMatrix.of(GOLD, PREDICTED)
    assert matrix.labels == ("a", "b", "c")
    np.testing.assert_array_equal(matrix.counts, [[2, 1, 0], [0, 1, 1], [0, 0, 0]])
    assert matrix.n == 5


def test_hume_v1_accuracies(vectors):
    case = vectors("hume_v1_aggregation.json")["classification"]
    for annotator, expected in case["expected"]["per"].items():
        rows = [row for row in case["input"] if row["annotator"] == annotator]
        assert accuracy([r["gold"] for r in rows], [r["prediction"] for r in rows]) == pytest.approx(expected)


def test_one_label_that_is_always_hit():
    assert accuracy(["a"], ["a"]) == f1(["a"], ["a"], "macro") == precision(["a"], ["a"], "weighted") == 1.0


@pytest.mark.parametrize("measure", [accuracy, *(lambda g, p, m=m: m(g, p, "macro") for m, _ in AVERAGED)])
def test_nothing_and_unequal_lengths_are_refused(measure):
    with pytest.raises(ValueError, match="no labels to compare"):
        measure([], [])
    with pytest.raises(ValueError, match="2 gold labels but 1 predicted"):
        measure(["a", "b"], ["a"])


def test_an_unknown_average_is_refused():
    with pytest.raises(ValueError, match="Unknown average 'micro'"):
        f1(["a"], ["a"], "micro")


def test_weights_count_as_repeating_does():
    """Two and three labels that share an item, once by weights and once with every item six times over."""
    gold, said, weights = (
        ["a", "a", "b", "b", "b", "c"],
        ["a", "b", "a", "b", "c", "c"],
        [1 / 2] * 2 + [1 / 3] * 3 + [1],
    )
    copies = [3, 3, 2, 2, 2, 6]
    repeated = [[label for label, n in zip(side, copies, strict=True) for _ in range(n)] for side in (gold, said)]
    for of in (precision, recall, f1):
        for average in ("macro", "weighted"):
            assert of(gold, said, average, weights) == pytest.approx(of(*repeated, average))


@steady
@given(st.lists(st.tuples(st.booleans(), st.sampled_from([0, 0.5, 1, 2])), min_size=1, max_size=25))
def test_average_precision_is_scikit_learns(pairs):
    positive, scores = zip(*pairs, strict=True)
    if any(positive):
        assert average_precision(positive, scores) == pytest.approx(metrics.average_precision_score(positive, scores))
    else:
        assert average_precision(positive, scores) is None


def test_average_precision_by_hand():
    # The two highest are pooled and one of them is right; the third is right too: (1/2) (1/2) + (1/2) (2/3).
    assert average_precision([True, False, True, False], [1, 1, 0.5, 0]) == pytest.approx(1 / 4 + 1 / 3)
