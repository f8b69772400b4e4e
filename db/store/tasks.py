"""Tasks, subsets and items: stored from documents, read as records."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Executable, and_, bindparam, func, select, true
from sqlalchemy.orm import Session

from db import tables as t
from db.store.conditions import ITEMS, SUBSET, is_evaluated
from db.store.items import Imported, replace_items
from db.store.purposes import renew_marks
from db.store.rows import ITEM_COLUMNS, item_record, subset_record, task_record
from db.store.sheets import sheets_of
from db.store.sql import batches, digest, fetch
from db.store.task_rows import count_change, find_task_row, queue_changes, there_are
from hume.errors import InvalidInput, NotFound
from hume.records import TRAIN, Item, Subset, SubsetRecord, Task, TaskDocument, TaskState

#: What an administrator decides, and no file overrides.
KEPT_ON_REIMPORT = ("state", "overlap", "shared_share", "repeat_share")


class Outline(NamedTuple):
    """A subset without its items: what lists of work show."""

    task: Task
    subset: Subset
    id: int
    n_items: int
    """Current evaluated items."""


# -- storing ----------------------------------------------------------------------------------------


def save_document(session: Session, document: TaskDocument) -> Imported:
    """Store a task as its document has it; the same document again changes nothing.

    An item whose content or gold differs becomes a new version and the old one is retired with its answers. Items
    and subsets that the document lacks are retired; one that comes back as it was is current again, with its
    answers. The task's state, overlap and shares are kept from the first import on, and so are the purposes of the
    items that an administrator set apart. InvalidInput where the stored task is of another task type.
    """
    queue_changes(session)
    task, changed = _save_task(session, document.task)
    stored = {row.name: row for row in session.scalars(select(t.Subset).where(t.Subset.task_id == task.id))}
    total = Imported()
    for subset, items in document.subsets:
        row, subset_changed = _save_subset(session, task.id, stored.pop(subset.name, None), subset)
        imported, items_changed = replace_items(session, row.id, items)
        total, changed = total + imported, changed or subset_changed or items_changed
    for row in stored.values():
        imported, items_changed = replace_items(session, row.id, ())
        total, changed = total + imported, changed or items_changed
    if changed:
        renew_marks(session, task)
        count_change(session, task.id)
    return total


def set_task(
    session: Session,
    name: str,
    state: TaskState | None = None,
    overlap: int | None = None,
    shared_share: float | None = None,
    repeat_share: float | None = None,
) -> None:
    """Open, close or hide a task, or say how many people are to answer which items; None leaves a thing as it is.

    `shared_share` of the evaluated items are for everybody, `repeat_share` are asked twice (see
    `db.store.purposes.renew_marks`). InvalidInput for an overlap below 1 or a share outside 0 to 1, NotFound where
    there is no such task.
    """
    queue_changes(session)
    row = find_task_row(session, name)
    if overlap is not None and overlap < 1:
        raise InvalidInput(f"The overlap of {name} cannot be {overlap}.", "At least one person is to answer each item.")
    for share in (shared_share, repeat_share):
        if share is not None and not 0 <= share <= 1:
            raise InvalidInput(f"A share of the items of {name} cannot be {share}.", "Give a number from 0 to 1.")
    row.state = state or row.state
    row.overlap = overlap or row.overlap
    row.shared_share = row.shared_share if shared_share is None else shared_share
    row.repeat_share = row.repeat_share if repeat_share is None else repeat_share
    if (shared_share, repeat_share) != (None, None):
        session.flush()
        renew_marks(session, row)
    count_change(session, row.id)


# -- reading ----------------------------------------------------------------------------------------


def tasks(session: Session) -> list[Task]:
    """All tasks, by name."""
    return [task_record(row) for row in session.scalars(select(t.Task).order_by(t.Task.name))]


def find_task(session: Session, name: str) -> Task:
    """The task of that name; NotFound names those that are there."""
    return task_record(find_task_row(session, name))


def find_subset_id(session: Session, task: str, subset: str) -> int:
    """The database's id of a subset; NotFound names the tasks, or the task's subsets, that are there."""
    found: int | None = fetch(session, _subset_id(), task=task, subset=subset).scalars().first()
    if found is None:
        of_task = t.Subset.task_id == find_task_row(session, task).id
        names = session.scalars(select(t.Subset.name).where(of_task).order_by(t.Subset.id))
        raise NotFound(f"The task {task} has no subset {subset!r}. It has: {', '.join(names)}.")
    return found


def subset_of(session: Session, subset_id: int) -> tuple[Task, Subset]:
    """A subset and its task by the database's id; NotFound where there is none."""
    subset = fetch(session, _subset(), subset_id=subset_id).first()
    if subset is None:
        raise NotFound(f"There is no subset with the id {subset_id}. {there_are(session)}")
    return task_record(fetch(session, _task(), task_id=subset.task_id).one()), subset_record(subset)


def item(session: Session, item_id: int) -> tuple[Task, Subset, Item]:
    """An item, retired or not, with its subset and task; NotFound where there is none of that id."""
    found = session.execute(select(*ITEM_COLUMNS, t.Item.subset_id).where(t.Item.id == item_id)).first()
    if found is None:
        raise NotFound(f"There is no item {item_id}. Reload the page: the task may have been imported anew.")
    return *subset_of(session, found.subset_id), item_record(found)


def items_of(session: Session, item_ids: Sequence[int]) -> dict[int, tuple[Task, Subset, Item]]:
    """By id, the items with their subsets and tasks, retired or not; ids without an item are left out."""
    found: dict[int, tuple[Task, Subset, Item]] = {}
    places: dict[int, tuple[Task, Subset]] = {}
    for some in batches(item_ids):
        for row in fetch(session, _items(), item_ids=some):
            if row.subset_id not in places:
                places[row.subset_id] = subset_of(session, row.subset_id)
            found[row.id] = (*places[row.subset_id], item_record(row))
    return found


