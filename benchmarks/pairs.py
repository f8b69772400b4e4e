"""The made-up task that every tool is given: numbered pairs of sentences, to be judged from 0 to 5."""

from __future__ import annotations

import re
from typing import NamedTuple

SCALE = range(6)
NUMBER = re.compile(r"\[(\d{4})\]")

_BEGINNINGS = (
    "The ferry to the islands leaves at noon if the weather allows it",
    "She has played the violin in the town's orchestra for eleven years",
    "Two thirds of the members voted for moving the library to the old mill",
    "He baked the bread on stones that had lain in the fire all night",
    "The road over the pass is closed from the first snow until the end of May",
)
_ENDINGS = (
    "as the notice on the door has said since last week.",
    "which nobody in the village had thought possible.",
    "and those who come from far away are asked to call first.",
    "although the newspapers wrote something else altogether.",
)


class Pair(NamedTuple):
    """Two sentences; both begin with the pair's number, so that whoever sees one knows which pair it is."""

    number: int
    sentence1: str
    sentence2: str


def pairs(count: int) -> list[Pair]:
    """So many pairs, always the same ones."""
    return [_pair(number) for number in range(count)]


def _pair(number: int) -> Pair:
    first = f"{_BEGINNINGS[number % 5]} {_ENDINGS[number % 4]}"
    second = f"{_BEGINNINGS[number // 5 % 5]} {_ENDINGS[number // 4 % 4]}"
    return Pair(number, f"[{number:04}] {first}", f"[{number:04}] {second}")
