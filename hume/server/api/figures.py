"""The report's figures and the answering's progress, by the stages that pages and downloads use.

They are computed once for each state of the database, and of the report only those of the subsets that changed.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from db.store.published import published
from db.store.state import subset_states
from db.store.tasks import subset_records
from hume.export.pseudonyms import Names, of_subsets
from hume.export.tables import ROWS
from hume.garbage import collected_later
from hume.records import Report
from hume.report import Figures, assembled, figures
from hume.server.api.kept import Kept
from hume.server.downloads import RECORDS

MOST_SUBSETS = 1_000
"""Subsets whose figures are kept: some 300 KiB each, with twenty models."""


@dataclass(frozen=True)
class State:
    """What rows depend on: which database, in which state, with people under which names."""

    url: str
    token: str
    people: str
    """A digest of all names and pseudonyms."""
    names: Names


_REPORTS: Kept[Report] = Kept(4)
_OF_SUBSETS: Kept[Figures | None] = Kept(MOST_SUBSETS)
_TABLES: Kept[list[Any]] = Kept(16)


def report_rows(name: str, session: Session, state: State) -> list[Any]:
    """The rows of one table of the report."""
    report = _REPORTS.get(_key(state, state.token), lambda: _report(session, state))
    return [row for part in ROWS[name][2] for row in getattr(report, part)]


def other_rows(name: str, session: Session, state: State) -> list[Any]:
    """The records of an export that is no part of the report, such as progress."""

    def make() -> list[Any]:
        with collected_later():
            return list(RECORDS[name](session, state.names))

    return _TABLES.get((name, _key(state, state.token)), make)


def _report(session: Session, state: State) -> Report:
    states = subset_states(session)
    found = [_of_subset(session, state, subset_id, of_subset) for subset_id, of_subset in states.items()]
    return assembled([one for one in found if one], published(session))


def _of_subset(session: Session, state: State, subset_id: int, of_subset: str) -> Figures | None:
    def make() -> Figures | None:
        with collected_later():
            records: Sequence[Any] = subset_records(session, subset_ids=[subset_id], details=False)
            return next((figures(record) for record in of_subsets(records, state.names)), None)

    return _OF_SUBSETS.get((subset_id, _key(state, of_subset)), make)


def _key(state: State, version: str) -> Hashable:
    return state.url, version, state.people, state.names is None
