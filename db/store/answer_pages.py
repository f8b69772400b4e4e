"""Answers a page at a time, in the order in which they were stored: what was read once is not read again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import tables as t
from db.store.rows import ANSWER_COLUMNS, answer_record, rater_record
from hume.records import AnswerRecord


class Chosen(NamedTuple):
    """Whose answers, to what: each restricts where it is not None."""

    subset_ids: Sequence[int] | None = None
    rater_ids: Sequence[int] | None = None
    statuses: Sequence[str] | None = None


class SubsetPlace(NamedTuple):
    """A subset, whether it still has items or not."""

    id: int
    task: str
    task_type: str
    subset: str
    language: str
    """All of its languages, with `+` between them."""


ALL = Chosen()


def answers_after(session: Session, after: int, limit: int, chosen: Chosen = ALL) -> list[tuple[int, AnswerRecord]]:
    """The first `limit` answers whose number is above `after`, with their numbers, every revision for itself.

    Answers are only ever added, so that the number of the last one is where to go on. On PostgreSQL, one whose
    transaction is still under way may have a lower number.
    """
    names = (t.Task.name.label("task_name"), t.Subset.name.label("subset_name"), t.Item.split, t.Item.purpose)
    query = (
        select(t.Answer.id.label("number"), *names, t.Rater, *ANSWER_COLUMNS)
        .join(t.Item, t.Item.id == t.Answer.item_id)
        .join(t.Subset, t.Subset.id == t.Item.subset_id)
        .join(t.Task, t.Task.id == t.Subset.task_id)
        .join(t.Rater, t.Rater.id == t.Answer.rater_id)
        .where(t.Answer.id > after)
        .order_by(t.Answer.id)
        .limit(limit)
    )
    columns = (t.Subset.id, t.Rater.id, t.Answer.status)
    for column, values in zip(columns, chosen, strict=True):
        if values is not None:
            query = query.where(column.in_(values))
    found = []
    for row in session.execute(query):
        rater, answer = rater_record(row.Rater), answer_record(row)
        record = AnswerRecord(row.task_name, row.subset_name, row.split, rater, answer, row.purpose)
        found.append((row.number, record))
    return found


def subset_places(session: Session) -> list[SubsetPlace]:
    """All subsets there ever were, in stored order."""
    query = select(t.Subset.id, t.Task.name, t.Task.task_type, t.Subset.name.label("subset"), t.Subset.languages)
    rows = session.execute(query.join(t.Task, t.Task.id == t.Subset.task_id).order_by(t.Subset.id))
    return [SubsetPlace(row.id, row.name, row.task_type, row.subset, "+".join(row.languages)) for row in rows]
