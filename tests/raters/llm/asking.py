"""Annotators for tests, on a server of the test's own, with waits of milliseconds."""

from __future__ import annotations

from typing import Any

from chat_endpoint import ChatServer
from four_tasks import KINDS, SUBSETS, document

from hume.raters.llm.annotator import Annotator, Wanted
from hume.raters.llm.client import Endpoint
from hume.raters.llm.retries import Backoff
from hume.records import Item, Json, Subset, Task

QUICK = Backoff(retries=3, first_s=0.001, longest_s=0.01)


def annotator(server: ChatServer, revision: str = "", **of_endpoint: Any) -> Annotator:
    """An annotator that asks the server, without a cache unless one is given."""
    given = {"backoff": QUICK, "timeout_s": 20.0, "api_key": "sk-secret-1234", **of_endpoint}
    return Annotator(Endpoint("tiny-llm", server.base_url, **given), revision)


def items_of(task_type: str, shift: int = 0, where: int = 0) -> list[Wanted]:
    """The evaluated items of one subset of the small task of a type."""
    made = document(task_type, shift)
    subset, items = made.subsets[where]
    return [Wanted(made.task, subset, item) for item in items if item.is_evaluated]


def one(task_type: str, content: dict[str, Json], gold: Json, subset: Subset = SUBSETS[0], **settings: Json) -> Wanted:
    """An item of our own."""
    task = Task("Own", task_type, settings={**KINDS[task_type][0], **settings}, guidelines="Read *both*.")
    return Wanted(task, subset, Item("own1", content, gold, id=1))


def sts(first: str = "A cat sleeps.", second: str = "A cat, asleep.") -> Wanted:
    return one("sts", {"sentence1": first, "sentence2": second}, 4)
