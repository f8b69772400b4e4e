"""A task of each of the four types, with two subsets and a training item, for tests of the server and the pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from db.session import open_current, transaction
from db.store.tasks import save_document
from hume.records import TRAIN, Item, Json, Subset, Task, TaskDocument

N_ITEMS = 6
LABELS = ("joy", "anger", "fear")
SUBSETS = (Subset("eng", ("eng-Latn",)), Subset("ara", ("ara-Arab",), settings={}))
DOCS = [f"d{number}" for number in range(6)]
TEXTS = [f"t{number:02}" for number in range(8)]

Make = Callable[[str, int, int], tuple[dict[str, Json], Json]]
"""Content and gold from a subset's name, an item's number, and a shift that makes another gold of the same content."""


def sts(where: str, number: int, shift: int) -> tuple[dict[str, Json], Json]:
    return {"sentence1": f"{where} one {number}", "sentence2": f"{where} other {number}"}, (number + shift) % 6


def classification(where: str, number: int, shift: int) -> tuple[dict[str, Json], Json]:
    return {"text": f"{where} text {number}"}, LABELS[(number + shift) % 3]


def clustering(where: str, number: int, shift: int) -> tuple[dict[str, Json], Json]:
    texts = [{"id": text, "content": f"{where} {text} of {number}"} for text in TEXTS]
    return {"texts": texts}, {text: "abc"[(place + shift) % 3] for place, text in enumerate(TEXTS)}


def reranking(where: str, number: int, shift: int) -> tuple[dict[str, Json], Json]:
    candidates = [{"id": doc, "content": f"{where} {doc} of {number}"} for doc in DOCS]
    gold = {doc: int((place + shift) % 3 == 0) for place, doc in enumerate(DOCS)}
    return {"query": f"{where} query {number}", "candidates": candidates}, gold


KINDS: dict[str, tuple[dict[str, Any], Make]] = {
    "sts": ({"min": 0, "max": 5, "step": 1}, sts),
    "classification": ({"labels": [{"name": name} for name in LABELS]}, classification),
    "clustering": ({}, clustering),
    "reranking": ({}, reranking),
}

PAYLOADS: dict[str, Json] = {
    "sts": {"score": 3},
    "classification": {"label": "joy"},
    "clustering": {"groups": {text: "one" if text < "t04" else "two" for text in TEXTS}},
    "reranking": {"grades": {doc: place % 3 for place, doc in enumerate(DOCS)}},
}
"""A right form of answer to any item of each type."""


def name(task_type: str) -> str:
    return f"Small{task_type.title()}"


def document(task_type: str, shift: int = 0, **task: Any) -> TaskDocument:
    """The small task of one type; `shift` gives it another gold and leaves everything else as it is."""
    settings, make = KINDS[task_type]

    def item(where: str, number: int, split: str) -> Item:
        content, gold = make(where, number, shift)
        return Item(f"{split}{number}", content, gold, split, number)

    return TaskDocument(
        Task(name(task_type), task_type, settings=settings, guidelines="Read *both*.", **task),
        tuple(
            (subset, (*(item(subset.name, n, "test") for n in range(N_ITEMS)), item(subset.name, 99, TRAIN)))
            for subset in SUBSETS
        ),
    )


def store(database_url: str, shift: int = 0, **task: Any) -> None:
    """Store the four tasks in the database, which is made where it is not there."""
    engine = open_current(database_url)
    with transaction(engine) as session:
        for task_type in KINDS:
            save_document(session, document(task_type, shift, **task))
    engine.dispose()
