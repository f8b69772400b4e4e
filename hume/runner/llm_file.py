"""Lets a language model answer tasks from files, into a file: where the database cannot be reached."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from hume.raters.llm.annotator import Annotator, Wanted
from hume.raters.llm.panel import answers
from hume.records import Answer, SubsetRecord
from hume.runner.answer_file import AnswerFile
from hume.runner.answering import Answered
from hume.runner.llm_work import OnOutcome, Place, Summary, faults_error, place_of


def annotate_into(
    path: Path,
    records: Sequence[SubsetRecord],
    annotator: Annotator,
    parallel: int,
    summary: Summary,
    on_outcome: OnOutcome,
) -> None:
    """Let the model answer what the file lacks, and add each subset once all of its items are answered.

    Where this ends before, the answers of unfinished subsets lie in the cache of replies: the next run writes them
    without asking. HumeError as `hume.runner.llm_worker.annotate` raises it, InvalidInput as `AnswerFile` does.
    """
    file, started = AnswerFile(path, records), time.monotonic()
    by_place = {place_of(record): record for record in records}
    found: dict[Place, dict[str, Answer]] = defaultdict(dict)
    try:
        for outcome in answers(annotator, _open(file, records, annotator, summary), parallel):
            one = outcome.wanted
            record = by_place[one.task.name, one.subset.name]
            if outcome.answer is None:
                summary.note_fault(outcome)
            elif file.lacks(record, annotator.rater):
                said = found[place_of(record)]
                said[one.item.key] = outcome.answer
                summary.book(outcome.answer)
                if len(said) == len(record.items):
                    in_order = tuple(said[item.key] for item in record.items)
                    file.add(Answered(record, in_order), annotator.rater)
            else:
                summary.n_before += 1
            on_outcome(outcome)
    finally:
        summary.seconds = time.monotonic() - started
    if summary.faults:
        raise faults_error(summary)


def _open(
    file: AnswerFile, records: Sequence[SubsetRecord], annotator: Annotator, summary: Summary
) -> Iterator[Wanted]:
    """The items of subsets that the file lacks; the first of all is asked to find out who the rater is."""
    for record in records:
        for item in record.items:
            if annotator.is_known and not file.lacks(record, annotator.rater):
                summary.n_before += 1
            else:
                yield Wanted(record.task, record.subset, item)
