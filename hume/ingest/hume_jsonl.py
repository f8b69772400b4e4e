"""HUME's own JSONL: one file a task, a record a line (docs/formats.md)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import Field

from hume.errors import InvalidItem
from hume.ingest.documents import Draft, assemble
from hume.ingest.languages import language, languages_of
from hume.ingest.mteb_items import text_ids
from hume.ingest.options import Options, with_options
from hume.ingest.rows import Row, at, refuse
from hume.ingest.tables import read_rows
from hume.records import TRAIN, Json, Purpose, Subset, Task, TaskDocument
from hume.tasks import TASKS
from hume.tasks.base import Frozen, validated

SPLITS = ("test", TRAIN)
PURPOSES: tuple[Purpose, ...] = ("judgment", "training", "attention")
"""What a file may ask an item for. Repeats are copies that HUME makes itself."""
ABOUT = ("record", "subset", "split", "id", "purpose")
"""Keys of an item that are neither content nor gold."""


class _TaskRecord(Frozen):
    """The first line."""

    record: Literal["task"]
    name: str = Field(min_length=1)
    task_type: str
    description: str = ""
    license: str = ""
    source: str = ""
    revision: str = ""
    instruction: str = ""
    guidelines: str = ""
    settings: dict[str, Json] = Field(default_factory=dict)
    is_sample: bool = False
    overlap: int = Field(3, ge=1)


class _SubsetRecord(Frozen):
    """A line a subset, before its items."""

    record: Literal["subset"]
    name: str = Field(min_length=1)
    languages: tuple[str, ...] = ()
    guidelines: str = ""
    settings: dict[str, Json] = Field(default_factory=dict)


RecordT = TypeVar("RecordT", bound=Frozen)


def is_hume_jsonl(path: Path) -> bool:
    """Whether the file's first row is a record of HUME's own format."""
    return "record" in next(read_rows(path)).values


def read_hume_jsonl(path: Path, options: Options) -> TaskDocument:
    """The task of a file: a task record, then subset records, each before the items that name it.

    Raises InvalidItem naming line and field: for a key that the format does not have, a record out of order, an item
    of an unknown subset, an id that stands twice in a split, and whatever the task type refuses.
    """
    file = str(path)
    rows = read_rows(path)
    task = with_options(_task(next(rows)), options)
    subsets: dict[str, Subset] = {}
    drafts: dict[str, list[Draft]] = {}
    seen: dict[tuple[str, str, str], int] = {}
    for row in rows:
        match row.values.get("record"):
            case "subset":
                subset = _subset(row, options)
                if subset.name in subsets:
                    raise row.fault(f"subset {subset.name!r} stands twice.", "Keep one of them.", "name")
                subsets[subset.name], drafts[subset.name] = subset, []
            case "item":
                name, draft = _item(row, subsets)
                _check_once(row, name, draft, seen)
                drafts[name].append(draft)
            case other:
                raise row.fault(f"{other!r} is no record here.", "After the task come subset and item.", "record")
    for name, found in drafts.items():
        if not found:
            raise refuse(f"subset {name!r} has no item.", "Give it items, or remove it.", file)
    return assemble(task, [(subset, drafts[name]) for name, subset in subsets.items()], file)


def _task(row: Row) -> Task:
    if row.values.get("record") != "task":
        raise row.fault("the first record must be the task.", 'Begin with {"record": "task", ...}.', "record")
    values = _checked(_TaskRecord, row).model_dump()
    if values["task_type"] not in TASKS:
        raise row.fault(f"there is no task type {values['task_type']!r}.", f"Use {', '.join(TASKS)}.", "task_type")
    del values["record"]
    return Task(**values)


def _subset(row: Row, options: Options) -> Subset:
    record = _checked(_SubsetRecord, row)
    declared = tuple(_language(row, code, index) for index, code in enumerate(record.languages))
    said = options.languages.get(record.name) or options.languages.get("")
    languages = said or declared or languages_of(record.name)
    return Subset(record.name, languages, record.guidelines, record.settings)


def _language(row: Row, code: str, index: int) -> str:
    found = language(code)
    if found is None:
        raise row.fault(f"{code!r} is no language code.", "Write it as eng-Latn.", f"languages.{index}")
    return found


def _item(row: Row, subsets: Mapping[str, Subset]) -> tuple[str, Draft]:
    """The item's draft, and the name of its subset."""
    name, split = row.text("subset"), row.text("split") if row.has("split") else "test"
    if name not in subsets:
        there = ", ".join(subsets) or "none yet"
        raise row.fault(f"there is no subset {name!r}.", f"Put its record before (so far: {there}).", "subset")
    if split not in SPLITS:
        raise row.fault(f"there is no split {split!r}.", f"Use {' or '.join(SPLITS)}.", "split")
    key = row.key("id") if row.has("id") else None
    return name, Draft(_raw(row), split, row.file, row.line, key, purpose=_purpose(row))


def _purpose(row: Row) -> Purpose:
    said = row.text("purpose") if row.has("purpose") else PURPOSES[0]
    for purpose in PURPOSES:
        if said == purpose:
            return purpose
    raise row.fault(f"there is no purpose {said!r}.", f"Use {', '.join(PURPOSES)}.", "purpose")


def _raw(row: Row) -> Mapping[str, Json]:
    """Content and gold; bare texts of a set are given ids, and a list of gold labels goes by those."""
    texts, gold = row.values.get("texts"), row.values.get("gold")
    raw = {column: value for column, value in row.values.items() if column not in ABOUT}
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        return raw
    ids = text_ids(len(texts))
    raw["texts"] = [{"id": text_id, "content": text} for text_id, text in zip(ids, texts, strict=True)]
    if isinstance(gold, list):
        if len(gold) != len(texts):
            raise row.fault(f"{len(texts)} texts but {len(gold)} gold labels.", "Give each text one.", "gold")
        raw["gold"] = dict(zip(ids, gold, strict=True))
    return raw


def _check_once(row: Row, name: str, draft: Draft, seen: dict[tuple[str, str, str], int]) -> None:
    if draft.key is None:
        return
    place = (name, draft.split, draft.key)
    if place in seen:
        raise row.fault(
            f"the id {draft.key!r} stands in line {seen[place]} already.", "Give each item an id of its own.", "id"
        )
    seen[place] = row.line


def _checked(schema: type[RecordT], row: Row) -> RecordT:
    try:
        return validated(schema, row.values, InvalidItem, "See docs/formats.md.")
    except InvalidItem as error:
        raise at(error, row.file, row.line) from None
