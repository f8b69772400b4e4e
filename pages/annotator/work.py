"""What there is to do: every open subset in the annotator's languages, how far each one is, and where to go on."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from db.store.answers import progress_by_subset
from db.store.tasks import outlines
from hume.assign import speaks
from hume.records import Account, Progress, Subset, Task
from hume.tasks import TASKS
from pages.parts import languages, layout
from pages.parts.access import require
from pages.parts.database import reading

ANSWER = "pages/annotator/answer.py"
GRID = """<style>
[class*="st-key-cards-"] { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 17rem), 1fr)); }
</style>"""


@dataclass(frozen=True)
class Job:
    """One subset, and how far the annotator is on it."""

    id: int
    task: Task
    subset: Subset
    progress: Progress

    @property
    def done(self) -> int:
        return self.progress.answered + self.progress.skipped

    @property
    def mine(self) -> int:
        """What this annotator has done or may still do: items that enough others answered are not waited for."""
        return self.done + self.progress.open

    @property
    def state(self) -> str:
        if self.progress.open:
            return "started" if self.done else "new"
        return "finished"


def page(account: Account) -> None:
    layout.header("Your work", wide=True)
    jobs = open_jobs(account)
    if not jobs:
        _nothing(account)
        return
    _summary(jobs)
    shown = _in_chosen_languages(jobs)
    layout.notices(samples=any(job.task.is_sample for job in shown))
    st.html(GRID)
    for task_type in TASKS:
        _section(task_type, [job for job in shown if job.task.task_type == task_type])


def open_jobs(account: Account) -> list[Job]:
    """The subsets of open tasks in the account's languages, by task."""
    with reading() as session:
        progress = progress_by_subset(session, account.rater_id, _midnight())
        found = outlines(session)
    return [
        Job(one.id, one.task, one.subset, progress[one.id])
        for one in found
        if one.task.state == "open" and speaks(account.languages, one.subset.languages)
    ]


def _midnight() -> datetime:
    """The start of the annotator's day, by the browser's clock."""
    try:
        zone = ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, TypeError, ValueError):
        zone = ZoneInfo("UTC")
    return datetime.combine(datetime.now(zone), time.min, zone).astimezone(UTC)


def _summary(jobs: Sequence[Job]) -> None:
    still, today = sum(job.progress.open for job in jobs), sum(job.progress.today for job in jobs)
    if still:
        waiting = f"**{still:,}** item{'s are' if still != 1 else ' is'} waiting for you"
    else:
        waiting = "**All done.** Nothing is waiting for you"
    st.markdown(f"{waiting}." if not today else f"{waiting}; you answered **{today:,}** today.")


def _in_chosen_languages(jobs: Sequence[Job]) -> list[Job]:
    there = sorted({job.subset.languages for job in jobs}, key=languages.names)
    if len(there) < 2:
        return list(jobs)
    labels = {languages.names(codes): codes for codes in there}
    chosen = st.pills("Languages", list(labels), selection_mode="multi", key="language", bind="query-params")
    return [job for job in jobs if not chosen or job.subset.languages in {labels[label] for label in chosen}]


# -- cards ------------------------------------------------------------------------------------------


def _section(task_type: str, jobs: Iterable[Job]) -> None:
    ordered = sorted(jobs, key=lambda job: (("started", "new", "finished").index(job.state), job.task.name, job.id))
    if not ordered:
        return
    st.subheader(TASKS[task_type].title, anchor=False)
    with st.container(key=f"cards-{task_type}"):
        for job in ordered:
            _card(job)


def _card(job: Job) -> None:
    with st.container(border=True, height="stretch", key=f"card-{job.id}"):
        st.html(_card_title(job))
        if job.mine:
            st.progress(job.done / job.mine, text=f"{job.done:,} of {job.mine:,}")
        if job.state == "finished":
            _finished(job)
        elif st.button(
            "Continue" if job.state == "started" else "Start",
            type="primary",
            width="stretch",
            key=f"go-{job.id}",
            help=f"{job.task.name}, {_part(job)}",
        ):
            _go(job)


def _card_title(job: Job) -> str:
    own = " · ".join(filter(None, map(languages.own_name, job.subset.languages)))
    own_name = f' <bdi style="opacity:.65">{html.escape(own)}</bdi>' if own else ""
    return f"{layout.named(job.task.name, sample=job.task.is_sample)}<div>{html.escape(_part(job))}{own_name}</div>"


def _part(job: Job) -> str:
    """The subset as its annotators know it: its language, and its name where that says more than `default` or `ar`."""
    language, name = languages.names(job.subset.languages), job.subset.name
    says_more = name != "default" and not any(code.startswith(name) for code in job.subset.languages)
    return f"{language} ({name})" if says_more else language


def _finished(job: Job) -> None:
    if not job.done:
        st.caption("Enough people have answered this one.")
        return
    skipped = f", {job.progress.skipped:,} skipped" if job.progress.skipped else ""
    st.caption(f":material/check_circle: Finished: {job.progress.answered:,} answered{skipped}.")
    if st.button("Look over your answers", type="tertiary", key=f"go-{job.id}"):
        _go(job)


def _go(job: Job) -> None:
    st.switch_page(ANSWER, query_params={"task": job.task.name, "subset": job.subset.name})


def _nothing(account: Account) -> None:
    with st.container(border=True, width=640):
        st.markdown("#### There is nothing to answer yet")
        if account.languages:
            st.markdown(f"No open task is in your languages: {', '.join(map(languages.name, account.languages))}.")
        st.markdown(
            "Whoever runs this server imports tasks with `hume import tasks PATH`, and opens them on the page *Tasks*."
        )


page(require("annotator"))
