"""Answers from other tools held against HUME's items: by an id in their data, or by the texts themselves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hume.errors import HumeError, InvalidAnswer, InvalidInput, Place
from hume.records import Answer, AnswerRecord, Item, Json, Rater, Status, SubsetRecord
from hume.tasks import task_type

ID_FIELDS = ("item", "item_id", "hume_id", "id", "_id", "source_id")
"""Where an item's id may stand in a record's data or metadata."""

Value = str | float | list[list[str]] | dict[str, list[str]]
"""A choice, a number, tiers of ids (best first), or ids by the name of their bucket."""


@dataclass(frozen=True)
class Said:
    """One person's answer to one record of another tool."""

    place: Place
    record: str
    """How messages name the record, such as `task 17`."""
    data: Mapping[str, Json]
    """What was shown, and ids."""
    rater: str
    value: Value | None
    """None where the record was skipped."""
    created_at: datetime | None = None
    milliseconds: int | None = None


Placed = tuple[int, AnswerRecord]
Found = Said | InvalidInput


class Items:
    """The evaluated items of a task, by id and by text."""

    def __init__(self, records: Sequence[SubsetRecord]) -> None:
        self._by_key: dict[str, list[tuple[SubsetRecord, Item]]] = defaultdict(list)
        self._by_text: dict[str, list[tuple[SubsetRecord, Item]]] = defaultdict(list)
        self._texts: dict[int, frozenset[str]] = {}
        for record in records:
            kind = task_type(record.task.task_type)
            settings = kind.parse_settings(record.settings)
            for item in record.items:
                texts = kind.texts(kind.parse_item(item.raw, settings))
                self._texts[id(item)] = frozenset(texts)
                self._by_key[item.key].append((record, item))
                self._by_text[texts[0]].append((record, item))

    def find(self, said: Said) -> tuple[SubsetRecord, Item]:
        """The item of an answer; InvalidAnswer where there is none, several, or id and texts name two."""
        strings = set(_strings(said.data))
        ids = [str(said.data[name]) for name in ID_FIELDS if isinstance(said.data.get(name), str | int)]
        by_key = next((found for key in ids if (found := self._by_key.get(key))), [])
        by_text = [
            (record, item)
            for text in strings
            for record, item in self._by_text.get(text, ())
            if self._texts[id(item)] <= strings
        ]
        both = [pair for pair in by_key if any(pair[1] is item for _, item in by_text)]
        found = both or by_key or by_text
        if by_key and by_text and not both:
            first, second = by_key[0][1].key, by_text[0][1].key
            raise _fault(said, f"its id is that of the item {first!r}, its texts are those of {second!r}.", "Mend one.")
        if not found:
            names = f"ids {', '.join(map(repr, ids))}" if ids else "no id"
            mend = f"Give its data the item's id as one of {', '.join(ID_FIELDS)}, or the item's exact texts."
            raise _fault(said, f"no item has its id or its texts ({names}).", mend)
        if len(found) > 1:
            places = ", ".join(f"{record.subset.name}/{item.key}" for record, item in found)
            raise _fault(
                said, f"it may be any of the items {places}.", "Give its data the item's id, or name --subset."
            )
        return found[0]


def matched(found: Sequence[Found], items: Items) -> list[Placed]:
    """The answers as records of their items. HumeError names every one that cannot be taken: all or none."""
    placed: list[Placed] = []
    faults: list[InvalidInput] = []
    revisions: dict[tuple[str, str, str, str], int] = defaultdict(int)
    for one in found:
        if isinstance(one, InvalidInput):
            faults.append(one)
            continue
        try:
            record, item = items.find(one)
            answer = _answer(one, record, item)
        except InvalidInput as error:
            faults.append(error)
            continue
        spot = (record.subset.name, item.split, item.key, one.rater)
        revisions[spot] += 1
        rater = Rater("human", one.rater)
        numbered = Answer(**{**vars(answer), "revision": revisions[spot]})
        placed.append((one.place.line, AnswerRecord(record.task.name, record.subset.name, item.split, rater, numbered)))
    if faults:
        listed = "\n".join(f"  {fault}" for fault in faults)
        raise HumeError(f"{len(faults)} of {len(found)} answers cannot be taken, and so none was:\n{listed}")
    return placed


