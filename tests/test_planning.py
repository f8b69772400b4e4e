"""Plans: what a pilot foretells is what more of the same items show."""

from __future__ import annotations

from dataclasses import replace

import four_tasks
import numpy as np
import pytest

from hume.baseline import baselines
from hume.gap import gaps
from hume.ingest.results import hume_v1
from hume.parsed import ParsedSubset, Sheet
from hume.planning import SIZES, Pilot, pilot, power_curve, width_curve
from hume.published_plan import published_plan, published_power, published_width
from hume.records import Item, Rater, ScoreRow, Subset, SubsetRecord, Task
from hume.task_order import task_order
from hume.tasks import task_type

MODEL = Rater("embedding", "org/model")


def study(name: str, n_items: int, n_people: int, overlap: int = 0, noise: float = 0.3) -> ParsedSubset:
    """People and one model on random items; with `overlap` each item has so many people, else all."""
    raw, make = four_tasks.KINDS[name]
    rng = np.random.default_rng(n_items)
    kind = task_type(name)
    settings = kind.parse_settings(raw)
    made = [Item(f"i{number}", *make("eng", number, int(rng.integers(6)))) for number in range(n_items)]
    items = {item.key: kind.parse_item(item.raw, settings) for item in made}

    def answers(rater: int) -> dict:
        given = {key: kind.simulate(item, settings, noise, rng) for key, item in items.items()}
        wanted = {key for place, key in enumerate(items) if not overlap or (place - rater) % n_people < overlap}
        return {key: answer for key, answer in given.items() if key in wanted}

    sheets = [Sheet(Rater("human", f"p{number}"), answers(number)) for number in range(n_people)]
    whole = replace(sheets[0], rater=MODEL, answers={k: kind.simulate(i, settings, 0.5, rng) for k, i in items.items()})
    record = SubsetRecord(Task("T", name, settings=raw), Subset("eng", ("eng-Latn",)), tuple(made))
    return ParsedSubset(record, kind, settings, items, (*sheets, whole))


@pytest.mark.parametrize("name", ["sts", "classification", "reranking", "clustering"])
@pytest.mark.parametrize("people", [2, 5])
def test_with_as_many_items_as_there_are_the_interval_is_the_baseline_s(name, people):
    subset = study(name, 50, people)
    row = next(row for row in baselines(subset) if row.aggregation == "consensus")
    simulated = pilot(subset).by_raters[-1]
    assert simulated.n_raters == people
    point = next(point for point in width_curve(simulated, 0.05).points if point.n_items == 50)
    assert point.value == pytest.approx((row.ci_high - row.ci_low) / 2, rel=0.2, abs=4 * point.error)
    # Of 50 sets of texts 20 are simulated from.
    assert simulated.score == pytest.approx(row.score, abs=0.05 if name == "clustering" else 0.02)


def test_accuracy_s_interval_is_the_binomial_one_at_every_size():
    simulated = pilot(study("classification", 200, 1)).by_raters[0]
    share = simulated.score
    for point in width_curve(simulated, 0.05).points[2:]:
        assert point.value == pytest.approx(1.96 * np.sqrt(share * (1 - share) / point.n_items), rel=0.15)


def test_pilots_foretell_in_the_mean_how_scores_of_more_items_spread():
    foretold = [_widths(pilot(study("sts", n, 2, noise=0.6)))[150] for n in (50, 61, 62, 63)]
    population = study("sts", 2000, 2, noise=0.6)
    kind, settings = population.type, population.settings
    consensus = kind.consensus(population.items, [sheet.answers for sheet in population.sheets[:2]], settings)
    rng, keys, seen = np.random.default_rng(9), list(population.items), []
    for _ in range(300):
        part = {keys[place]: population.items[keys[place]] for place in rng.choice(len(keys), 150, replace=False)}
        seen.append(kind.score(part, consensus, settings).values["spearman"])
    low, high = np.quantile(seen, [0.025, 0.975])
    assert np.mean(foretold) == pytest.approx((high - low) / 2, rel=0.25)


def _widths(of: Pilot) -> dict[int, float]:
    return {point.n_items: point.value for point in width_curve(of.by_raters[-1], 0.05).points}


def test_power_at_the_number_needed_is_that_of_the_z_test_on_the_gap_s_interval():
    subset = study("reranking", 60, 2)
    simulated = pilot(subset, model=MODEL).by_raters[-1]
    curve = power_curve(simulated, 0.08)
    gap = next(row for row in gaps(subset) if row.aggregation == "consensus")
    error = (gap.ci_high - gap.ci_low) / 2 / 1.96 * np.sqrt(60)
    assert curve.needed == pytest.approx(((1.96 + 0.8416) * error / 0.08) ** 2, rel=0.25)
    assert curve.needed_low <= curve.needed <= curve.needed_high
    assert [point.value for point in curve.points] == sorted(point.value for point in curve.points)


