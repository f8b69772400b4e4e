"""JSON schemas of rows, from their dataclasses: types from annotations, descriptions from the strings below them."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from functools import cache
from itertools import pairwise
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from hume.export.files import Columns
from hume.records import Json

Schema = dict[str, Json]

PLAIN: Mapping[Any, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    datetime: {"type": "string", "format": "date-time"},
}


def row_schema(row: type) -> Schema:
    """The schema of a frozen dataclass: every field is there, and nothing else. TypeError for a type without one."""
    hints, said = get_type_hints(row), _descriptions(row)
    properties = {one.name: {**_of(hints[one.name]), **_told(said.get(one.name))} for one in fields(row)}
    return _object(properties, inspect.getdoc(row) or "")


def columns_schema(columns: Columns, description: str) -> Schema:
    """The schema of an export's row. Text is always there; a number may be null, which is unknown or undefined."""
    kinds: dict[type, Schema] = {
        str: {"type": "string"},
        int: {"type": ["integer", "null"]},
        float: {"type": ["number", "null"]},
        bool: {"type": "boolean"},
        object: {},
    }
    return _object({name: dict(kinds[kind]) for name, kind in columns.items()}, description)


def _object(properties: Mapping[str, Schema], description: str) -> Schema:
    about = _told(description)
    names = list(properties)
    return {"type": "object", **about, "properties": dict(properties), "required": names, "additionalProperties": False}


def _told(description: str | None) -> Schema:
    return {"description": " ".join(description.split())} if description else {}


def _of(hint: Any) -> Schema:
    if hint is Any:
        return {}
    if hint in PLAIN:
        return dict(PLAIN[hint])
    if is_dataclass(hint) and isinstance(hint, type):
        return row_schema(hint)
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Literal:
        return {"type": "string", "enum": list(inner)}
    if origin in (UnionType, Union):
        (one,) = (part for part in inner if part is not NoneType)
        return _or_null(_of(one))
    if origin is tuple:
        return {"type": "array", "items": _of(inner[0])}
    if origin is Mapping:
        return {"type": "object", "additionalProperties": _of(inner[1])}
    raise TypeError(f"an API has no rows with a {hint!r}")


def _or_null(schema: Schema) -> Schema:
    enum = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
    return {**schema, "type": [schema["type"], "null"], **enum}


@cache
def _descriptions(row: type) -> Mapping[str, str]:
    """By field, the string literal that stands below it in the source."""
    (body,) = ast.parse(textwrap.dedent(inspect.getsource(row))).body
    lines = body.body if isinstance(body, ast.ClassDef) else []
    return {
        above.target.id: below.value.value
        for above, below in pairwise(lines)
        if isinstance(above, ast.AnnAssign)
        and isinstance(above.target, ast.Name)
        and isinstance(below, ast.Expr)
        and isinstance(below.value, ast.Constant)
        and isinstance(below.value.value, str)
    }
