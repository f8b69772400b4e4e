"""Checks of raters: counted by hand on small subsets, of every task type."""

from __future__ import annotations

import pytest

from hume.quality import by_task_type, rater_checks
from hume.records import Answer, CheckRecord, CheckSheet, Item, Purpose, Rater, Subset, Task

ADA, BO = Rater("human", "Ada"), Rater("human", "Bo")
TASK = Task("Pairs", "sts", settings={"min": 0, "max": 5})


def pair(number: int, purpose: Purpose, gold: float = 3) -> Item:
    content = {"sentence1": {"text": f"one {number}"}, "sentence2": {"text": "other"}}
    return Item(f"s{number}", content, gold, id=number, purpose=purpose)


def record(*sheets: CheckSheet, originals: dict[int, int] | None = None, task: Task = TASK) -> CheckRecord:
    """Training items 1 and 2, attention items 3 and 4, judged items 5 and 6, and repeats 7 and 8 of those."""
    items = [pair(n, "training") for n in (1, 2)] + [pair(n, "attention") for n in (3, 4)]
    items += [pair(n, "judgment") for n in (5, 6)] + [pair(n, "repeat") for n in (7, 8)]
    by_id = {item.id or 0: item for item in items}
    return CheckRecord(task, Subset("eng", ("eng-Latn",)), by_id, originals or {7: 5, 8: 6}, sheets)


def sheet(rater: Rater, scores: dict[int, float | None]) -> CheckSheet:
    """Answers by item id; None is a skipped one."""
    return CheckSheet(
        rater,
        {
            item_id: Answer(f"s{item_id}", "skipped", reason="unclear")
            if score is None
            else Answer(f"s{item_id}", "given", {"score": score})
            for item_id, score in scores.items()
        },
    )


def test_right_ones_are_counted_by_purpose_and_accord_is_averaged_over_repeats():
    scores = {1: 3, 2: 0, 3: 2, 4: 4, 5: 1, 6: 5, 7: 1, 8: 3}
    (row,) = rater_checks([record(sheet(ADA, scores))])
    assert (row.rater, row.kind, row.task, row.subset, row.language) == ("Ada", "human", "Pairs", "eng", "eng-Latn")
    assert (row.n_training_right, row.n_training) == (1, 2)
    assert (row.n_attention_right, row.n_attention) == (2, 2)
    assert row.n_repeats == 2
    assert row.self_accord == pytest.approx((1 + (1 - 2 / 5)) / 2)


def test_over_subsets_right_ones_add_up_and_accord_is_weighed_by_the_items_given_twice():
    one = record(sheet(ADA, {1: 3, 3: 0, 5: 1, 6: 1, 7: 1, 8: 1}))
    other = record(sheet(ADA, {2: 0, 5: 0, 7: 5}), task=Task("Others", "sts"))
    none = record(sheet(ADA, {4: 3}), task=Task("Thirds", "sts"))
    (row,) = by_task_type(rater_checks([one, other, none]))
    assert (row.task, row.subset, row.rater) == ("", "", "Ada")
    assert (row.n_training_right, row.n_training, row.n_attention_right, row.n_attention) == (1, 2, 1, 2)
    assert row.n_repeats == 3
    assert row.self_accord == pytest.approx((1 + 1 + 0) / 3)
    (alone,) = by_task_type(rater_checks([none]))
    assert alone.self_accord is None


def test_skipped_and_absent_checks_are_in_no_number_and_no_accord_is_none_not_zero():
    (row,) = rater_checks([record(sheet(ADA, {1: 3, 3: None, 5: 2, 6: 3, 8: None}))])
    assert (row.n_training, row.n_attention, row.n_repeats) == (1, 0, 0)
    assert row.self_accord is None


def test_a_repeat_without_its_original_says_nothing():
    (row,) = rater_checks([record(sheet(ADA, {1: 3, 7: 3}))])
    assert (row.n_repeats, row.self_accord) == (0, None)


def test_who_answered_no_check_has_no_row_and_models_have_none():
    model = Rater("embedding", "m")
    assert rater_checks([record(sheet(ADA, {5: 3, 6: 2}), sheet(model, {1: 3, 3: 3}))]) == []


def test_an_answer_that_the_settings_of_today_do_not_admit_is_left_out():
    narrow = Task("Pairs", "sts", settings={"min": 0, "max": 3})
    (row,) = rater_checks([record(sheet(ADA, {1: 3, 2: 5, 3: 3}), task=narrow)])
    assert (row.n_training, row.n_training_right, row.n_attention) == (1, 1, 1)


def test_items_without_gold_are_not_right_or_wrong():
    candidates = [{"id": doc, "content": {"text": doc}} for doc in ("d1", "d2")]
    content = {"query": {"text": "q"}, "candidates": candidates}
    item = Item("q1", content, {}, id=1, purpose="attention")
    judged, repeat = Item("q2", content, {}, id=2), Item("q2", content, {}, "repeat", id=3, purpose="repeat")
    grades = Answer("q", "given", {"grades": {"d1": 2, "d2": 0}})
    ranking = CheckRecord(
        Task("Ranking", "reranking"),
        Subset("eng"),
        {1: item, 2: judged, 3: repeat},
        {3: 2},
        (CheckSheet(ADA, {1: grades, 2: grades, 3: grades}),),
    )
    (row,) = rater_checks([ranking])
    assert (row.n_attention, row.n_repeats, row.self_accord) == (0, 1, 1.0)


def test_people_come_before_simulated_raters_and_samples_last():
    sample = Task("Sample", "sts", settings={"min": 0, "max": 5}, is_sample=True)
    raters = [Rater("simulated", "a"), BO, ADA]
    rows = rater_checks([record(sheet(ADA, {1: 3}), task=sample), record(*(sheet(rater, {1: 3}) for rater in raters))])
    assert [(row.rater, row.is_sample) for row in rows] == [("Ada", False), ("Bo", False), ("a", False), ("Ada", True)]
