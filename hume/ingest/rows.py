"""A row of a table with its place in the file, so that every fault can be told by file, line and field."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hume.errors import InvalidInput, InvalidItem, Place
from hume.records import Json

MOST_CHARACTERS = 1_000_000
"""The longest text that is taken in; the longest known in a benchmark has 53,000 characters."""
LARGEST_NUMBER = 2**31 - 1
"""The greatest whole number that a column of the databases holds."""
DEEPEST = 64
"""Lists and objects in each other: a payload of ours has four."""


def refuse(problem: str, mend: str, file: str, line: int = 0, field: str = "") -> InvalidItem:
    """The error to raise: what is wrong, the mend, and where."""
    return InvalidItem(problem, mend, Place(file, line, field))


def at(error: InvalidInput, file: str, line: int = 0, columns: Mapping[str, str] | None = None) -> InvalidInput:
    """The same error with file and line filled in, and its field under the file's own name for it."""
    field = error.place.field if error.place else ""
    first, dot, rest = field.partition(".")
    named = f"{(columns or {}).get(first, first)}{dot}{rest}"
    return type(error)(error.problem, error.mend, Place(file, line, named))


@dataclass(frozen=True)
class Row:
    """Values by column. `loose` means that every value is text, as in CSV, and numbers have to be read out of it."""

    values: Mapping[str, Json]
    file: str
    line: int
    loose: bool = False

    def fault(self, problem: str, mend: str, field: str = "") -> InvalidItem:
        """The error to raise for this row."""
        return refuse(problem, mend, self.file, self.line, field)

    def has(self, *names: str) -> bool:
        """Whether one of the columns is there and not null; an empty CSV cell says nothing either."""
        return any(self.values.get(name) not in ((None, "") if self.loose else (None,)) for name in names)

    def text(self, *names: str) -> str:
        """The text in the first of these columns that is there."""
        name = self.need(*names)
        value = self.values[name]
        if not isinstance(value, str):
            raise self.fault(f"a text is expected, not {_told(value)}.", "Put the text in quotes.", name)
        return value

    def key(self, *names: str) -> str:
        """The id in the first of these columns that is there; a whole number is read as its digits."""
        name = self.need(*names)
        value = self.values[name]
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise self.fault(f"an id is expected, not {_told(value)}.", "Give a text or a whole number.", name)
        if not str(value).strip():
            raise self.fault("the id is empty.", "Give each row an id of its own.", name)
        return str(value)

    def number(self, *names: str) -> float:
        """The finite number in the first of these columns that is there."""
        name = self.need(*names)
        value = _number_in(self.values[name]) if self.loose else self.values[name]
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.fault(f"a number is expected, not {_told(value)}.", "Write it as 3 or 3.5.", name)
        if not is_finite(value):
            raise self.fault(
                f"{_told(value)} is no number that can be scored.", "Give a finite number, or drop the row.", name
            )
        return float(value)

    def array(self, *names: str) -> Sequence[Json]:
        """The list in the first of these columns that is there; in CSV it is JSON in the cell."""
        name = self.need(*names)
        value = self._cell_json(name) if self.loose else self.values[name]
        if not isinstance(value, list):
            mend = 'In CSV, write it as JSON in the cell: ["a", "b"].' if self.loose else 'Write it as ["a", "b"].'
            raise self.fault(f"a list is expected, not {_told(value)}.", mend, name)
        return value

    def need(self, *names: str) -> str:
        """The name of the first of these columns that is there and not null."""
        for name in names:
            if self.values.get(name) is not None:
                return name
        there = ", ".join(self.values) or "none"
        raise self.fault("the field is missing or null.", f"Give it a value (fields here: {there}).", names[0])

    def _cell_json(self, name: str) -> Json:
        try:
            return json.loads(self.values[name])
        except (ValueError, RecursionError):
            raise self.fault("the cell is no JSON list.", 'Write the list as JSON: ["a", "b"].', name) from None


def is_finite(value: float) -> bool:
    """Whether a number, of JSON's as long as may be, is one that can be reckoned with."""
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def _number_in(text: str) -> float | str:
    try:
        return float(text) if text.isascii() and "_" not in text else text
    except ValueError:
        return text


def _told(value: Json) -> str:
    shown = json.dumps(value, ensure_ascii=False, default=str)
    return shown if len(shown) <= 40 else f"{shown[:40]}..."


def check_value(value: Json, file: str, line: int, field: str = "", depth: int = 0) -> None:
    """InvalidItem where a text in `value`, however deep, is too long or cannot be stored, or where it is too deep."""
    if isinstance(value, str):
        _check_text(value, file, line, field)
    elif isinstance(value, list | dict):
        if depth == DEEPEST:
            problem = f"lists and objects lie more than {DEEPEST} deep in each other."
            raise refuse(problem, "Write it plainer.", file, line, field.split(".")[0])
        for name, part in value.items() if isinstance(value, dict) else enumerate(value):
            if isinstance(name, str):
                _check_text(name, file, line, field)
            check_value(part, file, line, f"{field}.{name}" if field else str(name), depth + 1)


def _check_text(text: str, file: str, line: int, field: str) -> None:
    if len(text) > MOST_CHARACTERS:
        raise refuse(
            f"a text of {len(text):,} characters; at most {MOST_CHARACTERS:,} are taken.", "Shorten or drop it.",
            file, line, field,
        )  # fmt: skip
    if "\0" in text:
        raise refuse("a NUL character, which no database can store.", "Remove it.", file, line, field)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise refuse(
            "half of a surrogate pair (\\ud800 to \\udfff), which is no character.", "Write the character itself.",
            file, line, field,
        ) from None  # fmt: skip
