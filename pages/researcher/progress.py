"""Progress: how far the answering is, where it is held up, who answered, and how carefully."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from hume.export import EXPORTERS, wording
from hume.progress import RaterProgress, SubsetProgress
from hume.quality import RaterChecks, by_task_type
from pages.parts import figures, layout, standing, tables, views
from pages.parts.access import require
from pages.parts.tables import Column

DOWNLOADS = " · ".join(
    f"[{suffix.removeprefix('.').upper()}](/download/answers{suffix})" for suffix in EXPORTERS["answers"].writers
)

CHECKS_FILES = " · ".join(
    f"[{suffix.removeprefix('.').upper()}](/download/checks{suffix})" for suffix in EXPORTERS["checks"].writers
)

#: Checks below which a share of right ones says little of a person.
FEW = 5

SURPLUS = "Answers that came after the item had all it needs: kept, and counted in the figures"
SECONDS = "Active seconds of the middle one of the answers given; pauses are not counted"
TRAINING = "The first answer to each training item, held against the known one"
ATTENTION = "Attention items, which nobody can tell from the others, held against the known answers"
REPEATS = "Items that were given a second time, and answered both times"
ACCORD = (
    "How far the two answers say the same, 0 to 1, mean over those items: the same label; 1 less the share of the "
    "scale between two scores; pairs of candidates in the same order; adjusted Rand index of two groupings"
)

#: One and several raters of a kind.
NOUNS = {"human": ("person", "people"), "simulated": ("simulated rater", "simulated raters")}


def page() -> None:
    layout.header("Progress", "How far the answering is, subset by subset, who answered, and how carefully.")
    work = figures.work()
    if not work.subsets:
        views.empty(
            "There is no task to answer yet",
            "Import tasks: `hume import tasks PATH`.",
            "Invite annotators, or answer on the page *Work* yourself.",
        )
        return
    with st.container(horizontal=True):
        samples = _choose_samples(work.subsets)
        subsets = [row for row in work.subsets if row.is_sample == samples]
        kind = views.choose_kind(subsets, "Raters", "raters")
    layout.notices(samples=samples, simulated=kind == "simulated")
    rows = [row for row in subsets if row.kind == kind]
    raters = [row for row in work.raters if row.kind == kind and row.is_sample == samples]
    _headline(rows, raters, kind)
    wanted = views.choose_filter(rows, *st.columns(2))
    _subsets([row for row in rows if wanted.takes(row)])
    _raters(raters)
    _checks([row for row in work.checks if row.kind == kind and row.is_sample == samples])


def _choose_samples(rows: Sequence[SubsetProgress]) -> bool:
    names = {False: "Tasks", True: views.SAMPLES}
    there = sorted({row.is_sample for row in rows})
    if len(there) == 1:
        return there[0]
    chosen = st.segmented_control(
        "Tasks", list(names.values()), default=names[False], required=True, key="tasks", bind="query-params"
    )
    return bool(chosen == names[True])


def _headline(rows: Sequence[SubsetProgress], raters: Sequence[RaterProgress], kind: str) -> None:
    items, complete = sum(row.n_items for row in rows), sum(row.n_complete for row in rows)
    answers, skipped = sum(row.n_answers for row in rows), sum(row.n_skipped for row in rows)
    have, their = ("has", "its") if items == 1 else ("have", "their")
    first = (
        f"{views.bold(wording.count(complete))} of {wording.counted(items, 'item', 'items')} in "
        f"{standing.subsets(len(rows))} {have} all the answers that {their} task asks for."
    )
    if not raters:
        views.headline(first, "Nobody has answered yet: open the page Work, or invite annotators.")
        return
    by = wording.counted(len(raters), *NOUNS[kind])
    last = wording.moment(max((row.last_answer for row in raters if row.last_answer), default=None))
    surplus = sum(row.n_surplus for row in rows)
    beyond = f" ({surplus:,} of them surplus)" if surplus else ""
    views.headline(
        first,
        f"{wording.counted(answers, 'answer', 'answers')}{beyond} and "
        f"{wording.counted(skipped, 'skipped item', 'skipped items')} by {by}; the last on {last}.",
    )


def _subsets(rows: Sequence[SubsetProgress]) -> None:
    st.subheader("Subsets", anchor=False)
    frame = pd.DataFrame(
        {
            "Subset": [views.subset_label(row) for row in rows],
            "Done": [None if row.share is None else round(100 * row.share, 6) for row in rows],
            "Answers": [row.n_answers for row in rows],
            "Wanted": [row.n_wanted for row in rows],
            "Complete": [row.n_complete for row in rows],
            "Items": [row.n_items for row in rows],
            "Skipped": [row.n_skipped for row in rows],
            "Raters": [row.n_raters for row in rows],
            "Last answer (UTC)": [row.last_answer for row in rows],
            "Task is": [row.state for row in rows],
            "Type": [views.type_name(row.task_type) for row in rows],
            "Language": [row.language for row in rows],
        }
    )
    st.dataframe(
        frame,
        hide_index=True,
        key="subsets",
        height=tables.TALL if len(rows) > tables.MANY else "content",
        placeholder=wording.UNKNOWN,
        alt="Progress of each subset",
        column_config={
            "Subset": st.column_config.Column(pinned=True),
            "Done": st.column_config.ProgressColumn(
                min_value=0,
                max_value=100,
                format="%d%%",
                help="Wanted answers that are there, in whole percent, rounded down: 100% means all",
            ),
            "Answers": st.column_config.Column(help="Given answers; an item may have more than were asked for"),
            "Wanted": st.column_config.Column(help="Items times the number of people who are to answer each"),
            "Complete": st.column_config.Column(help="Items with all the answers that the task asks for"),
            "Skipped": st.column_config.Column(help="Items that a rater skipped: not scored, and not counted as done"),
            "Last answer (UTC)": st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm", timezone="UTC"),
        },
    )


def _raters(rows: Sequence[RaterProgress]) -> None:
    if not rows:
        return
    st.subheader("Raters", anchor=False)
    columns = {
        "Rater": tables.text(lambda row: row.rater),
        "Answers": tables.count(lambda row: row.n_answers),
        "Surplus": tables.count(lambda row: row.n_surplus, SURPLUS),
        "Skipped": tables.count(lambda row: row.n_skipped),
        "Seconds": Column(_milliseconds, _seconds, SECONDS, tables.COUNTS),
        "Subsets": tables.count(lambda row: row.n_subsets),
        "Last answer": tables.text(lambda row: wording.moment(row.last_answer)),
    }
    tables.show(rows, columns, key="raters", alt="Answers of each rater")
    st.markdown(f"All answers, in every revision, people by number: {DOWNLOADS}")


def _milliseconds(row: RaterProgress) -> int | None:
    return None if row.median_seconds is None else round(1000 * row.median_seconds)


def _seconds(milliseconds: int | None) -> str:
    return wording.seconds(None if milliseconds is None else milliseconds / 1000)


def _checks(rows: Sequence[RaterChecks]) -> None:
    """How raters did on the items that check them; nothing where no task has any."""
    if not rows:
        return
    st.subheader("Checks", anchor=False)
    st.caption(
        "Items with a known answer, to train on and to see whether people read, and items that were given twice. No "
        f"score is made of them. Below {FEW} items a number says little of a person, and is marked *few*."
    )
    types = {"Rater": RATER, "Task type": tables.text(lambda row: views.type_name(row.task_type)), **CHECKS}
    tables.show(by_task_type(rows), types, key="checks", alt="Checks of each rater and task type")
    with st.expander("By subset", type="compact"):
        subsets = {"Rater": RATER, "Subset": tables.text(views.subset_label), **CHECKS}
        tables.show(rows, subsets, key="checks-by-subset", alt="Checks of each rater and subset")
    st.markdown(f"Take away all checks, people by number: {CHECKS_FILES}")


def _right(right: int, of: int) -> str:
    return f"{wording.of(right, of)}{_few(of)}"


def _self_accord(row: RaterChecks) -> str:
    return f"{wording.accord(row.self_accord)}{_few(row.n_repeats)}"


def _few(n: int) -> str:
    return " (few)" if 0 < n < FEW else ""


RATER = tables.text(lambda row: row.rater)
CHECKS = {
    "Training right": tables.text(lambda row: _right(row.n_training_right, row.n_training), TRAINING),
    "Attention right": tables.text(lambda row: _right(row.n_attention_right, row.n_attention), ATTENTION),
    "Given twice": tables.count(lambda row: row.n_repeats, REPEATS),
    "Same answer": tables.text(_self_accord, ACCORD),
}


require("researcher")
page()
