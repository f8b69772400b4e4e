"""Fifty annotators race for the last place at each item: never more answers count than the overlap, and none is lost.

They are threads of one process, as in the app, and of two, as behind a proxy or beside a command.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
import racing
from documents import NOON, given, human, item_ids, rater_id, stored
from racing import answer_late, in_processes, in_threads, n_stored, places, take_and_answer
from sqlalchemy import Engine

from db.session import transaction
from db.store.answers import save_answers
from db.store.assignments import lease

N_RATERS = 50
OVERLAP = 3

Racing = Callable[[str, racing.Session, Sequence[int], int], int]
together = pytest.mark.parametrize("race", [in_threads, in_processes], ids=["threads", "processes"])


def last_places(engine: Engine, n_items: int, overlap: int = OVERLAP) -> tuple[int, list[int]]:
    """A subset each of whose items has all its answers but one, and the annotators who want to give that one."""
    subset = stored(engine, n_items, overlap=overlap)
    ids = item_ids(engine)
    for number in range(overlap - 1):
        with transaction(engine) as session:
            save_answers(session, human(session, f"early {number}"), [(item, given()) for item in ids])
    return subset, [rater_id(engine, f"r{number}") for number in range(N_RATERS)]


@together
def test_whoever_is_given_the_last_place_fills_it_and_nobody_answers_in_vain(
    engine: Engine, database_url: str, race: Racing
) -> None:
    n_items = 10
    subset, raters = last_places(engine, n_items)
    assert race(database_url, take_and_answer, raters, subset) == n_items
    assert places(engine) == [(OVERLAP, 0)] * n_items
    assert n_stored(engine) == OVERLAP * n_items


@together
def test_of_fifty_who_were_all_given_an_item_one_gets_the_last_place_and_all_are_kept(
    engine: Engine, database_url: str, race: Racing
) -> None:
    n_items = 3
    subset, raters = last_places(engine, n_items)
    ids = item_ids(engine)
    with transaction(engine) as session:
        for rater in raters:
            lease(session, rater, ids, NOON - timedelta(hours=1))
    acknowledged = race(database_url, answer_late, raters, subset)
    assert acknowledged == N_RATERS * (n_items + 1)
    assert n_stored(engine) == acknowledged + (OVERLAP - 1) * n_items
    assert places(engine) == [(OVERLAP, N_RATERS - 1)] * n_items