def outlines(session: Session, tasks: Sequence[str] = ()) -> list[Outline]:
    """The subsets with current evaluated items, of the tasks named or of all: by task, then in stored order."""
    counted = (
        select(t.Item.subset_id, func.count().label("n_items"))
        .where(is_evaluated())
        .group_by(t.Item.subset_id)
        .subquery()
    )
    query = select(t.Task, t.Subset, counted.c.n_items).join(t.Subset, t.Subset.task_id == t.Task.id)
    query = query.join(counted, counted.c.subset_id == t.Subset.id)
    rows = session.execute(query.where(_among(session, tasks)).order_by(t.Task.name, t.Subset.id))
    return [Outline(task_record(task), subset_record(subset), subset.id, n) for task, subset, n in rows]


def subset_records(
    session: Session,
    tasks: Sequence[str] = (),
    kinds: Sequence[str] = (),
    answers: bool = True,
    subset_ids: Sequence[int] = (),
    details: bool = True,
) -> list[SubsetRecord]:
    """Subsets with their current items and the latest revision of every answer to them: by task, in stored order.

    `tasks`, `kinds` (of raters) and `subset_ids` restrict where they are not empty; NotFound for a task that is not
    there. A subset without current items is left out. Without `details`, which take half of the time, answers have what
    figures are made of and nothing else. The number of queries does not depend on the number of rows.
    """
    query = select(t.Task, t.Subset).join(t.Subset, t.Subset.task_id == t.Task.id)
    if subset_ids:
        query = query.where(t.Subset.id.in_(subset_ids))
    found = session.execute(query.where(_among(session, tasks)).order_by(t.Task.name, t.Subset.id)).all()
    ids = [subset.id for _, subset in found]
    items = _current_items(session, ids)
    sheets = sheets_of(session, ids, kinds, details) if answers else {}
    return [
        SubsetRecord(
            task=task_record(task),
            subset=subset_record(subset),
            items=tuple(one for one in items[subset.id] if one.is_evaluated),
            train=tuple(one for one in items[subset.id] if one.split == TRAIN),
            sheets=sheets.get(subset.id, ()),
            id=subset.id,
        )
        for task, subset in found
        if subset.id in items
    ]


def count_answers(session: Session, subset_ids: Sequence[int]) -> int:
    """How many answers there are to the items of these subsets, all revisions of them."""
    query = select(func.count(t.Answer.id)).join(t.Item, t.Item.id == t.Answer.item_id)
    return session.scalars(query.where(t.Item.subset_id.in_(subset_ids))).one()


def each_subset_record(session: Session, kinds: Sequence[str] = (), details: bool = True) -> Iterator[SubsetRecord]:
    """As `subset_records` of everything, one after the other: only one needs to fit into memory."""
    for (subset_id,) in session.execute(select(t.Subset.id).join(t.Task).order_by(t.Task.name, t.Subset.id)).all():
        yield from subset_records(session, kinds=kinds, subset_ids=[subset_id], details=details)


def _current_items(session: Session, subset_ids: Sequence[int]) -> dict[int, list[Item]]:
    query = (
        select(*ITEM_COLUMNS, t.Item.subset_id)
        .where(t.Item.subset_id.in_(subset_ids), t.Item.retired.is_(False))
        .order_by(t.Item.position, t.Item.id)
    )
    items: dict[int, list[Item]] = defaultdict(list)
    for row in session.execute(query):
        items[row.subset_id].append(item_record(row))
    return items


@cache
def _subset_id() -> Executable:
    named = and_(t.Task.name == bindparam("task"), t.Subset.name == bindparam("subset"))
    return select(t.Subset.id).join(t.Task, t.Task.id == t.Subset.task_id).where(named)


@cache
def _subset() -> Executable:
    return select(t.Subset).where(t.Subset.id == SUBSET)


@cache
def _task() -> Executable:
    return select(t.Task).where(t.Task.id == bindparam("task_id"))


@cache
def _items() -> Executable:
    return select(*ITEM_COLUMNS, t.Item.subset_id).where(t.Item.id.in_(ITEMS))


def _among(session: Session, names: Sequence[str]) -> ColumnElement[bool]:
    for name in names:
        find_task_row(session, name)
    return t.Task.name.in_(names) if names else true()


# -- storing, step by step --------------------------------------------------------------------------


def _save_task(session: Session, task: Task) -> tuple[t.Task, bool]:
    values = {**vars(task), "settings": dict(task.settings)}
    row = session.scalars(select(t.Task).where(t.Task.name == task.name)).first()
    if row is None:
        row = t.Task(**values)
        session.add(row)
        session.flush()
        return row, True
    if row.task_type != task.task_type:
        raise InvalidInput(
            f"The stored task {task.name} is of the type {row.task_type}, this one is of the type {task.task_type}.",
            "Import it under another name.",
        )
    return row, _set(row, {name: value for name, value in values.items() if name not in KEPT_ON_REIMPORT})


def _save_subset(session: Session, task_id: int, row: t.Subset | None, subset: Subset) -> tuple[t.Subset, bool]:
    values = {**vars(subset), "languages": list(subset.languages), "settings": dict(subset.settings)}
    if row is not None:
        return row, _set(row, values)
    row = t.Subset(task_id=task_id, **values)
    session.add(row)
    session.flush()
    return row, True


def _set(row: t.Base, values: dict[str, Any]) -> bool:
    different = {name: value for name, value in values.items() if digest(getattr(row, name)) != digest(value)}
    for name, value in different.items():
        setattr(row, name, value)
    return bool(different)
