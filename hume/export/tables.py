"""Tidy tables: the columns of each are the fields of its row's dataclass, so that no figure is without its n."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from functools import partial
from types import UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from hume.export.files import Columns, Row
from hume.progress import RaterProgress, SubsetProgress
from hume.quality import RaterChecks
from hume.records import (
    AgreementRow,
    BaselineRow,
    GapRow,
    LeaderboardRow,
    PairRow,
    ReliabilityRow,
    ScoreRow,
    StandInRow,
)

ROWS: dict[str, tuple[str, type, Sequence[str]]] = {
    "scores": ("Scores", ScoreRow, ("scores",)),
    "baselines": ("Human baselines", BaselineRow, ("baselines",)),
    "agreement": ("Agreement", AgreementRow, ("agreement",)),
    "pairs": ("Agreement of every two raters", PairRow, ("pairs",)),
    "reliability": ("Reliability of raters", ReliabilityRow, ("reliability",)),
    "gaps": ("Gaps", GapRow, ("gaps",)),
    "leaderboards": ("Leaderboards", LeaderboardRow, ("leaderboard", "boards")),
    "stand-ins": ("Models as stand-ins", StandInRow, ("stand_in",)),
    "progress": ("Progress", SubsetProgress, ("progress",)),
    "raters": ("Who answered", RaterProgress, ("raters",)),
    "checks": ("Checks", RaterChecks, ("checks",)),
}
"""By the table's name: its title, what a row is, and the lists of the report that it holds."""


def columns_of(row: type) -> Columns:
    """The columns of a table of these dataclasses, in the order of their fields. A moment is ISO 8601 text in UTC."""
    hints = get_type_hints(row)
    return {field.name: _plain(hints[field.name]) for field in fields(row)}


def rows_of(columns: Columns) -> Callable[[Iterable[Any]], Iterator[Row]]:
    """What makes the rows of a table: one a record. Empty is undefined or unknown, and a `reason` says why."""
    return partial(_rows, columns)


def _rows(columns: Columns, records: Iterable[Any]) -> Iterator[Row]:
    for record in records:
        yield {name: _cell(getattr(record, name)) for name in columns}


def _plain(hint: Any) -> type:
    """The type of a column: that of the field, whether it may be None or not."""
    if isinstance(hint, UnionType):
        (hint,) = (one for one in get_args(hint) if one is not type(None))
    if get_origin(hint) is Literal or hint is datetime:
        return str
    if hint not in (str, int, float, bool):
        raise TypeError(f"a table has no column of {hint!r}")
    return hint  # type: ignore[no-any-return]


def _cell(value: Any) -> Any:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
