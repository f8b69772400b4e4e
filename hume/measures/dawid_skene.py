"""Labels from raters of unequal reliability: Dawid and Skene 1979, Applied Statistics 28, by EM."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hume.measures import FloatArray, IntArray

BoolArray = NDArray[np.bool_]

#: No probability is taken for less than this: one answer must not make a label impossible.
FLOOR = 1e-10
MOST_ITERATIONS = 100
TOLERANCE = 1e-5


def dawid_skene(codes: IntArray, n_labels: int) -> FloatArray:
    """The probability of each label to be the item's true one, shape (items, labels); rows sum to 1.

    `codes` has shape (raters, items): labels as 0, 1, ..., and -1 where a rater gave none. Each rater has an error
    matrix, the chance to say one label where another is true. Error matrices and the frequencies of the labels are
    estimated from the labels' probabilities, and these from them, in turn: from the shares of votes on, until the
    evidence lower bound an answer grows by less than 1e-5, 100 times at most. An item that nobody labelled has the
    labels' frequencies. ValueError where there is no answer at all.
    """
    said = (codes[:, :, None] == np.arange(n_labels)).astype(np.float64)
    votes = said.sum(axis=0)
    answered = votes.sum(axis=1) > 0
    if not answered.any():
        raise ValueError("There are no labels to weigh.")
    truth: FloatArray = votes / np.maximum(votes.sum(axis=1, keepdims=True), 1)
    bound = -np.inf
    for _ in range(MOST_ITERATIONS):
        truth = _truth(said, *_estimates(said, truth, answered))
        found = _lower_bound(said, truth, answered) / said.sum()
        if found - bound < TOLERANCE:
            break
        bound = found
    return truth


def _estimates(said: FloatArray, truth: FloatArray, answered: BoolArray) -> tuple[FloatArray, FloatArray]:
    """The labels' frequencies, shape (labels,), and the raters' error matrices, (raters, said, true)."""
    errors = np.maximum(np.einsum("ril,it->rlt", said, truth), FLOOR)
    return truth[answered].mean(axis=0), errors / errors.sum(axis=1, keepdims=True)


def _truth(said: FloatArray, frequencies: FloatArray, errors: FloatArray) -> FloatArray:
    logs = np.log(np.maximum(frequencies, FLOOR)) + np.einsum("ril,rlt->it", said, np.log(errors))
    likelihoods = np.exp(logs - logs.max(axis=1, keepdims=True))
    truth: FloatArray = likelihoods / likelihoods.sum(axis=1, keepdims=True)
    return truth


def _lower_bound(said: FloatArray, truth: FloatArray, answered: BoolArray) -> float:
    frequencies, errors = _estimates(said, truth, answered)
    # As in crowd-kit, the frequencies count once for each answer.
    joint = np.einsum("ril,rlt->it", said, np.log(errors)) + said.sum(axis=(0, 2))[:, None] * np.log(
        np.maximum(frequencies, FLOOR)
    )
    floored = np.maximum(truth[answered], FLOOR)
    return float((truth * joint).sum() - (floored * np.log(floored)).sum())
