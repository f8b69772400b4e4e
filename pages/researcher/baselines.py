"""Human baselines: what people score on each subset, how sure that is, and how many answers it rests on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import streamlit as st

from hume.export import wording
from hume.records import BaselineRow, Report, ScoreRow
from pages.parts import charts, figures, layout, numbers, tables, views
from pages.parts.access import require

Cell = tuple[str, str]

DRAWN_AT_FIRST = ("consensus", "mean", "leave-one-out")


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
    singles = _single_raters(shown, kind)
    _chart(_chosen(rows), singles, kind)
    _table(rows)
    _raters([one for of in singles.values() for one in of if wanted.takes(one)])
    _explain()


def _chosen(rows: Sequence[BaselineRow]) -> list[BaselineRow]:
    """Those that are to be drawn: a chart of all of them says nothing to the eye."""
    names = {_name(aggregation): aggregation for aggregation in dict.fromkeys(row.aggregation for row in rows)}
    if len(names) == 1:
        return list(rows)
    at_first = [name for name, aggregation in names.items() if aggregation in DRAWN_AT_FIRST]
    drawn = st.multiselect("In the chart", list(names), default=at_first, key="drawn", bind="query-params")
    return [row for row in rows if _name(row.aggregation) in drawn]


def _single_raters(shown: Report, kind: str) -> Mapping[Cell, Sequence[ScoreRow]]:
    found = defaultdict(list)
    for row in shown.scores:
        if row.is_main and row.kind == kind and row.aggregation in ("rater", "annotator") and row.score is not None:
            found[row.task, row.subset].append(row)
    return found


def _chart(rows: Sequence[BaselineRow], singles: Mapping[Cell, Sequence[ScoreRow]], kind: str) -> None:
    if not rows:
        return
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
        csv=charts.csv_of(lines, numbers.names(kind)),
    )
    if any(line.others for line in lines):
        numbers.say(kind)
    if all(row.source == "published" for row in rows):
        st.caption("Published without item-level data: no interval.")
    else:
        st.caption("Whiskers are 95% intervals (bootstrap; the table says over what).")


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
        "Caution": tables.caution(lambda row: row.caution),
        "Items": tables.count(lambda row: row.n_items, "Items with at least one answer"),
        "Raters": tables.count(lambda row: row.n_raters),
        "Answers": tables.count(lambda row: row.n_answers, "Given answers of all raters"),
        "Skipped": tables.count(
            lambda row: row.n_skipped, "Items that raters skipped: not scored, and not counted as wrong"
        ),
        "Interval over": tables.text(lambda row: row.resampled or wording.UNKNOWN, "What the bootstrap resamples"),
        "Note": tables.text(lambda row: row.reason),
        "Type": tables.text(lambda row: views.type_name(row.task_type)),
        "Language": tables.text(lambda row: row.language),
        "Metric": tables.text(lambda row: row.metric),
    }
    tables.show(rows, columns, key="baselines", alt="Baselines with intervals and numbers of items, raters and answers")
    tables.cautions([row.caution for row in rows], "baseline", "baselines")
    tables.download("baselines", rows)


def _raters(rows: Sequence[ScoreRow]) -> None:
    if not rows:
        return
    st.subheader("Each rater alone", anchor=False)
    columns = {
        "Subset": tables.text(views.subset_label),
        "Rater": tables.text(lambda row: row.rater),
        "Score": tables.points(lambda row: row.score),
        "95% interval": tables.text(lambda row: wording.interval(row.ci_low, row.ci_high)),
        "Items": tables.count(lambda row: row.n_items, "Items that the rater answered"),
        "Skipped": tables.count(lambda row: row.n_skipped),
        "Metric": tables.text(lambda row: row.metric),
    }
    tables.show(rows, columns, key="raters-alone", alt="Scores of each rater alone, with intervals")


def _explain() -> None:
    with st.expander("How this is computed"):
        st.markdown(EXPLANATION)


EXPLANATION = """
- **Consensus of raters.** Raters' answers are joined item by item into one answer, and that is scored: the labels
  with most votes (classification), the mean judgment (semantic textual similarity), the mean grade or rank
  (reranking), the texts that most raters put together (clustering).
- **Mean of raters.** Each rater is scored, and the scores are averaged: what one person alone is likely to reach.
  Raters whose own score is undefined are not counted.
- **Best rater.** The one with the best score. It flatters: the items that chose the rater are those that it is scored
  on.
- **Each against the others.** Each rater is scored against the consensus of all others instead of gold, and the
  scores are averaged: how well people do if people are right. It needs no gold, so it is a ceiling that a wrong gold
  cannot lower. Labels that tie among the others share the item; a document counts as relevant from half of the best
  grade on; queries without such a document are left out.
- **Weighted by reliability** (classification). The likeliest labels by Dawid and Skene (1979), who estimate from the
  answers alone how often each rater says one label where another is true. No gold is used.
- **HUME v1's rules.** As the paper did, for parity with its figures: majority with ties to the first label in sort
  order, mean judgment, and for clustering and reranking the mean of raters, with scikit-learn's average precision,
  which pools ties, and V-measure 0 for a single group. No gaps are made with it.
- **As published.** Whatever the source did.
- **Interval.** 95% bootstrap: items are drawn with replacement 1,000 times; in clustering with fewer than ten sets the
  texts of each set. From five raters on, consensus, mean and *each against the others* draw raters with replacement
  too, so the interval says how the figure would vary with other items and other people; else with other items (texts)
  alone. The column *Interval over* says what was drawn. Its ends are percentiles, further out the fewer items there
  are (Hesterberg 2015), so that they hold the truth in 95 of 100 cases at 50 items too. There is none where all
  resamples score the same, such as with every item right.
- **Caution** is said of figures from one rater, from fewer than 10 items, or chosen by the items they are over.
- A score that cannot be computed is *undefined*, with the reason; it is not zero. A dash is what is not known.
- The same rows come from the command line: `hume export baselines FILE.csv`.
"""


require("researcher")
page()
