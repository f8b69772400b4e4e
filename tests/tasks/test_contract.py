"""What every task type promises, whichever it is."""

from __future__ import annotations

import math

import numpy as np
import pytest
from task_examples import EXAMPLES

from hume.errors import InvalidAnswer, InvalidItem, NotFound
from hume.tasks import TASKS, task_type
from hume.tasks.base import Draws

DRAWS = Draws(resamples=200)


@pytest.fixture(params=sorted(TASKS))
def example(request):
    kind = task_type(request.param)
    raw_settings, raw_items = EXAMPLES[request.param]
    settings = kind.parse_settings(raw_settings)
    return kind, settings, {key: kind.parse_item(raw, settings) for key, raw in raw_items.items()}


def simulated(example, noise, seed=0):
    kind, settings, items = example
    rng = np.random.default_rng(seed)
    return {key: kind.simulate(item, settings, noise, rng) for key, item in items.items()}


def main(example, answers):
    kind, settings, items = example
    return kind.score(items, answers, settings).values[kind.metrics[0].name]


def test_every_type_has_an_example():
    assert set(EXAMPLES) == set(TASKS)


def test_unknown_type_names_those_there_are():
    with pytest.raises(NotFound, match="reranking, classification, clustering, sts"):
        task_type("ranking")


def test_gold_scores_best_and_chance_scores_worse(example):
    perfect, chance = main(example, simulated(example, 0)), main(example, simulated(example, 1))
    assert perfect > 0.95
    assert chance < perfect - 0.1


def test_the_main_metric_alone_is_as_among_all(example):
    kind, settings, items = example
    answers = simulated(example, 0.4)
    whole, alone = (kind.score(items, answers, settings, main_only=only) for only in (False, True))
    assert alone.values == {kind.metrics[0].name: whole.values[kind.metrics[0].name]}
    assert alone.per_item == whole.per_item


def test_every_metric_has_a_value_or_a_reason(example):
    kind, settings, items = example
    for answers in (simulated(example, 0.4), {}, dict(list(simulated(example, 0.4).items())[:1])):
        scored = kind.score(items, answers, settings)
        assert set(scored.values) == {metric.name for metric in kind.metrics}
        for metric in kind.metrics:
            value = scored.values[metric.name]
            if value is None:
                assert scored.reasons[metric.name]
            else:
                assert metric.low <= value <= metric.high


def test_a_mean_over_items_is_resampled_as_one(example):
    kind, settings, items = example
    answers = dict(list(simulated(example, 0.4).items())[1:])
    if kind.is_mean_over_items(items):
        per_item = kind.score(items, answers, settings).per_item
        values = np.array([per_item.get(key, np.nan) for key in items])[DRAWS.of("items", len(items))]
        expected = [np.nan if np.isnan(row).all() else np.nanmean(row) for row in values]
        np.testing.assert_allclose(kind.replicates(items, answers, settings, DRAWS), expected, atol=1e-12)


def test_nothing_answered_is_undefined_not_zero(example):
    kind, settings, items = example
    assert set(kind.score(items, {}, settings).values.values()) == {None}
    assert np.isnan(kind.replicates(items, {}, settings, DRAWS)).all()


def test_skipped_items_do_not_count_as_wrong(example):
    """A rater who answers half of the items, and those by gold, has a perfect score on a smaller n."""
    items = example[2]
    half = dict(list(simulated(example, 0).items())[: len(items) // 2])
    assert main(example, half) == pytest.approx(main(example, simulated(example, 0)), abs=0.06)


def test_answers_survive_the_way_through_json(example):
    kind, settings, items = example
    for key, answer in simulated(example, 0.5).items():
        payload = answer.model_dump(mode="json", exclude_defaults=True)
        assert kind.parse_answer(payload, items[key], settings) == answer


def test_garbage_is_refused_as_an_invalid_answer(example):
    kind, settings, items = example
    item = next(iter(items.values()))
    for garbage in (None, 3, "joy", [], {}, {"score": math.nan}, {"nonsense": 1}, {"grades": {}}, {"groups": {}}):
        with pytest.raises(InvalidAnswer):
            kind.parse_answer(garbage, item, settings)


def test_items_without_gold_are_refused(example):
    kind, settings, items = example
    raw = next(iter(items.values())).model_dump()
    del raw["gold"]
    with pytest.raises(InvalidItem, match="gold"):
        kind.parse_item(raw, settings)


def test_replicates_surround_the_score(example):
    kind, settings, items = example
    answers = simulated(example, 0.5)
    replicates = kind.replicates(items, answers, settings, DRAWS)
    assert replicates.shape == (200,)
    low, high = np.nanquantile(replicates, [0.01, 0.99])
    assert low <= main(example, answers) <= high


def test_replicates_are_paired(example):
    """The same answers give the same replicates, so that a rater's gap to itself is none, with no width."""
    kind, settings, items = example
    answers = simulated(example, 0.5)
    one, other = (kind.replicates(items, dict(answers), settings, DRAWS) for _ in range(2))
    np.testing.assert_array_equal(one, other)


def test_consensus_of_one_scores_as_that_one(example):
    kind, settings, items = example
    answers = simulated(example, 0.5)
    assert main(example, kind.consensus(items, [answers], settings)) == pytest.approx(main(example, answers))


def test_consensus_of_many_beats_the_mean_of_one(example):
    kind, settings, items = example
    raters = [simulated(example, 0.5, seed) for seed in range(7)]
    consensus = kind.consensus(items, raters, settings)
    assert main(example, consensus) >= np.mean([main(example, one) for one in raters])
    assert set(consensus) == set(items)


def test_consensus_leaves_unanswered_items_out(example):
    kind, settings, items = example
    first = next(iter(items))
    answers = {first: simulated(example, 0)[first]}
    assert set(kind.consensus(items, [answers, {}], settings)) == {first}


def test_consensus_of_others_is_the_consensus_without_each(example):
    kind, settings, items = example
    some = list(items)[1:]
    raters = [simulated(example, 0.5, seed) for seed in range(4)]
    raters += [{i: raters[0][i] for i in some}, {}, {i: raters[1][i] for i in items if i not in some}]
    found = kind.consensus_of_others(items, raters, settings)
    for left_out, consensus in enumerate(found):
        assert consensus == kind.consensus(items, [one for n, one in enumerate(raters) if n != left_out], settings)
    assert kind.consensus_of_others(items, raters[:1], settings) == [{}]


def test_replicates_of_many_are_those_of_each(example):
    kind, settings, items = example
    sets = [simulated(example, 0.5, seed) for seed in range(3)]
    sets += [dict(list(sets[0].items())[1:]), {}]
    expected = [kind.replicates(items, answers, settings, DRAWS) for answers in sets]
    np.testing.assert_allclose(kind.replicates_of(items, sets, settings, DRAWS), expected, atol=1e-12)


def test_agreement_with_oneself_is_perfect_and_with_nobody_undefined(example):
    kind, settings, items = example
    answers = simulated(example, 0.3)
    for agreed in kind.agreement(items, [answers, answers], settings):
        assert agreed.value == pytest.approx(1), agreed
        assert agreed.n_raters == 2
    for agreed in kind.agreement(items, [answers], settings):
        assert agreed.value is None
        assert agreed.reason


def test_display_order_is_a_permutation_of_the_parts(example):
    kind, _, items = example
    item = next(iter(items.values()))
    order = kind.order(item, np.random.default_rng(1))
    assert sorted(order) == sorted(getattr(item, "ids", []))
    assert order == kind.order(item, np.random.default_rng(1))
