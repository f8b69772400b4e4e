"""The audit trail: who did what, and when."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import tables as t
from hume.records import Event, Json


def record_event(
    session: Session,
    kind: str,
    detail: Mapping[str, Json] | None = None,
    account_id: int | None = None,
    rater_id: int | None = None,
) -> None:
    """Add a line to the audit trail, at this moment. Secrets and texts of items do not belong in `detail`."""
    session.add(t.Event(kind=kind, detail=dict(detail or {}), account_id=account_id, rater_id=rater_id))


def events(session: Session, limit: int = 1000) -> list[Event]:
    """The latest lines of the audit trail, the latest first."""
    rows = session.scalars(select(t.Event).order_by(t.Event.at.desc(), t.Event.id.desc()).limit(limit))
    return [Event(row.at, row.kind, row.detail, row.account_id, row.rater_id) for row in rows]
