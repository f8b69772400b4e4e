"""What several task types do alike: pairing answers with items, comparing raters, finding faulty texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TypeVar

import numpy as np

from hume.measures.resampling import MOST_CELLS, Resamples
from hume.tasks.base import Draws, FloatArray, ItemId, Metric, Scored

AnswerT = TypeVar("AnswerT")

NOTHING_ANSWERED = "no item was answered"


def answered(items: Mapping[ItemId, object], answers: Mapping[ItemId, object]) -> list[ItemId]:
    """Ids of the items that were answered, in the items' order."""
    return [item_id for item_id in items if item_id in answers]


def undefined(metrics: Sequence[Metric], reason: str) -> Scored:
    """A score in which every metric is undefined for the same reason."""
    return Scored({metric.name: None for metric in metrics}, reasons={metric.name: reason for metric in metrics})


def mean_replicates(items: Mapping[ItemId, object], per_item: Mapping[ItemId, float], draws: Draws) -> FloatArray:
    """Resampled means of a metric that has a value for each answered item; NaN where a resample has none."""
    values = np.array([per_item.get(item_id, np.nan) for item_id in items], dtype=np.float64)
    return resamples(draws, len(values)).means(values)[1:]


def resamples(draws: Draws, n: int, key: str = "items") -> Resamples:
    """The whole of n things and the resamples that every figure shares."""
    if (draws.resamples + 1) * n > MOST_CELLS:
        return Resamples(n, draws.of(key, n))
    return _kept(draws, n, key)


@lru_cache(maxsize=4)
def _kept(draws: Draws, n: int, key: str) -> Resamples:
    """Every rater of a subset asks for the same ones, and for how often each thing is in them. At most 24 MiB each."""
    return Resamples(n, draws.of(key, n))


def empty_texts(texts_by_item: Mapping[str, Sequence[str]]) -> list[str]:
    """A warning of items that hold an empty text, if there are any."""
    empty = [key for key, texts in texts_by_item.items() if any(not text.strip() for text in texts)]
    return [f"{len(empty)} item(s) hold an empty text: {some(empty)}."] if empty else []


def faulty_texts(texts_by_item: Mapping[str, Sequence[str]]) -> list[str]:
    """Warnings of empty texts and of items that repeat another one word for word."""
    found = empty_texts(texts_by_item)
    counts = Counter(tuple(texts) for texts in texts_by_item.values())
    repeated = [key for key, texts in texts_by_item.items() if counts[tuple(texts)] > 1]
    if repeated:
        found.append(f"{len(repeated)} items repeat one another word for word: {some(repeated)}.")
    return found


def some(keys: Sequence[str], most: int = 5) -> str:
    """The first few keys, as a warning names them."""
    return ", ".join(keys[:most]) + (", ..." if len(keys) > most else "")
