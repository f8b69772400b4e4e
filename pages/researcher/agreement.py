"""Agreement: how far raters of one kind say the same, by the coefficients of each task type."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import streamlit as st

from hume.export import wording
from hume.records import AgreementRow
from pages.parts import charts, figures, layout, standing, tables, views
from pages.parts.access import require


def page() -> None:
    layout.header("Agreement", "How far raters say the same of the same items. What is right plays no part in it.")
    report = figures.report()
    view = views.choose_view(report)
    if not view:
        views.nothing_at_all()
        return
    rows = views.restricted(report, view).agreement
    kind = views.choose_kind(rows, "Raters", "raters")
    layout.notices(samples=view == views.SAMPLES, simulated=kind == "simulated")
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
    _explain()


def _type(task_type: str, rows: Sequence[AgreementRow]) -> None:
    st.subheader(views.type_name(task_type), anchor=False)
    series = charts.styled([wording.coefficient_name(name) for name in dict.fromkeys(row.coefficient for row in rows)])
    by_subset: dict[str, list[AgreementRow]] = defaultdict(list)
    for row in rows:
        by_subset[views.subset_label(row)].append(row)
    lines = [
        charts.Line(
            label, "", {wording.coefficient_name(row.coefficient): _mark(row) for row in of if row.value is not None}
        )
        for label, of in by_subset.items()
    ]
    if charts.has_marks(lines):
        charts.legend(series)
        charts.show(
            charts.dots(lines, series, "Coefficient", at_least=(0.0, 1.0)),
            key=f"agreement-{task_type}",
            alt=f"Agreement on {standing.subsets(len(lines))}; the same figures are in the table below.",
        )
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


def _explain() -> None:
    with st.expander("How this is computed"):
        st.markdown(EXPLANATION)


EXPLANATION = """
- **Krippendorff's alpha** (2011), from the coincidence matrix: 1 is full agreement, 0 what chance would give, below 0
  systematic disagreement. Nominal for labels, interval for similarity judgments, ordinal for grades of relevance. It
  takes any number of raters and missing answers.
- **Cohen's kappa**, Spearman's and Kendall's correlation, **ARI** (adjusted Rand index) and V-measure are computed for
  each pair of raters on the items that both answered, and averaged over the pairs. Of groups it is the partition that
  is compared, never the names that raters gave to groups.
- Fleiss' kappa and other coefficients under *Published* are as their source computed them.
- A coefficient without variation, or without two raters who share items, is *undefined*, with the reason.
- Models take no part: their scores are on other scales.
"""


require("researcher")
page()
