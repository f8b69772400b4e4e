"""The figures that pages show: made once for each state of the database, and shared by everyone who looks."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st
from sqlalchemy.orm import Session

from db.store.checks import check_records
from db.store.published import published
from db.store.state import state_token
from db.store.tasks import subset_records
from hume.progress import RaterProgress, SubsetProgress, progress, rater_progress
from hume.quality import RaterChecks, rater_checks
from hume.records import Report
from hume.report import build_report
from hume.settings import Settings
from pages.parts.database import reading


@dataclass(frozen=True)
class Work:
    """How far the answering is: by subset, and by rater; and how raters did on the items that check it."""

    subsets: tuple[SubsetProgress, ...]
    raters: tuple[RaterProgress, ...]
    checks: tuple[RaterChecks, ...]


def report() -> Report:
    """Every figure of the database as it is now; computed anew only where it has changed."""
    with reading() as session:
        return _report(Settings().url, state_token(session), session)


def work() -> Work:
    """The progress of the database as it is now."""
    with reading() as session:
        return _work(Settings().url, state_token(session), session)


@st.cache_resource(max_entries=2, show_spinner="Computing the figures …")
def _report(url: str, token: str, _session: Session) -> Report:
    return build_report(subset_records(_session), published(_session))


@st.cache_resource(max_entries=2, show_spinner="Counting the answers …")
def _work(url: str, token: str, _session: Session) -> Work:
    records = subset_records(_session)
    checks = rater_checks(check_records(_session))
    return Work(tuple(progress(records)), tuple(rater_progress(records)), tuple(checks))
