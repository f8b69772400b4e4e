"""A sample of a task, as HUME drew it: few items a subset, each stratum with its share."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from hume.errors import InvalidInput, Place
from hume.ingest.documents import type_warnings
from hume.records import Item, TaskDocument
from hume.tasks import task_type
from hume.tasks.base import AnyTaskType

Draw = Callable[[AnyTaskType, Any, Sequence[Item], int, np.random.Generator], list[Item]]


def sample(document: TaskDocument, limit: int, seed: int) -> TaskDocument:
    """The document with at most `limit` items a subset; a clustering keeps its sets, with at most `limit` texts each.

    Strata (the labels of a classification, or of the texts in a set) keep their shares by largest remainder, and each
    keeps at least one where `limit` allows. Keys, positions and order stay, and so do the train split, training and
    attention items. The same seed draws the same, and the same rows from subsets that are translations of each other.
    InvalidInput where `limit` is below 1, or below 2 for a clustering.
    """
    kind = task_type(document.task.task_type)
    draw, least = DRAWS.get(kind.name, (_draw_items, 1))
    if limit < least:
        raise InvalidInput(f"a sample of {limit} is too small.", f"Draw at least {least}.", Place(file="--limit"))
    subsets = []
    for subset, items in document.subsets:
        settings = kind.parse_settings(document.task.settings_of(subset))
        scored = [item for item in items if item.is_evaluated]
        kept = draw(kind, settings, scored, limit, np.random.default_rng(seed))
        subsets.append((subset, (*(item for item in items if not item.is_evaluated), *kept)))
    sampled = replace(document, subsets=tuple(subsets))
    of_whole = set(type_warnings(document))
    notes = [text for text in document.warnings if text not in of_whole]
    return replace(sampled, warnings=(*notes, *type_warnings(sampled)))


def _draw_items(
    kind: AnyTaskType, settings: Any, items: Sequence[Item], limit: int, rng: np.random.Generator
) -> list[Item]:
    strata = [kind.stratum(kind.parse_item(item.raw, settings)) for item in items]
    return [items[index] for index in drawn(strata, limit, rng)]


def _draw_texts(
    kind: AnyTaskType, settings: Any, items: Sequence[Item], limit: int, rng: np.random.Generator
) -> list[Item]:
    return [_fewer_texts(item, limit, rng) for item in items]


def _fewer_texts(item: Item, limit: int, rng: np.random.Generator) -> Item:
    texts = item.content["texts"]
    kept = [texts[index] for index in drawn([item.gold[text["id"]] for text in texts], limit, rng)]
    gold = {text["id"]: item.gold[text["id"]] for text in kept}
    return replace(item, content={**item.content, "texts": kept}, gold=gold)


DRAWS: Mapping[str, tuple[Draw, int]] = {"clustering": (_draw_texts, 2)}
"""How to draw from a task type whose items are sets, and the least that makes an item."""


def drawn(strata: Sequence[Hashable], limit: int, rng: np.random.Generator) -> list[int]:
    """Sorted indices of at most `limit` of the units, drawn without replacement within the strata given for each."""
    if len(strata) <= limit:
        return list(range(len(strata)))
    members: dict[Hashable, list[int]] = {}
    for index, stratum in enumerate(strata):
        members.setdefault(stratum, []).append(index)
    sizes = shares([len(indices) for indices in members.values()], limit)
    chosen = [rng.choice(indices, size, replace=False) for indices, size in zip(members.values(), sizes, strict=True)]
    return sorted(int(index) for indices in chosen for index in indices)


def shares(counts: Sequence[int], limit: int) -> list[int]:
    """How many of `limit` places each stratum of these sizes gets: largest remainder, at least 1 where that fits.

    `limit` is at most the sum of `counts`; so is the sum of what is returned, exactly `limit`.
    """
    quotas = [limit * count / sum(counts) for count in counts]
    least = 1 if len(counts) <= limit else 0
    sizes = [max(int(quota), least) for quota in quotas]
    while sum(sizes) != limit:
        step = 1 if sum(sizes) < limit else -1
        movable = [i for i, size in enumerate(sizes) if least <= size + step <= counts[i]]
        fairest = max(movable, key=lambda i: (step * (quotas[i] - sizes[i]), counts[i]))
        sizes[fairest] += step
    return sizes
