"""Ranking measures: against trec_eval, scikit-learn, all orders of the tied, and values derived by hand."""

from itertools import permutations
from math import log2
from statistics import fmean

import numpy as np
import pytest
import pytrec_eval
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from hume.measures.ranking import average_precision, hit_rate, ndcg, precision, recall, reciprocal_rank

steady = settings(deadline=None, max_examples=80)
names = st.sampled_from([f"d{i}" for i in (1, 2, 3, 9, 10, 11)])
# Few distinct scores and few candidates: ties are frequent, and all orders can be tried.
tied_scores = st.dictionaries(names, st.sampled_from([0.0, 0.5, 1.0]), max_size=5)
grades = st.dictionaries(names, st.sampled_from([-1, 0, 0, 1, 1, 2, 3]), max_size=6)
cuts = st.integers(1, 6)

# -- the definitions, for one strict order ---------------------------------------------------------


def precision_sum(order, qrels):
    positives = [name for name in qrels if qrels[name] > 0]
    hits = [name in positives for name in order]
    at_hits = [sum(hits[: i + 1]) / (i + 1) for i, hit in enumerate(hits) if hit]
    return sum(at_hits) / len(positives) if positives else 0.0


def first_hit(order, qrels, k):
    return next((1 / i for i, name in enumerate(order[:k], 1) if qrels.get(name, 0) > 0), 0.0)


def gain_ratio(order, qrels, k):
    def dcg(gains):
        return sum(max(gain, 0) / log2(i + 1) for i, gain in enumerate(gains[:k], 1))

    best = dcg(sorted(qrels.values(), reverse=True))
    return dcg([qrels.get(name, 0) for name in order]) / best if best else 0.0


def n_found(order, qrels, k):
    return sum(qrels.get(name, 0) > 0 for name in order[:k])


def orders(scores):
    """Every order that the scores admit, each with the same multiplicity."""
    return [sorted(order, key=scores.__getitem__, reverse=True) for order in permutations(scores)]


# -- ties in expectation ------------------------------------------------------------------------------


@steady
@given(tied_scores, grades, cuts)
def test_expectation_is_the_mean_over_all_orders_of_the_tied(scores, qrels, k):
    every = orders(scores)
    assert average_precision(scores, qrels) == pytest.approx(fmean(precision_sum(o, qrels) for o in every))
    assert reciprocal_rank(scores, qrels, k) == pytest.approx(fmean(first_hit(o, qrels, k) for o in every))
    assert ndcg(scores, qrels, k) == pytest.approx(fmean(gain_ratio(o, qrels, k) for o in every))


@steady
@given(st.permutations([f"d{i}" for i in range(12)]), grades, cuts)
def test_without_ties_the_expectation_is_trec_evals_value(order, qrels, k):
    scores = {name: -float(rank) for rank, name in enumerate(order)}
    for measure in (average_precision, reciprocal_rank, ndcg):
        cut = {} if measure is average_precision else {"k": k}
        assert measure(scores, qrels, ties="expected", **cut) == pytest.approx(
            measure(scores, qrels, ties="mteb", **cut)
        )


@steady
@given(tied_scores, grades, st.permutations(["d1", "d2", "d3", "d9", "d10", "d11"]))
def test_the_expectation_knows_no_names_and_no_order_of_presentation(scores, qrels, renamed):
    new = dict(zip(["d1", "d2", "d3", "d9", "d10", "d11"], renamed, strict=True))
    other_scores = {new[name]: 3 * scores[name] - 7 for name in reversed(scores)}
    other_qrels = {new[name]: grade for name, grade in qrels.items()}
    for measure in (average_precision, reciprocal_rank, ndcg):
        assert measure(other_scores, other_qrels) == pytest.approx(measure(scores, qrels))


def test_two_tiers_by_hand():
    # d1, d2, d4 are tied before d3, d5, d6, d7; d1, d2, d3 are relevant.
    scores = {"d1": 1, "d2": 1, "d3": 0, "d4": 1, "d5": 0, "d6": 0, "d7": 0}
    qrels = {"d1": 1, "d2": 1, "d3": 1, "d4": 0, "d5": 0, "d6": 0, "d7": 0}
    # First tier: each rank holds a relevant one with 2/3, and then i/2 others of the tier lie before it.
    first = 2 / 3 * (1 / 1 + 1.5 / 2 + 2 / 3)
    # Second tier: d3 at each of the ranks 4 to 7 with 1/4, always as the third relevant one.
    second = 1 / 4 * (3 / 4 + 3 / 5 + 3 / 6 + 3 / 7)
    assert average_precision(scores, qrels) == pytest.approx((first + second) / 3)
    # The first rank is relevant with 2/3; else the second rank is.
    assert reciprocal_rank(scores, qrels) == pytest.approx(2 / 3 * 1 + 1 / 3 * 1 / 2)
    ideal = 1 + 1 / log2(3) + 1 / 2
    found = 2 / 3 * ideal + 1 / 4 * sum(1 / log2(rank + 1) for rank in (4, 5, 6, 7))
    assert ndcg(scores, qrels) == pytest.approx(found / ideal)


