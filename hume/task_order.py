"""Stage: which tasks to annotate first, from models' scores alone: MMTEB's selection by inter-task correlation."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hume.gap import MODEL_KINDS, ModelKey, once_each
from hume.measures.task_selection import backward_selection, kept_ranking
from hume.records import ScoreRow

FEWEST_MODELS = 5
KEPT = 0.95
"""The Spearman correlation with the full ranking from which on a ranking counts as kept."""


@dataclass(frozen=True)
class OrderedTask:
    """A task by its place in the order of annotation, 1 first; the last one is what the others tell best."""

    place: int
    task: str
    task_type: str
    predicted: float | None
    """Spearman correlation of its scores with those predicted from the tasks before it; None for the first."""
    ranking: float | None
    """Spearman correlation of models' mean over the tasks up to this place with that over all."""


@dataclass(frozen=True)
class TaskOrder:
    """All tasks in the order in which to annotate them, and what that rests on."""

    tasks: tuple[OrderedTask, ...]
    n_models: int
    """Models with a score on every task: the order rests on these."""
    left_out: tuple[str, ...] = ()
    """Models that lack a task."""
    enough: int | None = None
    """So many tasks keep the ranking (`KEPT`), and so does every greater number."""
    reason: str = ""
    """Why there is no order, where `tasks` is empty."""
    caution: str = ""


def task_order(rows: Sequence[ScoreRow]) -> TaskOrder:
    """The order of the tasks that models have scores on; `rows` are of one source, people's are passed over.

    A task's score is the mean over all of its subsets. A model under several protocols counts once. As long as a task
    type has several tasks left, no other loses its last one.
    """
    table, types = _scores(rows)
    table = {model: table[model] for model in once_each(table)}
    tasks = sorted(types)
    complete = {model: of for model, of in table.items() if all(task in of for task in tasks)}
    left_out = tuple(sorted({model[0] for model in table if model not in complete}))
    if len(tasks) < 2:
        return TaskOrder((), len(complete), left_out, reason="there are fewer than two tasks with scores of models")
    if len(complete) < FEWEST_MODELS:
        reason = f"undefined: {len(complete)} models have a score on every task; at least {FEWEST_MODELS} are needed"
        return TaskOrder((), len(complete), left_out, reason=reason)
    scores = np.array([[of[task] for task in tasks] for of in complete.values()])
    dropped = backward_selection(scores, [types[task] for task in tasks])[::-1]
    kept = kept_ranking(scores, [one.task for one in dropped])
    ordered = tuple(
        OrderedTask(place, tasks[one.task], types[tasks[one.task]], one.predicted, ranking)
        for place, (one, ranking) in enumerate(zip(dropped, kept, strict=True), 1)
    )
    return TaskOrder(ordered, len(complete), left_out, _enough(kept), caution=_caution(len(complete), len(tasks)))


def _scores(rows: Sequence[ScoreRow]) -> tuple[dict[ModelKey, dict[str, float]], dict[str, str]]:
    """Models' scores by task, where they have all of its subsets; and the tasks' types."""
    found: dict[tuple[ModelKey, str], dict[str, float]] = defaultdict(dict)
    subsets: dict[str, set[str]] = defaultdict(set)
    types = {}
    for row in rows:
        if row.kind in MODEL_KINDS and row.is_main:
            subsets[row.task].add(row.subset)
            types[row.task] = row.task_type
            if row.score is not None:
                found[(row.rater, row.kind, row.rater_revision, row.protocol), row.task][row.subset] = row.score
    table: dict[ModelKey, dict[str, float]] = defaultdict(dict)
    for (model, task), of in found.items():
        table[model].update({task: float(np.mean(list(of.values())))} if of.keys() == subsets[task] else {})
    return table, types


def _enough(kept: Sequence[float | None]) -> int | None:
    fails = [place for place, value in enumerate(kept, 1) if value is None or value < KEPT]
    return max(fails, default=0) + 1 if len(fails) < len(kept) else None


def _caution(n_models: int, n_tasks: int) -> str:
    if n_models > 2 * n_tasks:
        return ""
    return f"{n_models} models for {n_tasks} tasks: the predictions are rough, and so is the order"
