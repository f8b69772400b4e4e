"""Which items an annotator gets next, whether they may have any, and in which order an item's parts are shown."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

import numpy as np

from hume.i18n import say
from hume.records import Account, Participation, Progress, Purpose, Subset, Task

REPEAT_AFTER = timedelta(days=2)
"""How long after an answer the same item is due again, where other work is left until then."""


class OpenItem(Protocol):
    """An item that a rater may still answer, what for, and how many people answer it already."""

    @property
    def item_id(self) -> int: ...

    @property
    def n_answers(self) -> int: ...

    @property
    def purpose(self) -> Purpose: ...

    @property
    def shared(self) -> bool:
        """Whether everybody is to answer it."""
        ...

    @property
    def answered_at(self) -> datetime | None:
        """Of a repeat: when the rater answered the original."""
        ...


OpenT = TypeVar("OpenT", bound=OpenItem)


# -- who ----------------------------------------------------------------------------------------------


def why_not(
    task: Task,
    subset: Subset,
    account: Account,
    annotators: Collection[int],
    studies: Collection[Participation] = (),
) -> str:
    """Why an account may not be given a subset's items, in a sentence of its language; empty where it may.

    `annotators` are the raters whom the task is assigned to; none means everybody. Whoever takes part in `studies` is
    given their tasks, whomever they are assigned to, and no others.
    """
    if task.state != "open":
        return say("{task} is not open for answers.", task=task.name)
    if studies:
        if why := _why_not_in_study(task, studies):
            return why
    elif annotators and account.rater_id not in annotators:
        return say("{task} is assigned to other people.", task=task.name)
    if not speaks(account.languages, subset.languages):
        needed, known = ", ".join(subset.languages), ", ".join(account.languages)
        return say(
            "{task} ({subset}) is in {needed}; your languages are {known}.",
            task=task.name,
            subset=subset.name,
            needed=needed,
            known=known,
        )
    return ""


def _why_not_in_study(task: Task, studies: Collection[Participation]) -> str:
    if not any(task.name in one.tasks for one in studies):
        return say("{task} is no part of the study that you take part in.", task=task.name)
    return why_no_consent(task.name, studies)


def why_no_consent(task: str, studies: Collection[Participation]) -> str:
    """Why somebody may answer nothing of a task before they agree to their study's text; empty where they have."""
    mine = [one for one in studies if task in one.tasks]
    if not mine or any(one.has_agreed for one in mine):
        return ""
    return say("Read first what the study is about, and agree to it: you find it on the page of your work.")


def items_left(task: str, studies: Collection[Participation]) -> int | None:
    """How many more of a task's items somebody's studies ask of them; None for all that there are."""
    left = [one.left for one in studies if task in one.tasks and one.has_agreed]
    return None if None in left else max((n for n in left if n is not None), default=None)


def asked_of(studies: Collection[Participation]) -> int | None:
    """How many more items somebody's studies ask of them in all; None for all that there are."""
    left = [one.left for one in studies]
    return None if not left or None in left else sum(n for n in left if n is not None)


def within(progress: Progress, left: int | None) -> Progress:
    """How far a rater is, who is to be given `left` more items at most; None for all that there are."""
    if left is None or progress.open <= left:
        return progress
    return replace(progress, open=left, total=progress.answered + progress.skipped + left)


def may_answer(
    task: Task,
    subset: Subset,
    account: Account,
    annotators: Collection[int],
    studies: Collection[Participation] = (),
) -> bool:
    """Whether an account may be given a subset's items: see `why_not`."""
    return not why_not(task, subset, account, annotators, studies)


def speaks(known: Sequence[str], needed: Sequence[str]) -> bool:
    """Whether one who knows the languages `known` can answer what is in `needed`.

    Codes are ISO 639-3 with or without a script (`ara`, `ara-Arab`); one without a script matches every script.
    Nobody's languages being declared (`known` empty) means all.
    """
    return not known or all(any(_matches(own, code) for own in known) for code in needed)


def _matches(own: str, code: str) -> bool:
    return own == code or ("-" not in own and own == code.split("-")[0])


# -- what ---------------------------------------------------------------------------------------------


def hand_out(
    open_items: Iterable[OpenT], count: int, seed: int, now: datetime, held: Collection[int] = (), done: int = 0
) -> list[int]:
    """Ids of at most `count` items for one rater, in the order in which they are to be answered.

    While there are training items, only those. Then what is to be judged (see `choose`), then repeats that are due,
    the longest answered first; repeats that are not due where nothing else is left. Within each, what the rater holds
    (`held`) comes first. `seed` is the rater's id, `done` how many items they have answered here.
    """
    found = list(open_items)
    training = [one.item_id for one in found if one.purpose == "training"]
    if training:
        return training[: max(count, 0)]
    judged = [one for one in found if one.purpose in ("judgment", "attention")]
    order = choose(judged, len(judged), seed, done)
    repeats = sorted((one.answered_at or now, one.item_id) for one in found if one.purpose == "repeat")
    due = [item_id for at, item_id in repeats if at <= now - REPEAT_AFTER]
    early = [item_id for at, item_id in repeats if at > now - REPEAT_AFTER and (item_id in held or not (order or due))]
    parts = (order, due, early)
    return [item_id for part in parts for item_id in sorted(part, key=lambda one: one not in held)][: max(count, 0)]


def choose(open_items: Iterable[OpenItem], count: int, seed: int, done: int = 0) -> list[int]:
    """Ids of at most `count` items, those with the fewest answers first.

    Ties are broken by a shuffle that depends on `seed` (the rater's id) and the item alone: two annotators start at
    different ends of a subset, and one annotator's order does not change while others answer. Shared and attention
    items, which everybody gets, lie anywhere in the whole of what this rater does, by the same shuffle: `done`, the
    number already answered, says where in it they are. So nothing in their place tells them from others.
    """
    found = list(open_items)
    for_all = sorted((_chance(seed, one.item_id), one.item_id) for one in found if _is_for_all(one))
    others = sorted((one.n_answers, _chance(seed, one.item_id), one.item_id) for one in found if not _is_for_all(one))
    chosen: list[int] = []
    for place in range(min(len(found), max(count, 0))):
        is_its_turn = bool(for_all) and for_all[0][0] * (done + len(found)) < done + place + 1
        chosen.append(for_all.pop(0)[-1] if is_its_turn or not others else others.pop(0)[-1])
    return chosen


def _is_for_all(item: OpenItem) -> bool:
    return item.shared or item.purpose == "attention"


def _chance(seed: int, item_id: int) -> float:
    """A number from 0 to 1 that is the same for the same rater and item, and otherwise as good as random."""
    return int.from_bytes(hashlib.blake2b(f"{seed}|{item_id}".encode(), digest_size=8).digest()) / 2**64


def display_rng(rater_id: int, item_id: int) -> np.random.Generator:
    """The generator of one rater's display order of one item: after a reload the order is the same."""
    return np.random.default_rng([rater_id, item_id])
