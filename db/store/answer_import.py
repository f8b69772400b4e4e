"""Answers from another database, or from a file that `hume export answers` wrote."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from db import tables as t
from db.store.answers import answer_row
from db.store.purposes import copy_items
from db.store.raters import ensure_rater, lock_rater
from db.store.runs import not_said_before
from db.store.sql import BATCH, batches, digest
from hume.errors import InvalidAnswer, NotFound, Place
from hume.records import REPEAT, TRAIN, Answer, AnswerRecord, Rater

ItemKey = tuple[str, str, str, str, int]


class ImportedAnswers(NamedTuple):
    """What an import of answers did."""

    added: int
    unchanged: int
    """Answers that had been there before."""


def import_answers(session: Session, records: Iterable[AnswerRecord]) -> ImportedAnswers:
    """Add answers exactly as they are, with `client_id`, `created_at` and revision; known ones are left out.

    An item is found by task, subset, split, key and version, retired or not; NotFound names the first that is not
    there. The copy of an item that was asked twice is made where it lacks, and is asked of nobody. Raters are stored
    where they are new. An answer without a `client_id` gets one made from its content, so that a second import finds
    it; what an embedding model says again of an item, by whatever run, is nothing new. One whose revision is taken by
    another answer of the rater gets the next free. InvalidAnswer where a `client_id` stands for an answer of somebody
    else.
    """
    added = unchanged = 0
    raters: dict[Rater, int] = {}
    items: dict[ItemKey, int] = {}
    for some in _in_runs(records):
        _ensure_raters(session, some, raters)
        _find_items(session, some, items)
        new = _add(session, _not_repeated(session, some, raters, items), raters, items)
        added, unchanged = added + new, unchanged + len(some) - new
    return ImportedAnswers(added, unchanged)


def _in_runs(records: Iterable[AnswerRecord]) -> Iterator[list[AnswerRecord]]:
    rest = iter(records)
    while some := list(itertools.islice(rest, BATCH)):
        yield some


def _ensure_raters(session: Session, records: Sequence[AnswerRecord], raters: dict[Rater, int]) -> None:
    """Fill in the database's ids of the raters, and keep others from writing for them meanwhile."""
    new = dict.fromkeys(record.rater for record in records if record.rater not in raters)
    stored = {rater: ensure_rater(session, rater).id or 0 for rater in new}
    for rater_id in sorted(set(stored.values())):
        lock_rater(session, rater_id)
    raters.update(stored)


def _find_items(session: Session, records: Sequence[AnswerRecord], items: dict[ItemKey, int]) -> None:
    """Fill in the ids of all items of the subsets that the records name; NotFound for the first that is not there."""
    known = {key[:2] for key in items}
    for task, subset in dict.fromkeys((record.task, record.subset) for record in records):
        if (task, subset) not in known:
            items.update(_items_of(session, task, subset))
    _make_copies(session, records, items)
    for record in records:
        if _item_key(record) not in items:
            raise NotFound(
                f"There is no item {record.answer.item!r} (version {record.answer.item_version}, split "
                f"{record.split!r}) in {record.task}/{record.subset}, which {record.rater.name} answered. "
                "Import the task first, as it was when the answers were given: hume import tasks PATH"
            )


def _make_copies(session: Session, records: Sequence[AnswerRecord], items: dict[ItemKey, int]) -> None:
    """Make the copies for asking twice that the records' answers are to and that are not there."""
    lacking = {_item_key(record) for record in records if record.split == REPEAT} - set(items)
    if lacking:
        wanted = {(task, subset, key, version) for task, subset, _, key, version in lacking}
        originals = [
            item_id
            for (task, subset, split, key, version), item_id in items.items()
            if split not in (REPEAT, TRAIN) and (task, subset, key, version) in wanted
        ]
        copy_items(session, originals, retired=True)
        for task, subset in {key[:2] for key in lacking}:
            items.update(_items_of(session, task, subset))


