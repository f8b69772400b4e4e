"""Whose answers a file under pseudonyms holds: one's own people are recognised by what they said."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from db.store.answers import all_answers
from db.store.raters import raters
from hume.errors import InvalidAnswer, Place
from hume.export.pseudonyms import PSEUDONYM, pseudonyms
from hume.records import Answer, AnswerRecord

Placed = tuple[int, AnswerRecord]
Spot = tuple[str, str, str, str, int, int]


def recognised(session: Session, placed: Sequence[Placed], file: str, of: str = "") -> list[AnswerRecord]:
    """The records, those under a pseudonym of this database's own under the name that it stands for.

    Whoever bears it has to share an answer with this database's rater of that number, and to contradict none;
    InvalidAnswer names the pseudonym otherwise: it is somebody's of another database. `of` says so beforehand, and goes
    before each pseudonym of the file.
    """
    if of:
        return [_renamed(record, f"{of}/{record.rater.name}") if _bears(record) else record for _, record in placed]
    everybody = raters(session)
    own = {made: name for name, made in pseudonyms(everybody).items() if made != name}
    by_name: dict[str, list[Placed]] = defaultdict(list)
    for line, record in placed:
        if _bears(record) and record.rater.name in own:
            by_name[record.rater.name].append((line, record))
    ids = [rater.stored_id for rater in everybody if rater.name in {own[name] for name in by_name}]
    stored = _stored(session, ids)
    for pseudonym, records in by_name.items():
        _check(records, stored[own[pseudonym]], file)
    return [
        _own(record, own[record.rater.name], stored[own[record.rater.name]]) if record.rater.name in by_name else record
        for _, record in placed
    ]


def _bears(record: AnswerRecord) -> bool:
    return record.rater.kind == "human" and PSEUDONYM.fullmatch(record.rater.name) is not None


def _stored(session: Session, ids: Sequence[int]) -> Mapping[str, Mapping[Spot, Answer]]:
    """The answers of these raters by name and place."""
    found: dict[str, dict[Spot, Answer]] = defaultdict(dict)
    for record in all_answers(session, rater_ids=ids) if ids else ():
        found[record.rater.name][_spot(record)] = record.answer
    return found


def _check(records: Sequence[Placed], stored: Mapping[Spot, Answer], file: str) -> None:
    shared = [(line, record) for line, record in records if _spot(record) in stored]
    other = next((line for line, record in shared if not _is_same(record.answer, stored[_spot(record)])), None)
    if shared and other is None:
        return
    line, record = records[0]
    why = "shares no answer with" if other is None else f"answered otherwise (line {other}) than"
    raise InvalidAnswer(
        f"{record.rater.name} of this file {why} the {record.rater.name} of this database: they are two people.",
        "Say whose file it is: --of NAME stores this one as NAME/" + record.rater.name + ".",
        Place(file, other or line, "rater"),
    )


def _own(record: AnswerRecord, name: str, stored: Mapping[Spot, Answer]) -> AnswerRecord:
    """The record under its rater's name; under its stored `client_id` too, which no export may have told."""
    before = stored.get(_spot(record))
    answer = replace(record.answer, client_id=before.client_id) if before else record.answer
    return _renamed(replace(record, answer=answer), name)


def _renamed(record: AnswerRecord, name: str) -> AnswerRecord:
    return replace(record, rater=replace(record.rater, name=name))


def _spot(record: AnswerRecord) -> Spot:
    answer = record.answer
    return record.task, record.subset, record.split, answer.item, answer.item_version, answer.revision


def _is_same(one: Answer, other: Answer) -> bool:
    return (one.status, one.payload, one.reason, one.created_at) == (
        other.status,
        other.payload,
        other.reason,
        other.created_at,
    )
