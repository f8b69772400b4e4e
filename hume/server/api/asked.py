"""What a query asks for: which rows, how many, from where on. Whatever it should not have is refused by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from starlette.datastructures import QueryParams

from hume.export.files import Row
from hume.records import Kind
from hume.server.api.schema import Schema
from hume.server.guard import Refused

MOST_ROWS = 10_000
USUAL_ROWS = 100
LARGEST = 2**31 - 1

FILTERS: Mapping[str, str] = {
    "task": "the task's name",
    "task_type": "such as `sts`",
    "subset": "the subset's name",
    "language": "a language of the subset, such as `ara-Arab`",
    "kind": "whose rows: people's, simulated raters', models'",
    "source": "computed here, or published; of tasks, where they come from",
    "rater": "the rater's name as rows have it",
    "metric": "such as `spearman`",
    "aggregation": "such as `consensus`",
    "coefficient": "such as `krippendorff_alpha`",
    "model": "the model's name",
    "model_kind": "the model's kind",
    "baseline_kind": "whose baseline",
    "protocol": "what the model was given",
    "scope": "the language or task type that a board is over; empty for all",
    "state": "how far it is",
    "status": "given or skipped",
    "verdict": "what somebody decided",
    "is_main": "the task type's main metric or not",
    "is_sample": "of samples or not",
}
"""Columns by which rows can be chosen, wherever rows have them."""
KINDS_OF = ("kind", "model_kind", "baseline_kind")


@dataclass(frozen=True)
class Asked:
    """A query that has been checked."""

    filters: Mapping[str, tuple[str, ...]]
    """By column, the values of which one must be there."""
    limit: int
    offset: int
    """Rows before the first one; of answers, the number of the last one that was read."""
    names: bool
    """People by their names, not by pseudonyms."""

    def keeps(self, row: Row) -> bool:
        """Whether a row is one that is asked for."""
        return all(fits(name, row[name], wanted) for name, wanted in self.filters.items())


def filters_of(schema: Schema) -> dict[str, Schema]:
    """The schema of each parameter by which rows of this schema can be chosen."""
    columns = schema["properties"]
    return {name: _parameter(name, columns[name]) for name in FILTERS if name in columns}


def asked(query: QueryParams, filters: Mapping[str, Schema], start: str) -> Asked:
    """The query as it is meant; `start` is the parameter that says from where on. Refused (400) says what is wrong."""
    known = (*filters, "limit", start, "names")
    for name in query:
        if name not in known:
            raise Refused(400, f"There is no parameter {name!r} here. There are: {', '.join(known)}.")
    return Asked(
        filters={name: _values(name, query.getlist(name), filters[name]) for name in filters if name in query},
        limit=_number(query, "limit", USUAL_ROWS, 1, MOST_ROWS),
        offset=_number(query, start, 0, 0, LARGEST),
        names=_one(query, "names", "false", ("true", "false")) == "true",
    )


def fits(name: str, value: object, wanted: Sequence[str]) -> bool:
    """Whether a column's value is one of those wanted: `language` is where one of the languages is."""
    if isinstance(value, bool):
        return str(value).lower() in wanted
    if name == "language":
        return any(one in (value, *str(value).split("+")) for one in wanted)
    return value in wanted


def _parameter(name: str, column: Schema) -> Schema:
    if name in KINDS_OF:
        return {"type": "string", "enum": list(get_args(Kind))}
    if column.get("type") == "boolean":
        return {"type": "boolean"}
    return {"type": "string", **({"enum": column["enum"]} if "enum" in column else {})}


def _values(name: str, values: Sequence[str], schema: Schema) -> tuple[str, ...]:
    admitted = ("true", "false") if schema["type"] == "boolean" else schema.get("enum", values)
    for value in values:
        if value not in admitted:
            raise Refused(400, f"{name!r} cannot be {value[:100]!r}. It is one of: {', '.join(admitted)}.")
    return tuple(values)


def _number(query: QueryParams, name: str, default: int, least: int, most: int) -> int:
    text = _one(query, name, str(default))
    # int() would admit signs, blanks, underscores and the digits of every script.
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(most)) else -1
    if not least <= number <= most:
        raise Refused(400, f"{name!r} must be a whole number from {least} to {most:,}.")
    return number


def _one(query: QueryParams, name: str, default: str, admitted: Sequence[str] = ()) -> str:
    values = query.getlist(name) or [default]
    if len(values) > 1:
        raise Refused(400, f"{name!r} is given {len(values)} times. Give it once.")
    if admitted and values[0] not in admitted:
        raise Refused(400, f"{name!r} cannot be {values[0][:100]!r}. It is one of: {', '.join(admitted)}.")
    return values[0]
