"""What there is to do: every open subset in the annotator's languages, how far each one is, and where to go on."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from db.store.annotators import assigned
from db.store.answers import progress_by_subset
from db.store.assignments import TrainingDone, training_done
from db.store.checks import counts_by_purpose
from db.store.tasks import outlines
from hume.assign import asked_of, items_left, may_answer, within
from hume.i18n import current, say, say_n
from hume.records import Account, Participation, Progress, Subset, Task
from hume.tasks import TASKS
from pages import interface
from pages.deck import leftover
from pages.parts import languages, layout, taking_part
from pages.parts.access import require
from pages.parts.database import reading

ANSWER = "pages/annotator/answer.py"
GRID = """<style>
[class*="st-key-cards-"] { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 17rem), 1fr)); }
</style>"""


@dataclass(frozen=True)
class Job:
    """One subset, how far the annotator is on it, and what its items are besides those to judge."""

    id: int
    task: Task
    subset: Subset
    progress: Progress
    practice: int
    """Training items that this annotator is shown first."""
    has_checks: bool
    """Whether some items have known answers, to judge the quality of the data by."""
    has_repeats: bool
    """Whether some items come twice."""

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
    layout.header(say("Your work"), wide=True)
    studies = taking_part.standing(account)
    if lacking := [one for one in studies if not one.has_agreed]:
        taking_part.ask_consent(lacking[0])
        interface.chooser()
        return
    taking_part.show_completion(studies)
    jobs = [job for job in open_jobs(account, studies) if job.mine or not studies]
    if jobs:
        _summary(jobs, asked_of(studies))
        _list(_in_chosen_languages(jobs))
    elif not any(one.is_completed for one in studies):
        _nothing(account)
    leftover(account.rater_id)
    interface.chooser()


def open_jobs(account: Account, studies: Sequence[Participation] = ()) -> list[Job]:
    """The subsets whose items the account may be given, by task: no more items than its studies ask for."""
    with reading() as session:
        progress = progress_by_subset(session, account.rater_id, _midnight())
        people = assigned(session)
        counts = {(one.task, one.subset): one for one in counts_by_purpose(session)}
        return [
            Job(
                one.id,
                one.task,
                one.subset,
                within(progress[one.id], items_left(one.task.name, studies)),
                practice=_practice(training_done(session, account.rater_id, one.id)),
                has_checks=counts[one.task.name, one.subset.name].attention > 0,
                has_repeats=counts[one.task.name, one.subset.name].repeat > 0,
            )
            for one in outlines(session)
            if may_answer(one.task, one.subset, account, people.get(one.task.name, ()), studies)
        ]


def _practice(training: TrainingDone) -> int:
    return training.total - training.done


def _midnight() -> datetime:
    """The start of the annotator's day, by the browser's clock."""
    try:
        zone = ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, TypeError, ValueError, OSError):  # the browser says it, whatever it is
        zone = ZoneInfo("UTC")
    return datetime.combine(datetime.now(zone), time.min, zone).astimezone(UTC)


def _summary(jobs: Sequence[Job], asked: int | None) -> None:
    still, today = sum(job.progress.open for job in jobs), sum(job.progress.today for job in jobs)
    still = still if asked is None else min(still, asked)
    if still:
        sentences = [say_n("**{n}** item is waiting for you.", "**{n}** items are waiting for you.", still)]
    else:
        sentences = [say("**All done.** Nothing is waiting for you.")]
    if today:
        sentences.append(say_n("You answered **{n}** item today.", "You answered **{n}** items today.", today))
    st.markdown(" ".join(sentences))


def _in_chosen_languages(jobs: Sequence[Job]) -> list[Job]:
    there = sorted({job.subset.languages for job in jobs}, key=languages.names)
    if len(there) < 2:
        return list(jobs)
    labels = {languages.names(codes): codes for codes in there}
    chosen = st.pills(
        say("Languages of the texts"), list(labels), selection_mode="multi", key="language", bind="query-params"
    )
    return [job for job in jobs if not chosen or job.subset.languages in {labels[label] for label in chosen}]


def _list(jobs: Sequence[Job]) -> None:
    layout.notices(samples=any(job.task.is_sample for job in jobs))
    st.html(GRID)
    for task_type in TASKS:
        _section(task_type, [job for job in jobs if job.task.task_type == task_type])


# -- cards ------------------------------------------------------------------------------------------


def _section(task_type: str, jobs: Iterable[Job]) -> None:
    ordered = sorted(jobs, key=lambda job: (("started", "new", "finished").index(job.state), job.task.name, job.id))
    if not ordered:
        return
    st.subheader(say(TASKS[task_type].title), anchor=False)
    with st.container(key=f"cards-{task_type}"):
        for job in ordered:
            _card(job)


def _card(job: Job) -> None:
    with st.container(border=True, height="stretch", key=f"card-{job.id}"):
        st.html(_card_title(job))
        if job.mine:
            st.progress(job.done / job.mine, text=say("{done} of {total}", done=job.done, total=job.mine))
        _about(job)
        if job.state == "finished":
            _finished(job)
        elif st.button(
            say("Continue") if job.state == "started" else say("Start"),
            type="primary",
            width="stretch",
            key=f"go-{job.id}",
            help=", ".join(map(layout.plain, (job.task.name, _part(job)))),
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


def _about(job: Job) -> None:
    """What an annotator should know of the items before beginning: nothing is checked behind anybody's back."""
    if job.practice:
        st.caption(
            say_n(
                "Begins with {n} practice item, which is not counted.",
                "Begins with {n} practice items, which are not counted.",
                job.practice,
            )
        )
    if job.has_checks and job.state != "finished":
        st.caption(
            say("This task has check items whose answers are known; they help to judge the quality of the data.")
        )
    if job.has_repeats and job.state != "finished":
        st.caption(say("Some items come twice, to see how steady judgments are."))


def _finished(job: Job) -> None:
    if not job.done:
        st.caption(say("Enough people have answered this one."))
        return
    counts = {"answered": job.progress.answered, "skipped": job.progress.skipped}
    if job.progress.skipped:
        finished = say("Finished: {answered} answered, {skipped} skipped.", **counts)
    else:
        finished = say("Finished: {answered} answered.", **counts)
    st.caption(f":material/check_circle: {finished}")
    if st.button(say("Look over your answers"), type="tertiary", key=f"go-{job.id}"):
        _go(job)


def _go(job: Job) -> None:
    st.switch_page(ANSWER, query_params={"task": job.task.name, "subset": job.subset.name})


def _nothing(account: Account) -> None:
    with st.container(border=True, width=640):
        st.markdown(f"#### {say('There is nothing to answer yet')}")
        if account.languages:
            known = current().listed([languages.name(code) for code in account.languages])
            st.markdown(say("No task in your languages is open for you now: {languages}.", languages=known))
        st.markdown(
            say(
                "Whoever runs this server imports tasks with `hume import tasks PATH`, and opens them on the page "
                "*Tasks*."
            )
        )


page(require("annotator"))