def test_everything_tied_by_hand():
    scores, qrels = dict.fromkeys("abc", 0.5), {"a": 1}
    assert average_precision(scores, qrels) == pytest.approx((1 + 1 / 2 + 1 / 3) / 3)
    assert reciprocal_rank(scores, qrels, k=2) == pytest.approx((1 + 1 / 2) / 3)
    assert ndcg(scores, qrels, k=1) == pytest.approx(1 / 3)


@steady
@given(tied_scores, grades, cuts)
def test_what_stands_above_a_cut_is_the_mean_over_all_orders_of_the_tied(scores, qrels, k):
    found = [n_found(order, qrels, k) for order in orders(scores)]
    positives = sum(grade > 0 for grade in qrels.values())
    assert precision(scores, qrels, k) == pytest.approx(fmean(found) / k)
    assert recall(scores, qrels, k) == pytest.approx(fmean(found) / positives if positives else 0)
    assert hit_rate(scores, qrels, k) == pytest.approx(fmean(n > 0 for n in found))
    cut = [precision_sum(order[:k], qrels) for order in orders(scores)]
    assert average_precision(scores, qrels, k=k) == pytest.approx(fmean(cut))


def test_what_stands_above_a_cut_by_hand():
    # d1, d2, d4 are tied before d3, d5; d1, d2 and d3 are relevant, and d9, which is no candidate.
    scores, qrels = {"d1": 1, "d2": 1, "d3": 0, "d4": 1, "d5": 0}, {"d1": 1, "d2": 2, "d3": 1, "d9": 1}
    # Two of the first three: of two ranks 4/3 are relevant, and never none.
    assert precision(scores, qrels, 2) == pytest.approx(4 / 3 / 2)
    assert recall(scores, qrels, 2) == pytest.approx(4 / 3 / 4)
    assert (hit_rate(scores, qrels, 1), hit_rate(scores, qrels, 2)) == (pytest.approx(2 / 3), 1.0)
    assert (recall(scores, qrels, 9), precision(scores, qrels, 9)) == (3 / 4, pytest.approx(3 / 9))


@pytest.mark.parametrize("measure", [precision, recall, hit_rate])
def test_a_cut_needs_a_rank_and_hume_v1_had_none(measure):
    with pytest.raises(ValueError, match="1 or more"):
        measure({"d1": 1}, {"d1": 1}, 0)
    with pytest.raises(ValueError, match="average precision alone"):
        measure({"d1": 1}, {"d1": 1}, 1, "hume-v1")


# -- mteb's order ------------------------------------------------------------------------------------


def test_mteb_reproduces_the_reference_cases(vectors):
    for case in vectors("reranking_edge_cases.json"):
        pairs = [(scores, case["qrels"][query]) for query, scores in case["scores"].items()]
        found = {
            "map": fmean(average_precision(*pair, ties="mteb") for pair in pairs),
            "ndcg10": fmean(ndcg(*pair, k=10, ties="mteb") for pair in pairs),
            "mrr10": fmean(reciprocal_rank(*pair, k=10, ties="mteb") for pair in pairs),
        }
        assert {name: round(value, 5) for name, value in found.items()} == {
            name: case["expected"][name] for name in found
        }, case["case"]


def trec_eval(scores, qrels, measure):
    evaluator = pytrec_eval.RelevanceEvaluator({"q": qrels}, {measure})
    return evaluator.evaluate({"q": scores})["q"][measure.replace(".", "_")]


@steady
@given(
    st.dictionaries(names, st.floats(0, 1, width=32) | st.sampled_from([0.25, 0.5]), min_size=1),
    grades.filter(bool),
    cuts,
)
def test_mteb_is_trec_eval_ties_included(scores, qrels, k):
    assert average_precision(scores, qrels, "mteb") == pytest.approx(trec_eval(scores, qrels, "map_cut.1000"), abs=1e-9)
    assert ndcg(scores, qrels, k, "mteb") == pytest.approx(trec_eval(scores, qrels, f"ndcg_cut.{k}"), abs=1e-9)
    cut = {"k": k, "ties": "mteb"}
    assert average_precision(scores, qrels, **cut) == pytest.approx(trec_eval(scores, qrels, f"map_cut.{k}"))
    assert recall(scores, qrels, **cut) == pytest.approx(trec_eval(scores, qrels, f"recall.{k}"))
    assert precision(scores, qrels, **cut) == pytest.approx(trec_eval(scores, qrels, f"P.{k}"))
    assert hit_rate(scores, qrels, **cut) == trec_eval(scores, qrels, f"success.{k}")
    found = trec_eval(scores, qrels, "recip_rank")
    assert reciprocal_rank(scores, qrels, k, "mteb") == pytest.approx(found if found * k >= 0.999 else 0)


