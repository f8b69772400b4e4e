"""People by number in the files that pages give away, as in every export; on the page itself they have their names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import streamlit as st

from db.store.raters import raters
from hume.export.pseudonyms import pseudonyms
from hume.records import PairRow
from pages.parts.database import reading

SAID = "In the CSV people go by number, as in all exports. Pictures and tables, saved ones too, have their names."


def names(kind: str) -> Mapping[str, str]:
    """The number of every person by name, where raters of this kind are people; else nobody's."""
    if kind != "human":
        return {}
    with reading() as session:
        return pseudonyms(raters(session))


def of_pairs(rows: Iterable[PairRow], numbers: Mapping[str, str]) -> list[PairRow]:
    """The pairs under those numbers; who has none, as in published figures, stays."""
    return [
        replace(row, rater=numbers.get(row.rater, row.rater), other=numbers.get(row.other, row.other)) for row in rows
    ]


def say(kind: str) -> None:
    """Says it beside the download, where people are in it."""
    if kind == "human":
        st.caption(SAID)
