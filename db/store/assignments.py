"""Who is to answer what: open items, and leases that keep a place for the one who is at it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from db import tables as t
from db.store.raters import lock_rater
from db.store.rows import is_latest
from db.store.sql import batches, upsert
from hume.errors import NotFound
from hume.records import TRAIN


class OpenItem(NamedTuple):
    """An item that a rater may be given."""

    item_id: int
    n_answers: int
    """People who have given an answer, or hold a lease and are about to; the rater itself is not among them."""


def open_items(session: Session, rater_id: int, subset_id: int, now: datetime) -> list[OpenItem]:
    """The items of an open task that this rater has not answered and that still want people, by position.

    An item wants people while given answers by people and live leases of others are fewer than the task's overlap;
    skipped ones leave the place free. None where the task is not open. The subset stays locked until the
    transaction ends, so that what is leased from this list in the same transaction is nobody else's.
    """
    if not _is_open(session, subset_id):
        return []
    n_taken = (answers_by_people() + _leases_of_others(rater_id, now)).label("n_taken")
    overlap = select(t.Task.overlap).join(t.Subset, t.Subset.task_id == t.Task.id).where(t.Subset.id == subset_id)
    wanted = (
        select(t.Item.id, n_taken, t.Item.position)
        .where(t.Item.subset_id == subset_id, is_asked(), ~is_answered_by(rater_id))
        .subquery()
    )
    query = (
        select(wanted.c.id, wanted.c.n_taken)
        .where(wanted.c.n_taken < overlap.scalar_subquery())
        .order_by(wanted.c.position, wanted.c.id)
    )
    return [OpenItem(item_id, n) for item_id, n in session.execute(query)]


def leased(session: Session, rater_id: int, subset_id: int, now: datetime) -> list[int]:
    """Ids of the items that the rater holds a live lease on and has not answered, by position."""
    query = (
        select(t.Item.id)
        .join(t.Assignment, t.Assignment.item_id == t.Item.id)
        .join(t.Subset, t.Subset.id == t.Item.subset_id)
        .join(t.Task, t.Task.id == t.Subset.task_id)
        .where(t.Item.subset_id == subset_id, is_asked(), t.Task.state == "open", ~is_answered_by(rater_id))
        .where(t.Assignment.rater_id == rater_id, t.Assignment.leased_until > now)
        .order_by(t.Item.position, t.Item.id)
    )
    return list(session.scalars(query))


def lease(session: Session, rater_id: int, item_ids: Sequence[int], until: datetime) -> None:
    """Keep the rater's place at these items until then; a lease that is there already is set to that time."""
    lock_rater(session, rater_id)
    rows = [{"item_id": item_id, "rater_id": rater_id, "leased_until": until} for item_id in item_ids]
    upsert(session, t.Assignment, rows, unique=("item_id", "rater_id"), update=("leased_until",))


def release(session: Session, rater_id: int, item_ids: Sequence[int]) -> None:
    """Give up the rater's leases on these items, where there are any."""
    lock_rater(session, rater_id)
    for some in batches(item_ids):
        mine = t.Assignment.rater_id == rater_id
        session.execute(delete(t.Assignment).where(mine, t.Assignment.item_id.in_(some)))


# -- conditions on items, shared with progress ------------------------------------------------------


def is_asked() -> ColumnElement[bool]:
    """Whether an item is current and evaluated."""
    return t.Item.retired.is_(False) & (t.Item.split != TRAIN)


def is_answered_by(rater_id: int) -> ColumnElement[bool]:
    """Whether a rater has given or skipped an item."""
    return select(t.Answer.id).where(t.Answer.item_id == t.Item.id, t.Answer.rater_id == rater_id).exists()


def answers_by_people() -> ColumnElement[int]:
    """How many people's latest answer to an item is given."""
    return (
        select(func.count())
        .select_from(t.Answer)
        .join(t.Rater, t.Rater.id == t.Answer.rater_id)
        .where(t.Answer.item_id == t.Item.id, t.Rater.kind == "human", t.Answer.status == "given", is_latest())
        .correlate(t.Item)
        .scalar_subquery()
    )


def _leases_of_others(rater_id: int, now: datetime) -> ColumnElement[int]:
    return (
        select(func.count())
        .select_from(t.Assignment)
        .where(t.Assignment.item_id == t.Item.id, t.Assignment.rater_id != rater_id, t.Assignment.leased_until > now)
        .correlate(t.Item)
        .scalar_subquery()
    )


def _is_open(session: Session, subset_id: int) -> bool:
    locked = select(t.Subset.task_id).where(t.Subset.id == subset_id).with_for_update(key_share=True)
    task_id = session.scalars(locked).first()
    if task_id is None:
        raise NotFound(f"There is no subset with the id {subset_id}. Reload the page.")
    return session.scalars(select(t.Task.state).where(t.Task.id == task_id)).one() == "open"
