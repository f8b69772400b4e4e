"""Measures of predicted labels against gold labels, all from one confusion matrix.

They equal scikit-learn's with `zero_division=0`, over the labels that occur on either side. All have the
range 0 to 1, and raise ValueError where the two sides differ in length or are empty: there is no accuracy of
nothing.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from hume.measures import FloatArray

Counts = NDArray[Any]
Average = Literal["macro", "weighted"]


@dataclass(frozen=True)
class ConfusionMatrix:
    """How often each gold label (row) was predicted as each label (column).

    `labels` are those of both sides in order of first appearance; `counts` has shape (labels, labels): whole numbers,
    or sums of weights.
    """

    labels: tuple[Hashable, ...]
    counts: Counts

    @classmethod
    def of(
        cls, gold: Sequence[Hashable], predicted: Sequence[Hashable], weights: Sequence[float] | None = None
    ) -> ConfusionMatrix:
        """The matrix of two sequences of one length; ValueError where lengths differ or both are empty.

        With `weights` a pair counts as much as its weight, such as half for each of two labels that share an item.
        """
        if len(gold) != len(predicted):
            raise ValueError(f"There are {len(gold)} gold labels but {len(predicted)} predicted ones.")
        if not gold:
            raise ValueError("There are no labels to compare.")
        labels = tuple(dict.fromkeys([*gold, *predicted]))
        code = {label: i for i, label in enumerate(labels)}
        counts: Counts = np.zeros((len(labels), len(labels)), dtype=np.int64 if weights is None else np.float64)
        cells = [code[label] for label in gold], [code[label] for label in predicted]
        np.add.at(counts, cells, 1 if weights is None else weights)
        return cls(labels, counts)

    @classmethod
    def among(cls, labels: Sequence[Hashable], counts: Counts) -> ConfusionMatrix:
        """The matrix of `counts`, shape (labels, labels), without the labels that occur on neither side."""
        there = np.flatnonzero(counts.sum(axis=0) + counts.sum(axis=1))
        return cls(tuple(labels[place] for place in there.tolist()), counts[np.ix_(there, there)])

    @property
    def n(self) -> float:
        """How many pairs of labels were compared; with weights, their sum."""
        total: float = self.counts.sum().item()
        return total

    @property
    def hits(self) -> Counts:
        """Per label, how often gold and prediction both are it."""
        return np.diagonal(self.counts)

    @property
    def gold(self) -> Counts:
        """Per label, how often it is gold."""
        gold: Counts = self.counts.sum(axis=1)
        return gold

    @property
    def predicted(self) -> Counts:
        """Per label, how often it was predicted."""
        predicted: Counts = self.counts.sum(axis=0)
        return predicted


def accuracy(gold: Sequence[Hashable], predicted: Sequence[Hashable]) -> float:
    """The share of items whose predicted label is the gold one. Range 0 to 1."""
    matrix = ConfusionMatrix.of(gold, predicted)
    return int(matrix.hits.sum()) / matrix.n


def precision(
    gold: Sequence[Hashable], predicted: Sequence[Hashable], average: Average, weights: Sequence[float] | None = None
) -> float:
    """Per label, hits / times predicted; the mean over labels, plain or weighted by gold frequency. Range 0
    to 1.

    A label that was never predicted has precision 0.
    """
    matrix = ConfusionMatrix.of(gold, predicted, weights)
    return _averaged(matrix, _precision(matrix), average)


def recall(
    gold: Sequence[Hashable], predicted: Sequence[Hashable], average: Average, weights: Sequence[float] | None = None
) -> float:
    """Per label, hits / times gold; the mean over labels, plain or weighted by gold frequency. Range 0 to 1.

    A label that is nowhere gold has recall 0. The weighted mean is the accuracy.
    """
    matrix = ConfusionMatrix.of(gold, predicted, weights)
    return _averaged(matrix, _recall(matrix), average)


def f1(
    gold: Sequence[Hashable], predicted: Sequence[Hashable], average: Average, weights: Sequence[float] | None = None
) -> float:
    """Per label, the harmonic mean of precision and recall; the mean over labels as there. Range 0 to 1.

    F1 = 2 * hits / (times gold + times predicted) (van Rijsbergen 1979). A label that is only gold or only
    predicted has 0, and counts in the macro mean.
    """
    matrix = ConfusionMatrix.of(gold, predicted, weights)
    return _averaged(matrix, _f1(matrix), average)


def averages(matrix: ConfusionMatrix) -> dict[str, float]:
    """`f1`, `precision` and `recall`, each with `_macro` and with `_weighted`: all six from one matrix."""
    of_label = {"f1": _f1(matrix), "precision": _precision(matrix), "recall": _recall(matrix)}
    return {
        f"{name}_{average}": _averaged(matrix, values, average)
        for name, values in of_label.items()
        for average in get_args(Average)
    }


def _precision(matrix: ConfusionMatrix) -> FloatArray:
    return _ratio(matrix.hits, matrix.predicted)


def _recall(matrix: ConfusionMatrix) -> FloatArray:
    return _ratio(matrix.hits, matrix.gold)


def _f1(matrix: ConfusionMatrix) -> FloatArray:
    return _ratio(2 * matrix.hits, matrix.gold + matrix.predicted)


def _ratio(part: Counts, whole: Counts) -> FloatArray:
    """part / whole, and 0 where there is no whole."""
    return np.divide(part, whole, out=np.zeros(len(whole)), where=whole > 0)


def _averaged(matrix: ConfusionMatrix, per_label: FloatArray, average: Average) -> float:
    match average:
        case "macro":
            return float(per_label.mean())
        case "weighted":
            return float(per_label @ matrix.gold) / matrix.n
        case _:
            raise ValueError(f"Unknown average {average!r}: use 'macro' or 'weighted'.")


def average_precision(is_positive: Sequence[bool], scores: Sequence[float]) -> float | None:
    """The mean precision at each positive of the items in falling order of score, equal ones pooled. Range 0 to 1.

    As scikit-learn's `average_precision_score`: the sum over the distinct scores, falling, of (R(n) - R(n - 1)) P(n),
    with precision P and recall R of all items scored so high or higher. None where there is no positive.
    """
    positive, score = np.asarray(is_positive, dtype=np.float64), np.asarray(scores, dtype=np.float64)
    if not positive.sum():
        return None
    levels, of = np.unique(-score, return_inverse=True)
    hits = np.cumsum(np.bincount(of, weights=positive, minlength=len(levels)))
    taken = np.cumsum(np.bincount(of, minlength=len(levels)))
    return float(np.sum(np.diff(hits, prepend=0.0) * hits / taken) / positive.sum())
