"""Who agrees with whom: a heat map of every two raters, readable with any colour vision and in the dark."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import plotly.graph_objects as go

from hume.export import wording
from hume.export.drawn import drawn
from hume.records import PairRow
from pages.parts import charts

#: Cividis: the same order of light and dark for every colour vision (Nuñez, Anderton and Renslow 2018).
SCALE = "Cividis"
LIGHT_FROM = 0.55
"""The share of the scale from which on its colours are light, and need dark figures."""

MOST_FIGURES = 12
"""With more raters than these the figures would not fit their cells; they are in the hover and in the table."""

CELL, EDGE = 34, 140


def heat_map(rows: Sequence[PairRow], raters: Sequence[str]) -> go.Figure:
    """The value of every two of `raters`, in that order; a cell without colour has none, or is a rater with oneself."""
    found = {pair: row for row in rows for pair in ((row.rater, row.other), (row.other, row.rater))}
    cells = [[found.get((one, other)) for other in raters] for one in raters]
    values = [[row.value if row else None for row in line] for line in cells]
    low = min([0.0, *(row.value for row in rows if row.value is not None)])
    places = list(range(len(raters)))
    figure = go.Figure(
        go.Heatmap(
            z=values, x=places, y=places, zmin=low, zmax=1.0, colorscale=SCALE, xgap=1, ygap=1, hoverongaps=False,
            text=[[_hover(row) for row in line] for line in cells],
            hovertemplate="%{text}<extra></extra>",
            colorbar={"thickness": 12, "len": 1.0, "outlinewidth": 0},
        )
    )  # fmt: skip
    if len(raters) <= MOST_FIGURES:
        figure.update_layout(annotations=list(_written(cells, low)))
    _lay_out(figure, raters)
    return figure


def _written(cells: Sequence[Sequence[PairRow | None]], low: float) -> Iterator[dict[str, Any]]:
    for y, line in enumerate(cells):
        for x, row in enumerate(line):
            if row is not None:
                is_light = row.value is not None and (row.value - low) / (1.0 - low) >= LIGHT_FROM
                ink = "#888888" if row.value is None else "#111111" if is_light else "#ffffff"
                said = wording.UNKNOWN if row.value is None else wording.coefficient(row.value)
                yield {"x": x, "y": y, "text": said, "showarrow": False, "font": {"size": 12, "color": ink}}


def _hover(row: PairRow | None) -> str:
    if row is None:
        return ""
    low_high = wording.coefficient_interval(row.ci_low, row.ci_high)
    value = wording.coefficient(row.value) + ("" if low_high == wording.UNKNOWN else f" {low_high}")
    names = charts.in_lines(f"{row.rater} and {row.other}")
    n_items = wording.counted(row.n_items, "shared item", "shared items")
    why = [charts.in_lines(row.reason)] if row.reason else []
    return "<br>".join([f"<b>{names}</b>", value, f"n = {n_items}", *why])


def _lay_out(figure: go.Figure, raters: Sequence[str]) -> None:
    """Names stand at the rows; columns have the rows' numbers, which fit on a phone."""
    places = list(range(len(raters)))
    numbers = [str(place + 1) for place in places]
    named = [f"{drawn(_short(name))} {number}" for name, number in zip(raters, numbers, strict=True)]
    common = {"tickvals": places, "showgrid": False, "zeroline": False, "fixedrange": True}
    figure.update_layout(
        height=CELL * len(raters) + EDGE // 2,
        margin={"l": EDGE, "r": 8, "t": 28, "b": 8},
        paper_bgcolor=charts.CLEAR,
        plot_bgcolor=charts.CLEAR,
        dragmode=False,
        hoverlabel={"align": "left"},
    )
    figure.update_xaxes(**common, ticktext=numbers, side="top")
    figure.update_yaxes(**common, ticktext=named, autorange="reversed")


def _short(name: str, most: int = 16) -> str:
    return name if len(name) <= most else f"{name[: most - 1]}…"
