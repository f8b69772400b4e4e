"""What is particular to each task type: hand-derived scores, ties, scales, and what the gates refuse."""

from __future__ import annotations

import numpy as np
import pytest
from task_examples import EXAMPLES

from hume.errors import InvalidAnswer, InvalidItem
from hume.tasks import task_type
from hume.tasks.classification import _probe_draws

STS, CLASSIFICATION = task_type("sts"), task_type("classification")
CLUSTERING, RERANKING = task_type("clustering"), task_type("reranking")


def parsed(name):
    kind = task_type(name)
    settings = kind.parse_settings(EXAMPLES[name][0])
    return settings, {key: kind.parse_item(raw, settings) for key, raw in EXAMPLES[name][1].items()}


# -- STS ------------------------------------------------------------------------------------------


def test_sts_ignores_the_scale_for_correlation_and_refuses_it_for_mse():
    settings, items = parsed("sts")
    cosines = {
        k: STS.parse_answer({"score": i.gold / 50 - 0.2, "scale": "similarity"}, i, settings) for k, i in items.items()
    }
    scored = STS.score(items, cosines, settings)
    assert scored.values["spearman"] == pytest.approx(1)
    assert scored.values["mse"] is None
    assert "not on the task's scale" in scored.reasons["mse"]


def test_sts_mse_is_over_the_width_of_the_scale():
    settings, items = parsed("sts")
    items = {key: items[key] for key in ("s0", "s2", "s4")}  # gold 0, 1, 2
    off_by_one = {k: STS.parse_answer({"score": i.gold + 1}, i, settings) for k, i in items.items()}
    assert STS.score(items, off_by_one, settings).values["mse"] == pytest.approx((1 / 5) ** 2)


@pytest.mark.parametrize(
    ("score", "says"), [(5.5, "outside the scale"), (-1, "outside the scale"), (2.5, "not a step")]
)
def test_sts_refuses_values_off_the_scale(score, says):
    settings, items = parsed("sts")
    with pytest.raises(InvalidAnswer, match=says):
        STS.parse_answer({"score": score}, items["s0"], settings)


def test_sts_half_steps_and_a_continuous_scale_where_the_task_says_so():
    _, items = parsed("sts")
    for step, value in ((0.5, 2.5), (0, 2.37)):
        settings = STS.parse_settings({"min": 1, "max": 4, "step": step})
        assert STS.parse_answer({"score": value}, items["s5"], settings).score == value


def test_sts_constant_answers_have_no_correlation():
    settings, items = parsed("sts")
    constant = {k: STS.parse_answer({"score": 3}, i, settings) for k, i in items.items()}
    scored = STS.score(items, constant, settings)
    assert scored.values["spearman"] is None
    assert "no variation" in scored.reasons["spearman"]


def test_cosines_never_enter_a_consensus_or_agreement():
    settings, items = parsed("sts")
    person = {k: STS.parse_answer({"score": round(i.gold)}, i, settings) for k, i in items.items()}
    model = {k: STS.parse_answer({"score": 0.1, "scale": "similarity"}, i, settings) for k, i in items.items()}
    assert STS.consensus(items, [person, model], settings) == STS.consensus(items, [person], settings)
    assert all(agreed.n_raters == 1 for agreed in STS.agreement(items, [person, model], settings))


def test_consensus_does_not_depend_on_the_order_of_the_raters():
    settings = STS.parse_settings({"min": 0, "max": 1, "step": 0.1})
    items = {"s": STS.parse_item({"sentence1": "a", "sentence2": "b", "gold": 0.5}, settings)}
    sheets = [{"s": STS.parse_answer({"score": score}, items["s"], settings)} for score in (0.1, 0.2, 0.3)]
    assert STS.consensus(items, sheets, settings) == STS.consensus(items, sheets[::-1], settings)


def test_one_similarity_among_judgments_costs_that_answer_alone():
    settings, items = parsed("sts")
    person = {k: STS.parse_answer({"score": round(i.gold)}, i, settings) for k, i in items.items()}
    odd = {**person, "s0": STS.parse_answer({"score": 0.1, "scale": "similarity"}, items["s0"], settings)}
    assert set(STS.consensus(items, [odd], settings)) == set(items) - {"s0"}
    assert all(agreed.n_raters == 2 for agreed in STS.agreement(items, [person, odd], settings))


