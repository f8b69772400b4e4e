"""The form in which a researcher decides what to make of a disputed item, and who decided what before."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

import streamlit as st

from db.store.verdicts import MOST_CHARACTERS, save_verdict
from hume.export import wording
from hume.records import Ruling, Verdict
from pages.parts.access import require
from pages.parts.database import transaction

RULINGS: Mapping[Ruling, str] = {
    "gold-right": "Gold is right",
    "people-right": "People are right",
    "ambiguous": "Ambiguous",
    "bad-item": "Bad item",
    "undecided": "Not decided",
}

MEANINGS = (
    "*People are right*: gold should be what they said. *Ambiguous*: more than one answer is right. *Bad item*: nobody "
    "could answer it, such as an empty or broken text. *Not decided* takes a verdict back. A verdict is a note for "
    "those who read the figures and for the data set's maintainers: it changes neither gold nor answers nor figures."
)


ROLE = "researcher"
"""Who may decide."""


def form(item_id: int) -> None:
    """The form; what is saved is added to the history in the name of whoever is signed in then."""
    with st.form(f"verdict-{item_id}", clear_on_submit=True, border=True):
        ruling = st.radio(
            "Verdict", list(RULINGS), index=None, format_func=RULINGS.__getitem__, horizontal=True,
            key=f"ruling-{item_id}", help=MEANINGS,
        )  # fmt: skip
        note = st.text_area(
            "Note", key=f"note-{item_id}", max_chars=MOST_CHARACTERS, height=80,
            placeholder="Why; it goes into the export for the data set's maintainers",
        )  # fmt: skip
        is_sent = st.form_submit_button("Save verdict", icon=":material/gavel:", type="primary")
    if not is_sent:
        return
    if ruling is None:
        st.error("Choose a verdict first.", icon=":material/error:")
        return
    account = require(ROLE)
    with transaction() as session:
        save_verdict(session, item_id, account.id, ruling, note)
    st.toast(f"Saved: {RULINGS[ruling].lower()}.", icon=":material/check:")


def history(verdicts: Sequence[Verdict]) -> None:
    """Every verdict on the item, the latest first: that is the one that counts."""
    lines = [
        '<li style="margin:0 0 .5rem">'
        f'<span style="font-weight:{600 if first else 400}">{html.escape(RULINGS[one.ruling])}</span> '
        f'<span style="opacity:.75">· <bdi>{html.escape(one.account)}</bdi> · {wording.moment(one.at)}'
        f"{'' if first else ' · replaced'}</span>"
        f'<div dir="auto" style="white-space:pre-wrap;overflow-wrap:anywhere">{html.escape(one.note)}</div></li>'
        for first, one in zip([True] + [False] * len(verdicts), verdicts, strict=False)
    ]
    st.html(f'<ol style="list-style:none;padding:0;margin:0;max-width:70ch">{"".join(lines)}</ol>')
