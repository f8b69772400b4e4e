"""A bundle, as `hume export bundle` writes it, read and checked: nothing of it is believed unseen."""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field, TypeAdapter, ValidationError

from hume.errors import InvalidInput, InvalidItem, Place
from hume.export.bundle import ANSWERS, FORMAT, MANIFEST, PUBLISHED, RATERS, REPORT, TASKS, item_hash
from hume.ingest.answers import placed_answers
from hume.ingest.bounds import check_swelling
from hume.ingest.rows import LARGEST_NUMBER, check_value
from hume.ingest.tables import parse_json
from hume.records import (
    AgreementRow,
    AnswerRecord,
    Item,
    Json,
    Published,
    Purpose,
    Rater,
    ScoreRow,
    Subset,
    Task,
    TaskDocument,
)
from hume.tasks import TASKS as TASK_TYPES
from hume.tasks import task_type
from hume.tasks.base import Frozen, validated

FILES = (TASKS, RATERS, ANSWERS, PUBLISHED, REPORT)
MEND = "Export it again, or fetch it anew."

RecordT = TypeVar("RecordT")
Count = Annotated[int, Field(ge=0, le=LARGEST_NUMBER)]
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


class _Manifest(Frozen, extra="ignore"):
    """What is needed of the manifest."""

    format: int
    versions: dict[str, str]
    names: bool
    sha256: dict[str, str]


class _Item(Frozen):
    """A line of an item; without `content` its hash alone is known."""

    record: Literal["item"]
    id: str
    split: str
    position: Count
    version: Count
    purpose: Purpose
    hash: str
    content: dict[str, Json] | None = None
    gold: Json = None


def read_bundle(path: Path, find: Find) -> Bundle:
    """The bundle of a zip. Items without texts are the ones that `find` has; InvalidInput where it has no such item.

    InvalidInput too for what is no bundle, is of a later format, was changed since it was written, or holds what a
    task type refuses.
    """
    files = _files(path)
    manifest = _manifest(files, path)
    documents = tuple(_documents(files[TASKS], find, f"{path}/{TASKS}"))
    raters = tuple(_record(Rater, values, place) for values, place in _lines(files[RATERS], f"{path}/{RATERS}"))
    return Bundle(
        documents,
        raters,
        tuple(_answers(files[ANSWERS], f"{path}/{ANSWERS}")),
        _published(files[PUBLISHED], f"{path}/{PUBLISHED}"),
        files[REPORT].removesuffix("\n"),
        manifest.versions,
        manifest.names,
    )


def _files(path: Path) -> dict[str, str]:
    """The texts of a bundle's own files; nothing else that is in the zip is unpacked."""
    wanted = (*FILES, MANIFEST)
    try:
        with zipfile.ZipFile(path) as archive:
            found = {info.filename: info for info in archive.infolist() if info.filename in wanted}
            unpacked = sum(info.file_size for info in found.values())
            check_swelling(unpacked, path.stat().st_size, str(path))
            return {name: archive.read(info).decode() for name, info in found.items()}
    except OSError as error:
        mend = "Check its path."
        raise InvalidInput(f"The file cannot be read: {error.strerror or error}.", mend, Place(str(path))) from None
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError):
        raise _fault(path, "it is no bundle.") from None


def _manifest(files: Mapping[str, str], path: Path) -> _Manifest:
    if MANIFEST not in files:
        raise _fault(path, "it is no bundle.")
    raw = _parsed(files[MANIFEST], Place(f"{path}/{MANIFEST}"))
    found = raw.get("format") if isinstance(raw, dict) else None
    if found != FORMAT:
        raise InvalidInput(
            f"The bundle is of format {str(found)[:40]}, not {FORMAT}.",
            "Use the version of HUME that wrote it.",
            Place(str(path)),
        )
    manifest = _checked(_Manifest, raw, Place(f"{path}/{MANIFEST}"))
    for name in FILES:
        if hashlib.sha256(files.get(name, "").encode()).hexdigest() != manifest.sha256.get(name):
            raise _fault(path, f"{name} is not as it was written.")
    return manifest


def _documents(text: str, find: Find, file: str) -> Iterator[TaskDocument]:
    task: Task | None = None
    subsets: dict[str, tuple[Subset, dict[tuple[str, str], Item]]] = {}
    named: set[str] = set()
    for values, place in _lines(text, file):
        kind = values.pop("record", None)
        if kind == "task":
            if task is not None:
                yield _document(task, subsets)
            task, subsets = _task(values, place), {}
            _once(task.name, named, place)
            named.add(task.name)
        elif kind == "subset" and task is not None:
            values.pop("task", None)
            subset = _record(Subset, values, place)
            _once(subset.name, subsets, place)
            subsets[subset.name] = subset, {}
        elif kind == "item" and task is not None and subsets:
            subset, items = subsets[next(reversed(subsets))]
            item = _item(task, subset, _checked(_Item, {**values, "record": kind}, place), find, place)
            _once((item.split, item.key), items, place)
            items[item.split, item.key] = item
        else:
            raise InvalidItem("After a task come its subsets, after a subset its items.", MEND, place)
    if task is not None:
        yield _document(task, subsets)


