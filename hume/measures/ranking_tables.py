"""The measures of `hume.measures.ranking` of many rankings at once, with ties in expectation.

`values` has a number for each candidate, the greater the earlier, shape (rankings, candidates); equal numbers are ties.
`gains` has the grade of each, 0 for one that is not relevant, of the same shape.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hume.measures import FloatArray, IntArray
from hume.measures.ranking import DEPTH
from hume.measures.resampling import ratio


@dataclass(frozen=True, eq=False)
class Ranked:
    """Rankings rank by rank, all of shape (rankings, ranks): each rank's group of ties, and what lies in it."""

    start: IntArray
    """The ranks before the group."""
    size: IntArray
    relevant: FloatArray
    """Relevant documents in the group."""
    found: FloatArray
    """Relevant documents before the group."""
    gain: FloatArray
    """The group's mean gain, which each of its ranks has in expectation."""

    @classmethod
    def of(cls, values: FloatArray, gains: FloatArray) -> Ranked:
        """ValueError where a value is NaN, which has no place in a ranking."""
        if np.isnan(values).any():
            raise ValueError("A score is NaN, which has no place in a ranking.")
        order = np.argsort(-values, axis=1, kind="stable")
        ordered, gains = np.take_along_axis(values, order, axis=1), np.take_along_axis(gains, order, axis=1)
        start, end = _groups(ordered[:, 1:] != ordered[:, :-1], values.shape)
        found, relevant = _sums((gains > 0).astype(np.float64), start, end)
        _, gained = _sums(gains, start, end)
        return cls(start, end - start, relevant, found, gained / (end - start))


def average_precision(ranked: Ranked, positives: IntArray, k: int = DEPTH) -> FloatArray:
    """`hume.measures.ranking.average_precision` of each ranking; `positives`, shape (rankings,), counts all of them."""
    ranks = np.arange(1, ranked.size.shape[1] + 1)
    others = (ranked.relevant - 1) / np.maximum(ranked.size - 1, 1)
    found = ranked.found + 1 + (ranks - 1 - ranked.start) * others
    at_rank = ranked.relevant / ranked.size * found / ranks
    return np.nan_to_num(ratio(at_rank[:, :k].sum(axis=1), positives.astype(np.float64)))


def pooled_average_precision(ranked: Ranked) -> FloatArray:
    """`hume.measures.ranking.average_precision` of each ranking by the rules of `hume-v1`."""
    at_group_end = (ranked.found + ranked.relevant) / (ranked.start + ranked.size)
    positives = (ranked.relevant / ranked.size).sum(axis=1)
    return np.nan_to_num(ratio((ranked.relevant / ranked.size * at_group_end).sum(axis=1), positives))


def reciprocal_rank(ranked: Ranked, k: int = 10) -> FloatArray:
    """`hume.measures.ranking.reciprocal_rank` of each ranking."""
    first = np.argmax(ranked.relevant > 0, axis=1)[:, None]
    before, size = (np.take_along_axis(of, first, axis=1)[:, 0] for of in (ranked.start, ranked.size))
    relevant: FloatArray = np.take_along_axis(ranked.relevant, first, axis=1)[:, 0]
    total, none_yet = np.zeros(len(first)), np.ones(len(first))
    for place in range(min(int((size - relevant).max(initial=-1)) + 1, k)):
        here = none_yet * relevant / np.maximum(size - place, 1)
        within = (place <= size - relevant) & (before + place < k)
        total += np.where(within, here / (before + place + 1), 0.0)
        none_yet -= here
    return total


def ndcg(ranked: Ranked, ideal: FloatArray, k: int = 10) -> FloatArray:
    """`hume.measures.ranking.ndcg` of each ranking.

    `ideal` has the positive grades, the greatest first and then 0, shape (rankings, most positives).
    """
    return np.nan_to_num(ratio(_discounted(ranked.gain[:, :k]), _discounted(ideal[:, :k])))


def _discounted(gains: FloatArray) -> FloatArray:
    discounts: FloatArray = gains @ (1 / np.log2(np.arange(2, gains.shape[1] + 2)))
    return discounts


def _groups(is_new: NDArray[np.bool_], shape: tuple[int, ...]) -> tuple[IntArray, IntArray]:
    """Of each rank where its group of ties starts and ends; `is_new` says of all but the first whether a group does."""
    ranks = np.broadcast_to(np.arange(shape[1]), shape)
    edge = np.ones((shape[0], 1), dtype=np.bool_)
    start = np.maximum.accumulate(np.where(np.hstack([edge, is_new]), ranks, 0), axis=1)
    last = np.where(np.hstack([is_new, edge]), ranks + 1, shape[1])
    return start, np.minimum.accumulate(last[:, ::-1], axis=1)[:, ::-1]


def _sums(values: FloatArray, start: IntArray, end: IntArray) -> tuple[FloatArray, FloatArray]:
    """The sums over the ranks before each rank's group, and over the group, shape (rankings, ranks)."""
    running = np.pad(np.cumsum(values, axis=1), ((0, 0), (1, 0)))
    before = np.take_along_axis(running, start, axis=1)
    return before, np.take_along_axis(running, end, axis=1) - before
