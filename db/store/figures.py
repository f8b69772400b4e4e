"""Rows of figures, as tables hold them and as records."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, TypeVar

from db.tables import Base
from hume.records import AgreementRow, ScoreRow, Source

FigureT = TypeVar("FigureT", ScoreRow, AgreementRow)


def columns_of(record: type[ScoreRow] | type[AgreementRow]) -> list[str]:
    """The fields that a table keeps: all but the source, which is the table itself."""
    return [field.name for field in fields(record) if field.name != "source"]


def values_of(row: ScoreRow | AgreementRow) -> dict[str, Any]:
    """The row's values by column."""
    return {name: getattr(row, name) for name in columns_of(type(row))}


def figure(record: type[FigureT], row: Base, source: Source) -> FigureT:
    """A stored row as a record."""
    return record(**{name: getattr(row, name) for name in columns_of(record)}, source=source)
