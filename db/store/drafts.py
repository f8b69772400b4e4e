"""Drafts: unsent work, one a rater and item."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from sqlalchemy import Executable, delete, select
from sqlalchemy.orm import Session

from db import tables as t
from db.columns import utc_now
from db.store.conditions import ITEMS, RATER
from db.store.sql import batches, fetch, upsert
from hume.records import Json


def save_draft(session: Session, rater_id: int, item_id: int, draft: Json) -> None:
    """Keep a draft in place of the one before; None removes it. The item must be there."""
    if draft is None:
        remove_drafts(session, rater_id, [item_id])
        return
    row = {"rater_id": rater_id, "item_id": item_id, "payload": draft, "updated_at": utc_now()}
    upsert(session, t.Draft, [row], unique=("rater_id", "item_id"), update=("payload", "updated_at"))


def draft_of(session: Session, rater_id: int, item_id: int) -> Json | None:
    """The rater's draft for an item; None where there is none."""
    return drafts_of(session, rater_id, [item_id]).get(item_id)


def drafts_of(session: Session, rater_id: int, item_ids: Sequence[int]) -> dict[int, Json]:
    """The rater's drafts by item id; items without one are left out."""
    found: dict[int, Json] = {}
    for some in batches(item_ids):
        found.update(fetch(session, _drafts(), rater_id=rater_id, item_ids=some).all())
    return found


def remove_drafts(session: Session, rater_id: int, item_ids: Sequence[int]) -> None:
    """Remove the rater's drafts for these items, where there are any."""
    for some in batches(item_ids):
        fetch(session, _removal(), rater_id=rater_id, item_ids=some)


@cache
def _drafts() -> Executable:
    return select(t.Draft.item_id, t.Draft.payload).where(t.Draft.rater_id == RATER, t.Draft.item_id.in_(ITEMS))


@cache
def _removal() -> Executable:
    return delete(t.Draft).where(t.Draft.rater_id == RATER, t.Draft.item_id.in_(ITEMS))
