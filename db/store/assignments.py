"""Who is to answer what: open items, and leases that keep a place for the one who is at it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import NamedTuple

from sqlalchemy import Executable, Integer, and_, bindparam, case, delete, func, literal, select, update
from sqlalchemy.orm import Session

from db import tables as t
from db.store.conditions import (
    ITEMS,
    NOW,
    RATER,
    SUBSET,
    answers_by_people,
    is_answered_by,
    is_askable,
    is_given_to,
    is_held_by,
    leases_of_others,
    original_given_at,
)
from db.store.raters import lock_rater
from db.store.sql import batches, fetch, upsert
from hume.errors import NotFound
from hume.records import Purpose


class OpenItem(NamedTuple):
    """An item that a rater may be given."""

    item_id: int
    n_answers: int
    """People who have given an answer, or hold a lease and are about to; the rater itself is not among them."""
    purpose: Purpose = "judgment"
    shared: bool = False
    """Everybody is to answer it, whatever the overlap."""
    answered_at: datetime | None = None
    """Of a repeat: when this rater answered the original."""


class TrainingDone(NamedTuple):
    """How far a rater is with a subset's training items."""

    done: int
    total: int


def open_items(session: Session, rater_id: int, subset_id: int, now: datetime) -> list[OpenItem]:
    """The items of an open task that this rater has not answered and that still want people, by position.

    An item wants people while given answers by people and live leases of others are fewer than the task's overlap;
    skipped ones leave the place free. One that the rater holds a lease on is kept, even if late answers of others
    have filled it meanwhile. Shared, training and attention items want everybody, repeats those who gave an answer to
    the original. None where the task is not open. The subset stays locked until the transaction ends, so that what is
    leased from this list in the same transaction is nobody else's.
    """
    _lock_subset(session, subset_id)
    return _open_now(session, rater_id, subset_id, now)


def has_open_items(session: Session, rater_id: int, subset_id: int, now: datetime) -> bool:
    """Whether `open_items` has any. Nothing is locked: it may be otherwise by the time that it is told."""
    return bool(_open_now(session, rater_id, subset_id, now))


def _open_now(session: Session, rater_id: int, subset_id: int, now: datetime) -> list[OpenItem]:
    overlap = _overlap_if_open(session, subset_id)
    if overlap is None:
        return []
    rows = fetch(session, _unanswered(), rater_id=rater_id, subset_id=subset_id, now=now)
    # Here and not in the query: SQLite would count once to choose and again to tell.
    found = ((OpenItem(*row[:-1]), row[-1]) for row in rows)
    return [one for one, held in found if held or _wants_people(one, overlap)]


@cache
def _unanswered() -> Executable:
    by_overlap = and_(t.Item.purpose == "judgment", t.Item.shared.is_(False))
    taken = case((by_overlap, answers_by_people() + leases_of_others(RATER, NOW)), else_=literal(0))
    is_held, answered_at = is_held_by(RATER, NOW), original_given_at(RATER)
    return (
        select(t.Item.id, taken, t.Item.purpose, t.Item.shared, answered_at, is_held)
        .where(t.Item.subset_id == SUBSET, is_askable(), ~is_answered_by(RATER))
        .order_by(t.Item.position, t.Item.id)
    )


def _wants_people(one: OpenItem, overlap: int) -> bool:
    if one.purpose == "repeat":
        return one.answered_at is not None
    return one.shared or one.purpose != "judgment" or one.n_answers < overlap


def leased(session: Session, rater_id: int, subset_id: int, now: datetime) -> list[int]:
    """Ids of the items that the rater holds a live lease on and has not answered, by position."""
    return list(fetch(session, _leased(), rater_id=rater_id, subset_id=subset_id, now=now).scalars())


@cache
def _leased() -> Executable:
    return (
        select(t.Item.id)
        .join(t.Assignment, t.Assignment.item_id == t.Item.id)
        .join(t.Subset, t.Subset.id == t.Item.subset_id)
        .join(t.Task, t.Task.id == t.Subset.task_id)
        .where(t.Item.subset_id == SUBSET, is_askable(), t.Task.state == "open", ~is_answered_by(RATER))
        .where(t.Assignment.rater_id == RATER, t.Assignment.leased_until > NOW)
        .order_by(t.Item.position, t.Item.id)
    )


def is_leased(session: Session, rater_id: int, item_id: int, now: datetime) -> bool:
    """Whether `leased` has an item, whichever its subset is."""
    subset = select(t.Item.subset_id).where(t.Item.id == item_id)
    subset_id = session.scalars(subset).first()
    return subset_id is not None and item_id in leased(session, rater_id, subset_id, now)


