"""Human baselines: what people score on each subset, how sure that is, and how many answers it rests on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import streamlit as st

from hume.export import wording
from hume.records import BaselineRow, Report, ScoreRow
from pages.parts import charts, figures, layout, tables, views
from pages.parts.access import require

Cell = tuple[str, str]


def page() -> None:
    layout.header(
        "Baselines", "What people score on each subset, by the way in which several people become one figure."
    )
    report = figures.report()
    view = views.choose_view(report)
    if not view:
        views.nothing_at_all()
        return
    shown = views.restricted(report, view)
    kind = views.choose_kind(shown.baselines, "Raters", "raters")
    layout.notices(samples=view == views.SAMPLES, simulated=kind == "simulated")
    if not kind:
        views.no_people()
        return
    rows = [row for row in shown.baselines if row.kind == kind]
    wanted = views.choose_filter(rows, *st.columns(2))
    rows = sorted(filter(wanted.takes, rows), key=lambda row: (views.type_order(row.task_type), row.task))
    _chart(rows, _single_raters(shown, kind), kind)
    _table(rows)
    _explain()


def _single_raters(shown: Report, kind: str) -> Mapping[Cell, Sequence[ScoreRow]]:
    found = defaultdict(list)
    for row in shown.scores:
        if row.is_main and row.kind == kind and row.aggregation in ("rater", "annotator") and row.score is not None:
            found[row.task, row.subset].append(row)
    return found


def _chart(rows: Sequence[BaselineRow], singles: Mapping[Cell, Sequence[ScoreRow]], kind: str) -> None:
    series = _series([row.aggregation for row in rows], kind)
    by_cell: dict[Cell, list[BaselineRow]] = defaultdict(list)
    for row in rows:
        by_cell[row.task, row.subset].append(row)
    lines = [
        charts.Line(
            views.subset_label(of_cell[0]),
            views.type_name(of_cell[0].task_type),
            {
                _name(row.aggregation): charts.mark(_name(row.aggregation), row)
                for row in of_cell
                if row.score is not None
            },
            [charts.mark(one.rater, one) for one in singles.get(cell, ())],
        )
        for cell, of_cell in by_cell.items()
    ]
    if not charts.has_marks(lines):
        return
    charts.legend(series, "single raters" if any(line.others for line in lines) else "")
    charts.show(
        charts.dots(lines, series, "Main metric, points"),
        key="baseline-chart",
        alt="Baselines of each subset; the same figures are in the table below.",
    )
    if all(row.source == "published" for row in rows):
        st.caption("Published without item-level data: no interval.")
    else:
        st.caption("Whiskers are 95% intervals (bootstrap over items).")


def _series(aggregations: Sequence[str], kind: str) -> list[charts.Series]:
    names = [_name(aggregation) for aggregation in dict.fromkeys(aggregations)]
    first = charts.people if kind == "human" else charts.simulated
    return [first(names[0]), *charts.styled(names[1:])] if names else []


def _name(aggregation: str) -> str:
    return views.AGGREGATION_NAMES.get(aggregation, aggregation)


def _table(rows: Sequence[BaselineRow]) -> None:
    columns = {
        "Subset": tables.text(views.subset_label),
        "Score": tables.points(lambda row: row.score),
        "95% interval": tables.text(lambda row: wording.interval(row.ci_low, row.ci_high)),
        "Baseline": tables.text(lambda row: _name(row.aggregation)),
        "Items": tables.count(lambda row: row.n_items, "Items with at least one answer"),
        "Raters": tables.count(lambda row: row.n_raters),
        "Answers": tables.count(lambda row: row.n_answers, "Given answers of all raters"),
        "Skipped": tables.count(
            lambda row: row.n_skipped, "Items that raters skipped: not scored, and not counted as wrong"
        ),
        "Note": tables.text(lambda row: row.reason),
        "Type": tables.text(lambda row: views.type_name(row.task_type)),
        "Language": tables.text(lambda row: row.language),
        "Metric": tables.text(lambda row: row.metric),
    }
    tables.show(rows, columns, key="baselines", alt="Baselines with intervals and numbers of items, raters and answers")
    tables.download("baselines", rows)


def _explain() -> None:
    with st.expander("How this is computed"):
        st.markdown(EXPLANATION)


EXPLANATION = """
- **Consensus of raters.** Raters' answers are joined item by item into one answer, and that is scored: the labels with
  most votes (classification), the mean judgment (semantic textual similarity), the mean grade or rank (reranking), the
  texts that most raters put together (clustering).
- **Mean of raters.** Each rater is scored, and the scores are averaged: what one person alone is likely to reach.
- **As published.** Whatever the source did.
- **Interval.** 95% percentile bootstrap: items are drawn with replacement 1,000 times. It says how the figure would
  vary with other items, not with other people. There is none where all resamples score the same, such as with every
  item right.
- A score that cannot be computed is *undefined*, with the reason; it is not zero. A dash is what is not known.
- The same rows come from the command line: `hume export baselines FILE.csv`.
"""


require("researcher")
page()
