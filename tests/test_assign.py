"""Which item comes next, who may have any, and in which order an item's parts are shown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import numpy as np
import pytest

from hume.assign import REPEAT_AFTER, choose, display_rng, hand_out, may_answer, speaks, why_not
from hume.records import Account, Purpose, Subset, Task

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LONG_AGO, JUST_NOW = NOON - REPEAT_AFTER, NOON - timedelta(minutes=5)


class Open(NamedTuple):
    item_id: int
    n_answers: int = 0
    purpose: Purpose = "judgment"
    shared: bool = False
    answered_at: datetime | None = None


def test_the_least_answered_come_first():
    items = [Open(1, 2), Open(2, 0), Open(3, 1), Open(4, 0)]
    assert set(choose(items, 2, seed=7)) == {2, 4}
    assert choose(items, 4, seed=7)[2:] == [3, 1]


@pytest.mark.parametrize(("count", "length"), [(0, 0), (-3, 0), (2, 2), (99, 5)])
def test_no_more_than_asked_for_and_no_more_than_there_are(count, length):
    assert len(choose([Open(item, 0) for item in range(5)], count, seed=1)) == length


def test_nothing_open_gives_nothing():
    assert choose([], 10, seed=1) == []


def test_annotators_start_at_different_items():
    items = [Open(item, 0) for item in range(100)]
    orders = [choose(items, 100, seed=rater) for rater in range(20)]
    assert len({order[0] for order in orders}) > 10
    assert all(sorted(order) == list(range(100)) for order in orders)


def test_an_annotators_order_does_not_depend_on_what_else_is_open_or_on_its_order():
    items = [Open(item, 0) for item in range(50)]
    whole = choose(items, 50, seed=3)
    some = [item for item in reversed(items) if item.item_id % 3]
    assert choose(some, 50, seed=3) == [item for item in whole if item % 3]


# -- items for everybody ----------------------------------------------------------------------------


def worked_through(items: list[Open], rater: int, batch: int) -> list[int]:
    """The order in which one rater meets all items, `batch` at a time."""
    met: list[int] = []
    while left := [item for item in items if item.item_id not in met]:
        met += choose(left, batch, rater, done=len(met))
    return met


@pytest.mark.parametrize("batch", [1, 10, 100])
@pytest.mark.parametrize("kind", [{"purpose": "attention"}, {"shared": True}])
def test_what_everybody_gets_lies_anywhere_in_what_a_rater_does(kind, batch):
    items = [Open(item, item % 3) for item in range(90)] + [Open(item, **kind) for item in range(90, 100)]
    orders = [worked_through(items, rater, batch) for rater in range(40)]
    places = [order.index(item) for order in orders for item in range(90, 100)]
    assert {place // 10 for place in places} == set(range(10))
    assert 45 < np.mean(places) < 54
    # Evenly: each tenth of the way has about a tenth of them, as a uniform shuffle has (400 in all, 4 deviations).
    assert all(16 <= sum(place // 10 == tenth for place in places) <= 64 for tenth in range(10))


def test_place_of_what_everybody_gets_does_not_depend_on_how_many_are_asked_for():
    items = [Open(item) for item in range(45)] + [Open(item, purpose="attention") for item in range(45, 50)]
    assert worked_through(items, 7, 1) == worked_through(items, 7, 50) == worked_through(items, 7, 8)


def test_what_everybody_gets_is_left_when_the_rest_is_done():
    assert set(choose([Open(1, shared=True), Open(2, purpose="attention")], 9, seed=3, done=500)) == {1, 2}


# -- handing out --------------------------------------------------------------------------------------


def test_training_comes_first_alone_and_in_the_files_order():
    items = [Open(1), Open(5, purpose="training"), Open(2, purpose="attention"), Open(4, purpose="training")]
    assert hand_out(items, 10, 1, NOON, held=[1]) == [5, 4]
    assert hand_out(items, 1, 1, NOON) == [5]


def test_what_is_held_comes_before_what_is_new():
    items = [Open(item) for item in range(30)]
    order = hand_out(items, 30, 1, NOON)
    held = order[20:25]
    assert hand_out(items, 8, 1, NOON, held) == [*held, *order[:3]]


def test_repeats_come_after_all_else_those_due_first_and_the_others_when_nothing_is_left():
    fresh, due = Open(7, 0, "repeat", answered_at=JUST_NOW), Open(8, 0, "repeat", answered_at=LONG_AGO)
    older = Open(9, 0, "repeat", answered_at=LONG_AGO - timedelta(days=1))
    work = [Open(1, 5), Open(2, purpose="attention")]
    assert set(hand_out([fresh, due, older, *work], 10, 1, NOON)[:2]) == {1, 2}
    assert hand_out([fresh, due, older, *work], 10, 1, NOON)[2:] == [9, 8]
    assert hand_out([fresh, due], 10, 1, NOON) == [8]
    assert hand_out([fresh, work[0]], 10, 1, NOON) == [1]
    assert hand_out([fresh], 10, 1, NOON) == [7]
    # One that was handed out stays, for the deck may show it already.
    assert hand_out([fresh, work[0]], 10, 1, NOON, held=[7]) == [1, 7]


# -- who ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "languages", "annotators", "why"),
    [
        ("open", (), (), ""),
        ("open", ("ara",), (3, 4), ""),
        ("draft", (), (), "T is not open for answers."),
        ("closed", ("ara",), (3,), "T is not open for answers."),
        ("open", ("ara",), (4,), "T is assigned to other people."),
        ("open", ("dan-Latn", "nob"), (3,), "T (ar) is in ara-Arab; your languages are dan-Latn, nob."),
    ],
)
def test_who_may_answer_and_why_not(state, languages, annotators, why):
    task, subset = Task("T", "sts", state=state), Subset("ar", ("ara-Arab",))
    account = Account(1, "Aisha", "annotator", languages, rater_id=3)
    assert why_not(task, subset, account, annotators) == why
    assert may_answer(task, subset, account, annotators) is (not why)


def test_the_display_order_is_the_same_after_a_reload_and_differs_between_raters_and_items():
    def order(rater: int, item: int) -> list[int]:
        return [int(value) for value in display_rng(rater, item).permutation(20)]

    assert order(1, 2) == order(1, 2)
    assert order(1, 2) != order(2, 1) != order(1, 1)
    assert isinstance(display_rng(1, 1), np.random.Generator)


@pytest.mark.parametrize(
    ("known", "needed", "can"),
    [
        ((), ("ara-Arab",), True),
        (("ara-Arab",), ("ara-Arab",), True),
        (("ara",), ("ara-Arab",), True),
        (("ara-Latn",), ("ara-Arab",), False),
        (("ar",), ("ara-Arab",), False),
        (("eng-Latn",), ("eng-Latn", "dan-Latn"), False),
        (("eng-Latn", "dan"), ("eng-Latn", "dan-Latn"), True),
        (("eng-Latn",), (), True),
    ],
)
def test_one_must_know_every_language_of_a_subset(known, needed, can):
    assert speaks(known, needed) is can
