"""Annotators who race for the last place at each item, in threads of one process or of several."""

from __future__ import annotations

import multiprocessing
import random
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from multiprocessing.synchronize import Barrier
from typing import Any

from documents import NOON, at_once, given
from sqlalchemy import Engine, func, select

from db import tables as t
from db.session import open_engine, reading, transaction
from db.store.answers import save_answers
from db.store.assignments import lease, open_items
from db.store.rows import is_latest

Session = Callable[[Engine, int, int], int]
"""What one annotator does (engine, rater, subset): how many answers were acknowledged."""

N_PROCESSES = 2


def take_and_answer(engine: Engine, rater: int, subset: int) -> int:
    """As the deck does: a few open items, chosen at random, are leased and then answered, until there are none."""
    chance, done = random.Random(rater), 0
    while True:
        with transaction(engine) as session:
            found = [one.item_id for one in open_items(session, rater, subset, NOON)]
            taken = chance.sample(found, min(2, len(found)))
            lease(session, rater, taken, NOON + timedelta(hours=2))
        if not taken:
            return done
        done += _answer(engine, rater, taken)


def answer_late(engine: Engine, rater: int, subset: int) -> int:
    """Whoever was given all the items long ago answers them all, and the first one twice."""
    with reading(engine) as session:
        found = list(session.scalars(select(t.Item.id).where(t.Item.subset_id == subset, t.Item.split == "test")))
    order = random.Random(rater).sample(found, len(found))
    return sum(_answer(engine, rater, [item]) for item in [*order, order[0]])


def _answer(engine: Engine, rater: int, items: Sequence[int]) -> int:
    with transaction(engine) as session:
        saved = save_answers(session, rater, [(item, given(score=rater % 6)) for item in items])
    return sum(one.state == "saved" for one in saved)


def in_threads(url: str, work: Session, raters: Sequence[int], subset: int) -> int:
    """All at once, on one pool of connections; the number of answers that were acknowledged."""
    engine = open_engine(url, pool=10)
    try:
        found = at_once([partial(work, engine, rater, subset) for rater in raters])
    finally:
        engine.dispose()
    for one in found:
        if isinstance(one, BaseException):
            raise one
    return sum(found)  # type: ignore[arg-type]


def in_processes(url: str, work: Session, raters: Sequence[int], subset: int) -> int:
    """The same in processes of their own, each with its share of the annotators in threads."""
    spawn = multiprocessing.get_context("spawn")
    start, told = spawn.Barrier(N_PROCESSES), spawn.Queue()
    shares = [raters[number::N_PROCESSES] for number in range(N_PROCESSES)]
    workers = [spawn.Process(target=_run, args=(url, work, share, subset, start, told)) for share in shares]
    for worker in workers:
        worker.start()
    found = [told.get(timeout=120) for _ in workers]
    for worker in workers:
        worker.join(30)
    assert all(isinstance(one, int) for one in found), found
    return sum(found)


def _run(url: str, work: Session, raters: Sequence[int], subset: int, start: Barrier, told: Any) -> None:
    try:
        start.wait(120)
        told.put(in_threads(url, work, raters, subset))
    except BaseException as error:
        told.put(repr(error))


def places(engine: Engine) -> list[tuple[int, int]]:
    """Of each item the answers that count, and those that came too late; by each person's latest."""
    counted = func.count().filter(t.Answer.surplus.is_(False), is_latest())
    late = func.count().filter(t.Answer.surplus.is_(True), is_latest())
    with reading(engine) as session:
        return [(n, m) for n, m in session.execute(select(counted, late).group_by(t.Answer.item_id))]


def n_stored(engine: Engine) -> int:
    """All answers that there are, whatever their revision."""
    with reading(engine) as session:
        return session.scalars(select(func.count()).select_from(t.Answer)).one()
