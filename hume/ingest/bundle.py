"""A bundle, as `hume export bundle` writes it, read and checked: nothing of it is believed unseen."""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from hume.errors import InvalidInput, Place
from hume.export.bundle import ANSWERS, FORMAT, MANIFEST, PUBLISHED, RATERS, REPORT, TASKS, item_hash
from hume.ingest.answers import placed_answers
from hume.records import AgreementRow, AnswerRecord, Item, Json, Published, Rater, ScoreRow, Subset, Task, TaskDocument
from hume.tasks import task_type

LARGEST = 2**32
"""Bytes that the files of a bundle may have together: a guard against zips that swell."""

RecordT = TypeVar("RecordT")
Find = Callable[[str, str, str, str], Item | None]
"""An item of one's own by task, subset, split and id."""


@dataclass(frozen=True)
class Bundle:
    """What a bundle holds: a study, and the report that was made of it."""

    documents: tuple[TaskDocument, ...]
    raters: tuple[Rater, ...]
    answers: tuple[tuple[int, AnswerRecord], ...]
    """With their lines."""
    published: Published
    report: str
    versions: Mapping[str, str]
    named: bool
    """Whether people go by their names in it."""


def read_bundle(path: Path, find: Find) -> Bundle:
    """The bundle of a zip. Items without texts are the ones that `find` has; InvalidInput where it has no such item.

    InvalidInput too for what is no bundle, is of a later format, was changed since it was written, or holds what a
    task type refuses.
    """
    files = _files(path)
    manifest = _manifest(files, path)
    try:
        documents = tuple(_documents(files[TASKS], find, f"{path}/{TASKS}"))
        raters = tuple(_record(Rater, json.loads(line)) for line in files[RATERS].splitlines())
        figures = json.loads(files[PUBLISHED])
        published = Published(
            tuple(_record(ScoreRow, row) for row in figures["scores"]),
            tuple(_record(AgreementRow, row) for row in figures["agreement"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _fault(path, f"it cannot be read ({type(error).__name__}: {error}).") from None
    return Bundle(
        documents,
        raters,
        tuple(_answers(files[ANSWERS])),
        published,
        files[REPORT].removesuffix("\n"),
        manifest["versions"],
        bool(manifest["names"]),
    )


def _files(path: Path) -> dict[str, str]:
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(info.file_size for info in archive.infolist()) > LARGEST:
                raise _fault(path, "it is too large to be read.")
            return {info.filename: archive.read(info).decode() for info in archive.infolist()}
    except OSError as error:
        mend = "Check its path."
        raise InvalidInput(f"The file cannot be read: {error.strerror or error}.", mend, Place(str(path))) from None
    except (zipfile.BadZipFile, UnicodeDecodeError, zlib.error, NotImplementedError, RuntimeError):
        raise _fault(path, "it is no bundle.") from None


def _manifest(files: Mapping[str, str], path: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads(files[MANIFEST])
        found, hashes = manifest["format"], manifest["sha256"]
    except (KeyError, TypeError, ValueError):
        raise _fault(path, "it is no bundle.") from None
    if found != FORMAT:
        raise InvalidInput(
            f"The bundle is of format {found}, not {FORMAT}.",
            "Use the version of HUME that wrote it.",
            Place(str(path)),
        )
    for name in (TASKS, RATERS, ANSWERS, PUBLISHED, REPORT):
        if hashlib.sha256(files.get(name, "").encode()).hexdigest() != hashes.get(name):
            raise _fault(path, f"{name} is not as it was written.")
    return manifest


def _documents(text: str, find: Find, file: str) -> Iterator[TaskDocument]:
    task: Task | None = None
    subsets: list[tuple[Subset, list[Item]]] = []
    for number, line in enumerate(text.splitlines(), 1):
        values = json.loads(line)
        kind = values.pop("record")
        if kind == "task":
            if task is not None:
                yield _document(task, subsets)
            task, subsets = _record(Task, values), []
        elif kind == "subset":
            values.pop("task")
            subsets.append((_record(Subset, {**values, "languages": tuple(values["languages"])}), []))
        elif task is not None:
            subset, items = subsets[-1]
            items.append(_item(task, subset, values, find, Place(file, number)))
    if task is not None:
        yield _document(task, subsets)


def _document(task: Task, subsets: list[tuple[Subset, list[Item]]]) -> TaskDocument:
    return TaskDocument(task, tuple((subset, tuple(items)) for subset, items in subsets))


def _item(task: Task, subset: Subset, values: Mapping[str, Json], find: Find, place: Place) -> Item:
    key, split, about = values["id"], values["split"], f"{task.name}/{subset.name}"
    if "content" in values:
        item = Item(key, values["content"], values["gold"], split)
    else:
        found = find(task.name, subset.name, split, key)
        if found is None:
            raise InvalidInput(
                f"The bundle has no texts, and {about} has no item {key!r} in split {split!r} here.",
                "Import the task first, as it was when the bundle was made: hume import tasks PATH",
                place,
            )
        item = found
    if item_hash(item) != values["hash"]:
        raise InvalidInput(
            f"The item {key!r} of {about} is another one than that of the bundle.",
            "Import the task as it was when the bundle was made.",
            place,
        )
    kind = task_type(task.task_type)
    kind.parse_item(item.raw, kind.parse_settings(task.settings_of(subset)))
    return replace(item, position=values["position"], version=1, id=None, purpose=values["purpose"])


def _answers(text: str) -> list[tuple[int, AnswerRecord]]:
    """The answers through the reader of exported answers, so that they are checked like those of any file."""
    if not text:
        return []
    with TemporaryDirectory(prefix="hume-") as folder:
        file = Path(folder) / ANSWERS
        file.write_text(text, encoding="utf-8", newline="\n")
        return list(placed_answers(file))


def _record(record: type[RecordT], values: Mapping[str, Json]) -> RecordT:
    names = {field.name for field in fields(record)}  # type: ignore[arg-type]
    if unknown := set(values) - names:
        raise ValueError(f"{record.__name__} has no {min(unknown)!r}")
    return record(**values)


def _fault(path: Path, problem: str) -> InvalidInput:
    return InvalidInput(f"The bundle cannot be used: {problem}", "Export it again, or fetch it anew.", Place(str(path)))
