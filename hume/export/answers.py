"""Every answer as a row, all that `hume import answers` needs to bring it back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from hume.export.files import Columns, Row
from hume.records import AnswerRecord

COLUMNS: Columns = {
    "task": str,
    "subset": str,
    "split": str,
    "item": str,
    "item_version": int,
    "rater": str,
    "kind": str,
    "rater_revision": str,
    "protocol": str,
    "revision": int,
    "status": str,
    "payload": object,
    "reason": str,
    "comment": str,
    "confidence": int,
    "milliseconds": int,
    "order_shown": object,
    "created_at": str,
    "client_id": str,
    "purpose": str,
    "surplus": bool,
}

CONTENT_HASH = "content_hash"
"""A column that files of models' answers have beside these: the SHA-256 of content and gold of what was answered."""


def answer_rows(records: Iterable[AnswerRecord]) -> Iterator[Row]:
    """One row an answer, every revision of it, in the order given."""
    for record in records:
        rater, answer = record.rater, record.answer
        yield {
            "task": record.task,
            "subset": record.subset,
            "split": record.split,
            "item": answer.item,
            "item_version": answer.item_version,
            "rater": rater.name,
            "kind": rater.kind,
            "rater_revision": rater.revision,
            "protocol": rater.protocol,
            "revision": answer.revision,
            "status": answer.status,
            "payload": answer.payload,
            "reason": answer.reason,
            "comment": answer.comment,
            "confidence": answer.confidence,
            "milliseconds": answer.milliseconds,
            "order_shown": list(answer.order_shown),
            "created_at": _utc(answer.created_at),
            "client_id": answer.client_id,
            "purpose": record.purpose,
            "surplus": answer.surplus,
        }


def _utc(moment: datetime | None) -> str:
    """ISO 8601 in UTC, such as `2026-03-01T12:00:00.000001+00:00`; empty where unknown."""
    if moment is None:
        return ""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(UTC).isoformat()
