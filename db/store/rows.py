"""Rows as records: the one place where the two are held against each other."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Row, select
from sqlalchemy.orm import aliased

from db import tables as t
from hume.records import Answer, Item, Rater, Subset, Task

#: What `answer_record` needs of a query that joins answers with their items. Columns load faster than objects.
ANSWER_COLUMNS = (
    t.Item.key,
    t.Item.version,
    t.Answer.status,
    t.Answer.payload,
    t.Answer.revision,
    t.Answer.client_id,
    t.Answer.reason,
    t.Answer.comment,
    t.Answer.confidence,
    t.Answer.milliseconds,
    t.Answer.order_shown,
    t.Answer.created_at,
    t.Answer.surplus,
)

ITEM_COLUMNS = (
    t.Item.key,
    t.Item.content,
    t.Item.gold,
    t.Item.split,
    t.Item.position,
    t.Item.version,
    t.Item.id,
    t.Item.purpose,
)


@cache
def is_latest() -> ColumnElement[bool]:
    """Whether a row of `answer` is the latest revision by its rater of its item."""
    newer = aliased(t.Answer)
    same = (newer.item_id == t.Answer.item_id) & (newer.rater_id == t.Answer.rater_id)
    return ~select(newer.id).where(same, newer.revision > t.Answer.revision).exists()


def task_record(row: t.Task | Row[Any]) -> Task:
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
        shared_share=row.shared_share,
        repeat_share=row.repeat_share,
    )


def subset_record(row: t.Subset | Row[Any]) -> Subset:
    return Subset(row.name, tuple(row.languages), row.guidelines, row.settings)


def item_record(row: Row[Any]) -> Item:
    """An item from the columns `ITEM_COLUMNS`."""
    return Item(row.key, row.content, row.gold, row.split, row.position, row.version, row.id, row.purpose)


def rater_record(row: t.Rater) -> Rater:
    return Rater(row.kind, row.name, row.revision, row.protocol, row.id)


def answer_record(row: Row[Any]) -> Answer:
    """An answer from the columns `ANSWER_COLUMNS`."""
    return Answer(
        item=row.key,
        status=row.status,
        payload=row.payload,
        revision=row.revision,
        item_version=row.version,
        client_id=row.client_id,
        reason=row.reason,
        comment=row.comment,
        confidence=row.confidence,
        milliseconds=row.milliseconds,
        order_shown=tuple(row.order_shown),
        created_at=row.created_at,
        surplus=row.surplus,
    )
