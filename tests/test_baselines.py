"""Baselines: one set of raters, several named figures, each by its own rule."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_stages import study

from hume.baseline import AGGREGATIONS, POOLS, baselines, consensus_drawn, others, pooled
from hume.measures.bootstrap import Freedom
from hume.parsed import parse
from hume.records import Answer, AnswerSheet, Item, Published, Rater, Subset, SubsetRecord, Task
from hume.report import build_report
from hume.score import DRAWS, main_score, replicates, replicates_of, restricted

VECTORS = Path(__file__).parent.parent.parent / "shared" / "data" / "vectors" / "hume_v1_aggregation.json"
FIVE = {name: ("human", noise) for name, noise in zip("abcde", (0.1, 0.2, 0.3, 0.4, 0.5), strict=True)}
TYPES = ("classification", "clustering", "reranking", "sts")


def rows_of(record: SubsetRecord) -> dict[str, Any]:
    return {row.aggregation: row for row in baselines(parse(record)) if row.kind == "human"}


# -- HUME v1 ------------------------------------------------------------------------------------------


def _vector(task_type: str, settings: dict[str, Any], items: list[Item], payload: Any) -> SubsetRecord:
    if not VECTORS.exists():
        pytest.skip(f"there are no vectors of HUME v1's rules at {VECTORS}")
    said = json.loads(VECTORS.read_text("utf-8"))[task_type]["input"]
    sheets = [
        AnswerSheet(
            Rater("human", name),
            {a.item: a for a in payload([row for row in said if row["annotator"] == name])},
        )
        for name in sorted({row["annotator"] for row in said})
    ]
    task = Task("Vectors", task_type, settings=settings)
    return SubsetRecord(task, Subset("default", ("eng-Latn",)), tuple(items), sheets=tuple(sheets))


def _input(task_type: str) -> list[dict[str, Any]]:
    if not VECTORS.exists():
        pytest.skip(f"there are no vectors of HUME v1's rules at {VECTORS}")
    return [row for row in json.loads(VECTORS.read_text("utf-8"))[task_type]["input"] if row["annotator"] == "A"]


def _given(of: dict[str, Any], payload: Any) -> Answer:
    return Answer(of["item"], "given", payload)


def classification_vector() -> SubsetRecord:
    rows = _input("classification")
    labels = [{"name": name} for name in ("anger", "fear", "joy", "love")]
    items = [Item(row["item"], {"text": row["item"]}, row["gold"]) for row in rows]
    return _vector(
        "classification",
        {"labels": labels},
        items,
        lambda said: [_given(row, {"label": row["prediction"]}) for row in said],
    )


def clustering_vector() -> SubsetRecord:
    rows = _input("clustering")
    texts = [{"id": row["item"], "content": row["item"]} for row in rows]
    item = Item("set", {"texts": texts}, {row["item"]: row["gold"] for row in rows})
    return _vector(
        "clustering",
        {},
        [item],
        lambda said: [Answer("set", "given", {"groups": {row["item"]: row["prediction"] for row in said}})],
    )


def sts_vector() -> SubsetRecord:
    items = [Item(row["item"], {"sentence1": row["item"], "sentence2": "b"}, row["gold"]) for row in _input("sts")]
    return _vector("sts", {}, items, lambda said: [_given(row, {"score": row["prediction"]}) for row in said])


def reranking_vector() -> SubsetRecord:
    def graded(values: list[int]) -> dict[str, int]:
        return {f"d{place}": value for place, value in enumerate(values)}

    items = [
        Item(
            row["item"],
            {"query": row["item"], "candidates": [{"id": doc, "content": doc} for doc in graded(row["gold"])]},
            graded(row["gold"]),
        )
        for row in _input("reranking")
    ]
    return _vector(
        "reranking",
        {"grades": ["no", "yes"]},
        items,
        lambda said: [_given(row, {"grades": graded(row["prediction"])}) for row in said],
    )


@pytest.mark.parametrize(
    "made", [classification_vector, clustering_vector, sts_vector, reranking_vector], ids=lambda made: made.__name__
)
def test_the_papers_rules_give_the_papers_aggregates(made):
    record = made()
    expected = json.loads(VECTORS.read_text("utf-8"))[record.task.task_type]["expected"]
    assert rows_of(record)["hume-v1"].score == pytest.approx(expected["aggregated"], abs=1e-9)


def test_the_papers_tie_goes_to_the_first_label_and_ours_is_shared():
    record = study("classification", {"ada": ("human", 0.0), "bo": ("human", 0.0)})
    ada, bo = record.sheets
    torn = {key: Answer(key, "given", {"label": "anger"}) for key in bo.answers}
    rows = rows_of(replace(record, sheets=(ada, AnswerSheet(bo.rater, torn))))
    # Gold is joy, anger, fear in turn: anger wins each tie in sort order, and is right on a third of the items.
    assert rows["hume-v1"].score == pytest.approx(1 / 3)
    assert rows["consensus"].score == pytest.approx((1 / 2 + 1 + 1 / 2) / 3)


def test_a_single_group_was_nothing_in_the_paper():
    record = study("clustering", {"ada": ("human", 0.0), "bo": ("human", 0.0)})
    ada, bo = record.sheets
    lump = {
        key: Answer(key, "given", {"groups": dict.fromkeys([f"t{i}" for i in range(12)], "one")}) for key in bo.answers
    }
    one_label = tuple(replace(item, gold=dict.fromkeys(item.gold, "a")) for item in record.items)
    of_lump = replace(record, items=one_label, sheets=(AnswerSheet(ada.rater, lump), AnswerSheet(bo.rater, lump)))
    rows = rows_of(of_lump)
    assert (rows["hume-v1"].score, rows["mean"].score) == (0.0, 1.0)


# -- the others ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("task_type", TYPES)
def test_raters_who_agree_hold_each_other_for_perfect_whatever_gold_says(task_type):
    record = study(task_type, {"ada": ("human", 0.0)})
    answers = record.sheets[0].answers
    twins = tuple(AnswerSheet(Rater("human", name), answers) for name in ("ada", "bo", "chi"))
    shuffled = np.random.default_rng(3).permutation(len(record.items))
    items = tuple(
        replace(item, gold=record.items[other].gold) for item, other in zip(record.items, shuffled, strict=True)
    )
    rows = rows_of(replace(record, items=items, sheets=twins))
    assert rows["leave-one-out"].score == pytest.approx(1.0)
    if task_type != "clustering":  # there the sets of the study have one and the same gold
        assert rows["consensus"].score < 0.999


def test_leave_one_out_by_hand():
    record = study("classification", dict.fromkeys(("ada", "bo", "chi"), ("human", 0.0)))
    labels = {"ada": ("joy", "joy"), "bo": ("joy", "anger"), "chi": ("fear", "anger")}
    sheets = tuple(
        AnswerSheet(
            sheet.rater,
            {f"c{i}": Answer(f"c{i}", "given", {"label": label}) for i, label in enumerate(labels[sheet.rater.name])},
        )
        for sheet in record.sheets
    )
    row = rows_of(replace(record, sheets=sheets))["leave-one-out"]
    # Ada: half of {joy, fear}, not anger. Bo: half of {joy, fear}, half of {joy, anger}. Chi: no, half.
    assert row.score == pytest.approx(((1 / 2 + 0) / 2 + (1 / 2 + 1 / 2) / 2 + (0 + 1 / 2) / 2) / 3)
    assert row.n_items == 2


def test_a_rater_without_a_score_of_their_own_is_not_counted_in_the_mean():
    record = study("sts", {"ada": ("human", 0.1), "bo": ("human", 0.2), "chi": ("human", 0.3)})
    *others, chi = record.sheets
    one = dict(list(chi.answers.items())[:1])
    row = rows_of(replace(record, sheets=(*others, AnswerSheet(chi.rater, one))))["mean"]
    assert (row.n_raters, row.n_answers) == (2, 2 * len(record.items))
    assert row.reason == "over 2 of 3 raters: the others' scores are undefined"


def test_the_best_rater_is_the_best_and_comes_with_a_caution():
    record = study("classification", FIVE)
    report = build_report([record], Published())
    row = next(row for row in report.baselines if row.aggregation == "best")
    assert row.score == max(r.score for r in report.scores if r.is_main)
    assert row.caution == "the best of 5, chosen by these very items"


def test_reliability_outvotes_numbers():
    """Two who guess alike now and then lose to one whom the others usually agree with."""
    record = study("classification", dict.fromkeys("abcde", ("human", 0.0)))
    rng = np.random.default_rng(1)
    items = tuple(Item(f"i{i}", {"text": f"text {i}"}, ("joy", "anger", "fear")[i % 3], position=i) for i in range(90))
    sheets = []
    for number, sheet in enumerate(record.sheets):
        right = 0.95 if number < 2 else 0.4
        labels = {
            item.key: item.gold if rng.random() < right else str(rng.choice(["joy", "anger", "fear"])) for item in items
        }
        sheets.append(AnswerSheet(sheet.rater, {k: Answer(k, "given", {"label": v}) for k, v in labels.items()}))
    rows = rows_of(replace(record, items=items, sheets=tuple(sheets)))
    assert rows["dawid-skene"].score > rows["consensus"].score


@pytest.mark.parametrize("task_type", TYPES)
def test_from_five_raters_on_intervals_are_over_raters_too(task_type):
    record = study(task_type, FIVE)
    things = "texts" if task_type == "clustering" and len(record.items) < 10 else "items"
    rows = rows_of(record)
    for name in ("consensus", "mean", "leave-one-out"):
        assert rows[name].resampled == f"raters and {things}"
    assert {rows[name].resampled for name in ("best", "hume-v1")} <= {things, ""}
    few = rows_of(study(task_type, dict(list(FIVE.items())[:4])))
    assert {row.resampled for row in few.values()} <= {things, ""}


@pytest.mark.parametrize("task_type", TYPES)
def test_raters_add_to_the_consensus_at_most_the_jackknifes_error(task_type):
    subset = parse(study(task_type, {**FIVE, "f": ("human", 0.9)}))
    (consensus,) = pooled(subset, "human", "consensus")
    found, over_items = consensus_drawn(subset, "human", consensus), replicates(subset, consensus)
    without = [main_score(subset, answers) for answers in others(subset, "human")]
    error = np.sqrt(5 / 6 * np.sum((np.array(without) - np.mean(without)) ** 2))
    # What they differ by because the items are few is in the replicates over items already.
    assert 0 <= found.raters.variance <= error**2 + 1e-12
    assert found.raters.added.mean() == pytest.approx(0, abs=0.2 * error)
    assert found.raters.added.var() == pytest.approx(found.raters.variance, rel=0.2, abs=1e-12)
    free = (over_items + found.raters.added > 0) & (over_items + found.raters.added < 1)
    assert (found.replicates - over_items)[free] == pytest.approx(found.raters.added[free])
    assert np.nanmax(found.replicates) <= 1


def test_unanimous_raters_add_nothing_to_the_interval():
    record = study("sts", {"a": ("human", 0.3)})
    five = tuple(AnswerSheet(Rater("human", name), record.sheets[0].answers) for name in "abcde")
    subset = parse(replace(record, sheets=five))
    over_raters = consensus_drawn(subset, "human", pooled(subset, "human", "consensus")[0])
    assert over_raters.replicates == pytest.approx(replicates(subset, subset.sheets[0].answers), abs=1e-9)
    assert over_raters.freedom == Freedom.of(len(record.items))


def test_few_items_are_said_on_the_face():
    record = study("classification", FIVE)
    rows = rows_of(replace(record, items=record.items[:6]))
    assert {row.caution for name, row in rows.items() if name != "best"} == {"6 items only"}


def test_every_pool_has_a_baseline_and_a_gap():
    record = study("classification", {**FIVE, "model": ("embedding", 0.3)})
    report = build_report([record], Published())
    assert {row.aggregation for row in report.baselines} == set(AGGREGATIONS)
    assert {row.aggregation for row in report.gaps} == set(POOLS)


@pytest.mark.parametrize("task_type", TYPES)
def test_replicates_of_many_sets_at_once_are_those_of_the_task_type(task_type: str) -> None:
    subset = parse(study(task_type, FIVE))
    sets = [sheet.answers for sheet in subset.sheets]
    part = restricted(subset, sets[0], dict(list(sets[1].items())[:7]))
    for answers, row in zip([*sets, part], replicates_of(subset, [*sets, part]), strict=True):
        expected = subset.type.replicates(subset.items, answers, subset.settings, DRAWS)
        np.testing.assert_allclose(row, expected, rtol=0, atol=1e-12)
        assert replicates(subset, answers) is row
