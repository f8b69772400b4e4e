"""What is least certain: the baselines with the widest intervals, the fewest raters and the fewest items."""

from __future__ import annotations

import html
from collections.abc import Sequence

import streamlit as st

from hume.export import wording
from hume.records import BaselineRow
from pages.parts import standing, views

#: As many subsets are named; the page of baselines has all.
MOST = 5

LINE = (
    "display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 1rem;padding:.4rem 0;"
    "border-bottom:1px solid rgba(128,128,128,.22);font-size:.9rem;overflow-wrap:anywhere"
)


def show(rows: Sequence[BaselineRow]) -> None:
    """The section: the least certain of these baselines, one a subset, and how many rest on little."""
    st.subheader("Least certain", anchor=False)
    if all(row.source == "published" for row in rows):
        st.markdown(
            "These figures were published without intervals and without numbers of items, so how certain they are is "
            "not known. The page *Planning* says how many items it takes to tell."
        )
        return
    st.html("".join(map(_line, least_certain(rows)[:MOST])))
    st.caption(_note(rows))


def least_certain(rows: Sequence[BaselineRow]) -> list[BaselineRow]:
    """Those without score or interval first, then by the width of the interval; of equal ones, fewer raters first."""
    return sorted(rows, key=lambda row: (-_width(row), row.n_raters or 0, row.n_items or 0, row.task, row.subset))


def _width(row: BaselineRow) -> float:
    return float("inf") if row.ci_low is None or row.ci_high is None else row.ci_high - row.ci_low


def _line(row: BaselineRow) -> str:
    low_high = wording.interval(row.ci_low, row.ci_high)
    sure = "no interval" if low_high == wording.UNKNOWN else low_high
    rests_on = ", ".join(
        wording.counted(n, *names)
        for n, names in ((row.n_raters, ("rater", "raters")), (row.n_items, ("item", "items")))
        if n is not None
    )
    return (
        f'<div style="{LINE}"><span><b>{html.escape(views.subset_label(row))}</b></span>'
        f'<span style="font-variant-numeric:tabular-nums">{html.escape(wording.points(row.score))} '
        f'{html.escape(sure)} <span style="opacity:.7">· {html.escape(rests_on)}</span></span></div>'
    )


def _note(rows: Sequence[BaselineRow]) -> str:
    without = sum(row.ci_low is None for row in rows)
    alone = sum(row.n_raters == 1 for row in rows)
    said = [
        f"{n} {what}"
        for n, what in (
            (without, "without interval (too few items, or no variation)"),
            (alone, "by one rater alone"),
            (sum(bool(row.caution) for row in rows), "to be quoted with a caution"),
        )
        if n
    ]
    of = f"Of {standing.subsets(len(rows))}"
    return f"{of}: {', '.join(said)}." if said else f"{of} all have an interval and several raters."
