"""Drafts of items into a checked task document: the one way by which tasks come in, whatever the format."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hume.errors import InvalidInput
from hume.ingest.rows import at, refuse
from hume.records import TRAIN, Item, Json, Purpose, Subset, Task, TaskDocument
from hume.tasks import task_type
from hume.tasks.base import AnyTaskType


@dataclass(frozen=True)
class Draft:
    """An item as a file gives it, not yet checked: `raw` is content and gold as `TaskType.parse_item` takes them."""

    raw: Mapping[str, Json]
    split: str
    file: str
    line: int
    key: str | None = None
    """The item's own id in the file; None where it has none."""
    columns: Mapping[str, str] = field(default_factory=dict)
    """The file's names of the schema's fields, where they differ: {"gold": "score"}."""
    purpose: Purpose = "judgment"


def assemble(
    task: Task, subsets: Sequence[tuple[Subset, Sequence[Draft]]], file: str, notes: Sequence[str] = ()
) -> TaskDocument:
    """The document of a task, each item checked by its task type and in the type's own form.

    Keys are the items' own ids, else a hash of what is shown; positions count from 0 within a split. `notes` go
    before the task type's warnings. Raises InvalidItem naming file, line and field: for settings `file` alone. A task
    without subsets, or a subset without an item to score, is refused.
    """
    if not subsets:
        raise refuse("the task has no subset.", "Give it at least one item.", file)
    warnings = list(notes)
    built = []
    for subset, drafts in subsets:
        items, said = _items(task, subset, drafts, file)
        built.append((subset, items))
        warnings += [f"{subset.name}: {text}" for text in said]
    document = TaskDocument(task, tuple(built))
    return TaskDocument(task, document.subsets, (*warnings, *type_warnings(document)))


def type_warnings(document: TaskDocument) -> list[str]:
    """What the task type has to say about the items of each subset, the subset's name first."""
    kind = task_type(document.task.task_type)
    found = []
    for subset, items in document.subsets:
        settings = kind.parse_settings(document.task.settings_of(subset))
        parsed = [(item, kind.parse_item(item.raw, settings)) for item in items]
        scored = {item.key: one for item, one in parsed if item.is_evaluated}
        train = [one for item, one in parsed if item.split == TRAIN]
        found += [f"{subset.name}: {text}" for text in kind.warnings(scored, train, settings)]
    return found


def _items(task: Task, subset: Subset, drafts: Sequence[Draft], file: str) -> tuple[tuple[Item, ...], list[str]]:
    kind = task_type(task.task_type)
    try:
        settings = kind.parse_settings(task.settings_of(subset))
    except InvalidInput as error:
        raise at(error, file, columns={"": "settings"}) from None
    if all(draft.split == TRAIN or draft.purpose != "judgment" for draft in drafts):
        mend = "Give it items in split 'test' that are no training or attention items."
        raise refuse(f"subset {subset.name!r} has no item to score.", mend, file)
    contents = [_content(kind, draft, settings) for draft in drafts]
    items: list[Item] = []
    notes = []
    for split in dict.fromkeys(draft.split for draft in drafts):
        chosen = [index for index, draft in enumerate(drafts) if draft.split == split]
        keys, note = _keys([drafts[i] for i in chosen], [contents[i][0] for i in chosen])
        items += [
            Item(key, *contents[index], split, position, purpose=drafts[index].purpose)
            for position, (index, key) in enumerate(zip(chosen, keys, strict=True))
        ]
        notes += [f"{split}: {note}"] if note else []
    return tuple(items), notes


def _content(kind: AnyTaskType, draft: Draft, settings: Any) -> tuple[dict[str, Json], Json]:
    """Content and gold in the task type's own form, so that two ways of writing an item are the same item."""
    try:
        content = kind.parse_item(draft.raw, settings).model_dump(mode="json", exclude_defaults=True)
    except InvalidInput as error:
        raise at(error, draft.file, draft.line, draft.columns) from None
    gold = content.pop("gold")
    return content, gold


def _keys(drafts: Sequence[Draft], contents: Sequence[Mapping[str, Json]]) -> tuple[list[str], str]:
    """The items' own ids where each has one and no two are the same; else hashes of the content, and why."""
    own = [draft.key for draft in drafts if draft.key is not None]
    if len(own) == len(drafts) == len(set(own)):
        return own, ""
    keys = [content_key(content) for content in contents]
    seen: Counter[str] = Counter()
    for index, key in enumerate(keys):
        seen[key] += 1
        if seen[key] > 1:
            keys[index] = f"{key}-{seen[key]}"
    repeated = [key for key, count in Counter(own).items() if count > 1]
    why = f"id {repeated[0]!r} stands {Counter(own)[repeated[0]]} times" if repeated else "some rows have no id"
    return keys, f"{why}; items are known by a hash of their content instead." if own else ""


def content_key(content: Mapping[str, Json]) -> str:
    """16 hexadecimal digits that are the same for the same content, whatever the order of its fields."""
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return hashlib.blake2b(canonical.encode(), digest_size=8).hexdigest()
