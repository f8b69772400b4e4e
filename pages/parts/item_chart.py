"""Items by two of their figures: items that lie at the same place are one mark, the larger the more there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from hume.export import wording
from hume.export.files import csv_chunks
from hume.records import ItemRow
from pages.parts import charts

#: Places on each axis: items nearer than one of them share a mark.
STEPS = 20
#: From here on an item is drawn as one in doubt: raters are half of the scale closer to each other than to gold.
DOUBT_FROM = 0.5

SMALLEST, LARGEST = 9, 34

#: What the axes of a chart are: the figure of a row, and how the axis is called.
AXES: Mapping[str, tuple[tuple[str, str], tuple[str, str]]] = {
    "Raters and models": (("accord", "Accord of {who} with gold"), ("model_accord", "Models' closeness to gold")),
    "Difficulty and disagreement": (
        ("difficulty", "Difficulty (1 − accord with gold)"),
        ("disagreement", "Disagreement of {who}"),
    ),
}

Place = tuple[float, float]


@dataclass(frozen=True)
class Marks:
    """The rows at each place of a chart."""

    axes: tuple[tuple[str, str], tuple[str, str]]
    rows: Mapping[Place, Sequence[ItemRow]]

    @property
    def n_items(self) -> int:
        return sum(map(len, self.rows.values()))


def marks(rows: Sequence[ItemRow], axes: str) -> Marks:
    """The rows that have both figures, by place."""
    found: dict[Place, list[ItemRow]] = defaultdict(list)
    (x_name, _), (y_name, _) = AXES[axes]
    for row in rows:
        x, y = getattr(row, x_name), getattr(row, y_name)
        if x is not None and y is not None:
            found[round(x * STEPS) / STEPS, round(y * STEPS) / STEPS].append(row)
    return Marks(AXES[axes], found)


def csv_of(of: Marks) -> str:
    """What is drawn, as CSV: a row a mark, with where it lies, its items, and whether one of them is in doubt."""
    (x_name, _), (y_name, _) = of.axes
    columns = {x_name: float, y_name: float, "n_items": int, "in_doubt": bool}
    rows = (dict(zip(columns, (x, y, len(rows), is_in_doubt(rows)), strict=True)) for (x, y), rows in of.rows.items())
    return "".join(csv_chunks(columns, rows))


def figure(of: Marks, who: str) -> go.Figure:
    """The chart. A mark with an item in doubt is a vermillion diamond, any other a blue circle."""
    drawn = go.Figure()
    most = max(map(len, of.rows.values()), default=1)
    for is_doubted, series in ((False, clear()), (True, doubted())):
        places = [place for place, rows in of.rows.items() if is_in_doubt(rows) == is_doubted]
        sizes = [SMALLEST + (LARGEST - SMALLEST) * (len(of.rows[place]) / most) ** 0.5 for place in places]
        drawn.add_trace(
            go.Scatter(
                x=[x for x, _ in places], y=[y for _, y in places], mode="markers", name=series.name,
                marker={
                    "color": series.colour, "symbol": series.symbol, "size": sizes, "opacity": 0.75,
                    "line": {"width": 1, "color": "rgba(128,128,128,.8)"},
                },
                text=[_hover(of.rows[place]) for place in places],
                hovertemplate="%{text}<extra></extra>",
                selected={"marker": {"opacity": 1}}, unselected={"marker": {"opacity": 0.75}},
            )
        )  # fmt: skip
    _lay_out(drawn, [title.format(who=who) for _, title in of.axes])
    return drawn


def clear() -> charts.Series:
    return charts.Series("no item in doubt", charts.BLUE, "circle", "●")


def doubted() -> charts.Series:
    return charts.Series(f"items with a suspicion of {DOUBT_FROM:g} or more", charts.VERMILLION, "diamond", "◆")


def is_in_doubt(rows: Sequence[ItemRow]) -> bool:
    """Whether one of the items is drawn as in doubt."""
    return any((row.suspicion or 0.0) >= DOUBT_FROM for row in rows)


def _hover(rows: Sequence[ItemRow]) -> str:
    n = wording.counted(len(rows), "item", "items")
    most = max((row.suspicion for row in rows if row.suspicion is not None), default=None)
    lines = [f"<b>{n}</b>", f"highest suspicion {wording.accord(most)}"]
    return "<br>".join([*lines, "click to see " + ("it" if len(rows) == 1 else "them")])


def _lay_out(drawn: go.Figure, titles: Sequence[str]) -> None:
    drawn.update_layout(
        height=420,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        paper_bgcolor=charts.CLEAR,
        plot_bgcolor=charts.CLEAR,
        showlegend=False,
        dragmode=False,
        clickmode="event+select",
        hovermode="closest",
        hoverlabel={"align": "left"},
    )
    common = {"range": [-0.06, 1.06], "fixedrange": True, "zeroline": False, "gridcolor": charts.FAINT, "dtick": 0.25}
    drawn.update_xaxes(**common, title=titles[0])
    drawn.update_yaxes(**common, title=titles[1])
