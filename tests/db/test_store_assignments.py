"""Who is given what: overlap, leases, and annotators who ask at the same instant."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta
from functools import partial

import pytest
from documents import NOON, at_once, document, given, item_ids, pair, rater_id, stored
from sqlalchemy import Engine, func, select

from db import tables as t
from db.session import reading, transaction
from db.store.answers import progress, save_answers
from db.store.assignments import OpenItem, lease, leased, open_items, release
from db.store.tasks import save_document, set_task
from hume.errors import NotFound
from hume.records import Answer

LATER = NOON + timedelta(hours=2)


def opened(engine: Engine, rater: int, subset: int, now: object = NOON) -> list[OpenItem]:
    with transaction(engine) as session:
        return open_items(session, rater, subset, now)  # type: ignore[arg-type]


def answer(engine: Engine, rater: int, *items: int, status: str = "given") -> None:
    one = given() if status == "given" else Answer("", "skipped")
    with transaction(engine) as session:
        save_answers(session, rater, [(item, one) for item in items])


def hold(engine: Engine, rater: int, *items: int, until: object = LATER) -> None:
    with transaction(engine) as session:
        lease(session, rater, items, until)  # type: ignore[arg-type]


def test_all_current_evaluated_items_are_open_at_first(engine: Engine) -> None:
    subset = stored(engine, 3)
    assert opened(engine, rater_id(engine), subset) == [OpenItem(item, 0) for item in item_ids(engine)]


def test_overlap_counts_given_answers_of_people_and_live_leases_of_others(engine: Engine) -> None:
    subset = stored(engine, 6, overlap=2)
    ids = item_ids(engine)
    me, bo, cy = (rater_id(engine, name) for name in ("Aisha", "Bo", "Cy"))
    answer(engine, me, ids[0])
    answer(engine, bo, ids[1])
    answer(engine, bo, ids[2])
    answer(engine, cy, ids[2])
    answer(engine, bo, ids[3])
    hold(engine, cy, ids[3])
    hold(engine, bo, ids[4])
    hold(engine, me, ids[4])
    for name, kind in (("model", "embedding"), ("judge", "llm"), ("made up", "simulated")):
        answer(engine, rater_id(engine, name, kind), *ids)
    assert opened(engine, me, subset) == [OpenItem(ids[1], 1), OpenItem(ids[4], 1), OpenItem(ids[5], 0)]
    # A lease that has run out frees the place; a rater's own lease never takes it.
    assert [one.item_id for one in opened(engine, me, subset, LATER)] == [ids[1], ids[3], ids[4], ids[5]]


def test_skipped_item_is_not_asked_again_and_leaves_its_place_to_others(engine: Engine) -> None:
    subset = stored(engine, 1, overlap=1)
    (item,), me, bo = item_ids(engine), rater_id(engine), rater_id(engine, "Bo")
    answer(engine, me, item, status="skipped")
    assert opened(engine, me, subset) == []
    assert opened(engine, bo, subset) == [OpenItem(item, 0)]
    answer(engine, bo, item)
    assert opened(engine, rater_id(engine, "Cy"), subset) == []
    answer(engine, bo, item, status="skipped")
    assert opened(engine, rater_id(engine, "Cy"), subset) == [OpenItem(item, 0)]


@pytest.mark.parametrize("state", ["draft", "closed"])
def test_nothing_is_open_or_leased_in_a_task_that_is_not_open(engine: Engine, state: str) -> None:
    subset = stored(engine)
    me = rater_id(engine)
    hold(engine, me, *item_ids(engine))
    with transaction(engine) as session:
        set_task(session, "SampleSTS", state=state)  # type: ignore[arg-type]
    assert opened(engine, me, subset) == []
    with reading(engine) as session:
        assert leased(session, me, subset, NOON) == []


def test_retired_item_is_neither_open_nor_leased(engine: Engine) -> None:
    subset = stored(engine, 2)
    me = rater_id(engine)
    first, second = item_ids(engine)
    hold(engine, me, first, second)
    with transaction(engine) as session:
        save_document(session, document([pair(2)]))
    assert opened(engine, me, subset) == [OpenItem(second, 0)]
    with reading(engine) as session:
        assert leased(session, me, subset, NOON) == [second]


def test_lease_is_one_a_rater_and_item_prolonged_released_and_used_up(engine: Engine) -> None:
    subset = stored(engine)
    me, ids = rater_id(engine), item_ids(engine)
    hold(engine, me, *ids, until=NOON + timedelta(seconds=1))
    hold(engine, me, *ids[:3])
    with transaction(engine) as session:
        assert session.scalars(select(func.count()).select_from(t.Assignment)).one() == len(ids)
        assert leased(session, me, subset, NOON) == ids
        assert leased(session, me, subset, NOON + timedelta(seconds=1)) == ids[:3]
        release(session, me, ids[:1])
        assert leased(session, me, subset, NOON + timedelta(seconds=1)) == ids[1:3]
        lease(session, me, [], LATER)
    answer(engine, me, ids[1])
    with reading(engine) as session:
        assert leased(session, me, subset, NOON + timedelta(seconds=1)) == [ids[2]]


def test_unknown_subset_or_rater(engine: Engine) -> None:
    with pytest.raises(NotFound, match="no subset with the id 4711"):
        opened(engine, 1, 4711)
    with pytest.raises(NotFound, match="no rater 4711"):
        hold(engine, 4711, 1)


def take(engine: Engine, rater: int, subset: int, count: int, seed: int) -> list[int]:
    """What the deck does for each request: the open items, some of them leased, in one transaction."""
    with transaction(engine) as session:
        found = [one.item_id for one in open_items(session, rater, subset, NOON)]
        random.Random(seed).shuffle(found)
        lease(session, rater, found[:count], LATER)
        return found[:count]


def test_twenty_at_once_race_for_the_last_places(engine: Engine) -> None:
    subset = stored(engine, 3, overlap=2)
    raters = [rater_id(engine, f"r{number}") for number in range(20)]
    taken = at_once([partial(take, engine, rater, subset, 3, seed) for seed, rater in enumerate(raters)])
    counts = Counter(item for items in taken for item in items)  # type: ignore[attr-defined]
    assert counts == dict.fromkeys(item_ids(engine), 2)


def test_twenty_at_once_take_and_answer_until_nothing_is_left(engine: Engine) -> None:
    subset = stored(engine, 12, overlap=3)
    raters = [rater_id(engine, f"r{number}") for number in range(20)]

    def work(rater: int, seed: int) -> int:
        done = 0
        while items := take(engine, rater, subset, 2, seed):
            answer(engine, rater, *items)
            done += len(items)
        return done

    done = at_once([partial(work, rater, seed) for seed, rater in enumerate(raters)])
    assert sum(done) == 36  # type: ignore[arg-type]
    with reading(engine) as session:
        per_item = session.execute(select(t.Answer.item_id, func.count()).group_by(t.Answer.item_id)).all()
        assert {n for _, n in per_item} == {3}
        assert session.scalars(select(func.count()).select_from(t.Assignment)).one() == 0
        assert progress(session, raters[0], subset, NOON).open == 0


def test_one_rater_in_many_tabs_takes_answers_and_releases_at_once(engine: Engine) -> None:
    subset = stored(engine, 10, overlap=1)
    me, ids = rater_id(engine), item_ids(engine)

    def tab(seed: int) -> None:
        for _ in range(4):
            items = take(engine, me, subset, 5, seed) or ids[:3]
            answer(engine, me, *reversed(items[:2]))
            with transaction(engine) as session:
                release(session, me, items)

    assert at_once([partial(tab, seed) for seed in range(8)]) == [None] * 8
