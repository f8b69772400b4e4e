"""The report as one web page that needs nothing else: no network, no server, no other file.

Names come from annotators, files and model repositories: all text goes through `html.escape`, and in charts, where
Plotly reads tags, through `drawn`. A policy in the page forbids it to fetch anything.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from html import escape, unescape
from typing import Any

from hume.export import wording
from hume.export.drawn import drawn
from hume.export.report import NOTHING, SECTIONS, Lists, Section
from hume.records import BaselineRow, GapRow, Json, LeaderboardRow
from hume.score import DRAWS

# Okabe and Ito's palette: told apart with any colour vision, on white and on black.
PEOPLE, MODEL, SIMULATED = "#D55E00", "#0072B2", "#CC79A7"
COLOURS = {"human": PEOPLE, "simulated": SIMULATED}
SYMBOLS = {"human": "diamond", "simulated": "diamond-open", "llm": "square"}
LONGEST_NAME = 72
"""Characters of a name at the axis of a chart."""
MOST_MODELS = 8
"""Models a chart of one kind of baseline shows, the best ones; the table below has all."""

BOOTSTRAP = (
    f"Intervals hold 95%, by {DRAWS.resamples:,} bootstrap resamples (seed {DRAWS.seed}) of the items, or of what the "
    "table says, with percentiles expanded for few items (Hesterberg 2015)."
)
METHODS: Mapping[str, str] = {
    "leaderboard": "Mean over subsets, as HUME's paper has it; mean over task types of the mean over their tasks; "
    "Borda count as MTEB defines it. People stand among the models by their consensus. The interval of a rank comes "
    "from resampled items. Who lacks a subset has no rank.",
    "boards": "The same, over the subsets of one language or task type.",
    "baselines": "The task's main metric of people's answers against gold, by the aggregation that is named. "
    f"Published figures stand as they were published, most without interval. {BOOTSTRAP}",
    "gaps": "A model's score minus the people's, over the items that both answered, so that the interval is paired. "
    "Standardised: the gap as a share of the way from chance to perfect. p by the interval, adjusted "
    "over all computed gaps to the same baseline (Holm; Benjamini and Hochberg). A gap whose interval holds 0 is not "
    f"distinguishable from none with this n. {BOOTSTRAP}",
    "stand_in": "The alternative annotator test of Calderon, Reichart and Dror (2025): a model passes where it is at "
    "least as close to the other people as half of the people are, allowing it epsilon for being cheaper (FDR "
    "controlled).",
    "agreement": f"How far raters of one kind say the same, by the coefficient that is named. {BOOTSTRAP}",
    "reliability": "The mean of a rater's pairs with every other rater, by the task type's main coefficient of two.",
    "scores": f"The main metric of each rater against gold. {BOOTSTRAP}",
    "progress": "Given answers against those that the task asks for (items x overlap).",
    "raters": "Seconds are the median of active time.",
    "checks": "Training and attention items have a known answer; given twice are items that came back later.",
}
"""How the figures of each list are computed."""

STYLE = """
:root{color-scheme:light dark;--line:#8884;--soft:#8882}
body{font:16px/1.5 system-ui,sans-serif;margin:0 auto;max-width:72rem;padding:1rem;background:Canvas;color:CanvasText}
h2{margin-top:2.5rem} .note{border-left:.25rem solid #D55E00;padding:.25rem .75rem;background:var(--soft)}
.scroll{overflow-x:auto;max-height:40rem;overflow-y:auto} table{border-collapse:collapse;font-size:.875rem}
th,td{padding:.25rem .5rem;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
th{position:sticky;top:0;background:Canvas} td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
summary{cursor:pointer;padding:.5rem 0} @media print{.scroll{max-height:none}details>*{display:block}}
"""

DRAW = """
const charts = JSON.parse(document.getElementById("charts").textContent);
const dark = matchMedia("(prefers-color-scheme: dark)");
function draw() {
  const ink = getComputedStyle(document.body).color, line = dark.matches ? "#fff3" : "#0003";
  for (const chart of charts) {
    const axis = {gridcolor: line, zerolinecolor: ink, automargin: true};
    const layout = {...chart.layout, font: {color: ink, family: "system-ui,sans-serif"}, paper_bgcolor: "transparent",
      plot_bgcolor: "transparent", xaxis: {...axis, ...chart.layout.xaxis}, yaxis: {...axis, ...chart.layout.yaxis},
      legend: {orientation: "h", y: 1.02, yanchor: "bottom"}, margin: {l: 8, r: 8, t: 8, b: 40}, hovermode: "closest"};
    const config = {responsive: true, displaylogo: false, toImageButtonOptions: {format: "svg", filename: chart.id}};
    Plotly.react(chart.id, chart.data, layout, config);
  }
}
draw();
dark.addEventListener("change", draw);
"""


def as_html(of: Lists) -> str:
    """The page: a chart where there is one to draw, the method, and the table of every list that has rows."""
    charts = [*_scores(of["baselines"], of["gaps"]), *_ranks(of["leaderboard"]), *_agreement(of["agreement"])]
    by_list: dict[str, list[Json]] = defaultdict(list)
    for chart in charts:
        by_list[chart["list"]].append(chart)
    parts = [_section(name, section, of[name], by_list[name]) for name, section in SECTIONS.items() if of[name]]
    body = f"<h1>HUME report</h1>\n{_cautions(of)}\n{''.join(parts) or f'<p>{escape(NOTHING)}</p>'}"
    return _page(body, charts if parts else [])


def _page(body: str, charts: Sequence[Json]) -> str:
    from plotly.offline import get_plotlyjs

    policy = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"
    scripts = ""
    if charts:
        # No text can end the script: "<" is written as JSON may write it, too.
        data = json.dumps(charts, ensure_ascii=False, allow_nan=False).replace("<", "\\u003c")
        scripts = (
            f'<script type="application/json" id="charts">{data}</script>\n'
            f"<script>{get_plotlyjs()}</script>\n<script>{DRAW}</script>\n"
        )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width,initial-scale=1">\n'
        f"<title>HUME report</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{body}\n{scripts}</body>\n</html>\n"
    )


def _cautions(of: Lists) -> str:
    """What must be said before any figure is read."""
    rows = [row for name in ("scores", "baselines", "agreement") for row in of[name]]
    said = []
    if any(row.kind == "simulated" for row in rows):
        said.append("Simulated raters are made up: they are marked simulated and are no people.")
    if samples := sorted({row.task for row in rows if row.is_sample}):
        said.append(f"Made for trying HUME on, and no benchmarks: {', '.join(samples)}.")
    if {row.source for row in rows} == {"computed", "published"}:
        said.append("Computed and published figures stand side by side; each says which it is (of).")
    return "".join(f'<p class="note">{escape(text)}</p>' for text in said)


def _section(name: str, section: Section, rows: Sequence[Any], charts: Sequence[Json]) -> str:
    drawn = "".join(
        f'<h3>{chart["title"]}</h3><div id="{escape(chart["id"])}" style="height:{chart["layout"]["height"]}px"></div>'
        for chart in charts
    )
    return (
        f'<section><h2 id="{name}">{escape(section.title)}</h2>\n{drawn}'
        f"<details><summary>How this is computed</summary><p>{escape(METHODS[name])}</p></details>\n"
        f"{_table(section, rows)}</section>\n"
    )


def _table(section: Section, rows: Sequence[Any]) -> str:
    def line(tag: str, cells: Sequence[str]) -> str:
        marks = (' class="n"' if column in section.numeric else "" for column in section.columns)
        return "<tr>" + "".join(f"<{tag}{m}>{escape(c)}</{tag}>" for m, c in zip(marks, cells, strict=True)) + "</tr>\n"

    body = "".join(line("td", [cell(row) for cell in section.columns.values()]) for row in rows if section.shows(row))
    head = line("th", list(section.columns))
    return f'<div class="scroll" tabindex="0"><table><thead>{head}</thead><tbody>{body}</tbody></table></div>'


# -- charts ---------------------------------------------------------------------------------------------


def _scores(baselines: Sequence[BaselineRow], gaps: Sequence[GapRow]) -> list[Json]:
    """For each kind of baseline and source: its score with interval, and the models' scores on the same items."""
    found = []
    for source, kind in (("computed", "human"), ("published", "human"), ("computed", "simulated")):
        own = [r for r in baselines if (r.source, r.kind) == (source, kind) and r.score is not None]
        if source == "computed":
            own = [row for row in own if row.aggregation == "consensus"]
        against = [g for g in gaps if (g.source, g.baseline_kind) == (source, kind) and g.gap is not None]
        if source == "computed":
            against = [row for row in against if row.aggregation == "consensus"]
        if own:
            who = "Simulated raters" if kind == "simulated" else "People"
            traces = [_of_people(who, kind, own), *_of_models(against)]
            title = f"{who} and models, {source}: score in points" + (_left_out(against))
            found.append(_chart(f"scores-{source}-{kind}", "baselines", title, traces, len(own)))
    return found


def _of_people(who: str, kind: str, rows: Sequence[BaselineRow]) -> Json:
    marks = [(_where(r), r.score, r.ci_low, r.ci_high, f"{r.aggregation}{_n(r.n_items)}{_raters(r)}") for r in rows]
    return _trace(who, COLOURS[kind], SYMBOLS[kind], marks, size=11)


def _of_models(rows: Sequence[GapRow]) -> list[Json]:
    by_model: dict[str, list[GapRow]] = defaultdict(list)
    for row in rows:
        by_model[wording.rater(row.model, row.model_revision, row.protocol)].append(row)
    best = sorted(by_model, key=lambda name: (-len(by_model[name]), -_mean(by_model[name]), name))[:MOST_MODELS]
    return [
        _trace(
            name,
            MODEL,
            SYMBOLS.get(by_model[name][0].model_kind, "circle"),
            [
                (_where(r), r.model_score, None, None, f"gap {wording.signed_points(r.gap)}{_gap(r)}")
                for r in by_model[name]
            ],
            opacity=max(1 - 0.1 * place, 0.3),
        )
        for place, name in enumerate(best)
    ]


def _left_out(rows: Sequence[GapRow]) -> str:
    models = len({(row.model, row.model_revision, row.protocol) for row in rows})
    return f" (the best {MOST_MODELS} of {models} models)" if models > MOST_MODELS else ""


def _ranks(rows: Sequence[LeaderboardRow]) -> list[Json]:
    """The rank of everybody who has one, with its interval."""
    found = []
    boards: dict[tuple[str, str, str], list[LeaderboardRow]] = defaultdict(list)
    for row in rows:
        boards[row.source, row.baseline_kind, row.board_protocol].append(row)
    for (source, baseline, protocol), of_board in boards.items():
        ranked = [row for row in of_board if row.rank is not None]
        if ranked:
            marks: dict[str, list[Any]] = defaultdict(list)
            for row in ranked:
                name = wording.rater(row.rater, row.rater_revision, row.protocol)
                hover = f"mean {wording.points(row.mean_score)}, {row.n_subsets} subsets"
                marks[row.kind].append((name, row.rank, row.rank_low, row.rank_high, hover))
            traces = [
                _trace(kind, COLOURS.get(kind, MODEL), SYMBOLS.get(kind, "circle"), some, scale=1)
                for kind, some in marks.items()
            ]
            among = f" with {baseline} raters" if baseline else ""
            name = "-".join(filter(None, ("ranks", source, baseline, protocol)))
            title = f"Rank, {', '.join(filter(None, (source, protocol)))}{among}"
            chart = _chart(name, "leaderboard", title, traces, len(ranked))
            chart["layout"]["yaxis"]["categoryarray"] = [drawn(m) for m in _in_order(ranked)]
            found.append(chart)
    return found


def _in_order(rows: Sequence[LeaderboardRow]) -> list[str]:
    ordered = sorted(rows, key=lambda row: row.rank or 0)
    return [wording.rater(row.rater, row.rater_revision, row.protocol) for row in ordered]


def _agreement(rows: Sequence[Any]) -> list[Json]:
    """The first defined coefficient of each subset: the one that its task type leads with."""
    first: dict[tuple[str, str, str, str], Any] = {}
    for row in rows:
        if row.value is not None:
            first.setdefault((row.task, row.subset, row.kind, row.source), row)
    kinds: dict[str, list[Any]] = defaultdict(list)
    for row in first.values():
        kinds[f"{row.kind}, {row.source}"].append(row)
    traces = [
        _trace(
            name,
            COLOURS.get(some[0].kind, MODEL),
            SYMBOLS.get(some[0].kind, "circle") if some[0].source == "computed" else "x",
            [(_where(r), r.value, r.ci_low, r.ci_high, f"{_coefficient(r)}{_n(r.n_items)}{_raters(r)}") for r in some],
            scale=1,
        )
        for name, some in kinds.items()
    ]
    n = len({_where(row) for row in first.values()})
    return (
        [_chart("agreement-chart", "agreement", "Agreement by each task type's first coefficient", traces, n)]
        if n
        else []
    )


Mark = tuple[str, float | None, float | None, float | None, str]


def _trace(
    name: str, colour: str, symbol: str, marks: Sequence[Mark], size: int = 8, opacity: float = 1.0, scale: float = 100
) -> Json:
    """A series: the middle, the interval's ends where it has one, and what is said of each mark."""
    values = [scale * (value or 0) for _, value, *_ in marks]
    ends = [
        (0.0, 0.0) if low is None or high is None else (scale * high - at, at - scale * low)
        for at, (_, _, low, high, _) in zip(values, marks, strict=True)
    ]
    trace: dict[str, Json] = {
        "type": "scatter",
        "mode": "markers",
        "name": drawn(name),
        "x": values,
        "y": [drawn(where) for where, *_ in marks],
        "text": [drawn(_hover(mark, scale)) for mark in marks],
        "hovertemplate": "%{y}<br>%{text}",
        "opacity": opacity,
        "marker": {"color": colour, "symbol": symbol, "size": size},
    }
    if any(up or down for up, down in ends):
        up, down = zip(*ends, strict=True)
        trace["error_x"] = {"type": "data", "symmetric": False, "array": up, "arrayminus": down, "color": colour}
    return trace


def _hover(mark: Mark, scale: float) -> str:
    _, value, low, high, said = mark
    if scale == 100:
        return f"{wording.points(value)} {wording.interval(low, high)}, {said}"
    if isinstance(value, int):
        return f"{value}, 95%: {wording.places(low, high)}, {said}"
    return f"{wording.coefficient(value)} {wording.coefficient_interval(low, high)}, {said}"


def _chart(chart_id: str, of: str, title: str, traces: Sequence[Json], lines: int) -> dict[str, Any]:
    axis: dict[str, Json] = {"autorange": "reversed", "type": "category", **_short_ticks(traces)}
    layout = {"height": 120 + 24 * lines, "xaxis": {}, "yaxis": axis}
    return {"id": chart_id, "list": of, "title": escape(title), "data": traces, "layout": layout}


def _short_ticks(traces: Sequence[Json]) -> dict[str, Json]:
    """Names cut short at the axis where one would leave no room for the chart; the table has them whole."""
    places = list(dict.fromkeys(y for trace in traces for y in trace["y"]))
    names = [unescape(place) for place in places]
    if all(len(name) <= LONGEST_NAME for name in names):
        return {}
    short = [name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…" for name in names]
    return {"tickmode": "array", "tickvals": places, "ticktext": list(map(drawn, short))}


def _where(row: Any) -> str:
    return f"{row.task}/{row.subset}" + (" (sample)" if row.is_sample else "")


def _coefficient(row: Any) -> str:
    return wording.coefficient_name(row.coefficient)


def _n(n_items: int | None) -> str:
    return "" if n_items is None else f", {wording.counted(n_items, 'item', 'items')}"


def _raters(row: Any) -> str:
    return "" if row.n_raters is None else f", {wording.counted(row.n_raters, 'rater', 'raters')}"


def _gap(row: GapRow) -> str:
    return f" {wording.signed_interval(row.ci_low, row.ci_high)}{_n(row.n_items)}: {row.verdict}"


def _mean(rows: Sequence[GapRow]) -> float:
    scores = [row.model_score for row in rows if row.model_score is not None]
    return sum(scores) / len(scores) if scores else 0.0
