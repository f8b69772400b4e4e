"""A coefficient of two raters, for every pair of many, with answers missing, on the whole and on each resample."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from hume.measures import FloatArray, IntArray
from hume.measures.resampling import Resamples, by_thing, indicators, ratio

Compare = Callable[[FloatArray, FloatArray, FloatArray], FloatArray]
"""What two raters said of c kinds of items, shapes (c,), and how often a row has each kind (rows, c) -> (rows,)."""


@dataclass(frozen=True, eq=False)
class Pairwise:
    """A coefficient of every pair of raters: `totals / counts`, NaN where no item defines it.

    Row 0 is the whole, the others are resamples. `counts` is 1 or 0 where a pair has one value over its items, and
    the number of defined items where it has a value for each of them. All mean over no pair is NaN.
    """

    pairs: tuple[tuple[int, int], ...]
    n_items: IntArray
    """Items that both of a pair answered, shape (pairs,)."""
    totals: FloatArray
    """Shape (rows, pairs)."""
    counts: FloatArray
    """Shape (rows, pairs)."""

    @property
    def each(self) -> FloatArray:
        """The coefficient of each pair, shape (rows, pairs)."""
        return ratio(self.totals, self.counts)

    @property
    def mean(self) -> FloatArray:
        """The mean over all pairs that have a value, shape (rows,)."""
        return ratio(self.totals.sum(axis=1), self.counts.sum(axis=1))

    def of_rater(self, rater: int) -> FloatArray:
        """The mean over the pairs that this rater is one of, shape (rows,)."""
        own = [number for number, pair in enumerate(self.pairs) if rater in pair]
        return ratio(self.totals[:, own].sum(axis=1), self.counts[:, own].sum(axis=1))


def pairs_of(n_raters: int) -> tuple[tuple[int, int], ...]:
    """(0, 1), (0, 2), ...: every pair of raters once."""
    return tuple(combinations(range(n_raters), 2))


def over_all_items(
    ratings: FloatArray, resamples: Resamples, compare: Mapping[str, Compare], item_of: IntArray | None = None
) -> dict[str, Pairwise]:
    """Coefficients with one value a pair, over all that both answered.

    `ratings` has shape (raters, units), NaN where a rater gave none; `item_of`, shape (units,), has the resampled item
    of each unit where that is not the unit itself. Units on which a pair said the same two things are one kind, and
    each comparison is of kinds: on a scale of a few steps they are few, however many units.
    """
    values, codes = _coded(ratings)
    pairs = pairs_of(len(ratings))
    found = {name: np.full((resamples.rows, len(pairs)), np.nan) for name in compare}
    for number, (one, other) in enumerate(pairs):
        kinds, kind_of = _kinds(codes[one], codes[other], len(values))
        if len(kinds):
            frequency = _frequency(kind_of, len(kinds), resamples, item_of)
            x, y = values[kinds // len(values)], values[kinds % len(values)]
            for name, of in compare.items():
                found[name][:, number] = of(x, y, frequency)
    answered = by_thing((~np.isnan(ratings)).T.astype(np.float64), _things(ratings, item_of), resamples.n).T > 0
    n_items = shared_items(answered)
    return {name: _one_value(pairs, n_items, of_pairs) for name, of_pairs in found.items()}


def item_by_item(values: FloatArray, n_items: IntArray, resamples: Resamples) -> Pairwise:
    """A coefficient that a pair has for each item, and its mean over them.

    `values` has shape (items, raters, raters), symmetric, NaN where undefined; `n_items` counts shared items by pair.
    """
    pairs = pairs_of(values.shape[1])
    ones, others = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    flat = values[:, ones, others]
    defined = ~np.isnan(flat)
    totals, counts = resamples.sums(np.where(defined, flat, 0.0)), resamples.tallies(defined.astype(np.float64))
    return Pairwise(pairs, n_items, totals, counts)


def shared_items(answered: NDArray[np.bool_]) -> IntArray:
    """How many items each pair of raters both answered, shape (pairs,); `answered` has shape (raters, items)."""
    return np.array([np.count_nonzero(answered[i] & answered[j]) for i, j in pairs_of(len(answered))], dtype=np.int64)


def _frequency(kind_of: IntArray, n_kinds: int, resamples: Resamples, item_of: IntArray | None) -> FloatArray:
    if item_of is None:
        return resamples.counts(kind_of)
    return resamples.tallies(by_thing(indicators(kind_of, n_kinds), item_of, resamples.n))


def _things(ratings: FloatArray, item_of: IntArray | None) -> IntArray:
    return np.arange(ratings.shape[1]) if item_of is None else item_of


def _one_value(pairs: tuple[tuple[int, int], ...], n_items: IntArray, values: FloatArray) -> Pairwise:
    defined = ~np.isnan(values)
    return Pairwise(pairs, n_items, np.where(defined, values, 0.0), defined.astype(np.float64))


def _coded(ratings: FloatArray) -> tuple[FloatArray, IntArray]:
    """The distinct values, ascending, and each rating's place among them, -1 where there is none."""
    given = ~np.isnan(ratings)
    codes = np.full(ratings.shape, -1, dtype=np.int64)
    values, codes[given] = np.unique(ratings[given], return_inverse=True)
    return values, codes


def _kinds(a: IntArray, b: IntArray, width: int) -> tuple[IntArray, IntArray]:
    """The distinct pairs of codes, as a * width + b, and which of them each item has, -1 where it has none."""
    shared = (a >= 0) & (b >= 0)
    kind_of = np.full(len(a), -1, dtype=np.int64)
    kinds, kind_of[shared] = np.unique(a[shared] * width + b[shared], return_inverse=True)
    return kinds, kind_of
