"""What queries ask of items: which count, for whom, and how many people have answered.

Conditions that depend on nothing are kept: making one takes longer than a small query.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache

from sqlalchemy import BindParameter, ColumnElement, Integer, and_, bindparam, func, or_, select

from db import tables as t
from db.columns import UtcDateTime
from db.store.rows import is_latest
from hume.records import TRAIN

RaterId = int | BindParameter[int]
Moment = datetime | BindParameter[datetime]

#: What statements that are built once are told at each execution: see `db.store.sql.fetch`.
RATER: BindParameter[int] = bindparam("rater_id", type_=Integer)
SUBSET: BindParameter[int] = bindparam("subset_id", type_=Integer)
ITEMS: BindParameter[int] = bindparam("item_ids", type_=Integer, expanding=True)
NOW: BindParameter[datetime] = bindparam("now", type_=UtcDateTime)


def is_evaluated() -> ColumnElement[bool]:
    """Whether an item is current and figures are made of it: for judgment, and not of the split for probes."""
    return and_(t.Item.retired.is_(False), t.Item.purpose == "judgment", t.Item.split != TRAIN)


def is_askable() -> ColumnElement[bool]:
    """Whether an item is current and one that people are given, whatever for."""
    return and_(t.Item.retired.is_(False), or_(t.Item.purpose != "judgment", t.Item.split != TRAIN))


def counts_for(rater_id: RaterId) -> ColumnElement[bool]:
    """Whether an item is part of a rater's progress: evaluated, for attention, or a repeat that the rater was given."""
    given = and_(t.Item.purpose == "repeat", is_given_to(rater_id))
    return and_(is_askable(), or_(t.Item.purpose.in_(("judgment", "attention")), given))


def is_answered_by(rater_id: RaterId) -> ColumnElement[bool]:
    """Whether a rater has given or skipped an item."""
    mine = and_(t.Answer.item_id == t.Item.id, t.Answer.rater_id == rater_id)
    return select(t.Answer.id).where(mine).correlate(t.Item).exists()


def is_given_to(rater_id: RaterId) -> ColumnElement[bool]:
    """Whether a rater has been given an item: it was leased, however long ago, or answered."""
    mine = and_(t.Assignment.item_id == t.Item.id, t.Assignment.rater_id == rater_id)
    return or_(select(t.Assignment.id).where(mine).correlate(t.Item).exists(), is_answered_by(rater_id))


def is_held_by(rater_id: RaterId, now: Moment) -> ColumnElement[bool]:
    """Whether a rater's place at an item is kept at this moment."""
    mine = and_(t.Assignment.item_id == t.Item.id, t.Assignment.rater_id == rater_id)
    return select(t.Assignment.id).where(mine, t.Assignment.leased_until > now).correlate(t.Item).exists()


@cache
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


def regular_answers_of_others(rater_id: RaterId) -> ColumnElement[int]:
    """How many other people's latest answer to an item is given and not surplus."""
    others = and_(t.Answer.item_id == t.Item.id, t.Answer.rater_id != rater_id, t.Answer.surplus.is_(False))
    return (
        select(func.count())
        .select_from(t.Answer)
        .join(t.Rater, t.Rater.id == t.Answer.rater_id)
        .where(others, t.Rater.kind == "human", t.Answer.status == "given", is_latest())
        .correlate(t.Item)
        .scalar_subquery()
    )


def leases_of_others(rater_id: RaterId, now: Moment) -> ColumnElement[int]:
    """How many others hold a live lease on an item."""
    return (
        select(func.count())
        .select_from(t.Assignment)
        .where(t.Assignment.item_id == t.Item.id, t.Assignment.rater_id != rater_id, t.Assignment.leased_until > now)
        .correlate(t.Item)
        .scalar_subquery()
    )


def original_given_at(rater_id: RaterId) -> ColumnElement[datetime]:
    """When a rater's latest answer to the item that a repeat copies was given; NULL for other items and without one."""
    mine = and_(t.Answer.item_id == t.Item.repeats_id, t.Answer.rater_id == rater_id, t.Answer.status == "given")
    return select(t.Answer.created_at).where(mine, is_latest()).correlate(t.Item).scalar_subquery()
