"""Rows of the table `task`: found, locked, counted as changed."""

from __future__ import annotations

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from db import tables as t
from hume.errors import NotFound


def find_task_row(session: Session, name: str) -> t.Task:
    """The row of the task of that name; NotFound names those that are there."""
    row = session.scalars(select(t.Task).where(t.Task.name == name)).first()
    if row is None:
        raise NotFound(f"There is no task {name!r}. {there_are(session)}")
    return row


def there_are(session: Session) -> str:
    """A sentence that names the tasks there are."""
    names = session.scalars(select(t.Task.name).order_by(t.Task.name)).all()
    return f"There are: {', '.join(names)}." if names else "There are none yet (hume import tasks PATH)."


def queue_changes(session: Session) -> None:
    """Make others who change tasks and their items wait until this transaction ends; SQLite's queue anyway.

    Called first in a transaction: one that has read or locked other things before could wait in a circle.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE task IN SHARE ROW EXCLUSIVE MODE"))


def count_change(session: Session, task_id: int) -> None:
    """Tell caches that the task, its subsets or its items are not what they were."""
    session.execute(update(t.Task).where(t.Task.id == task_id).values(changes=t.Task.changes + 1))
