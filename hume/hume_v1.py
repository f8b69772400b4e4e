"""How HUME v1 scored people, rule for rule, so that its published aggregates can be computed again.

A literal table of the four task types: these rules are history and will not grow. Where they differ from ours is said
in docs/decisions/baseline.md; gaps are not made with them, since models were scored by other rules there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from hume.parsed import ParsedSubset
from hume.score import DRAWS, AnswerSet, main_score, replicates
from hume.tasks import classification, reranking
from hume.tasks.base import FloatArray, ItemId
from hume.tasks.common import mean_replicates

#: Of several answer sets the score of each, which are averaged, and its replicates.
Rule = Callable[[ParsedSubset, Sequence[AnswerSet]], list[tuple[float | None, FloatArray]]]


def _majority(subset: ParsedSubset, sets: Sequence[AnswerSet]) -> list[tuple[float | None, FloatArray]]:
    """The accuracy of the majority label; a tie goes to the label that comes first in sort order."""
    voted: dict[ItemId, Any] = {}
    for item_id in subset.items:
        counts = Counter(answers[item_id].first for answers in sets if item_id in answers)
        if counts:
            voted[item_id] = classification.Answer(label=min(counts, key=lambda name: (-counts[name], name)))
    return [(main_score(subset, voted), replicates(subset, voted))]


def _mean_judgment(subset: ParsedSubset, sets: Sequence[AnswerSet]) -> list[tuple[float | None, FloatArray]]:
    """Spearman's correlation of the mean judgment of each item with gold."""
    agreed = subset.type.consensus(subset.items, sets, subset.settings)
    return [(main_score(subset, agreed), replicates(subset, agreed))]


def _each_pooled(subset: ParsedSubset, sets: Sequence[AnswerSet]) -> list[tuple[float | None, FloatArray]]:
    """Each person's mean of scikit-learn's average precision, which pools tied judgments."""

    return [_per_item(subset, reranking.pooled_precision(subset.items, answers)) for answers in sets]


def _each_partition(subset: ParsedSubset, sets: Sequence[AnswerSet]) -> list[tuple[float | None, FloatArray]]:
    """Each person's V-measure, which is 0 where a side has one group only."""

    def is_single(item_id: ItemId, answer: Any) -> bool:
        return len(set(answer.groups.values())) == 1 or len(set(subset.items[item_id].gold.values())) == 1

    if not any(is_single(i, answer) for answers in sets for i, answer in answers.items()):
        return [(main_score(subset, answers), replicates(subset, answers)) for answers in sets]
    found = []
    for answers in sets:
        scored = subset.type.score(subset.items, answers, subset.settings).per_item
        found.append(_per_item(subset, {i: 0.0 if is_single(i, answers[i]) else v for i, v in scored.items()}))
    return found


def _per_item(subset: ParsedSubset, values: Mapping[ItemId, float]) -> tuple[float | None, FloatArray]:
    score = float(np.mean(list(values.values()))) if values else None
    return score, mean_replicates(subset.items, values, DRAWS)


RULES: Mapping[str, Rule] = {
    "classification": _majority,
    "clustering": _each_partition,
    "reranking": _each_pooled,
    "sts": _mean_judgment,
}
