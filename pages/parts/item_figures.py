"""How hard and how disputed each item is: found once for each state of the answers, for everyone who looks."""

from __future__ import annotations

import streamlit as st
from sqlalchemy.orm import Session

from db.store.state import state_token
from db.store.tasks import each_subset_record
from hume.difficulty import item_rows
from hume.garbage import collected_later
from hume.parsed import parse
from hume.records import ItemRow
from hume.settings import Settings
from pages.parts.database import reading


def rows() -> tuple[ItemRow, ...]:
    """A row for each item and kind of rater, of the database as it is now. Verdicts change none of them."""
    with reading() as session:
        return _rows(Settings().url, state_token(session), session)


@st.cache_resource(max_entries=2, show_spinner="Holding answers against each other …")
def _rows(url: str, token: str, _session: Session) -> tuple[ItemRow, ...]:
    records = each_subset_record(_session, details=False)
    with collected_later():
        return tuple(row for record in records if record.items for row in item_rows(parse(record)))
