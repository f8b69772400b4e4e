"""Tasks in HUME's own JSONL, as `hume import tasks` and `hume score --data` read them: all but what was answered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from hume.export.files import json_text, replacing
from hume.records import REPEAT, TRAIN, Item, Json, Subset, Task, TaskDocument

OF_TASK = ("name", "task_type", "description", "license", "source", "revision", "instruction", "guidelines")
"""What the first line has beside settings, overlap and whether it is a sample. The rest is for the database alone."""


def write_task(document: TaskDocument, path: Path) -> int:
    """Write one task with its gold, whole or not at all; returns the number of items. Copies for asking twice stay."""
    count = 0
    with replacing(path) as part, part.open("w", encoding="utf-8", newline="\n") as file:
        for line in task_lines(document):
            file.write(json_text(line) + "\n")
            count += line["record"] == "item"
    return count


def task_lines(document: TaskDocument) -> Iterator[dict[str, Json]]:
    """The records of a task in their order: the task, then each subset before its items."""
    yield _task(document.task)
    for subset, items in document.subsets:
        yield _subset(subset)
        yield from (_item(subset, item) for item in items if item.split != REPEAT)


def _task(task: Task) -> dict[str, Json]:
    about = {name: getattr(task, name) for name in OF_TASK if getattr(task, name)}
    sample = {"is_sample": True} if task.is_sample else {}
    return {"record": "task", **about, "settings": dict(task.settings), "overlap": task.overlap, **sample}


def _subset(subset: Subset) -> dict[str, Json]:
    chosen = {"guidelines": subset.guidelines, "settings": dict(subset.settings)}
    said = {name: value for name, value in chosen.items() if value}
    return {"record": "subset", "name": subset.name, "languages": list(subset.languages), **said}


def _item(subset: Subset, item: Item) -> dict[str, Json]:
    split = {"split": TRAIN} if item.split == TRAIN else {}
    purpose = {} if item.purpose == "judgment" else {"purpose": item.purpose}
    about = {"record": "item", "subset": subset.name, "id": item.key, **split, **purpose}
    return {**about, **item.content, "gold": item.gold}
