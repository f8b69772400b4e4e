"""Training, attention and repeated items: how many there are, and what raters said of them."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from db import tables as t
from db.store.conditions import is_evaluated
from db.store.raters import raters
from db.store.rows import (
    ANSWER_COLUMNS,
    ITEM_COLUMNS,
    answer_record,
    is_latest,
    item_record,
    subset_record,
    task_record,
)
from hume.records import Answer, CheckRecord, CheckSheet, Item


class Purposes(NamedTuple):
    """How many current items of one subset are asked for what."""

    task: str
    subset: str
    judgment: int
    """Evaluated items: those of the train split are not among them."""
    training: int
    attention: int
    repeat: int


def counts_by_purpose(session: Session) -> list[Purposes]:
    """The counts of every subset with current items, by task, then in stored order."""

    def count(purpose: str) -> ColumnElement[int]:
        return func.count().filter(t.Item.purpose == purpose)

    evaluated = func.count().filter(is_evaluated())
    query = (
        select(t.Task.name, t.Subset.name, evaluated, count("training"), count("attention"), count("repeat"))
        .join(t.Subset, t.Subset.task_id == t.Task.id)
        .join(t.Item, t.Item.subset_id == t.Subset.id)
        .where(t.Item.retired.is_(False))
        .group_by(t.Task.name, t.Subset.id, t.Subset.name)
        .order_by(t.Task.name, t.Subset.id)
    )
    return [Purposes(*row) for row in session.execute(query)]


def check_records(session: Session) -> list[CheckRecord]:
    """The subsets with current checks, by task, then in stored order. The number of queries is the same for any size.

    An item that is repeated counts as a check here, whatever it is asked for; retired ones are left out.
    """
    items, originals = _items(session)
    if not items:
        return []
    sheets = _sheets(session)
    query = select(t.Task, t.Subset).join(t.Subset, t.Subset.task_id == t.Task.id)
    found = session.execute(query.where(t.Subset.id.in_(items)).order_by(t.Task.name, t.Subset.id))
    return [
        CheckRecord(
            task=task_record(task),
            subset=subset_record(subset),
            items=items[subset.id],
            originals=originals[subset.id],
            sheets=sheets.get(subset.id, ()),
        )
        for task, subset in found
    ]


def _items(session: Session) -> tuple[dict[int, dict[int, Item]], dict[int, dict[int, int]]]:
    """By subset id: the checks by item id, and what each repeat repeats."""
    query = select(*ITEM_COLUMNS, t.Item.subset_id, t.Item.repeats_id).where(_is_check())
    items: dict[int, dict[int, Item]] = defaultdict(dict)
    originals: dict[int, dict[int, int]] = defaultdict(dict)
    for row in session.execute(query.order_by(t.Item.position, t.Item.id)):
        items[row.subset_id][row.id] = item_record(row)
        if row.repeats_id is not None:
            originals[row.subset_id][row.id] = row.repeats_id
    return items, originals


def _sheets(session: Session) -> dict[int, tuple[CheckSheet, ...]]:
    """By subset id, a sheet for each rater who answered a check."""
    counts = or_(is_latest(), and_(t.Item.purpose == "training", t.Answer.status == "given"))
    query = (
        select(t.Item.subset_id, t.Answer.item_id, t.Answer.rater_id, t.Item.purpose, *ANSWER_COLUMNS)
        .join(t.Item, t.Item.id == t.Answer.item_id)
        .where(_is_check(), counts)
        .order_by(t.Item.position, t.Item.id, t.Answer.revision)
    )
    answers: dict[tuple[int, int], dict[int, Answer]] = defaultdict(dict)
    for row in session.execute(query):
        mine = answers[row.subset_id, row.rater_id]
        before = mine.get(row.item_id)
        if row.purpose != "training" or before is None or before.status != "given":
            mine[row.item_id] = answer_record(row)
    who = {rater.stored_id: rater for rater in raters(session)}
    sheets: dict[int, list[CheckSheet]] = defaultdict(list)
    for (subset_id, rater_id), of_rater in answers.items():
        sheets[subset_id].append(CheckSheet(who[rater_id], of_rater))
    return {subset_id: tuple(of_subset) for subset_id, of_subset in sheets.items()}


def _is_check() -> ColumnElement[bool]:
    """Whether an item is a current check, or one that a current check repeats."""
    repeat = aliased(t.Item)
    repeated = select(repeat.repeats_id).where(repeat.repeats_id.is_not(None), repeat.retired.is_(False))
    is_current_check = (t.Item.purpose != "judgment") & t.Item.retired.is_(False)
    return or_(is_current_check, t.Item.id.in_(repeated))
