"""Progress: counted by hand on small subsets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hume.progress import progress, rater_progress
from hume.records import Answer, AnswerSheet, Item, Rater, Subset, SubsetRecord, Task

AT = datetime(2026, 3, 1, tzinfo=UTC)
ADA, BO, SIM = Rater("human", "Ada"), Rater("human", "Bo"), Rater("simulated", "sim")


def sheet(rater: Rater, statuses: dict[str, str]) -> AnswerSheet:
    return AnswerSheet(
        rater,
        {
            key: Answer(key, status, created_at=AT + timedelta(minutes=place))
            for place, (key, status) in enumerate(statuses.items())
        },
    )


def subset(*sheets: AnswerSheet, n_items: int = 3, overlap: int = 2, sample: bool = False) -> SubsetRecord:
    items = tuple(Item(f"i{n}", {}, 0) for n in range(n_items))
    task = Task("Sample" if sample else "Task", "sts", overlap=overlap, is_sample=sample)
    return SubsetRecord(task, Subset("eng", ("eng-Latn",)), items, sheets=sheets)


def test_given_skipped_and_absent_are_three_things():
    record = subset(
        sheet(ADA, {"i0": "given", "i1": "given", "i2": "skipped"}), sheet(BO, {"i0": "given", "i1": "skipped"})
    )
    (row,) = progress([record])
    assert (row.n_items, row.overlap, row.n_wanted) == (3, 2, 6)
    assert (row.n_answers, row.n_skipped, row.n_complete, row.n_raters) == (3, 2, 1, 2)
    assert row.share == pytest.approx(3 / 6)
    assert row.last_answer == AT + timedelta(minutes=2)


def test_answers_beyond_the_overlap_do_not_make_up_for_other_items():
    everyone = [sheet(Rater("human", name), {"i0": "given"}) for name in "abcd"]
    (row,) = progress([subset(*everyone)])
    assert (row.n_answers, row.n_complete) == (4, 1)
    assert row.share == pytest.approx(2 / 6)


def test_simulated_raters_and_models_are_not_counted_among_people():
    model = sheet(Rater("embedding", "m"), {"i0": "given"})
    people, simulated = progress([subset(sheet(SIM, {"i0": "given", "i1": "given"}), model)])
    assert (people.kind, people.n_answers, people.n_raters, people.last_answer) == ("human", 0, 0, None)
    assert (simulated.kind, simulated.n_answers) == ("simulated", 2)
    assert [row.rater for row in rater_progress([subset(model)])] == []


def test_a_subset_without_items_wants_nothing():
    (row,) = progress([subset(n_items=0)])
    assert (row.n_wanted, row.share) == (0, None)


def test_answers_to_items_that_are_gone_do_not_count():
    (row,) = progress([subset(sheet(ADA, {"gone": "given"}))])
    assert (row.n_answers, row.share) == (0, 0.0)


def test_raters_are_listed_by_what_they_did_samples_apart():
    records = [
        subset(sheet(ADA, {"i0": "given"}), sheet(BO, {"i0": "given", "i1": "given"})),
        subset(sheet(ADA, {"i0": "skipped"}), sheet(SIM, {"i0": "given"}), sample=True),
    ]
    rows = [(row.rater, row.is_sample, row.n_answers, row.n_skipped, row.n_subsets) for row in rater_progress(records)]
    assert rows == [("Bo", False, 2, 0, 1), ("Ada", False, 1, 0, 1), ("Ada", True, 0, 1, 1), ("sim", True, 1, 0, 1)]