def test_without_a_model_its_assumption_is_named_and_costs_more_items_than_pairs_that_go_together():
    subset = study("classification", 100, 2)
    assert "no model has answered" in pilot(subset).gap_assumption
    assert pilot(subset, model=MODEL).gap_assumption == ""


def test_items_with_people_of_their_own_are_planned_as_far_as_their_answers_go():
    found = pilot(study("sts", 60, 6, overlap=2))
    assert [one.n_raters for one in found.by_raters] == [1, 2]
    assert (found.most_raters, found.by_raters[1].n_items) == (2, 60)


def test_more_items_than_are_simulated_are_extrapolated_by_the_root_of_n_and_said_so():
    simulated = pilot(study("classification", 100, 1)).by_raters[0]
    last = width_curve(simulated, 0.01).points[-1]
    curve = width_curve(simulated, 0.01)
    assert curve.is_extrapolated
    assert "root of n" in curve.reason
    assert curve.needed == pytest.approx(SIZES[-1] * (last.value / 0.01) ** 2, rel=0.1)


def test_too_few_items_or_answers_that_do_not_vary_have_no_plan_and_say_why():
    assert "fewer than 10 items" in pilot(study("sts", 6, 2)).reason
    assert pilot(study("classification", 30, 2, noise=0.0)).by_raters == ()
    assert pilot(study("sts", 30, 2), "simulated").reason


def test_clustering_counts_texts_of_few_sets_and_sets_of_many():
    few, many = pilot(study("clustering", 3, 2)), pilot(study("clustering", 12, 2))
    assert (few.unit, few.by_raters[0].n_items) == ("texts", 24)
    assert (many.unit, many.by_raters[0].n_items) == ("sets", 12)


def test_the_same_answers_give_the_same_plan():
    one, other = (pilot(study("sts", 40, 3)).by_raters[-1] for _ in range(2))
    assert width_curve(one, 0.05) == width_curve(other, 0.05)


# -- before anybody has answered ------------------------------------------------------------------------


def test_published_accuracy_is_planned_as_binomial():
    of = published_plan(hume_v1().scores, "classification")
    assert len(of.scores) == 7
    curve = published_width(of, 0.05)
    widths = [1.96 * np.sqrt(score * (1 - score) / curve.needed) for score in of.scores]
    assert np.mean(widths) == pytest.approx(0.05, rel=0.01)
    assert published_power(of, 0.1).needed > published_power(of, 0.2).needed


def test_published_v_measure_has_no_plan_and_says_why():
    of = published_plan(hume_v1().scores, "clustering")
    assert "not known" in of.reason
    assert published_width(of, 0.05).needed is None
    assert published_plan([], "sts").reason.startswith("no published score")


# -- which tasks first ----------------------------------------------------------------------------------


def scores(n_models: int) -> list[ScoreRow]:
    rng = np.random.default_rng(3)
    table = rng.uniform(size=(n_models, 4))
    table[:, 3] = table[:, 0] + 0.001 * rng.uniform(size=n_models)
    return [
        ScoreRow(f"T{task}", "sts", "default", "", f"m{model}", "embedding", "spearman", True, table[model, task], None)
        for model in range(n_models)
        for task in range(4)
    ]


def test_the_task_that_another_tells_comes_last():
    order = task_order(scores(30))
    assert order.tasks[-1].task in ("T0", "T3")
    assert order.tasks[-1].predicted > 0.99
    assert order.tasks[-1].ranking == pytest.approx(1)
    assert [row.place for row in order.tasks] == [1, 2, 3, 4]


def test_models_that_lack_a_task_are_left_out_and_too_few_have_no_order():
    rows = scores(6)
    assert task_order(rows[1:]).left_out == ("m0",)
    assert task_order(rows[1:]).n_models == 5
    order = task_order(scores(4))
    assert order.tasks == ()
    assert "4 models" in order.reason


def test_people_are_no_models():
    rows = [replace(row, kind="human") for row in scores(30)]
    assert task_order(rows).tasks == ()


def test_hume_v1_s_order_has_every_task_and_each_type_before_any_twice_over():
    order = task_order(hume_v1().scores)
    assert (len(order.tasks), order.n_models, order.left_out) == (16, 18, ("mteb/baseline-bm25s",))
    assert {row.task_type for row in order.tasks[:4]} == {"sts", "clustering", "classification", "reranking"}
    assert order.caution
