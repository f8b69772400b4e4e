"""What several task types do alike: pairing answers with items, comparing raters, finding faulty texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations
from typing import TypeVar

import numpy as np

from hume.measures.krippendorff import Alpha
from hume.tasks.base import Agreed, Draws, FloatArray, ItemId, Metric, Scored

AnswerT = TypeVar("AnswerT")
UnitT = TypeVar("UnitT")

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
    drawn = values[draws.of("items", len(values))]
    counts = (~np.isnan(drawn)).sum(axis=1)
    return np.asarray(np.where(counts > 0, np.nansum(drawn, axis=1) / np.maximum(counts, 1), np.nan))


def ratings(
    by_rater: Sequence[Mapping[ItemId, AnswerT]], values: Callable[[ItemId, AnswerT], Mapping[UnitT, float]]
) -> FloatArray:
    """A matrix raters x units, NaN where a rater said nothing of a unit; `values` gives an answer's units."""
    said = [{unit: v for i, a in sheet.items() for unit, v in values(i, a).items()} for sheet in by_rater]
    units = list(dict.fromkeys(unit for one in said for unit in one))
    return np.array([[one.get(unit, np.nan) for unit in units] for one in said], dtype=np.float64).reshape(
        len(said), len(units)
    )


def alpha_agreed(name: str, alpha: Alpha, n_raters: int) -> Agreed:
    """Krippendorff's alpha as an entry of the agreement list."""
    return Agreed(name, alpha.value, alpha.n_items, n_raters, alpha.reason)


def mean_pairwise(
    name: str,
    by_rater: Sequence[Mapping[ItemId, AnswerT]],
    compare: Callable[[Sequence[AnswerT], Sequence[AnswerT]], Iterable[float | None]],
) -> Agreed:
    """The mean of `compare` over all pairs of raters, each on the items that both answered.

    `compare` may give several values a pair (one a query, say); undefined ones (None) are left out of the mean.
    `n_items` counts the items that at least one pair shares.
    """
    values: list[float] = []
    shared_items: set[ItemId] = set()
    for one, other in combinations(by_rater, 2):
        shared = [item_id for item_id in one if item_id in other]
        shared_items.update(shared)
        compared = compare([one[i] for i in shared], [other[i] for i in shared]) if shared else ()
        values += [value for value in compared if value is not None]
    reason = _why_undefined(len(by_rater), len(shared_items)) if not values else ""
    return Agreed(name, float(np.mean(values)) if values else None, len(shared_items), len(by_rater), reason)


def _why_undefined(n_raters: int, n_shared: int) -> str:
    if n_raters < 2:
        return "fewer than two raters"
    return "undefined for every pair of raters: no variation" if n_shared else "no item was answered by two raters"


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
