"""The people whom a task is assigned to. A task that is assigned to nobody is for everybody."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from functools import cache

from sqlalchemy import Executable, bindparam, delete, insert, select
from sqlalchemy.orm import Session

from db import tables as t
from db.store.sql import fetch
from db.store.task_rows import find_task_row, queue_changes
from hume.errors import InvalidInput


def assign_task(session: Session, task: str, rater_ids: Collection[int]) -> None:
    """Give a task to these people alone, by their raters' ids; to everybody where there are none.

    NotFound for an unknown task, InvalidInput for an id that is no person's.
    """
    queue_changes(session)
    row = find_task_row(session, task)
    wanted = sorted(set(rater_ids))
    people = set(session.scalars(select(t.Rater.id).where(t.Rater.id.in_(wanted), t.Rater.kind == "human")))
    for rater_id in wanted:
        if rater_id not in people:
            raise InvalidInput(
                f"{task} cannot be assigned to the rater {rater_id}.", "Choose people who have signed in."
            )
    session.execute(delete(t.TaskAnnotator).where(t.TaskAnnotator.task_id == row.id))
    if wanted:
        session.execute(insert(t.TaskAnnotator), [{"task_id": row.id, "rater_id": one} for one in wanted])


def annotators_of(session: Session, task: str) -> list[int]:
    """The raters' ids of the people whom a task is assigned to; none means everybody. NotFound for an unknown task."""
    found = list(fetch(session, _annotators(), task=task).scalars())
    if not found:
        find_task_row(session, task)
    return [rater_id for rater_id in found if rater_id is not None]


@cache
def _annotators() -> Executable:
    """A single NULL for a task that is assigned to nobody."""
    query = select(t.TaskAnnotator.rater_id).select_from(t.Task)
    query = query.outerjoin(t.TaskAnnotator, t.TaskAnnotator.task_id == t.Task.id)
    return query.where(t.Task.name == bindparam("task")).order_by(t.TaskAnnotator.rater_id)


def assigned(session: Session) -> dict[str, Sequence[int]]:
    """By task name, the same for every task that is assigned to somebody."""
    query = select(t.Task.name, t.TaskAnnotator.rater_id).join(t.Task, t.Task.id == t.TaskAnnotator.task_id)
    found: dict[str, list[int]] = defaultdict(list)
    for name, rater_id in session.execute(query.order_by(t.Task.name, t.TaskAnnotator.rater_id)):
        found[name].append(rater_id)
    return dict(found)
