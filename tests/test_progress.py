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


def test_surplus_answers_are_counted_among_the_others_and_for_themselves():
    late = AnswerSheet(BO, {"i0": Answer("i0", "given", surplus=True), "i1": Answer("i1", "given")})
    record = subset(sheet(ADA, {"i0": "given"}), late, overlap=1)
    assert [(row.n_answers, row.n_surplus, row.n_complete) for row in progress([record])] == [(3, 1, 2)]
    assert [(row.rater, row.n_answers, row.n_surplus) for row in rater_progress([record])] == [
        ("Bo", 2, 1),
        ("Ada", 1, 0),
    ]


def test_pace_is_the_middle_one_of_the_given_answers_that_say_how_long_they_took():
    answers = {
        "i0": Answer("i0", "given", milliseconds=2000),
        "i1": Answer("i1", "given", milliseconds=5000),
        "i2": Answer("i2", "skipped", milliseconds=90_000),
        "i3": Answer("i3", "given"),
    }
    (row,) = rater_progress([subset(AnswerSheet(ADA, answers), n_items=4)])
    assert row.median_seconds == pytest.approx(3.5)
    assert rater_progress([subset(sheet(ADA, {"i0": "given"}))])[0].median_seconds is None


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
