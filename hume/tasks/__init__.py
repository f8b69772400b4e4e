"""The task types. To add one: its module here, its form in pages/deck/forms, a line in TASKS."""

from __future__ import annotations

from collections.abc import Mapping

from hume.errors import NotFound
from hume.tasks.base import AnyTaskType
from hume.tasks.classification import Classification
from hume.tasks.clustering import Clustering
from hume.tasks.reranking import Reranking
from hume.tasks.sts import STS

TASKS: Mapping[str, AnyTaskType] = {
    "reranking": Reranking(),
    "classification": Classification(),
    "clustering": Clustering(),
    "sts": STS(),
}


def task_type(name: str) -> AnyTaskType:
    """The task type of that name; NotFound names those there are."""
    try:
        return TASKS[name]
    except KeyError:
        raise NotFound(f"There is no task type {name!r}; there are {', '.join(TASKS)}.") from None