@pytest.mark.parametrize("ties", ["expected", "mteb"])
def test_average_precision_ends_at_rank_1000(ties):
    rng = np.random.default_rng(0)
    scores = {f"d{i}": float(score) for i, score in enumerate(rng.permutation(1500))}
    qrels = {f"d{i}": int(grade) for i, grade in enumerate(rng.integers(0, 2, 1500))}
    assert average_precision(scores, qrels, ties) == pytest.approx(trec_eval(scores, qrels, "map_cut.1000"))
    assert average_precision(scores, qrels, ties) < trec_eval(scores, qrels, "map")


def test_a_tier_across_rank_1000_counts_up_to_it():
    # 1,001 tied documents, one relevant: at rank 1,001, with probability 1/1001, it is not found.
    scores = {f"d{i}": 0.0 for i in range(1001)}
    expected = sum(1 / rank for rank in range(1, 1001)) / 1001
    assert average_precision(scores, {"d7": 1}) == pytest.approx(expected)


def test_single_precision_ties_the_scores_of_map_and_ndcg_alone():
    scores, qrels = {"d1": 0.5 + 1e-9, "d2": 0.5}, {"d1": 1}
    assert average_precision(scores, qrels, "mteb") == 0.5
    assert ndcg(scores, qrels, ties="mteb") == pytest.approx(1 / log2(3))
    assert reciprocal_rank(scores, qrels, ties="mteb") == 1.0
    assert average_precision(scores, qrels, "expected") == 1.0


# -- HUME v1's rule ---------------------------------------------------------------------------------


@steady
@given(tied_scores.filter(bool), grades)
def test_hume_v1_is_scikit_learns_over_the_candidates(scores, qrels):
    relevant = [qrels.get(name, 0) > 0 for name in scores]
    expected = average_precision_score(relevant, list(scores.values())) if any(relevant) else 0.0
    assert average_precision(scores, qrels, "hume-v1") == pytest.approx(expected)


def test_hume_v1_reproduces_the_reference_aggregation(vectors):
    case = vectors("hume_v1_aggregation.json")["reranking"]
    for annotator, expected in case["expected"]["per"].items():
        rows = [row for row in case["input"] if row["annotator"] == annotator]
        found = fmean(
            average_precision(
                {f"d{i}": judgment for i, judgment in enumerate(row["prediction"])},
                {f"d{i}": grade for i, grade in enumerate(row["gold"])},
                "hume-v1",
            )
            for row in rows
        )
        assert found == pytest.approx(expected)


@pytest.mark.parametrize("measure", [reciprocal_rank, ndcg])
def test_hume_v1_defined_no_other_measure(measure):
    with pytest.raises(ValueError, match="hume-v1 defined average precision alone"):
        measure({"a": 1.0}, {"a": 1}, ties="hume-v1")


# -- degenerate cases, bounds, errors --------------------------------------------------------------------


@pytest.mark.parametrize("ties", ["expected", "mteb"])
@pytest.mark.parametrize("measure", [average_precision, reciprocal_rank, ndcg])
class TestDegenerate:
    def test_no_positives_is_zero(self, measure, ties):
        assert measure({"a": 1.0, "b": 0.5}, {"a": 0, "b": -1}, ties=ties) == 0.0
        assert measure({"a": 1.0}, {}, ties=ties) == 0.0

    def test_no_candidates_is_zero(self, measure, ties):
        assert measure({}, {"a": 1}, ties=ties) == 0.0

    def test_positives_first_is_one(self, measure, ties):
        assert measure({"a": 2.0, "b": 2.0, "c": 1.0}, {"a": 1, "b": 1}, ties=ties) == pytest.approx(1.0)

    def test_nan_is_refused(self, measure, ties):
        with pytest.raises(ValueError, match="'b' is NaN"):
            measure({"a": 1.0, "b": float("nan")}, {"a": 1}, ties=ties)


def test_a_positive_that_is_no_candidate_was_not_found():
    scores, qrels = {"b": 0.9, "c": 0.1}, {"a": 1, "b": 0, "c": 1}
    assert average_precision(scores, qrels) == pytest.approx(1 / 2 / 2)
    assert average_precision(scores, qrels, "hume-v1") == pytest.approx(1 / 2)
    assert ndcg(scores, qrels) == pytest.approx((1 / log2(3)) / (1 + 1 / log2(3)))


@steady
@given(tied_scores, grades, cuts)
def test_all_measures_lie_between_zero_and_one(scores, qrels, k):
    values = [average_precision(scores, qrels, ties) for ties in ("expected", "mteb", "hume-v1")]
    values += [measure(scores, qrels, k) for measure in (reciprocal_rank, ndcg)]
    assert all(0 <= value <= 1 + 1e-12 for value in values)


@pytest.mark.parametrize("measure", [average_precision, reciprocal_rank, ndcg])
def test_an_unknown_policy_is_refused(measure):
    with pytest.raises(ValueError, match="Unknown tie policy 'random'"):
        measure({"a": 1.0}, {"a": 1}, ties="random")


@pytest.mark.parametrize("measure", [reciprocal_rank, ndcg])
def test_a_cut_below_one_is_refused(measure):
    with pytest.raises(ValueError, match="must be 1 or more"):
        measure({"a": 1.0}, {"a": 1}, k=0)
