"""A list of items as a table: a click on a line opens its item, a click on the button takes the list away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from db.store.tasks import subset_records
from db.store.verdicts import content_hashes
from hume.difficulty import findings
from hume.export import EXPORTERS, wording
from hume.records import ItemFinding, ItemRow, Verdict
from pages.parts import tables, verdicts, views
from pages.parts.database import reading

#: Rows of the table: nobody reads more, and the export has all that are in doubt.
MOST_ROWS = 500

FRACTIONS = {
    "Suspicion": "Agreement less accord with gold, 0 where negative: raters agree with each other, not with gold",
    "Agreement": "Mean accord of every two raters, 0 to 1",
    "Accord with gold": "Mean accord of the raters with gold, 0 to 1; difficulty is 1 less this",
    "Consensus": "Accord of the raters' consensus with gold",
    "Models' closeness": "How close the models' answers are to gold, mean over models, 0 to 1",
}
COUNTS = {
    "Right": "Raters whose accord with gold is what the task type asks of a right answer",
    "Models right": "Models as close to gold as is asked of a right answer",
}


def show(shown: Sequence[ItemRow], decided: Mapping[int, Verdict]) -> None:
    """The rows as a table in which a line can be chosen, and the way to take them away."""
    rows = shown[:MOST_ROWS]
    st.caption("Choose a line to see the item, everyone's answers, and to decide.")
    frame = pd.DataFrame(
        {
            "Item": [row.item for row in rows],
            "Subset": [views.subset_label(row) for row in rows],
            "Suspicion": [row.suspicion for row in rows],
            "Verdict": [_verdict(row, decided) for row in rows],
            "Raters": [row.n_raters for row in rows],
            "Right": [
                wording.UNKNOWN if row.n_right is None else wording.of(row.n_right, row.n_raters) for row in rows
            ],
            "Agreement": [row.agreement for row in rows],
            "Accord with gold": [row.accord for row in rows],
            "Consensus": [row.consensus_accord for row in rows],
            "Models right": [wording.of(row.n_models_right, row.n_models) for row in rows],
            "Models' closeness": [row.model_accord for row in rows],
            "Note": [row.reason for row in rows],
        }
    )
    st.dataframe(
        frame, hide_index=True, key="items", on_select=lambda: _opened(rows), selection_mode="single-row",
        height=tables.TALL if len(rows) > tables.MANY else "content", placeholder=wording.UNKNOWN,
        alt="Items with their figures and verdicts",
        column_config={
            "Item": st.column_config.Column(pinned=True),
            **{name: st.column_config.NumberColumn(help=said, format="%.2f") for name, said in FRACTIONS.items()},
            **{name: st.column_config.Column(help=said) for name, said in COUNTS.items()},
        },
    )  # fmt: skip
    if len(shown) > MOST_ROWS:
        st.caption(f"The first {MOST_ROWS} of {len(shown):,} items; the download below has all of those in doubt.")
    _download(rows, decided)


def _verdict(row: ItemRow, decided: Mapping[int, Verdict]) -> str:
    found = decided.get(row.item_id or 0)
    return verdicts.RULINGS[found.ruling] if found else ""


def _opened(rows: Sequence[ItemRow]) -> None:
    chosen = st.session_state["items"].selection.rows
    if chosen and chosen[0] < len(rows):
        st.query_params["item"] = str(rows[chosen[0]].item_id)


def _download(rows: Sequence[ItemRow], decided: Mapping[int, Verdict]) -> None:
    st.download_button(
        "Download these items (CSV)",
        lambda: "".join(EXPORTERS["items"].csv(_findings(rows, decided))),
        file_name="items.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )


def _findings(rows: Sequence[ItemRow], decided: Mapping[int, Verdict]) -> list[ItemFinding]:
    with reading() as session:
        hashes = content_hashes(session, [row.item_id for row in rows if row.item_id is not None])
        records = {(one.task.name, one.subset.name): one for one in subset_records(session, _tasks(rows))}
    return [found for row in rows for found in findings(records[row.task, row.subset], [row], hashes, decided)]


def _tasks(rows: Sequence[ItemRow]) -> list[str]:
    return list(dict.fromkeys(row.task for row in rows))
