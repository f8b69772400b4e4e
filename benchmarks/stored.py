"""What the database holds, against what was pressed and what was acknowledged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.browser import Sitting
from benchmarks.hume_server import PAIRS
from db.session import open_engine, reading
from db.store.answers import all_answers
from hume.records import AnswerRecord


@dataclass(frozen=True)
class Tally:
    """Answers that were acknowledged, rows that are stored, and what is wrong with them."""

    acknowledged: int
    stored: int
    doubled: int
    """Rows beyond the first of a rater's for an item: everybody here answers each item once."""
    lost: int
    """Acknowledged answers of which there is no row."""
    amiss: int
    """Key presses that are not stored as the answer to the pair that was on the screen."""


def tally(database_url: str, sittings: Sequence[Sitting], acknowledged_to_others: Sequence[str]) -> Tally:
    """Holds the rows of a database against what was seen in the browser and over HTTP."""
    rows = _rows(database_url)
    words = [word.client_id for sitting in sittings for word in sitting.acknowledgements if word.state != "refused"]
    acknowledged = {*words, *acknowledged_to_others}
    given = Counter((row.rater.name, row.task, row.answer.item) for row in rows)
    return Tally(
        acknowledged=len(acknowledged),
        stored=len(rows),
        doubled=sum(given.values()) - len(given),
        lost=len(acknowledged - {row.answer.client_id for row in rows}),
        amiss=sum(_amiss(sitting, rows) for sitting in sittings),
    )


def tally_by_task(database_url: str, acknowledged: Mapping[str, Sequence[str]]) -> dict[str, Tally]:
    """By task, its rows against the answers to its items that were acknowledged over HTTP."""
    rows: dict[str, list[AnswerRecord]] = {task: [] for task in acknowledged}
    for row in _rows(database_url):
        if row.task in rows:
            rows[row.task].append(row)
    return {task: _tally(rows[task], ids) for task, ids in acknowledged.items()}


def _tally(rows: Sequence[AnswerRecord], acknowledged: Sequence[str]) -> Tally:
    given = Counter((row.rater.name, row.answer.item) for row in rows)
    return Tally(
        acknowledged=len({*acknowledged}),
        stored=len(rows),
        doubled=sum(given.values()) - len(given),
        lost=len({*acknowledged} - {row.answer.client_id for row in rows}),
        amiss=0,
    )


def _rows(database_url: str) -> list[AnswerRecord]:
    engine = open_engine(database_url)
    with reading(engine) as session:
        rows = list(all_answers(session, kinds=("human",)))
    engine.dispose()
    return rows


def _amiss(sitting: Sitting, rows: Sequence[AnswerRecord]) -> int:
    pressed = Counter((press.pair, float(press.digit)) for press in sitting.presses)
    own = [row.answer for row in rows if row.rater.name == sitting.person and row.task == PAIRS]
    stored = Counter((answer.item, float(answer.payload["score"])) for answer in own)
    return ((pressed - stored) + (stored - pressed)).total()
