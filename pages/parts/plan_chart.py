"""The chart of a plan: what each number of items brings, a line for each number of raters, and the target marked."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go

from hume.export import wording
from hume.export.files import Columns, csv_chunks
from hume.planning import Curve
from pages.parts import charts

HEIGHT = 380
COLUMNS: Columns = {"n_raters": int, "n_items": int, "value": float, "monte_carlo_error": float}


def name_of(curve: Curve) -> str:
    """How many raters an item a curve is of."""
    return "as published" if curve.n_raters is None else wording.counted(curve.n_raters, "rater", "raters")


def series(curves: Sequence[Curve]) -> list[charts.Series]:
    """Colour and shape of each curve."""
    return charts.styled([name_of(curve) for curve in curves])


def figure(curves: Sequence[Curve], marked: Curve, unit: str, target: float, axis: str) -> go.Figure:
    """The curves in points or percent over a logarithmic number of items; `marked` has its answer marked."""
    found = go.Figure()
    found.add_hline(100 * target, line={"color": charts.GREY, "width": 1, "dash": "dot"}, layer="below")
    for curve, style in zip(curves, series(curves), strict=True):
        points = [point for point in curve.points if point.value is not None]
        found.add_trace(
            go.Scatter(
                name=style.name,
                x=[point.n_items for point in points],
                y=[100 * (point.value or 0.0) for point in points],
                mode="lines+markers",
                opacity=1.0 if curve is marked else 0.6,
                line={"color": style.colour, "width": 3 if curve is marked else 1.5},
                marker={"symbol": style.symbol, "size": 7},
                text=[f"{style.name}, {point.n_items} {unit}: {wording.points(point.value)}" for point in points],
                hovertemplate="%{text}<extra></extra>",
            )
        )
    _mark(found, marked, target)
    _lay_out(found, unit, axis)
    return found


def _mark(found: go.Figure, marked: Curve, target: float) -> None:
    if marked.needed is None:
        return
    found.add_trace(
        go.Scatter(
            x=[marked.needed],
            y=[100 * target],
            mode="markers+text",
            text=[f"<b>{marked.needed:,}</b>"],
            textposition="top right",
            cliponaxis=False,
            marker={"symbol": "star", "size": 16, "color": charts.VERMILLION},
            hovertemplate="%{x} %{y:.1f}<extra></extra>",
        )
    )


def _lay_out(found: go.Figure, unit: str, axis: str) -> None:
    found.update_layout(
        height=HEIGHT,
        margin={"l": 8, "r": 16, "t": 16, "b": 8},
        paper_bgcolor=charts.CLEAR,
        plot_bgcolor=charts.CLEAR,
        showlegend=False,
        dragmode=False,
        hovermode="closest",
    )
    ticks = [4, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 100000]
    found.update_xaxes(
        type="log", title=f"Number of {unit}", tickvals=ticks, ticktext=[f"{tick:,}" for tick in ticks],
        fixedrange=True, gridcolor=charts.FAINT, automargin=True,
    )  # fmt: skip
    found.update_yaxes(
        title=axis, rangemode="tozero", fixedrange=True, gridcolor=charts.FAINT, zeroline=False, automargin=True
    )


def csv(curves: Sequence[Curve]) -> str:
    """The figures of the chart: a row a number of raters and of items, values as fractions."""
    rows = (
        {
            "n_raters": curve.n_raters, "n_items": point.n_items, "value": point.value,
            "monte_carlo_error": point.error,
        }
        for curve in curves
        for point in curve.points
    )  # fmt: skip
    return "".join(csv_chunks(COLUMNS, rows))
