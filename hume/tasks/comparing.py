"""What the coefficients of agreement of all task types have in common: who takes part, and why one is undefined."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from hume.measures.pairwise import Pairwise
from hume.measures.resampling import Resamples
from hume.tasks import common
from hume.tasks.base import Agreed, Draws, FloatArray, ItemId

AnswerT = TypeVar("AnswerT")

TOO_FEW_RATERS = "fewer than two raters"
NOTHING_SHARED = "no item was answered by two raters"
NO_VARIATION = "no variation: all said the same of everything"


@dataclass(frozen=True)
class Panel:
    """Raters who may have answered the same items, and the coefficients of how far they say the same."""

    n_raters: int
    n_shared: int
    """Items that two raters or more answered."""

    @classmethod
    def of(cls, items: Mapping[ItemId, object], by_rater: Sequence[Mapping[ItemId, object]]) -> Panel:
        """The panel of those raters who answered anything."""
        shared = sum(sum(item_id in sheet for sheet in by_rater) > 1 for item_id in items)
        return cls(sum(bool(sheet) for sheet in by_rater), shared)

    def agreed(self, name: str, values: FloatArray, n_items: int | None = None, reason: str = NO_VARIATION) -> Agreed:
        """A coefficient from its value on the whole and on each resample, shape (rows,), NaN where undefined."""
        n = self.n_shared if n_items is None else n_items
        if np.isnan(values[0]):
            return Agreed(name, None, n, self.n_raters, self._why_undefined() or reason, values[1:])
        return Agreed(name, float(values[0]), n, self.n_raters, "", values[1:])

    def of_pairs(self, name: str, pairwise: Pairwise, *, is_main: bool = False) -> Agreed:
        """The mean over pairs of raters; the main coefficient keeps what each pair has."""
        mean = self.agreed(name, pairwise.mean)
        kept = pairwise if is_main else None
        return Agreed(name, mean.value, mean.n_items, mean.n_raters, mean.reason, mean.replicates, kept)

    def undefined(self, name: str, reason: str, n_items: int | None = None) -> Agreed:
        """A coefficient that these answers do not define."""
        n = self.n_shared if n_items is None else n_items
        return Agreed(name, None, n, self.n_raters, self._why_undefined() or reason)

    def _why_undefined(self) -> str:
        if self.n_raters < 2:
            return TOO_FEW_RATERS
        return "" if self.n_shared else NOTHING_SHARED


def resamples(draws: Draws | None, n: int, key: str = "items") -> Resamples:
    """The whole of n things and the resamples that every figure shares; without `draws` the whole alone."""
    return common.resamples(draws, n, key) if draws else Resamples(n)


def ratings(
    items: Mapping[ItemId, object],
    by_rater: Sequence[Mapping[ItemId, AnswerT]],
    value: Callable[[AnswerT], float],
) -> FloatArray:
    """What each rater said of each item, shape (raters, items), NaN where nothing."""
    said = [[value(sheet[item_id]) if item_id in sheet else np.nan for item_id in items] for sheet in by_rater]
    return np.array(said, dtype=np.float64).reshape(len(by_rater), len(items))
