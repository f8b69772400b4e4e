"""Tables of figures: numbers that sort as numbers and read as the project writes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from hume.export import EXPORTERS, wording

#: What marks the rows of people among models; half transparent, so that it suits light and dark.
HIGHLIGHT = "background-color: rgba(213, 94, 0, 0.16); font-weight: 600"

#: How pandas calls whole numbers of which some are not known.
COUNTS = "Int64"

#: Rows from which on a table scrolls, and its height in pixels then.
MANY, TALL = 30, 640

#: Pixels of a letter in a table, of what stands beside it in its cell, and of the narrowest and widest column of whole
#: words: names come from outside, and one without end is not to push all else out of sight.
LETTER, WIDE_EDGE, NARROWEST, WIDEST = 7, 24, 90, 900


@dataclass(frozen=True)
class Column:
    """What a column says of a row. With `shown` the value is a number or None, sorted as such and shown as that."""

    value: Callable[[Any], Any]
    shown: Callable[[Any], str] | None = None
    help: str = ""
    dtype: str = "object"
    is_whole: bool = False
    """Whether the column is as wide as its longest words, however wide the table then is."""


def text(value: Callable[[Any], Any], help_: str = "") -> Column:
    """A column of words."""
    return Column(value, None, help_)


def points(value: Callable[[Any], float | None], help_: str = "") -> Column:
    """A column of scores: fractions, shown as points with one decimal, `undefined` where there is none."""
    return Column(value, wording.points, help_, "float64")


def signed(value: Callable[[Any], float | None], help_: str = "") -> Column:
    """A column of differences of scores, with their signs."""
    return Column(value, wording.signed_points, help_, "float64")


def coefficient(value: Callable[[Any], float | None], help_: str = "") -> Column:
    """A column of coefficients of agreement."""
    return Column(value, wording.coefficient, help_, "float64")


def count(value: Callable[[Any], int | None], help_: str = "") -> Column:
    """A column of numbers of things; a dash where one is not known."""
    return Column(value, wording.count, help_, COUNTS)


def caution(value: Callable[[Any], str]) -> Column:
    """A column of what must be said with the figures: never cut off."""
    return Column(value, None, "What must be said with the figure", is_whole=True)


def whole(value: Callable[[Any], str], help_: str = "") -> Column:
    """A column of words that are never cut off."""
    return Column(value, None, help_, is_whole=True)


def cautions(of: Sequence[str], one: str, many: str) -> None:
    """How many of the figures in a table are to be quoted with a caution; nothing where none is."""
    if cautious := sum(map(bool, of)):
        st.caption(f"{cautious} of {wording.counted(len(of), one, many)} are to be quoted with a caution.")


def show(
    rows: Sequence[Any],
    columns: Mapping[str, Column],
    key: str,
    alt: str,
    highlighted: Callable[[Any], bool] = lambda row: False,
) -> None:
    """The rows as a table, the first column kept in sight when it is scrolled sideways.

    A score without a number is `undefined`, a count is a dash. A table has one word for both where a count is known
    for some rows only: the dash then, since what nobody told must not read as if it could not be computed.
    """
    columns = {name: _unknown(column) if _lacks_all(rows, column) else column for name, column in columns.items()}
    lacks_count = any(_lacks_some(rows, column) for column in columns.values())
    missing = wording.UNKNOWN if lacks_count else wording.UNDEFINED
    frame = pd.DataFrame({name: _values(rows, column) for name, column in columns.items()})
    styler = frame.style
    if marked := [place for place, row in enumerate(rows) if highlighted(row)]:
        styler = styler.map(lambda _: HIGHLIGHT, subset=(marked, list(frame.columns)))
    for name, column in columns.items():
        if column.shown:
            styler = styler.format(_shown(column.shown), subset=[name])
    config = {
        name: st.column_config.Column(help=column.help or None, width=_width(rows, column), pinned=not place or None)
        for place, (name, column) in enumerate(columns.items())
    }
    height: Any = TALL if len(rows) > MANY else "content"
    st.dataframe(styler, hide_index=True, column_config=config, key=key, alt=alt, height=height, placeholder=missing)


def _width(rows: Sequence[Any], column: Column) -> int | None:
    if not column.is_whole:
        return None
    longest = max((len(column.value(row) or "") for row in rows), default=0)
    return min(max(NARROWEST, WIDE_EDGE + LETTER * longest), WIDEST)


def _lacks_all(rows: Sequence[Any], column: Column) -> bool:
    return column.dtype == COUNTS and all(column.value(row) is None for row in rows)


def _lacks_some(rows: Sequence[Any], column: Column) -> bool:
    return column.dtype == COUNTS and any(column.value(row) is None for row in rows)


def _unknown(column: Column) -> Column:
    return text(lambda _: wording.UNKNOWN, column.help)


def _values(rows: Sequence[Any], column: Column) -> pd.Series:
    values = [column.value(row) for row in rows]
    return pd.Series(values, dtype=column.dtype)


def _shown(shown: Callable[[Any], str]) -> Callable[[Any], str]:
    return lambda value: shown(None if pd.isna(value) else value)


def download(name: str, rows: Sequence[Any], key: str | None = None) -> None:
    """A button that takes the rows away as the exporter of that name writes them; one of several has a `key`."""
    st.download_button(
        f"Download these {name} (CSV)",
        "".join(EXPORTERS[name].csv(rows)),
        key=key,
        file_name=f"{name}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )
