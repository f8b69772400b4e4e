"""Charts: marks on one horizontal scale, a line a subset, readable in light and dark and on a phone."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from hume.export import wording
from hume.export.drawn import drawn
from hume.export.files import Columns, Row, csv_chunks
from hume.records import BaselineRow, ScoreRow
from pages import downloads

# Okabe and Ito's palette: told apart with any colour vision, and (these) on white and on black.
VERMILLION, BLUE, GREEN, PURPLE, ORANGE, SKY = "#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"
GREY = "rgba(128,128,128,.55)"
FAINT = "rgba(128,128,128,.18)"
CLEAR = "rgba(0,0,0,0)"

#: Colour, Plotly's symbol and the same as a character, for series that are not people.
STYLES = (
    (BLUE, "circle", "●"),
    (GREEN, "square", "■"),
    (PURPLE, "triangle-up", "▲"),
    (ORANGE, "triangle-down", "▼"),
    (SKY, "pentagon", "⬟"),
)

#: The same for LLMs: stars of several kinds, which no embedding model has.
STARS = (
    (PURPLE, "star", "★"),
    (SKY, "hexagram", "✶"),
    (GREEN, "star-square", "✦"),
    (ORANGE, "star-diamond", "✧"),
    (BLUE, "star-triangle-up", "✩"),
)

# Pixels: a line of a label, from a line of marks to the next label, between the marks of a line, a heading, the axis.
LABEL, PITCH, SPREAD, HEADING, TOP = 18, 20, 13, 38, 56

#: Characters of a label that fit on a phone's screen.
LABEL_WIDTH = 56


@dataclass(frozen=True)
class Series:
    """One rater or one coefficient: the same colour and shape on every line."""

    name: str
    colour: str
    symbol: str
    glyph: str


@dataclass(frozen=True)
class Mark:
    """A figure on a line: where it lies, its interval if there is one, and what is said of it (plain text lines)."""

    x: float
    hover: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    n_items: int | None = None
    """None where it is not known, or where the figure is over something else."""
    name: str = ""
    """Whose figure it is, where its series does not say."""


@dataclass(frozen=True)
class Line:
    """One subset: its marks by the name of their series, and unnamed ones for context."""

    label: str
    group: str = ""
    marks: Mapping[str, Mark] = field(default_factory=dict)
    others: Sequence[Mark] = ()


def people(name: str = "People") -> Series:
    """How people are drawn on every page."""
    return Series(name, VERMILLION, "diamond", "◆")


def simulated(name: str = "Simulated raters") -> Series:
    """How simulated raters are drawn: hollow, so that nobody takes them for people."""
    return Series(name, VERMILLION, "diamond-open", "◇")


def llms(name: str = "LLMs") -> Series:
    """How LLMs are drawn where they stand for their kind: by a star, as nobody else is."""
    return Series(name, *STARS[0])


def of_kind(kind: str) -> Series:
    """How raters of a kind that judges on people's scale are drawn: `human`, `simulated` or `llm`."""
    return {"human": people, "simulated": simulated, "llm": llms}[kind]()


def starred(names: Sequence[str]) -> list[Series]:
    """A series an LLM, told apart by colour and by the shape of the star."""
    return [Series(name, *STARS[i % len(STARS)]) for i, name in enumerate(names)]


def styled(names: Sequence[str]) -> list[Series]:
    """A series a name, told apart by colour and by shape."""
    return [Series(name, *STYLES[i % len(STYLES)]) for i, name in enumerate(names)]


def mark(name: str, row: BaselineRow | ScoreRow) -> Mark:
    """The main score of a rater or baseline, in points; its hover says the interval, the metric and n."""
    low_high = wording.interval(row.ci_low, row.ci_high)
    score = f"{name}: {wording.points(row.score)}"
    return Mark(
        x=100 * (row.score or 0.0),
        hover=(
            score if low_high == wording.UNKNOWN else f"{score} {low_high}",
            row.metric,
            _n_items(row.n_items),
            *_cautions(row),
        ),
        low=None if row.ci_low is None else 100 * row.ci_low,
        high=None if row.ci_high is None else 100 * row.ci_high,
        n_items=row.n_items,
        name=name,
    )


def _cautions(row: BaselineRow | ScoreRow) -> tuple[str, ...]:
    return (row.caution,) if isinstance(row, BaselineRow) and row.caution else ()


def _n_items(n: int | None) -> str:
    return "number of items not published" if n is None else f"n = {wording.counted(n, 'item', 'items')}"


def dots(
    lines: Sequence[Line], series: Sequence[Series], axis: str, at_least: Sequence[float] = (), *, joined: bool = True
) -> go.Figure:
    """Marks of `series` on a common scale, a line a subset under the heading of its group.

    Labels stand above their line, so they cost no width. The marks of a line are joined by a thin bar if they are
    `joined`, being of one measure; where there are intervals, they lie below each other instead, so that none hides
    another. The scale shows the values `at_least` too, and a line at the first of them.
    """
    spread = any(mark.low is not None for line in lines if len(line.marks) > 1 for mark in line.marks.values())
    places = _places(lines, PITCH + SPREAD * (len(series) - 1) * spread)
    figure = go.Figure()
    _draw_others(figure, lines, places)
    for number, one in reversed(list(enumerate(series))):
        _draw_series(figure, one, lines, places, lower=number * SPREAD * spread)
    # All shapes and words at once: plotly copies those that are there with each one that is added.
    bars = [*map(_level, at_least[:1]), *_bars(lines, places, joined=joined and not spread)]
    figure.update_layout(shapes=bars, annotations=list(_labels(lines, places)))
    _lay_out(figure, places, axis, _span(lines, at_least))
    return figure


def has_marks(lines: Sequence[Line]) -> bool:
    """Whether there is anything to draw: a chart without any mark is no chart."""
    return any(line.marks or line.others for line in lines)


def show(figure: go.Figure, key: str, alt: str, csv: str = "", picked: Callable[[], None] | None = None) -> None:
    """The chart across the page, and below it what it can be taken away as; `csv` has the figures in it.

    It does not catch the finger that scrolls past it. `picked` is called when a mark is clicked, or that is lifted.
    """
    figure.update_layout(paper_bgcolor=_paper())
    config = {"displayModeBar": "hover", "modeBarButtons": [["toImage"]], "displaylogo": False, "scrollZoom": False}
    select: dict[str, Any] = {} if picked is None else {"on_select": picked, "selection_mode": "points"}
    st.plotly_chart(figure, theme="streamlit", key=key, alt=alt, config=config, **select)
    downloads.offer(key, csv, alt=alt)


def csv_of(lines: Sequence[Line], numbers: Mapping[str, str] | None = None) -> str:
    """The figures of a chart of lines as CSV: a row a mark. Names that are in `numbers` are replaced by those."""
    return "".join(csv_chunks(MARKS, _rows(lines, numbers or {})))


def legend(series: Iterable[Series], others: str = "") -> None:
    """What colours and shapes mean, in a line that wraps where the page is narrow."""
    entries = [(one.glyph, one.colour, one.name) for one in series]
    if others:
        entries.append(("•", "rgb(128,128,128)", others))
    st.html(
        '<div style="display:flex;flex-wrap:wrap;gap:.15rem 1.25rem;font-size:.875rem">'
        + "".join(
            f'<span><span aria-hidden="true" style="color:{colour};font-size:1.35em;line-height:1">{glyph}</span> '
            f"<bdi>{html.escape(name)}</bdi></span>"
            for glyph, colour, name in entries
        )
        + "</div>"
    )


#: The columns of a chart's figures: where each mark lies, its interval, and what it is over.
MARKS: Columns = {"group": str, "line": str, "name": str, "value": float, "low": float, "high": float, "n_items": int}


def _rows(lines: Sequence[Line], numbers: Mapping[str, str]) -> Iterator[Row]:
    for line in lines:
        for name, mark in (*line.marks.items(), *((mark.name, mark) for mark in line.others)):
            yield {
                "group": line.group, "line": numbers.get(line.label, line.label), "name": numbers.get(name, name),
                "value": mark.x, "low": mark.low, "high": mark.high, "n_items": mark.n_items,
            }  # fmt: skip


def in_lines(words: str) -> str:
    """Words in a chart as they are, in lines that fit on a phone's screen."""
    return "<br>".join(map(drawn, _wrapped(words)))


def ink() -> str:
    """The colour of words in a chart."""
    return "#f4f4f2" if st.context.theme.type == "dark" else "#2d2d2d"


def _paper() -> str:
    """The page's own background, so that an image of the chart has it too: its words are made to be read on that."""
    theme = "dark" if st.context.theme.type == "dark" else "light"
    return str(st.get_option(f"theme.{theme}.backgroundColor") or CLEAR)


# -- how it is drawn --------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Places:
    """Where things lie from the top, in pixels: the lines, and the heading of each group above its lines."""

    lines: list[int]
    headings: dict[int, str]
    height: int


def _places(lines: Sequence[Line], pitch: int) -> _Places:
    found, headings, y, group = [], {}, 4, ""
    for line in lines:
        if line.group != group:
            group, y = line.group, y + HEADING
            headings[y] = group
        y += LABEL * len(_wrapped(line.label))
        found.append(y)
        y += pitch
    return _Places(found, headings, y)


