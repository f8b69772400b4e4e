"""Which tasks tell models apart, and which can be told from the others: MMTEB's selection by inter-task correlation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hume.measures import FloatArray
from hume.measures.correlation import spearman


@dataclass(frozen=True)
class Dropped:
    """A task by its column, and the Spearman correlation of its scores with their prediction when it was dropped."""

    task: int
    predicted: float | None
    """None for the last task, which nothing can predict, and for one whose scores or predictions do not vary."""


def predicted_from_others(scores: FloatArray) -> FloatArray:
    """Each score predicted by a regression on the model's other scores, fitted on the other models alone.

    `scores`, shape (models, tasks), without NaN; so has the result. Ordinary least squares with an intercept; where
    there are more tasks than models, the solution of least norm, as MMTEB's own code has it (Enevoldsen et al. 2025).
    ValueError for fewer than three models or two tasks.
    """
    n_models, n_tasks = scores.shape
    if n_models < 3 or n_tasks < 2:
        raise ValueError("A prediction needs three models and two tasks at least.")
    kept = ~np.eye(n_models, dtype=np.bool_)
    others = np.array([scores[rows] for rows in kept])  # (left out, models - 1, tasks)
    means = others.mean(axis=1)
    centred = others - means[:, None, :]
    found = np.empty_like(scores)
    for task in range(n_tasks):
        rest = np.arange(n_tasks) != task
        weights = np.linalg.pinv(centred[:, :, rest], rcond=1e-10) @ centred[:, :, task, None]
        found[:, task] = means[:, task] + np.einsum("mt,mt->m", scores[:, rest] - means[:, rest], weights[:, :, 0])
    return found


def predictability(scores: FloatArray) -> list[float | None]:
    """For each task the Spearman correlation of its scores with `predicted_from_others`; None where undefined."""
    predicted = np.round(predicted_from_others(scores), 10)
    return [spearman(scores[:, task], predicted[:, task]) for task in range(scores.shape[1])]


def backward_selection(scores: FloatArray, groups: Sequence[str] = ()) -> list[Dropped]:
    """All tasks in the order in which they are dropped: in turn the one that the others predict best.

    `scores` as in `predicted_from_others`. `groups` names what each task is of: as long as a group has several tasks
    left, no other group loses its last one. A task whose scores do not vary goes first, as it ranks nobody. Among
    equals the first column goes.
    """
    n_tasks = scores.shape[1]
    left = list(range(n_tasks))
    found = []
    while len(left) > 1:
        values = predictability(scores[:, left])
        may_go = _may_go([groups[task] if groups else "" for task in left])
        rank = [_worth(value, scores[:, task]) for value, task in zip(values, left, strict=True)]
        place = max((place for place in range(len(left)) if may_go[place]), key=lambda place: (rank[place], -place))
        found.append(Dropped(left.pop(place), values[place]))
    return [*found, Dropped(left[0], None)]


def _may_go(groups: Sequence[str]) -> NDArray[np.bool_]:
    """Which tasks are not the last of their group; all where every group is down to one."""
    counts = Counter(groups)
    several = np.array([counts[group] > 1 for group in groups])
    return several if several.any() else np.ones(len(groups), dtype=np.bool_)


def _worth(predicted: float | None, scores: FloatArray) -> float:
    if predicted is not None:
        return round(predicted, 10)
    return 2.0 if np.ptp(scores) == 0 else -2.0


def kept_ranking(scores: FloatArray, order: Sequence[int]) -> list[float | None]:
    """For the first 1, 2, ... tasks of `order`: the Spearman correlation of models' means over them and over all."""
    whole = scores.mean(axis=1)
    means = np.cumsum(scores[:, list(order)], axis=1) / np.arange(1, len(order) + 1)
    return [spearman(np.round(means[:, n], 12), np.round(whole, 12)) for n in range(len(order))]
