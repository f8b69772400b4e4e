"""Models' answers in a file that grows subset by subset: for a machine that the database cannot be reached from."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from hume.content_hash import content_hash
from hume.errors import InvalidInput, Place
from hume.export.answers import CONTENT_HASH, answer_rows
from hume.export.files import json_text
from hume.ingest.answers import placed_answers
from hume.records import TRAIN, AnswerRecord, Rater, SubsetRecord, TaskDocument
from hume.runner.answering import Answered

Group = tuple[str, str, Rater]
"""Task, subset and rater."""
Known = dict[str, str]
"""By item key the hash of what was answered."""


def subsets_of(documents: Sequence[TaskDocument], tasks: Sequence[str] = ()) -> list[SubsetRecord]:
    """The subsets of the documents (of the tasks named, if any) as a model answers them."""
    return [
        SubsetRecord(
            document.task,
            subset,
            items=tuple(item for item in items if item.is_evaluated),
            train=tuple(item for item in items if item.split == TRAIN),
        )
        for document in documents
        if not tasks or document.task.name in tasks
        for subset, items in document.subsets
    ]


class AnswerFile:
    """JSONL as `hume export answers` writes it, with each item's hash: an import finds the version that was answered.

    A subset is in it whole or not at all: what a killed process has left half-written is dropped when the file is
    opened again. One process writes at a time.
    """

    def __init__(self, path: Path, records: Sequence[SubsetRecord]) -> None:
        """InvalidInput where the file is no JSONL of answers, or holds a subset of `records` with other items."""
        if path.suffix.lower() != ".jsonl":
            raise InvalidInput("Answers of models are written as JSONL.", "Name a .jsonl file.", Place(str(path)))
        self.n_added = 0
        """Answers that were added since it was opened."""
        self._path = path
        self._wanted = {(one.task.name, one.subset.name): _hashes(one) for one in records}
        self._found: dict[Group, Known] = {}
        try:
            path.touch()
        except OSError as error:
            mend = "Name a folder that exists."
            raise InvalidInput(f"The file cannot be written: {error.strerror}.", mend, Place(str(path))) from None
        self._drop_unfinished()

    def lacks(self, record: SubsetRecord, rater: Rater) -> bool:
        """Whether the rater's answers to a subset are still to be added."""
        return (record.task.name, record.subset.name, rater) not in self._found

    def add(self, one: Answered, rater: Rater) -> None:
        """Add the answers to a subset; they are on the disk when this returns."""
        rows = "".join(_lines(one, rater))
        with self._path.open("a", encoding="utf-8", newline="\n") as file:
            file.write(rows)
            file.flush()
            os.fsync(file.fileno())
        self.n_added += len(one.answers)
        self._found[one.record.task.name, one.record.subset.name, rater] = _hashes(one.record)

    def _drop_unfinished(self) -> None:
        _cut(self._path, _end_of_last_line(self._path))
        if not self._path.stat().st_size:
            return
        first_line: dict[Group, int] = {}
        for line, record in placed_answers(self._path):
            group = record.task, record.subset, record.rater
            first_line.setdefault(group, line)
            self._found.setdefault(group, {})[record.answer.item] = record.content_hash
        last = next(reversed(self._found))
        for group, known in list(self._found.items()):
            wanted = self._wanted.get(group[:2])
            if wanted is None or known == wanted:
                continue
            if group != last or not known.items() <= wanted.items():
                raise InvalidInput(
                    f"The answers of {group[2].name} to {group[0]}/{group[1]} in it are to other items than these.",
                    "Name another file, or give the task as it was.",
                    Place(str(self._path), first_line[group]),
                )
            _cut(self._path, _offset(self._path, first_line[group]))
            del self._found[group]


def _hashes(record: SubsetRecord) -> Known:
    return {item.key: content_hash(item) for item in record.items}


def _lines(one: Answered, rater: Rater) -> Iterator[str]:
    """The answers as lines. Their ids are made of what was said: the same again is the same to an import."""
    hashes, now = _hashes(one.record), datetime.now(UTC)
    task, subset = one.record.task.name, one.record.subset.name
    split = {item.key: item.split for item in one.record.items}
    for answer in one.answers:
        said = [task, subset, split[answer.item], answer.item, hashes[answer.item], *_identity(rater), answer.payload]
        stamped = replace(answer, client_id=str(uuid5(NAMESPACE_URL, json_text(said))), created_at=now)
        (row,) = answer_rows([AnswerRecord(task, subset, split[answer.item], rater, stamped)])
        yield json_text({**row, CONTENT_HASH: hashes[answer.item]}) + "\n"


def _identity(rater: Rater) -> tuple[str, str, str, str]:
    return rater.kind, rater.name, rater.revision, rater.protocol


def _end_of_last_line(path: Path) -> int:
    """Where the last whole line of a file ends."""
    with path.open("rb") as file:
        end = file.seek(0, os.SEEK_END)
        while end:
            start = max(0, end - 65_536)
            file.seek(start)
            if (found := file.read(end - start).rfind(b"\n")) >= 0:
                return start + found + 1
            end = start
    return 0


def _offset(path: Path, line: int) -> int:
    """Where a line begins; lines count from 1."""
    with path.open("rb") as file:
        return sum(len(file.readline()) for _ in range(line - 1))


def _cut(path: Path, size: int) -> None:
    if path.stat().st_size > size:
        os.truncate(path, size)
