"""Accord of many pairs of answers at once: what each task type's `accord` says of one pair, a million times faster.

A task type without a line in the table is asked pair by pair: slower, and the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hume.tasks import clustering, reranking, sts
from hume.tasks.base import AnyTaskType, FloatArray, IntArray

#: Numbers that are held at once; pairs beyond them wait.
CELLS = 4_000_000

Accords = Callable[[Sequence[Any], Sequence[Any], IntArray, IntArray, Any], FloatArray]


def accords(
    kind: AnyTaskType, items: Sequence[Any], answers: Sequence[Any], first: IntArray, second: IntArray, settings: Any
) -> FloatArray:
    """`kind.accord` of each pair, shape (n,). `items[k]` is what `answers[k]` answers; pairs are places in `answers`.

    Both answers of a pair are of the same item, and comparable.
    """
    fast = FAST.get(kind.name)
    if fast is not None:
        return fast(items, answers, first, second, settings)
    pairs = zip(first.tolist(), second.tolist(), strict=True)
    return np.array([kind.accord(items[one], answers[one], answers[other], settings) for one, other in pairs])


def _labels(items: Sequence[Any], answers: Sequence[Any], first: IntArray, second: IntArray, _: Any) -> FloatArray:
    codes: dict[str, int] = {}
    votes = [[codes.setdefault(vote, len(codes)) for vote in answer.votes] for answer in answers]
    n_votes = np.array([len(of) for of in votes])
    matrix = np.full((len(votes), n_votes.max(initial=1)), -1)
    for width in np.unique(n_votes):
        alike = np.flatnonzero(n_votes == width)
        matrix[alike, :width] = [votes[place] for place in alike]
    found = np.empty(len(first))
    for some in _blocks(len(first), matrix.shape[1] ** 2):
        one, other = matrix[first[some], :, None], matrix[second[some], None, :]
        same = ((one == other) & (one >= 0)).sum(axis=(1, 2))
        found[some] = same / (n_votes[first[some]] * n_votes[second[some]])
    return found


def _scores(
    items: Sequence[Any], answers: Sequence[Any], first: IntArray, second: IntArray, settings: sts.Settings
) -> FloatArray:
    scores = np.array([answer.score for answer in answers], dtype=np.float64)
    apart = np.abs(scores[first] - scores[second]) / (settings.max - settings.min)
    return np.asarray(np.maximum(0.0, np.round(1 - apart, 9)))


def _orders(items: Sequence[Any], answers: Sequence[Any], first: IntArray, second: IntArray, _: Any) -> FloatArray:
    """The sum of the products of signs counts the pairs of candidates ordered alike less those ordered otherwise."""

    def relevance(item: reranking.Item, answer: reranking.Answer) -> list[float]:
        of = answer.relevance
        return [of[doc] for doc in item.ids]

    found = np.empty(len(first))
    for places, values, width in _by_width(items, answers, relevance, first):
        upper = np.triu_indices(width, k=1)
        n_pairs = len(upper[0])
        for some in _blocks(len(places), max(n_pairs, 1)):
            one, other = (_signs(values, of[places[some]], upper) for of in (first, second))
            ordered, ties = (one != 0).sum(axis=1), (other == 0).sum(axis=1)
            alike = np.einsum("ij,ij->i", one, other, dtype=np.int64)
            of_ordered = 0.5 + 0.5 * alike / np.maximum(ordered, 1)
            found[places[some]] = np.where(ordered > 0, of_ordered, ties / n_pairs if n_pairs else 1.0)
    return found


def _partitions(items: Sequence[Any], answers: Sequence[Any], first: IntArray, second: IntArray, _: Any) -> FloatArray:
    """The adjusted Rand index from the pairs of texts that are together in both, in the one and in the other."""

    def groups(item: clustering.Item, answer: clustering.Answer) -> list[int]:
        code: dict[str, int] = {}
        return [code.setdefault(answer.groups[text], len(code)) for text in item.ids]

    found = np.empty(len(first))
    for places, values, width in _by_width(items, answers, groups, first):
        upper = np.triu_indices(width, k=1)
        n_pairs = len(upper[0])
        for some in _blocks(len(places), n_pairs):
            one, other = (_signs(values, of[places[some]], upper) == 0 for of in (first, second))
            both = (one & other).sum(axis=1)
            only_one, only_other = one.sum(axis=1) - both, other.sum(axis=1) - both
            neither = n_pairs - both - only_one - only_other
            scale = (both + only_one) * (only_one + neither) + (both + only_other) * (only_other + neither)
            ari = 2 * (both * neither - only_one * only_other) / np.maximum(scale, 1)
            found[places[some]] = np.where((only_one == 0) & (only_other == 0), 1.0, np.maximum(0.0, ari))
    return found


FAST: Mapping[str, Accords] = {
    "classification": _labels,
    "sts": _scores,
    "reranking": _orders,
    "clustering": _partitions,
}


def _by_width(
    items: Sequence[Any], answers: Sequence[Any], values: Callable[[Any, Any], list[Any]], first: IntArray
) -> Iterator[tuple[IntArray, Mapping[int, list[Any]], int]]:
    """The pairs whose items have as many parts as each other: their places, values by answer, the number of parts."""
    of_width: dict[int, dict[int, list[Any]]] = defaultdict(dict)
    widths = np.empty(len(answers), dtype=np.int64)
    read: dict[int, list[Any]] = {}  # Gold stands once an answer that it is held against.
    for place, (item, answer) in enumerate(zip(items, answers, strict=True)):
        if id(answer) not in read:
            read[id(answer)] = values(item, answer)
        found = read[id(answer)]
        widths[place] = len(found)
        of_width[len(found)][place] = found
    for width, by_answer in of_width.items():
        yield np.flatnonzero(widths[first] == width), by_answer, width


def _signs(values: Mapping[int, list[Any]], wanted: IntArray, upper: tuple[IntArray, IntArray]) -> NDArray[np.int8]:
    """For each answer wanted the sign of the difference of every two of its values, shape (answers, pairs)."""
    distinct, place = np.unique(wanted, return_inverse=True)
    matrix = np.array([values[answer] for answer in distinct.tolist()])
    return np.asarray(np.sign(matrix[:, upper[0]] - matrix[:, upper[1]]).astype(np.int8)[place])


def _blocks(n: int, width: int) -> Iterator[slice]:
    """0 to n in runs that hold at most CELLS numbers, `width` each."""
    step = max(1, CELLS // max(width, 1))
    for start in range(0, n, step):
        yield slice(start, start + step)
