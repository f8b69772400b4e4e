"""A token that tells a cache whether figures must be computed anew."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db import tables as t
from db.store.sql import digest


def state_token(session: Session) -> str:
    """A string that differs whenever a task, item, answer, score or published figure was added or changed.

    Answers and scores are only ever added, so their number tells; a highest id would not, since of two transactions
    the one with the lower ids may end last.
    """
    counts = select(
        select(func.count()).select_from(t.Answer).scalar_subquery(),
        select(func.count()).select_from(t.Score).scalar_subquery(),
        select(func.coalesce(func.sum(t.Task.changes), 0)).scalar_subquery(),
    )
    publications = session.execute(select(t.Publication.origin, t.Publication.digest).order_by(t.Publication.origin))
    return digest([list(session.execute(counts).one()), [list(row) for row in publications]])


def subset_states(session: Session) -> dict[int, str]:
    """By subset id, by task and in stored order, a string that differs whenever its figures may have changed.

    For subsets that have an item. It counts every answer, which takes a second for a million: ask `state_token` first.
    """
    counts = (
        select(t.Subset.id, t.Task.changes, func.count(t.Answer.id))
        .join(t.Task, t.Task.id == t.Subset.task_id)
        .join(t.Item, t.Item.subset_id == t.Subset.id)
        .outerjoin(t.Answer, t.Answer.item_id == t.Item.id)
        .group_by(t.Subset.id, t.Task.changes, t.Task.name)
        .order_by(t.Task.name, t.Subset.id)
    )
    return {subset_id: f"{changes} {answers}" for subset_id, changes, answers in session.execute(counts)}
