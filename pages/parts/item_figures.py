"""How hard and how disputed each item is: found once for each state of the answers, for everyone who looks."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st
from sqlalchemy.orm import Session

from db.store.state import state_token
from db.store.tasks import each_subset_record
from hume.difficulty import item_rows
from hume.garbage import collected_later
from hume.parsed import parse
from hume.records import ItemRow, SubsetRecord
from hume.settings import Settings
from pages.parts.database import reading
from pages.parts.models import is_under


def rows(protocol: str = "") -> tuple[ItemRow, ...]:
    """A row for each item and kind of rater, of the database as it is now. Verdicts change none of them.

    `models` are those of one protocol, since one that answered under two would count twice.
    """
    with reading() as session:
        return _rows(Settings().url, state_token(session), protocol, session)


@st.cache_resource(max_entries=4, show_spinner="Holding answers against each other …")
def _rows(url: str, token: str, protocol: str, _session: Session) -> tuple[ItemRow, ...]:
    records = (_under(record, protocol) for record in each_subset_record(_session, details=False))
    with collected_later():
        return tuple(row for record in records if record.items for row in item_rows(parse(record)))


def _under(record: SubsetRecord, protocol: str) -> SubsetRecord:
    return replace(record, sheets=tuple(one for one in record.sheets if is_under(one.rater.protocol, protocol)))