def test_a_scale_ends_on_a_step():
    with pytest.raises(InvalidItem, match="no whole number of steps"):
        STS.parse_settings({"min": 0, "max": 5, "step": 3})


# -- classification ---------------------------------------------------------------------------------


def test_a_tie_counts_its_expected_share():
    settings, items = parsed("classification")
    a = {k: CLASSIFICATION.parse_answer({"label": "joy"}, i, settings) for k, i in items.items()}
    b = {k: CLASSIFICATION.parse_answer({"label": "fear"}, i, settings) for k, i in items.items()}
    consensus = CLASSIFICATION.consensus(items, [a, b], settings)
    assert consensus["c0"].tied == ("joy", "fear")
    # a third of the items is joy and a third fear; each is hit by half of a tied answer
    assert CLASSIFICATION.score(items, consensus, settings).values["accuracy"] == pytest.approx(1 / 3)


def test_experiments_are_scored_one_by_one_and_averaged():
    settings, items = parsed("classification")
    right_then_wrong = {
        k: CLASSIFICATION.parse_answer({"experiments": [i.gold, "joy"]}, i, settings) for k, i in items.items()
    }
    values = CLASSIFICATION.score(items, right_then_wrong, settings).values
    assert values["accuracy"] == pytest.approx((1 + 1 / 3) / 2)
    # F1 of always saying joy on balanced thirds: 2 * 1/3 / (1 + 1/3) = 0.5 for joy and 0 for the others
    assert values["f1_macro"] == pytest.approx((1 + 0.5 / 3) / 2)


def test_gold_outside_the_labels_is_refused():
    settings, _ = parsed("classification")
    with pytest.raises(InvalidItem, match="'envy' is none of the task's labels"):
        CLASSIFICATION.parse_item({"text": "x", "gold": "envy"}, settings)


def test_leaked_and_repeated_texts_are_warned_of():
    settings, items = parsed("classification")
    warnings = CLASSIFICATION.warnings({**items, "again": items["c0"]}, [items["c1"], items["c2"]], settings)
    assert any("2 of 13 test texts are in the train split" in warning for warning in warnings)
    assert any("repeat one another" in warning for warning in warnings)


def test_a_probe_needs_two_labels_to_learn_from():
    settings, items = parsed("classification")
    with pytest.raises(InvalidItem, match="two labels at least"):
        CLASSIFICATION.answer_by_embedding(items, [items["c0"], items["c3"]], settings, None)


def test_each_probe_gets_the_same_number_of_examples_a_label():
    gold = ["a"] * 20 + ["b"] * 5
    draws = _probe_draws(gold, 8)
    assert len(draws) == 10
    assert all(sum(gold[i] == "a" for i in draw) == 8 and sum(gold[i] == "b" for i in draw) == 5 for draw in draws)
    assert draws[0] != draws[1]


# -- clustering -----------------------------------------------------------------------------------


def test_group_names_mean_nothing():
    settings, items = parsed("clustering")
    renamed = {
        k: CLUSTERING.parse_answer({"groups": {t: f"g-{label}" for t, label in i.gold.items()}}, i, settings)
        for k, i in items.items()
    }
    values = CLUSTERING.score(items, renamed, settings).values
    assert all(values[name] == pytest.approx(1) for name in ("v_measure", "ari", "ami", "homogeneity", "completeness"))


@pytest.mark.parametrize(
    ("groups", "says"),
    [({f"t{i}": "a" for i in range(11)}, "'t11' has none"), ({f"t{i}": "a" for i in range(13)}, "no text 't12'")],
)
def test_every_text_has_exactly_one_group(groups, says):
    settings, items = parsed("clustering")
    with pytest.raises(InvalidAnswer, match=says):
        CLUSTERING.parse_answer({"groups": groups}, items["set0"], settings)


def test_a_fixed_number_of_groups_is_kept():
    _, items = parsed("clustering")
    settings = CLUSTERING.parse_settings({"n_groups": 2})
    with pytest.raises(InvalidAnswer, match="3 groups, but the task fixes 2"):
        CLUSTERING.parse_answer({"groups": {f"t{i}": str(i % 3) for i in range(12)}}, items["set0"], settings)


