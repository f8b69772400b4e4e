"""How a task is run: who answers it, how often, and which items check the raters. Every change leaves its trace."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import tables as t
from db.store.annotators import assign_task
from db.store.events import record_event
from db.store.purposes import SetApart, set_apart
from db.store.tasks import set_task
from hume.records import TaskState


@dataclass(frozen=True)
class TaskChange:
    """What is to be different about a task; None leaves a thing as it is."""

    state: TaskState | None = None
    overlap: int | None = None
    shared_share: float | None = None
    repeat_share: float | None = None
    training: int | None = None
    """Training items a subset, in all."""
    attention: int | None = None
    """Attention items a subset, in all."""
    annotators: Collection[int] | None = None
    """Raters' ids of the only people who are given its items; none for everybody."""


def change_task(session: Session, name: str, change: TaskChange, account_id: int | None = None) -> SetApart | None:
    """Carry out a change of a task, with a line in the audit trail; what was set apart, None where nothing was asked.

    NotFound for an unknown task; InvalidInput, and nothing is changed, for what cannot be: an overlap below 1, a share
    outside 0 to 1, more training and attention items than a subset can spare, a rater who is no person.
    """
    set_task(session, name, change.state, change.overlap, change.shared_share, change.repeat_share)
    if change.annotators is not None:
        assign_task(session, name, change.annotators)
    done = None
    if change.training is not None or change.attention is not None:
        done = set_apart(session, name, training=change.training, attention=change.attention)
    if detail := _detail(session, change):
        record_event(session, "task", {"task": name, **detail}, account_id=account_id)
    return done


def _detail(session: Session, change: TaskChange) -> dict[str, Any]:
    """What was asked for, people by name."""
    detail = {field: value for field, value in vars(change).items() if value is not None}
    if change.annotators is not None:
        names = select(t.Rater.name).where(t.Rater.id.in_(change.annotators)).order_by(t.Rater.name)
        detail["annotators"] = list(session.scalars(names))
    return detail
