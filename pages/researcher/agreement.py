"""Agreement: how far raters of one kind say the same, by the coefficients of each task type."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import streamlit as st

from hume.agreement import JUDGES
from hume.export import EXPORTERS, wording
from hume.records import AgreementRow, PairRow, ReliabilityRow
from pages.parts import charts, figures, layout, matrix, numbers, standing, tables, views
from pages.parts.access import require

#: How the names of published standard deviations end, which are no coefficients to draw among these.
SPREAD = " std"


def page() -> None:
    layout.header("Agreement", "How far raters say the same of the same items. What is right plays no part in it.")
    report = figures.report()
    view = views.choose_view(report)
    if not view:
        views.nothing_at_all()
        return
    shown = views.restricted(report, view)
    rows = shown.agreement
    kind = views.choose_kind(rows, "Raters", "raters", JUDGES)
    layout.notices(samples=view == views.SAMPLES, simulated=kind == "simulated", llms=kind == "llm")
    if not kind:
        views.no_people()
        return
    rows = [row for row in rows if row.kind == kind]
    if all(row.value is None and row.n_raters in (0, 1) for row in rows):
        views.no_second_rater(kind)
        return
    wanted = views.choose_filter(rows, *st.columns(2))
    by_type: dict[str, list[AgreementRow]] = defaultdict(list)
    for row in filter(wanted.takes, rows):
        by_type[row.task_type].append(row)
    for task_type in sorted(by_type, key=views.type_order):
        _type(task_type, by_type[task_type])
    _who_with_whom(
        [row for row in shown.pairs if row.kind == kind and wanted.takes(row)],
        [row for row in shown.reliability if row.kind == kind and wanted.takes(row)],
    )
    _explain()


def _type(task_type: str, rows: Sequence[AgreementRow]) -> None:
    st.subheader(views.type_name(task_type), anchor=False)
    names = list(dict.fromkeys(wording.coefficient_name(row.coefficient) for row in rows))
    series = charts.styled([name for name in names if not name.endswith(SPREAD)][: len(charts.STYLES)])
    drawn = {one.name for one in series}
    by_subset: dict[str, list[AgreementRow]] = defaultdict(list)
    for row in rows:
        by_subset[views.subset_label(row)].append(row)
    lines = [
        charts.Line(
            label,
            "",
            {
                name: _mark(row)
                for row in of
                if row.value is not None and (name := wording.coefficient_name(row.coefficient)) in drawn
            },
        )
        for label, of in by_subset.items()
    ]
    if charts.has_marks(lines):
        charts.legend(series)
        charts.show(
            charts.dots(lines, series, "Coefficient", at_least=(0.0, 1.0), joined=False),
            key=f"agreement-{task_type}",
            alt=f"Agreement on {standing.subsets(len(lines))}; the same figures are in the table below.",
            csv=charts.csv_of(lines),
        )
    if left_out := [name for name in names if name not in drawn]:
        st.caption(f"Not drawn, but in the table: {', '.join(map(layout.plain, left_out))}.")
    _table(task_type, rows)


def _mark(row: AgreementRow) -> charts.Mark:
    low_high = wording.coefficient_interval(row.ci_low, row.ci_high)
    return charts.Mark(
        x=row.value or 0.0,
        hover=(
            f"{wording.coefficient_name(row.coefficient)}: {wording.coefficient(row.value)} {low_high}".removesuffix(
                f" {wording.UNKNOWN}"
            ),
            f"n = {wording.count(row.n_items)} items, {wording.count(row.n_raters)} raters",
        ),
        low=row.ci_low,
        high=row.ci_high,
        n_items=row.n_items,
    )


def _table(task_type: str, rows: Sequence[AgreementRow]) -> None:
    columns = {
        "Subset": tables.text(views.subset_label),
        "Value": tables.coefficient(lambda row: row.value),
        "Coefficient": tables.text(lambda row: wording.coefficient_name(row.coefficient)),
        "95% interval": tables.text(lambda row: wording.coefficient_interval(row.ci_low, row.ci_high)),
        "Items": tables.count(lambda row: row.n_items, "What the coefficient is computed over"),
        "Raters": tables.count(lambda row: row.n_raters),
        "Why undefined": tables.text(lambda row: row.reason),
        "Language": tables.text(lambda row: row.language),
    }
    tables.show(
        rows, columns, key=f"table-{task_type}", alt="Coefficients of agreement with numbers of items and raters"
    )
    tables.download("agreement", rows, key=f"csv-{task_type}")


# -- who agrees with whom ------------------------------------------------------------------------------


def _who_with_whom(pairs: Sequence[PairRow], reliability: Sequence[ReliabilityRow]) -> None:
    """The matrix of one subset: from three raters on, since two are the one pair that the tables above have."""
    several = {views.subset_label(row) for row in reliability if row.n_others > 1}
    labels = list(dict.fromkeys(label for row in reliability if (label := views.subset_label(row)) in several))
    if not labels:
        return
    st.subheader("Who agrees with whom", anchor=False)
    label = st.selectbox("Subset", labels, key="subset", bind="query-params") or labels[0]
    of_subset = sorted(
        (row for row in reliability if views.subset_label(row) == label),
        key=lambda row: (row.value is None, -(row.value or 0.0), row.rater),
    )
    name = wording.coefficient_name(of_subset[0].coefficient)
    _reliability(of_subset, name, numbers.names(of_subset[0].kind))
    _pairs([row for row in pairs if views.subset_label(row) == label], [row.rater for row in of_subset], name)


def _reliability(rows: Sequence[ReliabilityRow], name: str, numbered: Mapping[str, str]) -> None:
    st.markdown(f"**Each rater with the others**: the mean {name} of the rater's pairs")
    series = charts.styled(["Mean with the others"])
    lines = [
        charts.Line(row.rater, "", {series[0].name: _reliability_mark(row)}) for row in rows if row.value is not None
    ]
    if charts.has_marks(lines):
        charts.show(
            charts.dots(lines, series, name, at_least=(0.0, 1.0)),
            key="reliability",
            alt=f"Mean agreement of {len(lines)} raters with the others; the same figures are in the table below.",
            csv=charts.csv_of(lines, numbered),
        )
        numbers.say(rows[0].kind)
    columns = {
        "Rater": tables.text(lambda row: row.rater),
        "Mean": tables.coefficient(lambda row: row.value),
        "95% interval": tables.text(lambda row: wording.coefficient_interval(row.ci_low, row.ci_high)),
        "Shared items": tables.count(lambda row: row.n_items, "Items that at least one other rater answered too"),
        "Others": tables.count(lambda row: row.n_others, "Raters whose pair with this one has a value"),
        "Why undefined": tables.text(lambda row: row.reason),
    }
    tables.show(rows, columns, key="table-reliability", alt="Each rater's mean agreement with the others")


def _reliability_mark(row: ReliabilityRow) -> charts.Mark:
    low_high = wording.coefficient_interval(row.ci_low, row.ci_high)
    return charts.Mark(
        x=row.value or 0.0,
        hover=(
            f"{wording.coefficient(row.value)} {low_high}".removesuffix(f" {wording.UNKNOWN}"),
            f"n = {wording.counted(row.n_items, 'item', 'items')}, {wording.counted(row.n_others, 'other', 'others')}",
        ),
        low=row.ci_low,
        high=row.ci_high,
        n_items=row.n_items,
    )


def _pairs(rows: Sequence[PairRow], raters: Sequence[str], name: str) -> None:
    st.markdown(f"**Each two raters**: {name}, the raters who agree most with the others first")
    charts.show(
        matrix.heat_map(rows, raters),
        key="matrix",
        alt=f"{name} of every two of {len(raters)} raters; the same figures are in the table below.",
        csv="".join(EXPORTERS["pairs"].csv(numbers.of_pairs(rows, numbers.names(rows[0].kind)))),
    )
    numbers.say(rows[0].kind)
    columns = {
        "Rater": tables.text(lambda row: row.rater),
        "With": tables.text(lambda row: row.other),
        name: tables.coefficient(lambda row: row.value),
        "95% interval": tables.text(lambda row: wording.coefficient_interval(row.ci_low, row.ci_high)),
        "Shared items": tables.count(lambda row: row.n_items, "Items that both answered"),
        "Why undefined": tables.text(lambda row: row.reason),
    }
    tables.show(rows, columns, key="table-pairs", alt=f"{name} of every two raters, with the items they share")


def _explain() -> None:
    with st.expander("How this is computed"):
        st.markdown(EXPLANATION)


EXPLANATION = r"""
Embedding models take no part: their scores are on other scales. People, simulated raters and LLMs are never mixed.

