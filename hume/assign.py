"""Which items an annotator gets next, in which order their parts are shown, and in which languages."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Protocol

import numpy as np


class OpenItem(Protocol):
    """An item that a rater may still answer, and how many people answer it already."""

    @property
    def item_id(self) -> int: ...

    @property
    def n_answers(self) -> int: ...


def choose(open_items: Iterable[OpenItem], count: int, seed: int) -> list[int]:
    """Ids of at most `count` items, those with the fewest answers first.

    Ties are broken by a shuffle that depends on `seed` (the rater's id) and the item alone: two annotators start at
    different ends of a subset, and one annotator's order does not change while others answer.
    """

    def place(item: OpenItem) -> tuple[int, bytes]:
        return item.n_answers, hashlib.blake2b(f"{seed}|{item.item_id}".encode(), digest_size=8).digest()

    return [item.item_id for item in sorted(open_items, key=place)[: max(count, 0)]]


def display_rng(rater_id: int, item_id: int) -> np.random.Generator:
    """The generator of one rater's display order of one item: after a reload the order is the same."""
    return np.random.default_rng([rater_id, item_id])


def speaks(known: Sequence[str], needed: Sequence[str]) -> bool:
    """Whether one who knows the languages `known` can answer what is in `needed`.

    Codes are ISO 639-3 with or without a script (`ara`, `ara-Arab`); one without a script matches every script.
    Nobody's languages being declared (`known` empty) means all.
    """
    return not known or all(any(_matches(own, code) for own in known) for code in needed)


def _matches(own: str, code: str) -> bool:
    return own == code or ("-" not in own and own == code.split("-")[0])
