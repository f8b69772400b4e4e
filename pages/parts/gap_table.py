"""Gaps as a table: every comparison with its interval, its n, and what it is worth beside all others shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import streamlit as st

from hume.export import wording
from hume.gap import NO_INTERVAL, adjusted
from hume.records import GapRow
from pages.parts import models, tables, views
from pages.parts.models import Models
from pages.parts.tables import Column

#: Below which an adjusted p-value stands out.
LEVEL = 0.05

#: Columns that say nothing where no gap has an interval.
OF_INTERVALS = ("p (Holm)", "p (BH)", "Standardised", "Its interval", "Chance", "Interval over", "Caution")


def show(gaps: Sequence[GapRow], known: Models) -> None:
    """The gaps of the models that the reader chose, p-values adjusted for these."""
    if not gaps:
        st.caption("Choose a model to see its gaps as a table.")
        return
    rows = sorted(adjusted(gaps), key=lambda row: (known[models.of_gap(row)], row.gap is None, row.gap or 0.0))
    columns = dict(_columns(known))
    if len({models.of_gap(row) for row in rows}) == 1:
        del columns["Model"]
    if all(row.ci_low is None for row in rows):
        columns = {name: column for name, column in columns.items() if name not in OF_INTERVALS}
    tables.show(rows, columns, key="gaps", alt="Gaps: model's score minus baseline, with intervals and verdicts")
    tables.cautions([row.caution for row in rows], "gap", "gaps")
    _say_what_stands_out(rows)
    tables.download("gaps", rows)


def verdict(row: GapRow) -> str:
    """The verdict in words, with n where it is that n is too small to tell."""
    if row.verdict == NO_INTERVAL:
        return "no interval"
    return f"{row.verdict} with n = {row.n_items}" if row.verdict == "not distinguishable" else row.verdict


def _columns(known: Models) -> Mapping[str, Column]:
    return {
        "Subset": tables.text(views.subset_label),
        "Model": tables.text(lambda row: known[models.of_gap(row)]),
        "Gap": tables.signed(lambda row: row.gap, "Model's score minus baseline, in points"),
        "95% interval": tables.text(lambda row: wording.signed_interval(row.ci_low, row.ci_high)),
        "Model's": tables.points(lambda row: row.model_score, "Model's score on the items that both answered"),
        "Baseline": tables.points(
            lambda row: row.baseline_score, "Score of the baseline on the items that both answered"
        ),
        "Items": tables.count(lambda row: row.n_items, "Items that both answered; – where not published"),
        "Verdict": tables.text(verdict, "Whether the interval of the gap lies above 0, below, or on both sides"),
        "Caution": tables.caution(lambda row: row.caution),
        "p (Holm)": tables.text(
            lambda row: wording.p_value(row.p_holm), "Of no gap; adjusted for all comparisons in this table"
        ),
        "p (BH)": tables.text(
            lambda row: wording.p_value(row.p_bh), "Of no gap; adjusted for the share of false findings in this table"
        ),
        "Standardised": tables.text(
            lambda row: wording.standardised(row.standardised),
            "The gap in percent of the way from chance to perfect, so that metrics compare",
        ),
        "Its interval": tables.text(lambda row: wording.signed_interval(row.standardised_low, row.standardised_high)),
        "Chance": tables.text(_chance, "What random answers score on these items"),
        "Interval over": tables.text(lambda row: row.resampled or wording.UNKNOWN, "What the bootstrap resamples"),
        "Type": tables.text(lambda row: views.type_name(row.task_type)),
        "Language": tables.text(lambda row: row.language),
        "Metric": tables.text(lambda row: row.metric),
    }


def _chance(row: GapRow) -> str:
    return wording.UNKNOWN if row.chance is None else wording.points(row.chance)


def _say_what_stands_out(rows: Sequence[GapRow]) -> None:
    tested = sum(row.p_value is not None for row in rows)
    if not tested:
        return
    found = Counter(
        name for row in rows for name in ("p_holm", "p_bh") if (p := getattr(row, name)) is not None and p <= LEVEL
    )
    st.caption(
        f"p-values are adjusted for {wording.counted(tested, 'comparison', 'comparisons')}, those of this table. "
        f"At {LEVEL:g}, {found['p_holm']} stand out by Holm, {found['p_bh']} by Benjamini and Hochberg."
    )