def given_before(session: Session, rater_id: int, item_ids: Sequence[int]) -> set[int]:
    """Those of the items that the rater was given at some time: leased, however long ago, or answered."""
    found: set[int] = set()
    for some in batches(item_ids):
        found.update(fetch(session, _given(), rater_id=rater_id, item_ids=some).scalars())
    return found


@cache
def _given() -> Executable:
    return select(t.Item.id).where(t.Item.id.in_(ITEMS), is_given_to(RATER))


def training_done(session: Session, rater_id: int, subset_id: int) -> TrainingDone:
    """How many of the subset's current training items the rater has answered, and how many there are."""
    query = select(func.count().filter(is_answered_by(rater_id)), func.count()).select_from(t.Item)
    training = and_(t.Item.subset_id == subset_id, t.Item.retired.is_(False), t.Item.purpose == "training")
    return TrainingDone(*session.execute(query.where(training)).one())


def lease(session: Session, rater_id: int, item_ids: Sequence[int], until: datetime) -> None:
    """Keep the rater's place at these items until then; a lease that is there already is set to that time."""
    lock_rater(session, rater_id)
    rows = [{"item_id": item_id, "rater_id": rater_id, "leased_until": until} for item_id in item_ids]
    upsert(session, t.Assignment, rows, unique=("item_id", "rater_id"), update=("leased_until",))


def shorten_leases(session: Session, latest: datetime) -> int:
    """Have no lease last beyond that moment; how many did. One from a clock that was ahead would keep others out."""
    too_long = t.Assignment.leased_until > latest
    found = list(session.scalars(select(t.Assignment.id).where(too_long)))
    for some in batches(found):
        session.execute(update(t.Assignment).where(t.Assignment.id.in_(some), too_long).values(leased_until=latest))
    return len(found)


def release(session: Session, rater_id: int, item_ids: Sequence[int]) -> None:
    """Give up the rater's leases on these items, where there are any."""
    lock_rater(session, rater_id)
    remove_leases(session, rater_id, item_ids)


def remove_leases(session: Session, rater_id: int, item_ids: Sequence[int]) -> None:
    """The same for a rater that is locked already."""
    for some in batches(item_ids):
        fetch(session, _release(), rater_id=rater_id, item_ids=some)


@cache
def _release() -> Executable:
    return delete(t.Assignment).where(t.Assignment.rater_id == RATER, t.Assignment.item_id.in_(ITEMS))


def lock_subsets(session: Session, item_ids: Sequence[int]) -> dict[int, int]:
    """Make others who lease or answer items of the same subsets wait until this transaction ends.

    The subsets' ids, by item. Whoever locks a rater as well does so afterwards, as all do: else two could wait for
    each other. SQLite's transactions queue anyway.
    """
    subsets: dict[int, int] = {}
    for some in batches(item_ids):
        subsets.update(fetch(session, _subsets(), item_ids=some).all())
    if session.get_bind().dialect.name == "postgresql":
        fetch(session, _locking_subsets(), subset_ids=sorted(set(subsets.values()))).all()
    return subsets


@cache
def _subsets() -> Executable:
    return select(t.Item.id, t.Item.subset_id).where(t.Item.id.in_(ITEMS))


@cache
def _locking_subsets() -> Executable:
    several = t.Subset.id.in_(bindparam("subset_ids", type_=Integer, expanding=True))
    return select(t.Subset.id).where(several).order_by(t.Subset.id).with_for_update(key_share=True)


def _lock_subset(session: Session, subset_id: int) -> None:
    if fetch(session, _locking_subset(), subset_id=subset_id).first() is None:
        raise NotFound(f"There is no subset with the id {subset_id}. Reload the page.")


def _overlap_if_open(session: Session, subset_id: int) -> int | None:
    """The overlap of the subset's task, None where that is not open."""
    state, overlap = fetch(session, _state_and_overlap(), subset_id=subset_id).one()
    return overlap if state == "open" else None


@cache
def _locking_subset() -> Executable:
    return select(t.Subset.id).where(t.Subset.id == SUBSET).with_for_update(key_share=True)


@cache
def _state_and_overlap() -> Executable:
    task = select(t.Task.state, t.Task.overlap).join(t.Subset, t.Subset.task_id == t.Task.id)
    return task.where(t.Subset.id == SUBSET)
