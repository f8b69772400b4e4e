"""Tasks, subsets and items: stored from documents, read as records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Row, Select, func, select, update
from sqlalchemy.orm import Session

from db import tables as t
from hume.errors import NotFound
from hume.records import TRAIN, Item, Subset, Task, TaskState


class Outline(NamedTuple):
    """A subset without its items: what lists of work show."""

    task: Task
    subset: Subset
    id: int
    n_items: int
    """Current evaluated items."""


def tasks(session: Session) -> list[Task]:
    """All tasks, by name."""
    return [task_record(row) for row in session.scalars(select(t.Task).order_by(t.Task.name))]


def find_task(session: Session, name: str) -> Task:
    """The task of that name; NotFound names those that are there."""
    return task_record(find_task_row(session, name))


def find_subset_id(session: Session, task: str, subset: str) -> int:
    """The database's id of a subset; NotFound names the tasks, or the task's subsets, that are there."""
    task_id = find_task_row(session, task).id
    rows = session.execute(select(t.Subset.name, t.Subset.id).where(t.Subset.task_id == task_id).order_by(t.Subset.id))
    ids = {name: subset_id for name, subset_id in rows}
    if subset not in ids:
        raise NotFound(f"The task {task} has no subset {subset!r}. It has: {', '.join(ids)}.")
    return ids[subset]


def set_task(session: Session, name: str, state: TaskState | None = None, overlap: int | None = None) -> None:
    """Open, close or hide a task, or say how many people are to answer each item; None leaves a thing as it is."""
    row = find_task_row(session, name)
    if overlap is not None and overlap < 1:
        raise ValueError(f"an overlap of {overlap}: at least one person is to answer each item")
    row.state = state or row.state
    row.overlap = overlap or row.overlap
    count_change(session, row.id)


def outlines(session: Session, tasks: Sequence[str] = ()) -> list[Outline]:
    """The subsets that have current evaluated items, of the tasks named or of all, by task and stored order."""
    counted = (
        select(t.Item.subset_id, func.count().label("n_items"))
        .where(t.Item.retired.is_(False), t.Item.split != TRAIN)
        .group_by(t.Item.subset_id)
        .subquery()
    )
    query = (
        select(t.Task, t.Subset, counted.c.n_items)
        .join(t.Subset, t.Subset.task_id == t.Task.id)
        .join(counted, counted.c.subset_id == t.Subset.id)
        .order_by(t.Task.name, t.Subset.id)
    )
    rows = session.execute(of_tasks(session, query, tasks))
    return [Outline(task_record(task), subset_record(subset), subset.id, n) for task, subset, n in rows]


def item(session: Session, item_id: int) -> tuple[Task, Subset, Item]:
    """An item, retired or not, with its task and subset; NotFound where there is none of that id."""
    found = session.execute(
        select(t.Task, t.Subset, t.Item)
        .join(t.Subset, t.Subset.task_id == t.Task.id)
        .join(t.Item, t.Item.subset_id == t.Subset.id)
        .where(t.Item.id == item_id)
    ).first()
    if found is None:
        raise NotFound(f"There is no item {item_id}. Reload the page: the task may have been imported anew.")
    task, subset, row = found
    return task_record(task), subset_record(subset), item_record(row)


# -- shared with the other modules of the store -----------------------------------------------------


def find_task_row(session: Session, name: str) -> t.Task:
    """The row of a task; NotFound names those that are there."""
    row = session.scalars(select(t.Task).where(t.Task.name == name)).first()
    if row is None:
        raise NotFound(f"There is no task {name!r}. {_there_are(session)}")
    return row


def of_tasks(session: Session, query: Select[T], names: Sequence[str]) -> Select[T]:
    """The query, restricted to the tasks named, if any; NotFound where one of them is not there."""
    for name in names:
        find_task_row(session, name)
    return query.where(t.Task.name.in_(names)) if names else query


def count_change(session: Session, task_id: int) -> None:
    """Note that something of a task has changed, so that `db.store.state.state_token` changes too."""
    session.execute(update(t.Task).where(t.Task.id == task_id).values(changes=t.Task.changes + 1))


def task_record(row: t.Task) -> Task:
    """A row as a record."""
    return Task(
        name=row.name,
        task_type=row.task_type,
        description=row.description,
        license=row.license,
        source=row.source,
        revision=row.revision,
        instruction=row.instruction,
        guidelines=row.guidelines,
        settings=row.settings,
        state=row.state,
        overlap=row.overlap,
        is_sample=row.is_sample,
    )


def subset_record(row: t.Subset) -> Subset:
    """A row as a record."""
    return Subset(row.name, tuple(row.languages), row.guidelines, row.settings)


def item_record(row: t.Item) -> Item:
    """A row as a record."""
    return Item(row.key, row.content, row.gold, row.split, row.position, row.version, row.id)


def _there_are(session: Session) -> str:
    names = session.scalars(select(t.Task.name).order_by(t.Task.name)).all()
    return f"There are: {', '.join(names)}." if names else "There are none yet: hume import tasks PATH"