**Intervals** are 95% bootstrap intervals: 1,000 resamples of the items (a query with all its documents; in clustering
with fewer than ten sets the texts within each set), the same ones as for every other figure, with percentiles expanded
for few items (Hesterberg 2015). Raters are not resampled: a coefficient is of those who are there. There is none where
the resamples do not vary.

**Of all raters together**, any number of them:

- **Krippendorff's alpha** $= 1 - D_o / D_e$, observed over expected disagreement, from the coincidence matrix
  (Krippendorff 2011). 1 is full agreement, 0 what chance gives, below 0 systematic disagreement. Nominal for labels,
  interval for similarity judgments, ordinal for grades. For clustering the units are pairs of texts, rated together
  or apart. It takes missing answers.
- **Fleiss' kappa** $= (\bar P - \bar P_e) / (1 - \bar P_e)$ (Fleiss 1971): only where all items have the same number
  of answers.
- **Gwet's AC1 and AC2** $= (p_a - p_e) / (1 - p_e)$ with
  $p_e = \frac{\sum w_{kl}}{q (q - 1)} \sum_k \pi_k (1 - \pi_k)$ over the $q$ labels or steps that there are to choose
  from (Gwet 2008, 2014): holds up where nearly all answers are the same, where kappa and alpha fall. AC2 counts near
  misses in part.
