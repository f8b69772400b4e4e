"""The figures that pages show: made once for each state of the database, and shared by everyone who looks."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st
from sqlalchemy.orm import Session

from db.store.checks import check_records
from db.store.published import published
from db.store.state import state_token, subset_states
from db.store.tasks import subset_records
from hume.baseline import KINDS
from hume.garbage import collected_later
from hume.progress import RaterProgress, RaterTally, SubsetProgress, progress, summed, tallies
from hume.quality import RaterChecks, rater_checks
from hume.records import Report
from hume.report import Figures, assembled
from hume.settings import Settings
from pages.parts.database import reading
from pages.parts.reckoning import figures_of

MOST_SUBSETS = 1_000
"""Subsets whose progress is kept."""


@dataclass(frozen=True)
class Work:
    """How far the answering is: by subset, and by rater; and how raters did on the items that check it."""

    subsets: tuple[SubsetProgress, ...]
    raters: tuple[RaterProgress, ...]
    checks: tuple[RaterChecks, ...]


def report() -> Report:
    """Every figure of the database as it is now; computed anew only for the subsets that have changed."""
    with reading() as session:
        return _report(Settings().url, state_token(session), session)


def work() -> Work:
    """The progress of the database as it is now."""
    with reading() as session:
        return _work(Settings().url, state_token(session), session)


@st.cache_resource(max_entries=2, show_spinner="Computing the figures …")
def _report(url: str, token: str, _session: Session) -> Report:
    """What an answer changes is one subset: all others are not computed again."""
    states, known = subset_states(_session), _known(url)
    changed = [subset_id for subset_id, state in states.items() if known.get(subset_id, ("", None))[0] != state]
    for subset_id, of in figures_of(_session, changed, url).items():
        known[subset_id] = states[subset_id], of
    return assembled([of for subset_id in states if (of := known[subset_id][1])], published(_session))


@st.cache_resource(max_entries=1, show_spinner=False)
def _known(url: str) -> dict[int, tuple[str, Figures | None]]:
    """By subset id its state and figures, some 300 KiB with twenty models."""
    return {}


@st.cache_resource(max_entries=2, show_spinner="Counting the answers …")
def _work(url: str, token: str, _session: Session) -> Work:
    of_subsets = [_work_on(url, subset_id, state, _session) for subset_id, state in subset_states(_session).items()]
    return Work(
        tuple(row for rows, _ in of_subsets for row in rows),
        tuple(summed(tally for _, tallies in of_subsets for tally in tallies)),
        tuple(rater_checks(check_records(_session))),
    )


@st.cache_resource(max_entries=MOST_SUBSETS, show_spinner=False)
def _work_on(
    url: str, subset_id: int, state: str, _session: Session
) -> tuple[tuple[SubsetProgress, ...], tuple[RaterTally, ...]]:
    with collected_later():
        records = subset_records(_session, subset_ids=[subset_id], kinds=KINDS)
        return tuple(progress(records)), tuple(tally for record in records for tally in tallies(record))
