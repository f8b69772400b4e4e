"""A campaign: pairs of sentences in many subsets, and people who judge them, five to a subset.

What an answer costs depends on the size of its subset and on how many work there, not on how many subsets there are.
So each measurement has subsets of its own, of a size that campaigns have, and its people are spread over them.
"""

from __future__ import annotations

from benchmarks.pairs import SCALE, pairs
from benchmarks.tool import Who
from db.session import open_engine, transaction
from db.store.accounts import create_invitation, redeem
from db.store.tasks import save_document
from hume.records import Item, Subset, Task, TaskDocument
from hume.server.guard import COOKIE

LANGUAGES = ("eng-Latn",)
ITEMS = 300
"""Of a subset."""
TOGETHER = 5
"""People who work at a subset at the same time; each of its items wants as many."""


def found(database_url: str, name: str, people: int, items_each: int) -> list[Who]:
    """A new open task with at least so many items for each of these people, who are signed in."""
    groups = -(-people // TOGETHER)
    in_turn = -(-items_each // ITEMS)
    engine = open_engine(database_url)
    with transaction(engine) as session:
        save_document(session, _document(name, groups * in_turn))
        tokens = [
            redeem(session, create_invitation(session, f"{name} {number}", "annotator", LANGUAGES))[1]
            for number in range(people)
        ]
    engine.dispose()
    subsets = [[_subset(group * in_turn + turn) for turn in range(in_turn)] for group in range(groups)]
    return [
        {"tool": "hume", "cookie": f"{COOKIE}={token}", "task": name, "subsets": subsets[number // TOGETHER]}
        for number, token in enumerate(tokens)
    ]


def _document(name: str, n_subsets: int) -> TaskDocument:
    items = [
        Item(f"{one.number:05}", {"sentence1": one.sentence1, "sentence2": one.sentence2}, 3, position=one.number)
        for one in pairs(n_subsets * ITEMS)
    ]
    settings = {"min": SCALE.start, "max": SCALE.stop - 1, "step": 1}
    task = Task(name, "sts", settings=settings, overlap=TOGETHER)
    subsets = [
        (Subset(_subset(number), LANGUAGES), tuple(items[number * ITEMS : (number + 1) * ITEMS]))
        for number in range(n_subsets)
    ]
    return TaskDocument(task, tuple(subsets))


def _subset(number: int) -> str:
    return f"part{number:03}"