def test_fewer_fixed_groups_than_gold_labels_are_refused():
    with pytest.raises(InvalidItem, match="3 gold labels, but the task fixes 2 groups"):
        CLUSTERING.parse_item(EXAMPLES["clustering"][1]["set0"], CLUSTERING.parse_settings({"n_groups": 2}))


# -- reranking ------------------------------------------------------------------------------------


def test_grades_tiers_and_scores_of_one_order_score_the_same():
    settings, items = parsed("reranking")
    item = items["q0"]  # d0 and d1 are relevant
    same = [
        {"grades": {"d0": 2, "d1": 1, "d2": 1, "d3": 0, "d4": 0, "d5": 0}},
        {"ranking": [["d0"], ["d1", "d2"], ["d3", "d4", "d5"]]},
        {"scores": {"d0": 0.9, "d1": 0.5, "d2": 0.5, "d3": 0.1, "d4": 0.1, "d5": 0.1}},
    ]
    answers = [RERANKING.parse_answer(raw, item, settings) for raw in same]
    values = [RERANKING.score({"q0": item}, {"q0": answer}, settings).values["map"] for answer in answers]
    # d1 comes second or third with equal chance: (1 + (2/2 + 2/3) / 2) / 2
    assert values == pytest.approx([(1 + (1 + 2 / 3) / 2) / 2] * 3)


def test_a_positive_that_is_no_candidate_caps_the_score_and_is_warned_of():
    settings, _ = parsed("reranking")
    raw = {**EXAMPLES["reranking"][1]["q0"], "gold": {"d0": 1, "elsewhere": 1}}
    item = RERANKING.parse_item(raw, settings)
    answer = RERANKING.parse_answer({"grades": {f"d{i}": 2 * (i == 0) for i in range(6)}}, item, settings)
    assert RERANKING.score({"q": item}, {"q": answer}, settings).values["map"] == pytest.approx(0.5)
    assert any("no candidates" in warning for warning in RERANKING.warnings({"q": item}, [], settings))


@pytest.mark.parametrize(
    ("payload", "says"),
    [
        ({"ranking": [["d0", "d0"], ["d1", "d2", "d3", "d4", "d5"]]}, "named twice"),
        ({"ranking": [["d0"], ["d1"]]}, "'d2' is not judged"),
        ({"grades": {f"d{i}": 1 for i in range(7)}}, "'d6' is no candidate"),
        ({"grades": {f"d{i}": 3 for i in range(6)}}, "Grades are 0 to 2"),
        ({"grades": {"d0": 1}, "ranking": [["d0"]]}, "exactly one"),
    ],
)
def test_incomplete_and_contradictory_judgments_are_refused(payload, says):
    settings, items = parsed("reranking")
    with pytest.raises(InvalidAnswer, match=says):
        RERANKING.parse_answer(payload, items["q0"], settings)


def test_consensus_averages_grades_and_falls_back_to_ranks():
    settings, items = parsed("reranking")
    item = items["q0"]
    graded = RERANKING.parse_answer({"grades": {"d0": 2, "d1": 0, "d2": 0, "d3": 0, "d4": 0, "d5": 0}}, item, settings)
    other = RERANKING.parse_answer({"grades": {"d0": 1, "d1": 2, "d2": 0, "d3": 0, "d4": 0, "d5": 0}}, item, settings)
    ranked = RERANKING.parse_answer({"ranking": [["d1"], ["d0", "d2", "d3", "d4", "d5"]]}, item, settings)
    pooled = RERANKING.consensus({"q0": item}, [{"q0": graded}, {"q0": other}], settings)["q0"].scores
    assert (pooled["d0"], pooled["d1"]) == (1.5, 1.0)
    mixed = RERANKING.consensus({"q0": item}, [{"q0": graded}, {"q0": ranked}], settings)["q0"].scores
    # mid-ranks, the greater the better: d0 has 6 and 3, d1 has 3 and 6, the others 3 and 3
    assert (mixed["d0"], mixed["d1"], mixed["d2"]) == (4.5, 4.5, 3.0)
    assert np.isclose(sum(mixed.values()), 21)
