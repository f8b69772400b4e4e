"""Answers that take several keys, in two parts, and what they must come to."""

from __future__ import annotations

from collections import defaultdict

from hume.records import Answer

FIRST = {"reranking": ("2", "0", "1"), "clustering": ("1", "2", "3", "2", "1")}
REST = {"reranking": ("1", "2", "0"), "clustering": ("3", "1", "2", "Enter")}


def is_as_pressed(answer: Answer, task_type: str) -> bool:
    """Whether a stored answer gives the n-th card shown what the n-th key said."""
    keys = dict(zip(answer.order_shown, FIRST[task_type] + REST[task_type], strict=False))
    if task_type == "reranking":
        return dict(answer.payload["grades"]) == {card: int(key) for card, key in keys.items()}
    return _groups(answer.payload["groups"]) == _groups(keys)


def _groups(names: dict[str, str]) -> set[frozenset[str]]:
    """The cards that lie together, whatever the groups are called."""
    groups = defaultdict(set)
    for card, name in names.items():
        groups[name].add(card)
    return {frozenset(cards) for cards in groups.values()}
