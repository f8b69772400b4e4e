"""Whose format a file of answers is in, and how each is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path

from sqlalchemy.orm import Session

from db.store.tasks import find_subset_id, find_task, subset_records
from hume.errors import InvalidAnswer, InvalidInput, Place
from hume.ingest.argilla import is_argilla, read_argilla
from hume.ingest.label_studio import is_label_studio, read_label_studio
from hume.ingest.matching import Items, Placed
from hume.ingest.tables import read_rows


class Layout(StrEnum):
    auto = "auto"
    hume = "hume"
    label_studio = "label-studio"
    argilla = "argilla"


Reader = Callable[[Path, Items, str], tuple[list[Placed], list[str]]]

FOREIGN: Mapping[Layout, Reader] = {Layout.label_studio: read_label_studio, Layout.argilla: read_argilla}


def told(path: Path) -> Layout:
    """The format that the first row of a file tells; HUME's own where it is no other's."""
    try:
        first = next(read_rows(path)).values
    except InvalidInput:
        return Layout.hume
    if "annotation_id" in first and "annotator" in first:
        raise InvalidAnswer(
            "This is Label Studio's JSON-MIN, which does not say which answer is to what.",
            "Export the project in the format JSON.",
            Place(str(path)),
        )
    if is_label_studio(first):
        return Layout.label_studio
    return Layout.argilla if is_argilla(first) else Layout.hume


def items_of_task(session: Session, task: str, subset: str, file: str) -> Items:
    """The items that a file's answers may be to; NotFound for an unknown task or subset."""
    if not task:
        mend = "Name it: hume import answers FILE --task NAME"
        raise InvalidAnswer("Label Studio and Argilla do not say which task was annotated.", mend, Place(file))
    find_task(session, task)
    if subset:
        find_subset_id(session, task, subset)
    records = subset_records(session, [task], answers=False)
    return Items([record for record in records if subset in ("", record.subset.name)])
