"""The tasks: which are open for answers, who answers each item, and which items check the raters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import streamlit as st

from db.store.accounts import accounts
from db.store.annotators import assigned
from db.store.checks import counts_by_purpose
from db.store.task_setup import TaskChange, change_task
from db.store.tasks import Outline, outlines, tasks
from pages.parts import languages, layout, task_setup, views
from pages.parts.access import require
from pages.parts.database import reading, transaction
from pages.parts.task_setup import Setup

STATES = {"draft": "Draft", "open": "Open", "closed": "Closed"}
MOST_OVERLAP = 100


def page() -> None:
    layout.header(
        "Tasks", "Annotators see the tasks that are open. Overlap is how many people are to answer each item."
    )
    with reading() as session:
        found, by_task = tasks(session), _by_task(outlines(session))
        named, counts = assigned(session), counts_by_purpose(session)
        people = {one.rater_id: one.name for one in accounts(session)}
    if not found:
        views.empty("There are no tasks yet", "Import some: `hume import tasks PATH`.", "Reload this page.")
    layout.notices(samples=any(task.is_sample for task in found))
    for task in found:
        setup = Setup(task, named.get(task.name, ()), [one for one in counts if one.task == task.name])
        _row(setup, by_task.get(task.name, ()), people)


def _by_task(found: Sequence[Outline]) -> Mapping[str, Sequence[Outline]]:
    grouped: dict[str, list[Outline]] = defaultdict(list)
    for one in found:
        grouped[one.task.name].append(one)
    return grouped


def _row(setup: Setup, subsets: Sequence[Outline], people: Mapping[int, str]) -> None:
    task = setup.task
    with st.container(border=True, key=f"task-{task.name}"):
        said, state_at, overlap_at = st.columns([4, 3, 2], vertical_alignment="center")
        with said:
            st.html(layout.named(task.name, sample=task.is_sample))
            st.caption(layout.plain(_summary(setup, subsets, people)))
        state_at.segmented_control(
            "State",
            list(STATES),
            format_func=STATES.__getitem__,
            default=task.state,
            required=True,
            key=f"state-{task.name}",
            on_change=_set_state,
            args=(task.name,),
        )
        overlap_at.number_input(
            "Overlap",
            1,
            MOST_OVERLAP,
            value=min(task.overlap, MOST_OVERLAP),
            key=f"overlap-{task.name}",
            on_change=_set_overlap,
            args=(task.name,),
        )
        task_setup.panel(setup, people)


def _summary(setup: Setup, subsets: Sequence[Outline], people: Mapping[int, str]) -> str:
    n_items = sum(one.n_items for one in subsets)
    spoken = sorted({languages.name(code) for one in subsets for code in one.subset.languages})
    parts = [views.type_name(setup.task.task_type), f"{n_items:,} items", ", ".join(spoken)]
    return " · ".join(filter(None, [*parts, *task_setup.summary(setup, people)]))


def _set_state(name: str) -> None:
    _change(name, TaskChange(state=st.session_state[f"state-{name}"]))


def _set_overlap(name: str) -> None:
    _change(name, TaskChange(overlap=int(st.session_state[f"overlap-{name}"])))


def _change(name: str, change: TaskChange) -> None:
    """Runs before the page does: who clicked is looked up anew."""
    admin = require(task_setup.ROLE)
    with transaction() as session:
        change_task(session, name, change, admin.id)


require(task_setup.ROLE)
page()
