"""A subset with its items and answers checked and typed: what every stage works on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hume.errors import InvalidAnswer
from hume.records import AnswerSheet, Json, Rater, SubsetRecord
from hume.tasks import task_type
from hume.tasks.base import AnyTaskType, ItemId


@dataclass(frozen=True)
class Sheet:
    """One rater's given answers on a subset, and how many items were skipped."""

    rater: Rater
    answers: Mapping[ItemId, Any]
    n_skipped: int = 0
    n_unfit: int = 0
    """Stored answers that the task's settings of today do not admit: left out of every figure, and said."""


@dataclass(frozen=True)
class ParsedSubset:
    """A subset's task type, settings, items and answers; `row` is what every row of a report begins with."""

    record: SubsetRecord
    type: AnyTaskType
    settings: Any
    items: Mapping[ItemId, Any]
    sheets: tuple[Sheet, ...]
    memo: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)
    """What stages have computed of it already: see `hume.score`."""

    @property
    def row(self) -> dict[str, Any]:
        task, subset = self.record.task, self.record.subset
        return {
            "task": task.name,
            "task_type": task.task_type,
            "subset": subset.name,
            "language": subset.language,
            "is_sample": task.is_sample,
        }

    def of_kind(self, *kinds: str) -> tuple[Sheet, ...]:
        """The sheets of raters of these kinds who answered at least one item."""
        return tuple(sheet for sheet in self.sheets if sheet.rater.kind in kinds and sheet.answers)


def parse(record: SubsetRecord) -> ParsedSubset:
    """`record` with items and answers as its task type's own values.

    Answers were checked on their way in. Where the task's settings changed since (a label was taken off, say), one
    that no longer fits is left out and counted.
    """
    kind = task_type(record.task.task_type)
    settings = kind.parse_settings(record.settings)
    items = {item.key: kind.parse_item(item.raw, settings) for item in record.items}
    gate = _Gate(kind, items, settings)
    sheets = tuple(_parse_sheet(sheet, gate) for sheet in record.sheets)
    return ParsedSubset(record, kind, settings, items, sheets)


class _Gate:
    """Checks answers; one that many raters gave of an item, which lies in the records once, is checked once."""

    def __init__(self, kind: AnyTaskType, items: Mapping[ItemId, Any], settings: Any) -> None:
        self.items = items
        self._kind, self._settings = kind, settings
        self._known: dict[tuple[ItemId, int], Any] = {}

    def passed(self, key: ItemId, payload: Json) -> Any:
        """The checked answer; None for one that the settings do not admit. The records keep `payload` alive."""
        place = key, id(payload)
        if place not in self._known:
            try:
                self._known[place] = self._kind.parse_answer(payload, self.items[key], self._settings)
            except InvalidAnswer:
                self._known[place] = None
        return self._known[place]


def _parse_sheet(sheet: AnswerSheet, gate: _Gate) -> Sheet:
    answers: dict[ItemId, Any] = {}
    n_skipped = n_unfit = 0
    for key, answer in sheet.answers.items():
        if key not in gate.items:
            continue
        if answer.status == "skipped":
            n_skipped += 1
        elif (checked := gate.passed(key, answer.payload)) is None:
            n_unfit += 1
        else:
            answers[key] = checked
    return Sheet(sheet.rater, answers, n_skipped, n_unfit)
