"""Can a model stand in for a person? The alternative annotator test, as a section of a page."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from hume.export import wording
from hume.measures.alt_test import MIN_ITEMS
from hume.records import StandInRow
from hume.stand_in import EPSILONS, best_first
from pages.parts import models, tables, views
from pages.parts.models import Models


def show(rows: Sequence[StandInRow], known: Models, kind: str) -> None:
    """The section of the gap page; nothing where no two raters of this kind share a subset with a model."""
    if not rows:
        return
    st.subheader("Can a model stand in for a person?", anchor=False)
    if all(row.winning_rate is None for row in rows):
        st.markdown(
            f"The alternative annotator test needs two people at least and {MIN_ITEMS} items that they and the model "
            "have answered. No subset has those yet."
        )
        return
    who = dict(zip(("crowd workers (0.1)", "skilled people (0.15)", "experts (0.2)"), EPSILONS, strict=True))
    chosen = st.segmented_control(
        "The people are", list(who), default=next(iter(who)), required=True, key="epsilon", bind="query-params"
    )
    rows = best_first([row for row in rows if row.epsilon == who[chosen]])
    tested = [row for row in rows if row.passes is not None]
    passed = sum(bool(row.passes) for row in tested)
    st.markdown(
        f"A model passes the test, and so may stand in for one of the {views.KIND_NAMES[kind].lower()}, in {passed} of "
        f"{wording.counted(len(tested), 'case', 'cases')} (a case is a subset and a model)."
    )
    columns = {
        "Subset": tables.text(views.subset_label),
        "Model": tables.text(lambda row: known[models.of_gap(row)]),
        "Passes": tables.text(lambda row: wording.passes(row.passes), "Whether the winning rate is 50% or more"),
        "Winning rate": tables.text(
            lambda row: wording.share(row.winning_rate), "Share of people against whom the model wins"
        ),
        "Advantage": tables.text(
            lambda row: wording.share(row.advantage),
            "Chance that the model is as close to the others as a person is, or closer",
        ),
        "Items": tables.count(lambda row: row.n_items, "Items with two people at least and the model"),
        "Raters": tables.count(lambda row: row.n_raters, f"People with {MIN_ITEMS} such items"),
        "Note": tables.text(lambda row: "; ".join(filter(None, (row.caution, row.reason)))),
        "Language": tables.text(lambda row: row.language),
    }
    tables.show(rows, columns, key="stand-ins", alt="Models held against each person by the other people's answers")
    tables.download("stand-ins", rows)