def _document(task: Task, subsets: Mapping[str, tuple[Subset, Mapping[tuple[str, str], Item]]]) -> TaskDocument:
    return TaskDocument(task, tuple((subset, tuple(items.values())) for subset, items in subsets.values()))


def _task(values: Mapping[str, Json], place: Place) -> Task:
    task = _record(Task, values, place)
    if task.task_type not in TASK_TYPES:
        raise InvalidItem(f"There is no task type {task.task_type!r}.", "Use a newer version of HUME.", place)
    shares = (task.shared_share, task.repeat_share)
    if not 1 <= task.overlap <= LARGEST_NUMBER or not all(0 <= share <= 1 for share in shares):
        raise InvalidItem("The overlap is at least 1, and shares are from 0 to 1.", MEND, place)
    return task


def _once(name: object, known: object, place: Place) -> None:
    if name in known:  # type: ignore[operator]
        raise InvalidItem(f"{name!r} stands twice.", MEND, place)


def _item(task: Task, subset: Subset, line: _Item, find: Find, place: Place) -> Item:
    about = f"{task.name}/{subset.name}"
    if line.content is not None:
        item = Item(line.id, line.content, line.gold, line.split)
    else:
        found = find(task.name, subset.name, line.split, line.id)
        if found is None:
            raise InvalidInput(
                f"The bundle has no texts, and {about} has no item {line.id!r} in split {line.split!r} here.",
                "Import the task first, as it was when the bundle was made: hume import tasks PATH",
                place,
            )
        item = found
    if item_hash(item) != line.hash:
        raise InvalidInput(
            f"The item {line.id!r} of {about} is another one than that of the bundle.",
            "Import the task as it was when the bundle was made.",
            place,
        )
    kind = task_type(task.task_type)
    try:
        kind.parse_item(item.raw, kind.parse_settings(task.settings_of(subset)))
    except InvalidInput as error:
        raise InvalidItem(error.problem, error.mend, place) from None
    return Item(line.id, item.content, item.gold, line.split, line.position, purpose=line.purpose)


def _published(text: str, file: str) -> Published:
    place = Place(file)
    figures = _parsed(text, place)
    if not isinstance(figures, dict) or not all(isinstance(figures.get(one), list) for one in ("scores", "agreement")):
        raise InvalidInput("There are no scores and agreement.", MEND, place)
    return Published(
        tuple(_record(ScoreRow, row, place) for row in figures["scores"]),
        tuple(_record(AgreementRow, row, place) for row in figures["agreement"]),
    )


def _answers(text: str, shown: str) -> list[tuple[int, AnswerRecord]]:
    """The answers through the reader of exported answers, so that they are checked like those of any file."""
    if not text:
        return []
    with TemporaryDirectory(prefix="hume-") as folder:
        file = Path(folder) / ANSWERS
        file.write_text(text, encoding="utf-8", newline="\n")
        return list(placed_answers(file, shown))


# -- what a line says -----------------------------------------------------------------------------------


def _lines(text: str, file: str) -> Iterator[tuple[dict[str, Json], Place]]:
    for number, line in enumerate(text.removesuffix("\n").split("\n") if text else (), 1):
        place = Place(file, number)
        values = _parsed(line, place)
        if not isinstance(values, dict):
            raise InvalidItem("The line is no object.", MEND, place)
        yield values, place


def _parsed(text: str, place: Place) -> Json:
    value = parse_json(text, place.file, place.line or 1)
    check_value(value, place.file, place.line)
    return value


def _record(record: type[RecordT], values: Json, place: Place) -> RecordT:
    """The values as a record, each of the type that its field has."""
    unknown = set(values) - {field.name for field in fields(record)} if isinstance(values, dict) else ()  # type: ignore[arg-type]
    if unknown:
        raise InvalidItem(f"{record.__name__} has no {min(unknown)!r}.", MEND, place)
    try:
        return _adapter(record).validate_python(values)  # type: ignore[arg-type, no-any-return]
    except ValidationError as invalid:
        first = invalid.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise InvalidItem(f"{first['msg']}.", MEND, Place(place.file, place.line, field)) from None


@cache
def _adapter(record: type[Any]) -> TypeAdapter[Any]:
    return TypeAdapter(record)


FrozenT = TypeVar("FrozenT", bound=Frozen)


def _checked(schema: type[FrozenT], values: Json, place: Place) -> FrozenT:
    try:
        return validated(schema, values, InvalidItem, MEND)
    except InvalidItem as error:
        field = error.place.field if error.place else ""
        raise InvalidItem(error.problem, error.mend, Place(place.file, place.line, field)) from None


def _fault(path: Path, problem: str) -> InvalidInput:
    return InvalidInput(f"The bundle cannot be used: {problem}", MEND, Place(str(path)))
