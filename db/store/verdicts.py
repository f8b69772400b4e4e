"""Verdicts on disputed items, and what they are made on. Rows are added, never changed; gold and answers stay."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from db import tables as t
from db.store.events import record_event
from db.store.rows import ANSWER_COLUMNS, answer_record, is_latest, rater_record
from db.store.sql import batches
from hume.errors import InvalidInput, NotFound
from hume.records import Answer, Rater, Ruling, Verdict

MOST_CHARACTERS = 10_000


def save_verdict(session: Session, item_id: int, account_id: int, ruling: Ruling, note: str = "") -> None:
    """Add a verdict on an item, at this moment, and a line to the audit trail.

    NotFound where there is no such item; InvalidInput for a ruling that there is not, or a note too long to read.
    """
    if ruling not in get_args(Ruling):
        raise InvalidInput(f"{ruling!r} is no verdict.", f"Use one of {', '.join(get_args(Ruling))}.")
    if len(note) > MOST_CHARACTERS:
        raise InvalidInput(f"The note has {len(note):,} characters.", f"Use at most {MOST_CHARACTERS:,}.")
    if session.get(t.Item, item_id) is None:
        raise NotFound(f"There is no item {item_id}. Reload the page: the task may have been imported anew.")
    session.add(t.Verdict(item_id=item_id, account_id=account_id, ruling=ruling, note=note.strip()))
    record_event(session, "verdict", {"item": item_id, "ruling": ruling}, account_id=account_id)


def verdicts_on(session: Session, item_id: int) -> list[Verdict]:
    """Every verdict on an item, the latest first."""
    return _verdicts(session, t.Verdict.item_id == item_id)[::-1]


def latest_verdicts(session: Session) -> dict[int, Verdict]:
    """The verdict that counts, by item id; items without one are left out, and so are those undecided again."""
    latest = {verdict.item_id: verdict for verdict in _verdicts(session)}
    return {item_id: verdict for item_id, verdict in latest.items() if verdict.ruling != "undecided"}


def answers_to(session: Session, item_id: int) -> list[tuple[Rater, Answer]]:
    """What every rater said of an item, in its latest revision, by rater id."""
    query = (
        select(t.Rater, *ANSWER_COLUMNS)
        .join(t.Answer, t.Answer.rater_id == t.Rater.id)
        .join(t.Item, t.Item.id == t.Answer.item_id)
        .where(t.Item.id == item_id, is_latest())
        .order_by(t.Rater.id)
    )
    return [(rater_record(row.Rater), answer_record(row)) for row in session.execute(query)]


def content_hashes(session: Session, item_ids: Sequence[int]) -> dict[int, str]:
    """By item id, the SHA-256 of content and gold, whatever the order of their keys."""
    found: dict[int, str] = {}
    for some in batches(item_ids):
        rows = session.execute(select(t.Item.id, t.Item.content_hash).where(t.Item.id.in_(some)))
        found.update((row.id, row.content_hash) for row in rows)
    return found


def _verdicts(session: Session, *conditions: ColumnElement[bool]) -> list[Verdict]:
    """The verdicts that meet the conditions, the earliest first."""
    query = select(t.Verdict, t.Account.name).join(t.Account, t.Account.id == t.Verdict.account_id).where(*conditions)
    rows = session.execute(query.order_by(t.Verdict.at, t.Verdict.id))
    return [Verdict(row.item_id, row.ruling, row.note, name, row.at) for row, name in rows]