def _answer(said: Said, record: SubsetRecord, item: Item) -> Answer:
    status: Status = "skipped" if said.value is None else "given"
    payload = None if said.value is None else _payload(said, said.value, record, item)
    return Answer(
        item.key,
        status,
        payload,
        item_version=item.version,
        reason="other" if said.value is None else "",
        milliseconds=said.milliseconds,
        created_at=said.created_at,
    )


def _payload(said: Said, value: Value, record: SubsetRecord, item: Item) -> Json:
    """The payload, as its task type has checked it."""
    kind = task_type(record.task.task_type)
    settings = kind.parse_settings(record.settings)
    try:
        payload = PAYLOADS[kind.name](said, value, item, settings)
        kind.parse_answer(payload, kind.parse_item(item.raw, settings), settings)
    except InvalidInput as error:
        raise _fault(said, error.problem, error.mend) from None
    return payload


# -- values as payloads, a line a task type -----------------------------------------------------------------


def _classification(said: Said, value: Value, item: Item, settings: Any) -> Json:
    if not isinstance(value, str):
        raise _unfit("a classification is answered by a choice")
    return {"label": value}


def _sts(said: Said, value: Value, item: Item, settings: Any) -> Json:
    try:
        return {"score": float(value)}  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise _unfit(f"a similarity is a number, not {value!r}") from None


def _reranking(said: Said, value: Value, item: Item, settings: Any) -> Json:
    parts = {one["id"]: _text(one["content"]) for one in item.content["candidates"]}
    if isinstance(value, dict):
        return {"grades": {_part(said, one, parts): _grade(name, settings) for name, of in value.items() for one in of}}
    if not isinstance(value, list):
        raise _unfit("a reranking is answered by an order, or by buckets that are grades")
    return {"ranking": [[_part(said, one, parts) for one in tier] for tier in value]}


def _clustering(said: Said, value: Value, item: Item, settings: Any) -> Json:
    if not isinstance(value, dict):
        raise _unfit("a clustering is answered by buckets")
    parts = {one["id"]: _text(one["content"]) for one in item.content["texts"]}
    return {"groups": {_part(said, one, parts): name for name, of in value.items() for one in of}}


PAYLOADS: Mapping[str, Callable[[Said, Value, Item, Any], Json]] = {
    "classification": _classification,
    "sts": _sts,
    "reranking": _reranking,
    "clustering": _clustering,
}


def _grade(name: str, settings: Any) -> int:
    """The grade that a bucket's name says: in words, or as a number."""
    if name in settings.grades:
        return list(settings.grades).index(name)
    if name.isascii() and name.isdigit():
        return int(name)
    raise _unfit(f"the bucket {name!r} is no grade; grades are {', '.join(settings.grades)}, or their numbers")


def _part(said: Said, name: str, parts: Mapping[str, str]) -> str:
    """The id of the candidate or text that is meant: by its id, by its text, or by the field that shows its text."""
    if name in parts:
        return name
    text = said.data.get(name, name)
    of_text = [part for part, own in parts.items() if own == text]
    if len(of_text) != 1:
        raise _unfit(f"{name!r} is none of the item's parts ({', '.join(parts)})")
    return of_text[0]


def _text(content: Json) -> str:
    return str(content["text"]) if isinstance(content, dict) else str(content)


def _strings(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _strings(part)


def _unfit(why: str) -> InvalidAnswer:
    return InvalidAnswer(f"{why}.", "Choose another question (--question), or mend the answer.")


def _fault(said: Said, problem: str, mend: str) -> InvalidAnswer:
    return InvalidAnswer(f"{said.record}: {problem}", mend, said.place)