def _items_of(session: Session, task: str, subset: str) -> dict[ItemKey, int]:
    query = (
        select(t.Item.split, t.Item.key, t.Item.version, t.Item.id)
        .join(t.Subset, t.Subset.id == t.Item.subset_id)
        .join(t.Task, t.Task.id == t.Subset.task_id)
        .where(t.Task.name == task, t.Subset.name == subset)
    )
    return {(task, subset, split, key, version): item_id for split, key, version, item_id in session.execute(query)}


def _item_key(record: AnswerRecord) -> ItemKey:
    return record.task, record.subset, record.split, record.answer.item, record.answer.item_version


def _not_repeated(
    session: Session, records: Sequence[AnswerRecord], raters: dict[Rater, int], items: dict[ItemKey, int]
) -> list[AnswerRecord]:
    """The records without those in which a model says what it said last. A person who does so has judged anew."""
    by_model: dict[Rater, list[tuple[int, Answer]]] = defaultdict(list)
    for record in records:
        if record.rater.kind == "embedding":
            by_model[record.rater].append((items[_item_key(record)], record.answer))
    new = {
        id(answer)
        for model, answers in by_model.items()
        for _, answer in not_said_before(session, raters[model], answers)
    }
    return [record for record in records if record.rater not in by_model or id(record.answer) in new]


def _add(session: Session, records: Sequence[AnswerRecord], raters: dict[Rater, int], items: dict[ItemKey, int]) -> int:
    ids = [record.answer.client_id or _content_id(record) for record in records]
    places = [(raters[record.rater], items[_item_key(record)]) for record in records]
    known = known_submissions(session, ids)
    taken = _taken(session, places)
    rows: list[dict[str, Any]] = []
    for record, client_id, place in zip(records, ids, places, strict=True):
        if client_id in known:
            _refuse_other(record, client_id, known[client_id], place)
            continue
        known[client_id] = place
        revision = record.answer.revision
        if revision in taken[place]:
            revision = max(taken[place]) + 1
        taken[place].add(revision)
        rows.append(answer_row(*place, record.answer, client_id, revision))
    if rows:
        session.execute(insert(t.Answer), rows)
    return len(rows)


def _content_id(record: AnswerRecord) -> str:
    answer, rater = record.answer, record.rater
    created = answer.created_at.isoformat() if answer.created_at else ""
    identity = [rater.kind, rater.name, rater.revision, rater.protocol]
    said = [answer.status, answer.payload, answer.reason, answer.comment, answer.revision, created]
    return str(uuid5(NAMESPACE_URL, digest([*_item_key(record), *identity, *said])))


def known_submissions(session: Session, client_ids: Sequence[str]) -> dict[str, tuple[int, int]]:
    """By client_id, for those that are stored, the ids of rater and item."""
    found: dict[str, tuple[int, int]] = {}
    for some in batches(client_ids):
        query = select(t.Answer.client_id, t.Answer.rater_id, t.Answer.item_id).where(t.Answer.client_id.in_(some))
        found.update({client_id: (rater_id, item_id) for client_id, rater_id, item_id in session.execute(query)})
    return found


def _taken(session: Session, places: Sequence[tuple[int, int]]) -> dict[tuple[int, int], set[int]]:
    """The revisions that are stored already, by rater and item."""
    taken: dict[tuple[int, int], set[int]] = defaultdict(set)
    raters = sorted({rater_id for rater_id, _ in places})
    for some in batches(sorted({item_id for _, item_id in places})):
        query = select(t.Answer.rater_id, t.Answer.item_id, t.Answer.revision)
        query = query.where(t.Answer.item_id.in_(some), t.Answer.rater_id.in_(raters))
        for rater_id, item_id, revision in session.execute(query):
            taken[rater_id, item_id].add(revision)
    return taken


def _refuse_other(record: AnswerRecord, client_id: str, stored: tuple[int, int], place: tuple[int, int]) -> None:
    if stored != place:
        raise InvalidAnswer(
            f"The client_id {client_id!r} of {record.rater.name}'s answer to {record.answer.item!r} in "
            f"{record.task}/{record.subset} stands for another answer already.",
            "Every answer needs a client_id of its own, or none.",
            Place(field="client_id"),
        )
