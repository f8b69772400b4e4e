"""Pairs scored in batches of like length, so that little padding is read."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from hume.errors import HumeError
from hume.raters.batches import Budget, is_out_of_memory

MOST_TOKENS = {"cpu": 4096, "cuda": 65536}
"""Tokens scored at once, padding included, where the user has not said."""


def scored(
    n_tokens: Sequence[int], score: Callable[[Sequence[int]], NDArray[np.float32]], max_tokens: int
) -> NDArray[np.float32]:
    """One score a pair, shape (n,), in the pairs' order.

    `score` takes the indices of a batch's pairs, longest first, and gives their scores. A batch holds as many pairs
    as fit into `max_tokens` with each padded to the longest, and one at least. Out of memory halves the budget, for
    all that is to come, and the batch is tried again. HumeError where a single pair does not fit.
    """
    budget = Budget(max_tokens)
    left = np.argsort(-np.asarray(n_tokens, dtype=np.int64), kind="stable").tolist()
    scores = np.empty(len(left), dtype=np.float32)
    while left:
        batch = budget.batch(left, n_tokens)
        try:
            scores[batch] = score(batch)
        except (RuntimeError, MemoryError) as fault:
            if not is_out_of_memory(fault):
                raise
            if len(batch) == 1:
                raise HumeError(
                    f"a pair of {n_tokens[batch[0]]} tokens does not fit into memory. Let the model read less of it "
                    "(--max-length), or run it with a lower --precision or on another device."
                ) from fault
            budget.halve(batch, n_tokens)
        else:
            left = left[len(batch) :]
    return scores
