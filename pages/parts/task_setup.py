"""The part of a task's row in which an admin says who answers it, and which items check the raters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from db.store.checks import Purposes, counts_by_purpose
from db.store.purposes import SetApart
from db.store.task_setup import TaskChange, change_task
from hume.errors import HumeError
from hume.export import wording
from hume.records import Task
from pages.parts import layout
from pages.parts.access import require
from pages.parts.database import transaction

ROLE = "admin"
"""Who may look at how tasks are run, and change it."""

APART = (
    "Training and attention items have a known answer, and no score is made of them. They are taken from the split "
    "for probes where it has enough; **else from the items to be judged, which then leave all figures, with the "
    "answers that they have.** Those that nobody has answered go first, and one that is no longer needed comes back."
)


@dataclass(frozen=True)
class Setup:
    """A task as it is: its people by rater id, and for each subset how many items are for what."""

    task: Task
    annotators: Sequence[int]
    counts: Sequence[Purposes]

    @property
    def training(self) -> int:
        """Training items a subset; where subsets differ, the most."""
        return _most(self.counts, "training")

    @property
    def attention(self) -> int:
        """Attention items a subset; where subsets differ, the most."""
        return _most(self.counts, "attention")


def summary(setup: Setup, people: Mapping[int, str]) -> list[str]:
    """What is out of the ordinary about how a task is run, in a few words each; nothing for one as it came."""
    named = len([one for one in setup.annotators if one in people])
    training, attention = (sum(getattr(one, name) for one in setup.counts) for name in ("training", "attention"))
    said = {
        f"for {wording.counted(named, 'named person', 'named people')}": bool(setup.annotators),
        f"{wording.share(setup.task.shared_share)} for everybody": setup.task.shared_share > 0,
        f"{wording.share(setup.task.repeat_share)} asked twice": setup.task.repeat_share > 0,
        f"{training:,} for training": training > 0,
        f"{attention:,} for attention": attention > 0,
    }
    return [words for words, holds in said.items() if holds]


def panel(setup: Setup, people: Mapping[int, str]) -> None:
    """The form, closed until it is asked for. `people` are the names of those who can sign in, by rater id."""
    name = setup.task.name
    box = st.expander("People and checks", key=f"setup-{name}", type="compact", on_change="rerun")
    if not box.open:
        return
    named = [one for one in setup.annotators if one in people]
    with box, st.form(f"form-{name}", border=False):
        st.multiselect(
            "People",
            list(people),
            default=named,
            format_func=lambda rater_id: people[rater_id],
            placeholder="Everybody who reads the language",
            help="Only the people named are given its items; with nobody named, everybody is.",
            key=f"people-{name}",
        )
        shared_at, repeats_at, training_at, attention_at = st.columns(4, vertical_alignment="bottom")
        _percent(shared_at, "For everybody, %", setup.task.shared_share, f"shared-{name}", SHARED)
        _percent(repeats_at, "Asked twice, %", setup.task.repeat_share, f"repeats-{name}", REPEATS)
        _number(training_at, "Training per subset", setup.training, f"training-{name}", TRAINING)
        _number(attention_at, "Attention per subset", setup.attention, f"attention-{name}", ATTENTION)
        st.caption(f"{_there_are(setup.counts)} {APART}")
        st.form_submit_button("Save", on_click=_save, args=(setup, named), key=f"save-{name}")
        _say_what_was_done(name)


SHARED = "This share of the items is answered by everybody, whatever the overlap: agreement is measured best on them."
REPEATS = (
    "This share of the items is given once more to whoever answered them, days later if possible: it shows how far a "
    "person agrees with themselves. The second answers are in no figure."
)
TRAINING = "Items with a known answer, shown first to everybody who is new to a subset, with the answer after each."
ATTENTION = "Items with a known answer, mixed among the others: nobody can tell which they are."


def _percent(place: st.delta_generator.DeltaGenerator, label: str, share: float, key: str, help_: str) -> None:
    place.number_input(label, 0, 100, value=round(100 * share), step=5, key=key, help=help_)


def _number(place: st.delta_generator.DeltaGenerator, label: str, count: int, key: str, help_: str) -> None:
    place.number_input(label, 0, value=count, key=key, help=help_)


def _there_are(counts: Sequence[Purposes]) -> str:
    judged, training, attention = (
        sum(getattr(one, name) for one in counts) for name in ("judgment", "training", "attention")
    )
    subsets = wording.counted(len(counts), "subset", "subsets")
    return f"Now {judged:,} to be judged, {training:,} for training and {attention:,} for attention, in {subsets}."


def _save(setup: Setup, named: Sequence[int]) -> None:
    """Stores what differs from what the form was opened with; its numbers then show what there is.

    Runs before the page does: who clicked is looked up anew.
    """
    admin = require(ROLE)
    name, state = setup.task.name, st.session_state
    change = _change(setup, named)
    if change == TaskChange():
        state[f"said-{name}"] = ("success", "Nothing to save: all of it is so already.")
        return
    try:
        with transaction() as session:
            done = change_task(session, name, change, admin.id)
            counts = [one for one in counts_by_purpose(session) if one.task == name]
    except HumeError as error:
        state[f"said-{name}"] = ("error", layout.plain(str(error)))
        return
    stayed = _most(counts, "training") - int(state[f"training-{name}"])
    state[f"training-{name}"], state[f"attention-{name}"] = _most(counts, "training"), _most(counts, "attention")
    state[f"said-{name}"] = ("success", _said(done, stayed))


def _change(setup: Setup, named: Sequence[int]) -> TaskChange:
    name, state = setup.task.name, st.session_state
    shared, repeats = int(state[f"shared-{name}"]), int(state[f"repeats-{name}"])
    training, attention = int(state[f"training-{name}"]), int(state[f"attention-{name}"])
    people = sorted(state[f"people-{name}"])
    return TaskChange(
        shared_share=shared / 100 if shared != round(100 * setup.task.shared_share) else None,
        repeat_share=repeats / 100 if repeats != round(100 * setup.task.repeat_share) else None,
        training=training if training != setup.training else None,
        attention=attention if attention != setup.attention else None,
        annotators=people if people != sorted(named) else None,
    )


def _said(done: SetApart | None, stayed: int) -> str:
    said = ["Saved."]
    if done and done.from_judgment:
        items = wording.counted(done.from_judgment, "item that was to be judged is", "items that were to be judged are")
        said.append(f"{items} set apart: no figure is made of them from now on.")
    if stayed > 0:
        items = wording.counted(stayed, "training item stays", "training items stay")
        said.append(f"{items} in a subset: people have seen the answer, or the task's file asks for it.")
    return " ".join(said)


def _most(counts: Sequence[Purposes], purpose: str) -> int:
    return max((getattr(one, purpose) for one in counts), default=0)


def _say_what_was_done(name: str) -> None:
    kind, words = st.session_state.pop(f"said-{name}", ("", ""))
    if kind == "error":
        st.error(words, icon=":material/error:")
    elif kind:
        st.success(words, icon=":material/check:")
