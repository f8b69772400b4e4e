"""What answers from files are to: looked up in the database, and each answer held against its item."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy.orm import Session

from db.store.answer_import import known_submissions
from db.store.items import every_version
from db.store.tasks import find_subset_id, subset_of
from db.store.verdicts import content_hashes
from hume.answers import checked
from hume.errors import InvalidAnswer, InvalidInput, NotFound, Place
from hume.ingest.rows import at
from hume.records import REPEAT, TRAIN, AnswerRecord, Item, Subset, Task

Versions = Mapping[tuple[str, str], Mapping[str, int]]


class Targets:
    """The items that answers are to, looked up once a subset."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._versions: dict[tuple[str, str], Versions] = {}
        self._found: dict[tuple[str, str], tuple[Task, Subset, Mapping[tuple[str, str, int], Item]]] = {}

    def checked(self, record: AnswerRecord, file: str, line: int) -> AnswerRecord:
        """The record with its answer through the task type's gate; InvalidAnswer with file and line otherwise."""
        place, answer = (record.task, record.subset), record.answer
        try:
            if place not in self._found:
                self._found[place] = self._look_up(*place)
            if record.content_hash and place not in self._versions:
                self._versions[place] = self._hashed(self._found[place][2])
            task, subset, items = self._found[place]
            if record.content_hash:
                record = _of_version(record, self._versions[place])
                answer = record.answer
            item = items.get((record.split, answer.item, answer.item_version))
            if item is None:
                raise InvalidAnswer(
                    f"there is no item {answer.item!r}, version {answer.item_version}, in split {record.split!r} of "
                    f"{record.task}/{record.subset}.",
                    "Import the task first, as it was when the answers were given.",
                    Place(field="item"),
                )
            return replace(record, answer=checked(task, subset, item, answer, record.rater.kind))
        except InvalidInput as error:
            if known_submissions(self._session, [answer.client_id]):
                return record  # it is here already, and stays as it is whatever the task's settings are by now
            raise at(error, file, line) from None
        except NotFound as error:
            raise InvalidAnswer(str(error), "Import the task first.", Place(file, line, "task")) from None

    def _look_up(self, task: str, subset: str) -> tuple[Task, Subset, Mapping[tuple[str, str, int], Item]]:
        subset_id = find_subset_id(self._session, task, subset)
        found = every_version(self._session, subset_id)
        # What was asked twice: the copy is made on import where it lacks, and is the same as its original.
        items = {(REPEAT, item.key, item.version): item for item in found if item.split != TRAIN}
        items |= {(item.split, item.key, item.version): item for item in found}
        return *subset_of(self._session, subset_id), items

    def _hashed(self, items: Mapping[tuple[str, str, int], Item]) -> Versions:
        """By split and key, the latest version of an item that has a hash."""
        found: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
        hashes = content_hashes(self._session, [item.id for item in items.values() if item.id is not None])
        for split, key, version in sorted(items):
            found[split, key][hashes[items[split, key, version].id or 0]] = version
        return found


def _of_version(record: AnswerRecord, versions: Versions) -> AnswerRecord:
    """The record as one to the version whose content and gold were answered; InvalidAnswer where there is another."""
    answer = record.answer
    here = versions.get((record.split, answer.item), {})
    if here and record.content_hash not in here:
        raise InvalidAnswer(
            f"the item {answer.item!r} of {record.task}/{record.subset} is another one here than was answered.",
            "Let the model answer the task as it is here: hume export tasks FILE, hume score --data FILE.",
            Place(field="item"),
        )
    return replace(record, answer=replace(answer, item_version=here.get(record.content_hash, answer.item_version)))
