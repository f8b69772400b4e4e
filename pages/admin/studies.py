"""Studies: one link for people from Prolific and the like, what they agree to, and how many have come."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta

import streamlit as st
from sqlalchemy.orm import Session

from db.columns import utc_now
from db.store import studies as store
from db.store.tasks import outlines
from hume.errors import HumeError
from hume.records import Account, Study
from hume.studies import (
    LONGEST_ADDRESS,
    LONGEST_CODE,
    LONGEST_CONSENT,
    LONGEST_NAME,
    LONGEST_TITLE,
    MOST_ITEMS,
    MOST_PLACES,
    PARAMETERS,
    checked_study,
)
from pages import interface
from pages.parts import languages, layout
from pages.parts.access import require
from pages.parts.database import reading, transaction

# Where the run after a click finds what was done, or what went wrong.
DONE, WHY = "study-done", "study-problem"
STATES = {"closed": "closed", "expired": "over: its last day is past", "full": "full: all places are taken"}


def page(account: Account) -> None:
    layout.header(
        "Studies",
        "A study has one link for all its people, from Prolific or elsewhere, and asks each to agree to a text first.",
    )
    with reading() as session:
        found, counts = store.studies(session), store.study_counts(session)
        there = outlines(session)
    _outcome()
    for one in found:
        _card(one, counts.get(one.name, store.StudyCounts()))
    if there:
        tasks = sorted({one.task.name for one in there})
        spoken = sorted({code for one in there for code in one.subset.languages}, key=languages.name)
        _new(tasks, spoken)
    else:
        st.info("A study needs a task: `hume import tasks PATH` brings some.", icon=":material/checklist:")


def _outcome() -> None:
    if why := st.session_state.pop(WHY, ""):
        st.error(layout.plain(why), icon=":material/error:")
    if done := st.session_state.pop(DONE, ""):
        st.success(layout.plain(done), icon=":material/check:")


# -- the studies there are --------------------------------------------------------------------------


def _card(study: Study, counts: store.StudyCounts) -> None:
    with st.container(border=True, key=f"study-{study.name}"):
        said, state_at = st.columns([6, 2], vertical_alignment="center")
        with said:
            st.html(_summary(study, counts))
        is_closed = study.closed_at is not None
        state_at.button(
            "Open" if is_closed else "Close",
            key=f"state-{study.name}",
            on_click=_open if is_closed else _close,
            args=(study.name,),
            help="People may join again." if is_closed else "Nobody joins any more. Who takes part goes on.",
            width="stretch",
        )
        st.code(_link(study), language=None, wrap_lines=True)
        with st.expander("What participants agree to"):
            style = "white-space:pre-wrap;overflow-wrap:anywhere"
            st.html(f'<div dir="auto" style="{style}">{html.escape(study.consent)}</div>')


def _summary(study: Study, counts: store.StudyCounts) -> str:
    shut = store.why_shut(study, utc_now())
    numbers = [
        STATES[shut] if shut else "open",
        f"{study.joined:,} of {study.places:,} joined",
        *([f"{counts.added:,} added"] if counts.added else []),
        f"{counts.completed:,} completed",
    ]
    asked = [
        f"{study.items:,} items each" if study.items else "all items",
        ", ".join(study.tasks),
        ", ".join(map(languages.name, study.languages)) or "all languages",
    ]
    return (
        f'<div style="font-weight:600;overflow-wrap:anywhere"><bdi>{html.escape(study.title)}</bdi></div>'
        f'<div style="font-size:.875rem">{html.escape(" · ".join(numbers))}</div>'
        f'<div style="font-size:.875rem;overflow-wrap:anywhere">{html.escape(" · ".join(asked))}</div>'
    )


def _link(study: Study) -> str:
    """As Prolific takes it: what is in double braces is filled in there."""
    address = interface.address()
    base = f"{address.scheme}://{address.netloc}/join/{study.name}"
    if study.parameter in ("", "PROLIFIC_PID"):
        return f"{base}?PROLIFIC_PID={{{{%PROLIFIC_PID%}}}}"
    return f"{base}?{study.parameter}="


def _close(name: str) -> None:
    _act(lambda session, admin: store.close_study(session, name, admin.id), f"{name} is closed.")


def _open(name: str) -> None:
    _act(lambda session, admin: store.open_study(session, name, admin.id), f"{name} is open.")


# -- a new one --------------------------------------------------------------------------------------


def _new(tasks: Sequence[str], spoken: Sequence[str]) -> None:
    with st.form("new-study", clear_on_submit=False):
        st.subheader("Make a study", anchor=False)
        name_at, title_at = st.columns([2, 4])
        name_at.text_input(
            "Name", key="study-name", max_chars=LONGEST_NAME, help="Stands in the link: sts-arabic, for instance."
        )
        title_at.text_input("Title", key="study-title", max_chars=LONGEST_TITLE, help="Participants read it.")
        st.text_area(
            "Text that participants agree to",
            key="study-consent",
            max_chars=LONGEST_CONSENT,
            height=200,
            help="Who asks, what for, how long it takes, how to stop, whom to write to. Plain text, shown as it is.",
        )
        st.multiselect("Tasks", tasks, key="study-tasks", help="Participants are given items of these alone.")
        st.multiselect("Languages", spoken, key="study-languages", format_func=languages.name, placeholder="All")
        places_at, items_at, until_at = st.columns(3)
        places_at.number_input("Places", 1, MOST_PLACES, 100, key="study-places", help="How many may join by the link.")
        items_at.number_input(
            "Items each", 0, MOST_ITEMS, 0, key="study-items", help="How many each participant does; 0 for all."
        )
        until_at.date_input("Last day", None, key="study-until", help="By UTC. Empty: no last day.")
        st.text_input(
            "Completion link",
            key="study-url",
            max_chars=LONGEST_ADDRESS,
            help="Where participants confirm that they have finished, such as https://app.prolific.com/submissions/...",
        )
        code_at, parameter_at = st.columns(2)
        code_at.text_input("Completion code", key="study-code", max_chars=LONGEST_CODE, help="Shown at the end.")
        parameter_at.text_input(
            "Name of the participant's id in the link",
            key="study-parameter",
            max_chars=50,
            placeholder=", ".join(PARAMETERS),
        )
        st.form_submit_button("Make the study", type="primary", on_click=_make)


def _make() -> None:
    state = st.session_state
    study = Study(
        name=str(state["study-name"]).strip(),
        title=str(state["study-title"]),
        consent=str(state["study-consent"]),
        tasks=tuple(state["study-tasks"]),
        languages=tuple(state["study-languages"]),
        parameter=str(state["study-parameter"]).strip(),
        places=int(state["study-places"]),
        items=int(state["study-items"]) or None,
        completion_url=str(state["study-url"]),
        completion_code=str(state["study-code"]),
        expires_at=_end_of(state["study-until"]),
    )
    _act(lambda session, admin: _add(session, study, admin), f"{study.name} is open. Its link is below.")


def _add(session: Session, study: Study, admin: Account) -> None:
    if any(one.name == study.name for one in store.studies(session)):
        raise HumeError(f"There is a study {study.name!r} already. Take another name.")
    store.save_study(session, checked_study(study), admin.id)


def _end_of(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day + timedelta(days=1), time.min, UTC)


def _act(change: Callable[[Session, Account], None], done: str) -> None:
    """Runs before the page does: who clicked is looked up anew."""
    admin = require("admin")
    try:
        with transaction() as session:
            change(session, admin)
    except HumeError as error:
        st.session_state[WHY] = str(error)
    else:
        st.session_state[DONE] = done


page(require("admin"))
