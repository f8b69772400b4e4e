"""Every gap at once: a heat map of subsets and models, coloured by who is ahead."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

import plotly.graph_objects as go
import streamlit as st

from hume.export import EXPORTERS, wording
from hume.export.drawn import drawn
from hume.records import GapRow, LeaderboardRow
from pages.parts import charts, gap_table, models, views
from pages.parts.models import Models

#: Vermillion where people are ahead, blue where the model is: Okabe and Ito's, told apart with any colour vision.
AHEAD, BEHIND = charts.BLUE, charts.VERMILLION
MIDDLE = {"light": "#f3f3f0", "dark": "#2b3437"}

#: Pixels: a cell with its label above it, the label alone, a letter of a model's name.
ROW, LABEL, LETTER = 37, 19, 6.4
MOST_LETTERS = 36


def show(gaps: Sequence[GapRow], known: Models, board: Sequence[LeaderboardRow], kind: str) -> None:
    """The section; nothing where fewer than two models have gaps, which the chart above it shows as well."""
    rows = [row for row in gaps if row.gap is not None]
    places = {models.of_rank(row): place for place, row in enumerate(board)}
    columns = sorted({models.of_gap(row) for row in rows}, key=lambda model: places.get(model, len(places)))
    if len(columns) < 2:
        return
    lines = _subsets(rows)
    who = views.KIND_NAMES[kind].lower()
    st.subheader("All models", anchor=False)
    st.html(_key(who))
    charts.show(
        _figure(rows, lines, columns, known),
        key="gap-map",
        alt=f"Gaps of {len(columns)} models to {who} on {len(lines)} subsets",
        csv="".join(EXPORTERS["gaps"].csv(rows)),
    )
    st.caption(_note(rows, len(columns)))


def _subsets(rows: Sequence[GapRow]) -> list[str]:
    """Labels of the subsets, task type by task type; within one, those where models are furthest behind come first."""
    of: dict[str, list[GapRow]] = {}
    for row in rows:
        of.setdefault(views.subset_label(row), []).append(row)

    def place(label: str) -> tuple[object, ...]:
        return views.type_order(of[label][0].task_type), sum(row.gap or 0.0 for row in of[label]) / len(of[label])

    return sorted(of, key=place)


def _figure(rows: Sequence[GapRow], lines: Sequence[str], columns: Sequence[models.Model], known: Models) -> go.Figure:
    found = {(views.subset_label(row), models.of_gap(row)): row for row in rows}
    cells = [[found.get((line, column)) for column in columns] for line in lines]
    most = max(abs(100 * (row.gap or 0.0)) for row in rows) or 1.0
    middle = MIDDLE["dark" if st.context.theme.type == "dark" else "light"]
    figure = go.Figure(
        go.Heatmap(
            z=[[None if row is None else 100 * (row.gap or 0.0) for row in line] for line in cells],
            zmin=-most, zmax=most, xgap=1, ygap=LABEL, hoverongaps=False, showscale=False,
            colorbar={"title": "points", "thickness": 12, "outlinewidth": 0},
            colorscale=[[0.0, BEHIND], [0.5, middle], [1.0, AHEAD]],
            text=[[_hover(row, known) for row in line] for line in cells],
            hovertemplate="%{text}<extra></extra>",
        )
    )  # fmt: skip
    _dot(figure, cells)
    _lay_out(figure, lines, [known[column] for column in columns])
    return figure


def _dot(figure: go.Figure, cells: Sequence[Sequence[GapRow | None]]) -> None:
    """A dot in each cell whose gap may be chance."""
    open_ = [
        (x, y)
        for y, line in enumerate(cells)
        for x, row in enumerate(line)
        if row is not None and row.verdict == "not distinguishable"
    ]
    figure.add_trace(
        go.Scatter(
            x=[x for x, _ in open_], y=[y for _, y in open_], mode="markers", hoverinfo="skip",
            name="not distinguishable", showlegend=bool(open_),
            marker={"size": 4, "color": "rgb(128,128,128)"},
        )
    )  # fmt: skip


def _hover(row: GapRow | None, known: Models) -> str:
    if row is None:
        return ""
    low_high = wording.signed_interval(row.ci_low, row.ci_high)
    gap = f"{wording.signed_points(row.gap)}" + ("" if low_high == wording.UNKNOWN else f" {low_high}")
    n = "number of items not published" if row.n_items is None else f"n = {row.n_items:,} items"
    first = f"<b>{charts.in_lines(views.subset_label(row))}</b>"
    return "<br>".join([first, charts.in_lines(known[models.of_gap(row)]), gap, n, drawn(gap_table.verdict(row))])


def _lay_out(figure: go.Figure, lines: Sequence[str], names: Sequence[str]) -> None:
    """Labels stand above their cells, so that whole names fit on a phone."""
    names = [_short_model(name) for name in names]
    top = round(LETTER * max(map(len, names))) + 12
    figure.update_layout(
        height=ROW * len(lines) + top + 8,
        margin={"l": 4, "r": 4, "t": top, "b": 8},
        plot_bgcolor=charts.CLEAR,
        showlegend=False,
        dragmode=False,
        hovermode="closest",
        hoverlabel={"align": "left"},
    )
    common: Mapping[str, object] = {"showgrid": False, "zeroline": False, "fixedrange": True, "tickfont": {"size": 11}}
    figure.update_xaxes(
        **common, side="top", tickangle=-90, tickvals=list(range(len(names))), ticktext=list(map(drawn, names))
    )
    figure.update_yaxes(range=[len(lines) - 0.5, -0.5], visible=False, fixedrange=True)
    at = {"xref": "paper", "x": 0, "xanchor": "left", "align": "left", "yanchor": "bottom", "yshift": -2}
    plain = {"showarrow": False, "font": {"size": 12, "color": charts.ink()}}
    above = 0.5 * (ROW - LABEL) / ROW
    figure.update_layout(
        annotations=[
            {**at, **plain, "y": y - above, "text": drawn(_short_subset(line))} for y, line in enumerate(lines)
        ]
    )


def _short(name: str, most: int) -> str:
    return name if len(name) <= most else f"{name[: max(1, most - 1)]}…"


def _short_model(name: str) -> str:
    """Without the organisation, and what tells two of its runs apart kept whole."""
    model, bracket, told = name.partition(" (")
    return f"{_short(model.rsplit('/', 1)[-1], MOST_LETTERS - len(told) - len(bracket))}{bracket}{told}"


def _short_subset(label: str) -> str:
    """The label with its task cut short: which part of the task it is tells several apart."""
    task, dot, part = label.partition(" · ")
    return f"{_short(task, charts.LABEL_WIDTH - 4 - len(part) - len(dot))}{dot}{part}"


def _key(who: str) -> str:
    middle = MIDDLE["dark" if st.context.theme.type == "dark" else "light"]
    return (
        '<div style="display:flex;flex-wrap:wrap;align-items:center;gap:.25rem .6rem;font-size:.875rem">'
        f"<span>{html.escape(who)} ahead</span>"
        '<span aria-hidden="true" style="display:inline-block;width:9rem;height:.7rem;border-radius:.2rem;'
        f'background:linear-gradient(90deg,{BEHIND},{middle},{AHEAD})"></span><span>model ahead</span></div>'
    )


def _note(rows: Sequence[GapRow], n_models: int) -> str:
    most = wording.points(max(abs(row.gap or 0.0) for row in rows))
    note = (
        f"{wording.counted(len(rows), 'gap', 'gaps')} of {n_models} models, the best by mean at the left; the full "
        f"colours are {most} points. An empty cell has no gap."
    )
    if any(row.verdict == "not distinguishable" for row in rows):
        return f"{note} A grey dot: not distinguishable from none with these items. Hover for n and interval."
    if all(row.source == "published" for row in rows):
        return f"{note} Published without item-level data: which of them are more than chance is open."
    return f"{note} Hover for n and interval."
