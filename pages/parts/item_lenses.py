"""The ways to look at items: those in doubt, the disputed, and those where people and models part ways."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from hume.difficulty import MODELS_MISS, PEOPLE_MISS, is_suspect, most_suspect_first
from hume.records import ItemRow, Verdict


@dataclass(frozen=True)
class Lens:
    """One way to look at the items: which ones, in which order, and what is said where there are none."""

    takes: Callable[[ItemRow, Mapping[int, Verdict]], bool]
    order: Callable[[Sequence[ItemRow]], list[ItemRow]]
    nothing: str


def _hardest_first(rows: Sequence[ItemRow]) -> list[ItemRow]:
    return sorted(rows, key=lambda row: (-(row.difficulty or 0.0), -row.n_raters, -row.n_models))


def _easiest_first(rows: Sequence[ItemRow]) -> list[ItemRow]:
    return sorted(rows, key=lambda row: (row.difficulty or 0.0, -row.n_raters, -row.n_models))


def _most_disputed_first(rows: Sequence[ItemRow]) -> list[ItemRow]:
    return sorted(rows, key=lambda row: (-(row.disagreement or 0.0), -row.n_raters))


LENSES: Mapping[str, Lens] = {
    "Gold suspicious": Lens(
        lambda row, _: is_suspect(row), most_suspect_first, "Raters are nowhere closer to each other than to gold."
    ),
    "Most disputed": Lens(
        lambda row, _: bool(row.disagreement), _most_disputed_first, "All raters of each item said the same."
    ),
    "People miss, models get": Lens(
        lambda row, _: row.contrast == PEOPLE_MISS, _hardest_first, "There is no item that all models get and most "
        "raters do not."
    ),
    "Models miss, people get": Lens(
        lambda row, _: row.contrast == MODELS_MISS, _easiest_first, "There is no item that no model gets and most "
        "raters do."
    ),
    "Decided": Lens(lambda row, found: (row.item_id or 0) in found, most_suspect_first, "There is no verdict yet."),
    "All": Lens(lambda row, _: True, _hardest_first, "There is no item that anybody answered."),
}  # fmt: skip
