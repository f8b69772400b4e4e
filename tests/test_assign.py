"""Which item comes next: the least answered, in an order of each annotator's own."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest

from hume.assign import choose, display_rng, speaks


class Open(NamedTuple):
    item_id: int
    n_answers: int


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
