"""Small documents, raters and answers for the tests of the store."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from db.session import transaction
from db.store.raters import ensure_rater
from db.store.tasks import find_subset_id, save_document, subset_records
from hume.records import TRAIN, Answer, Item, Rater, Subset, SubsetRecord, Task, TaskDocument

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def pair(number: int, gold: Any = 3, split: str = "test", position: int | None = None) -> Item:
    """An item with the key s01, s02, ..."""
    content = {"sentence1": {"text": f"one {number}"}, "sentence2": {"text": f"other {number}"}}
    return Item(f"s{number:02}", content, gold, split, number if position is None else position)


def document(items: list[Item], task: Task | None = None, subset: Subset | None = None) -> TaskDocument:
    """A task of one subset."""
    return TaskDocument(
        task or Task("SampleSTS", "sts", settings={"min": 0, "max": 5}, overlap=2),
        ((subset or Subset("eng", ("eng-Latn",)), tuple(items)),),
    )


def stored(engine: Engine, n_items: int = 5, **task: Any) -> int:
    """Store a task SampleSTS with a subset eng of `n_items` items and one of the train split; the subset's id."""
    items = [pair(number) for number in range(1, n_items + 1)]
    given = Task("SampleSTS", "sts", **{"overlap": 2, **task})
    with transaction(engine) as session:
        save_document(session, document([*items, pair(99, split=TRAIN)], given))
        return find_subset_id(session, "SampleSTS", "eng")


def record_of(engine: Engine, **how: Any) -> SubsetRecord:
    """The one subset that is stored."""
    with transaction(engine) as session:
        (record,) = subset_records(session, **how)
        return record


def item_ids(engine: Engine) -> list[int]:
    """Ids of the current evaluated items of the one subset, by position."""
    return [item.id or 0 for item in record_of(engine).items]


def human(session: Session, name: str) -> int:
    """The id of a person as a rater, stored where it is new."""
    return ensure_rater(session, Rater("human", name)).id or 0


def rater_id(engine: Engine, name: str = "Aisha", kind: Any = "human") -> int:
    """The id of a rater, stored where it is new."""
    with transaction(engine) as session:
        return ensure_rater(session, Rater(kind, name)).id or 0


def at_once(works: Sequence[Callable[[], object]]) -> list[object]:
    """What the works return, or the exception that they raise, when each runs in a thread of its own, all together."""
    start = threading.Barrier(len(works))

    def run(work: Callable[[], object]) -> object:
        start.wait()
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        futures = [pool.submit(run, work) for work in works]
        return [future.exception() or future.result() for future in futures]


def given(client_id: str = "", score: float = 4, **fields: Any) -> Answer:
    """A given answer, ready to be saved."""
    return Answer("", "given", {"score": score}, client_id=client_id, **fields)
