"""Answers from a file that `hume export answers` wrote, or one with the same columns."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import cast

from hume.errors import InvalidAnswer, InvalidInput
from hume.export.answers import COLUMNS, CONTENT_HASH
from hume.export.defuse import restore
from hume.ingest.rows import LARGEST_NUMBER, Row
from hume.ingest.tables import parse_json, read_rows
from hume.records import Answer, AnswerRecord, Json, Kind, Purpose, Rater, Status

REQUIRED = ("task", "subset", "item", "rater", "kind", "status")
KINDS = ("human", "llm", "embedding", "simulated")
STATUSES = ("given", "skipped")
PURPOSES = ("judgment", "training", "attention", "repeat")


def read_answers(path: Path) -> list[AnswerRecord]:
    """All answers of a CSV, JSONL or Parquet file, not yet held against their items.

    Columns are those of the export; `REQUIRED` must be there, the others may be left out. CSV cells are restored
    from what keeps spreadsheets from running them. InvalidAnswer with line and field for a row that cannot be read.
    """
    return [record for _, record in placed_answers(path)]


def placed_answers(path: Path, shown: str = "") -> Iterator[tuple[int, AnswerRecord]]:
    """The same, one by one, with the line of each; errors name the file as `shown`."""
    try:
        for row in read_rows(path, shown):
            yield row.line, _record(_restored(row))
    except InvalidInput as error:
        raise InvalidAnswer(error.problem, error.mend, error.place) from None


def _restored(row: Row) -> Row:
    unknown = [name for name in row.values if name not in COLUMNS and name != CONTENT_HASH]
    if unknown:
        raise row.fault("there is no such column of answers.", f"Columns are {', '.join(COLUMNS)}.", unknown[0])
    missing = [name for name in REQUIRED if name not in row.values]
    if missing:
        raise row.fault("the column is missing.", "Export the answers again, or add it.", missing[0])
    if not row.loose:
        return row
    return Row({name: restore(cell) for name, cell in row.values.items()}, row.file, row.line, loose=True)


def _record(row: Row) -> AnswerRecord:
    kind, status = _one_of(row, "kind", KINDS), _one_of(row, "status", STATUSES)
    rater = Rater(cast(Kind, kind), row.key("rater"), _text(row, "rater_revision"), _text(row, "protocol"))
    answer = Answer(
        item=row.key("item"),
        status=cast(Status, status),
        payload=_json(row, "payload"),
        revision=_whole(row, "revision") or 1,
        item_version=_whole(row, "item_version") or 1,
        client_id=_text(row, "client_id"),
        reason=_text(row, "reason"),
        comment=_text(row, "comment"),
        confidence=_whole(row, "confidence", 100),
        milliseconds=_whole(row, "milliseconds"),
        order_shown=_order(row),
        created_at=_moment(row),
        surplus=_yes(row, "surplus"),
    )
    purpose = cast(Purpose, _one_of(row, "purpose", PURPOSES) if row.has("purpose") else PURPOSES[0])
    split = _text(row, "split") or "test"
    return AnswerRecord(row.key("task"), row.key("subset"), split, rater, answer, purpose, _text(row, CONTENT_HASH))


def _one_of(row: Row, name: str, known: tuple[str, ...]) -> str:
    value = row.text(name)
    if value not in known:
        raise row.fault(f"{value!r} is not known here.", f"Use {', '.join(known)}.", name)
    return value


def _text(row: Row, name: str) -> str:
    return row.text(name) if row.has(name) else ""


def _whole(row: Row, name: str, most: int = LARGEST_NUMBER) -> int | None:
    if not row.has(name):
        return None
    number = row.number(name)
    if not number.is_integer() or not 0 <= number <= most:
        mend = f"Give a whole number from 0 to {most}."
        raise row.fault(f"{number:g} is no whole number that can be stored.", mend, name)
    return int(number)


def _yes(row: Row, name: str) -> bool:
    """Whether a cell says true; one that is empty says nothing, and so false."""
    if not row.has(name):
        return False
    value = row.values[name]
    if value not in (True, False, "true", "false"):
        raise row.fault(f"{value!r} is neither true nor false.", "Write true or false.", name)
    return value in (True, "true")


def _json(row: Row, name: str) -> Json:
    """A value that CSV and Parquet hold as JSON text."""
    if not row.has(name):
        return None
    value = row.values[name]
    try:
        return parse_json(value, row.file, row.line) if isinstance(value, str) else value
    except InvalidInput as error:
        raise row.fault(error.problem, error.mend, name) from None


def _order(row: Row) -> tuple[str, ...]:
    value = _json(row, "order_shown")
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise row.fault("a list of ids is expected.", 'Write it as ["d2", "d1"].', "order_shown")
    return tuple(value)


def _moment(row: Row) -> datetime | None:
    text = _text(row, "created_at")
    if not text:
        return None
    mend = "Write it as 2026-03-01T12:00:00+00:00."
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise row.fault(f"{text!r} is no ISO 8601 moment.", mend, "created_at") from None
    if moment.tzinfo is None:
        raise row.fault(f"{text!r} has no time zone.", mend, "created_at")
    return moment
