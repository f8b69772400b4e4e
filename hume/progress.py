"""Stage: how far the answering is, subset by subset and rater by rater."""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from hume.baseline import KINDS
from hume.records import Answer, AnswerSheet, Rater, SubsetRecord


@dataclass(frozen=True)
class SubsetProgress:
    """Answers of one kind of rater on the current items of one subset, against what the task asks for."""

    task: str
    task_type: str
    subset: str
    language: str
    state: str
    kind: str
    n_items: int
    overlap: int
    """How many raters are to answer each item."""
    n_wanted: int
    """n_items x overlap."""
    n_answers: int
    """Given answers; an item with more than `overlap` of them counts them all here."""
    n_skipped: int
    n_complete: int
    """Items with at least `overlap` given answers."""
    n_raters: int
    share: float | None
    """Wanted answers that are there, 0 to 1: answers beyond an item's overlap do not make up for another item's.
    None where nothing is wanted (no items)."""
    last_answer: datetime | None = None
    is_sample: bool = False
    n_surplus: int = 0
    """Given answers that came when the item had all it needs; they are among `n_answers`, and in the figures."""


@dataclass(frozen=True)
class RaterProgress:
    """What one rater has answered, over all subsets; of sample tasks in a row of its own."""

    rater: str
    kind: str
    n_answers: int
    n_skipped: int
    n_subsets: int
    last_answer: datetime | None = None
    is_sample: bool = False
    n_surplus: int = 0
    """Given answers that came when the item had all it needs; they are among `n_answers`, and in the figures."""
    median_seconds: float | None = None
    """Active seconds of the middle one of the given answers; None where no answer says how long it took."""


@dataclass(frozen=True)
class RaterTally:
    """What one rater has answered of one subset."""

    rater: Rater
    is_sample: bool
    n_answers: int
    n_skipped: int
    n_surplus: int
    milliseconds: array[int]
    """Active time of each given answer that says it."""
    last_answer: datetime | None


def progress(records: Iterable[SubsetRecord]) -> list[SubsetProgress]:
    """A row a subset for people, who are asked, and one for simulated raters where there are any."""
    return [
        _of_kind(record, kind, sheets)
        for record in records
        for kind in KINDS
        if (sheets := [s for s in record.sheets if s.rater.kind == kind and s.answers]) or kind == "human"
    ]


def rater_progress(records: Iterable[SubsetRecord]) -> list[RaterProgress]:
    """A row a person or simulated rater, the one with most answers first; sample tasks after the others."""
    return summed(tally for record in records for tally in tallies(record))


def tallies(record: SubsetRecord) -> list[RaterTally]:
    """What each person or simulated rater has answered of one subset."""
    return [
        _tally(sheet.rater, record.task.is_sample, answers)
        for sheet in record.sheets
        if sheet.rater.kind in KINDS and (answers := _current(record, sheet))
    ]


def summed(of_subsets: Iterable[RaterTally]) -> list[RaterProgress]:
    """The rows of `rater_progress` from the raters' tallies of each subset."""
    found: dict[tuple[Rater, bool], list[RaterTally]] = defaultdict(list)
    for tally in of_subsets:
        found[tally.rater, tally.is_sample].append(tally)
    rows = [_of_rater(rater, is_sample, own) for (rater, is_sample), own in found.items()]
    return sorted(rows, key=lambda row: (row.is_sample, KINDS.index(row.kind), -row.n_answers, row.rater))


def _of_kind(record: SubsetRecord, kind: str, sheets: Sequence[AnswerSheet]) -> SubsetProgress:
    task, n_items = record.task, len(record.items)
    answers = [answer for sheet in sheets for answer in _current(record, sheet)]
    given = Counter(answer.item for answer in answers if answer.status == "given")
    wanted = n_items * task.overlap
    return SubsetProgress(
        task=task.name,
        task_type=task.task_type,
        subset=record.subset.name,
        language=record.subset.language,
        state=task.state,
        kind=kind,
        n_items=n_items,
        overlap=task.overlap,
        n_wanted=wanted,
        n_answers=given.total(),
        n_skipped=len(answers) - given.total(),
        n_complete=sum(given[item.key] >= task.overlap for item in record.items),
        n_raters=len(sheets),
        n_surplus=_surplus(answers),
        share=sum(min(n, task.overlap) for n in given.values()) / wanted if wanted else None,
        last_answer=_last(answers),
        is_sample=task.is_sample,
    )


def _tally(rater: Rater, is_sample: bool, answers: Sequence[Answer]) -> RaterTally:
    given = [answer for answer in answers if answer.status == "given"]
    return RaterTally(
        rater=rater,
        is_sample=is_sample,
        n_answers=len(given),
        n_skipped=len(answers) - len(given),
        n_surplus=_surplus(given),
        milliseconds=array("q", [answer.milliseconds for answer in given if answer.milliseconds is not None]),
        last_answer=_last(answers),
    )


def _of_rater(rater: Rater, is_sample: bool, tallies: Sequence[RaterTally]) -> RaterProgress:
    times = [one for tally in tallies for one in tally.milliseconds]
    return RaterProgress(
        rater=rater.name,
        kind=rater.kind,
        n_answers=sum(tally.n_answers for tally in tallies),
        n_skipped=sum(tally.n_skipped for tally in tallies),
        n_subsets=len(tallies),
        n_surplus=sum(tally.n_surplus for tally in tallies),
        median_seconds=median(times) / 1000 if times else None,
        last_answer=max((tally.last_answer for tally in tallies if tally.last_answer), default=None),
        is_sample=is_sample,
    )


def _current(record: SubsetRecord, sheet: AnswerSheet) -> list[Answer]:
    keys = {item.key for item in record.items}
    return [answer for key, answer in sheet.answers.items() if key in keys]


def _surplus(answers: Iterable[Answer]) -> int:
    return sum(answer.surplus and answer.status == "given" for answer in answers)


def _last(answers: Iterable[Answer]) -> datetime | None:
    return max((answer.created_at for answer in answers if answer.created_at), default=None)