def _level(value: float) -> dict[str, Any]:
    """A dotted line from top to bottom at that value."""
    stroke = {"color": GREY, "width": 1, "dash": "dot"}
    return {
        "type": "line",
        "x0": value,
        "x1": value,
        "yref": "paper",
        "y0": 0,
        "y1": 1,
        "layer": "below",
        "line": stroke,
    }


def _bars(lines: Sequence[Line], places: _Places, *, joined: bool) -> Iterator[dict[str, Any]]:
    for line, y in zip(lines, places.lines, strict=True):
        level = {"type": "line", "y0": y, "y1": y, "layer": "below"}
        yield {**level, "xref": "paper", "x0": 0, "x1": 1, "line": {"color": FAINT, "width": 1}}
        xs = [mark.x for mark in line.marks.values()]
        if joined and len(xs) > 1:
            yield {**level, "x0": min(xs), "x1": max(xs), "line": {"color": GREY, "width": 3}}


def _draw_others(figure: go.Figure, lines: Sequence[Line], places: _Places) -> None:
    marks = [(mark, line, y) for line, y in zip(lines, places.lines, strict=True) for mark in line.others]
    figure.add_trace(
        go.Scatter(
            name="others",
            showlegend=bool(marks),
            x=[mark.x for mark, _, _ in marks],
            y=[y for _, _, y in marks],
            mode="markers",
            cliponaxis=False,
            marker={"color": "rgb(128,128,128)", "size": 5, "opacity": 0.55},
            text=[_hover(line, mark) for mark, line, _ in marks],
            hovertemplate="%{text}<extra></extra>",
        )
    )


def _draw_series(figure: go.Figure, series: Series, lines: Sequence[Line], places: _Places, lower: int) -> None:
    marks = [
        (line.marks[series.name], line, y + lower)
        for line, y in zip(lines, places.lines, strict=True)
        if series.name in line.marks
    ]
    figure.add_trace(
        go.Scatter(
            name=drawn(series.name),
            x=[mark.x for mark, _, _ in marks],
            y=[y for _, _, y in marks],
            mode="markers",
            cliponaxis=False,
            marker={
                "color": series.colour,
                "symbol": series.symbol,
                "size": 11,
                "line": {"width": 2 if series.symbol.endswith("open") else 0, "color": series.colour},
            },
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [None if mark.high is None else mark.high - mark.x for mark, _, _ in marks],
                "arrayminus": [None if mark.low is None else mark.x - mark.low for mark, _, _ in marks],
                "color": series.colour,
                "thickness": 1.5,
                "width": 3,
            },
            text=[_hover(line, mark) for mark, line, _ in marks],
            hovertemplate="%{text}<extra></extra>",
        )
    )


def _hover(line: Line, mark: Mark) -> str:
    first, *rest = map(in_lines, (line.label, *mark.hover))
    return "<br>".join([f"<b>{first}</b>", *rest])


def _labels(lines: Sequence[Line], places: _Places) -> Iterator[dict[str, Any]]:
    common = {"xref": "paper", "x": 0, "xanchor": "left", "yanchor": "bottom", "showarrow": False, "align": "left"}
    for line, y in zip(lines, places.lines, strict=True):
        yield {**common, "y": y, "yshift": 3, "text": in_lines(line.label), "font": {"size": 13, "color": ink()}}
    for y, heading in places.headings.items():
        text = f"<b>{drawn(heading)}</b>"
        yield {**common, "y": y, "yshift": 8, "text": text, "font": {"size": 15, "color": ink()}}


def _wrapped(label: str) -> list[str]:
    return textwrap.wrap(label, LABEL_WIDTH)


def _lay_out(figure: go.Figure, places: _Places, axis: str, span: tuple[float, float]) -> None:
    figure.update_layout(
        height=places.height + TOP,
        margin={"l": 4, "r": 4, "t": TOP, "b": 0},
        paper_bgcolor=CLEAR,
        plot_bgcolor=CLEAR,
        showlegend=False,
        dragmode=False,
        hovermode="closest",
        hoverlabel={"align": "left"},
    )
    figure.update_xaxes(
        range=span,
        side="top",
        title=axis,
        title_standoff=8,
        fixedrange=True,
        zeroline=False,
        gridcolor=FAINT,
        showgrid=True,
        nticks=8,
    )
    figure.update_yaxes(range=[places.height, 0], visible=False, fixedrange=True)


def _span(lines: Sequence[Line], at_least: Sequence[float]) -> tuple[float, float]:
    """From the lowest to the highest of all marks and intervals, with room for the marks themselves."""
    values = [
        value
        for line in lines
        for mark in (*line.marks.values(), *line.others)
        for value in (mark.x, mark.low, mark.high)
        if value is not None
    ]
    low, high = min([*values, *at_least], default=0.0), max([*values, *at_least], default=1.0)
    room = 0.03 * ((high - low) or 1.0)
    return low - room, high + room