- **ICC(2,1)** $= (BMS - EMS) / (BMS + (k-1) EMS + k (JMS - EMS) / n)$, the reliability of one rater, and **ICC(2,k)**
  $= (BMS - EMS) / (BMS + (JMS - EMS) / n)$, that of the mean of $k$ (Shrout and Fleiss 1979): over the items with an
  answer of every rater.
- **Kendall's W** $= (12 \sum R_j^2 - 3 m^2 k (k+1)^2) / (m^2 k (k^2 - 1) - m \sum T_i)$ of each query, ties corrected
  (Kendall and Babington Smith 1939), then the mean over queries. Two raters have 0.5 by chance.

**Of each two raters**, on the items that both answered, then the mean over pairs:

- **Cohen's kappa** $= 1 - \sum v_{ij} o_{ij} / \sum v_{ij} e_{ij}$ (Cohen 1960; 1968): $v$ is 1 for different labels,
  the difference of two grades (linear), or its square on a similarity scale (quadratic).
- **Percentage**: the share of answers that are the same. Not adjusted for chance.
- **Spearman's** and **Pearson's** correlation; **Kendall's tau-b** of each query (Kendall 1945).
- **ARI** (Hubert and Arabie 1985), **AMI** (Vinh, Epps and Bailey 2010) and **V-measure** (Rosenberg and Hirschberg
  2007) of the partitions; names of groups do not count. V-measure is not adjusted for chance.
- **RBO**, rank-biased overlap at $p = 0.9$ (Webber, Moffat and Zobel 2010), ties sharing the best of their ranks. Not
  adjusted for chance: two random orders of 7 documents have 0.745.

**Each rater with the others** is the mean of that rater's pairs, and the matrix has every pair, by the task type's
main coefficient: Cohen's kappa, Spearman, ARI, or Kendall's tau-b.

**Undefined** is said with the reason: fewer than two raters, no shared items, or no variation. *Published*
coefficients are as their source computed them.
"""


require("researcher")
page()
