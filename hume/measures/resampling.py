"""What the measures that work on many resamples at once have in common."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from hume.measures import FloatArray, IntArray

Indices = NDArray[np.int64] | NDArray[np.int32]

MOST_CELLS = 2**21
"""Numbers of a matrix that is kept, or made at once: 16 MiB, about what a processor's cache holds."""


class Resamples:
    """A whole of n things and its resamples, known by how often each thing is in them.

    Row 0 is the whole, each thing once; rows 1 to R are the resamples. `draws`, shape (R, n), has indices into the
    things; without it there is the whole alone. A measure that is given such rows gives its value and its bootstrap
    replicates at once, by one formula.
    """

    def __init__(self, n: int, draws: Indices | None = None) -> None:
        self.n = n
        self.draws = draws if draws is not None else np.empty((0, n), dtype=np.int64)
        self.rows = 1 + len(self.draws)

    @cached_property
    def weights(self) -> FloatArray:
        """How often each thing is in each row, shape (1 + R, n)."""
        return self._tallied(np.arange(self.n), self.n, 0, self.rows)

    @cached_property
    def _single(self) -> NDArray[np.float32]:
        return self.weights.astype(np.float32)

    def counts(self, codes: IntArray) -> FloatArray:
        """How often each code is in each row, shape (1 + R, greatest code + 1).

        `codes` has a whole number for each thing; things with a negative one are left out.
        """
        width = int(codes.max(initial=-1)) + 1
        if self.rows * self.n > MOST_CELLS:
            return self._tallied(codes, width, 0, self.rows)
        return self.tallies(indicators(codes, width))

    def tallies(self, counts: FloatArray) -> FloatArray:
        """`sums` of whole numbers whose sums stay below 2^24: single precision has them exactly, in half the time."""
        if self.rows * self.n > MOST_CELLS:
            return self.sums(counts)
        return (self._single @ counts.astype(np.float32)).astype(np.float64)

    def sums(self, contributions: FloatArray) -> FloatArray:
        """The sum over each row of what its things contribute: `contributions` (n, c), the result (1 + R, c).

        Things that contribute the same are counted together, so that many items of few kinds cost little.
        """
        if self.rows * self.n <= MOST_CELLS:
            return self.weights @ contributions
        codes, distinct = _distinct_rows(contributions)
        return np.concatenate(
            [self._tallied(codes, len(distinct), *rows) @ distinct for rows in self._blocks(len(distinct))]
        )

    def means(self, values: FloatArray) -> FloatArray:
        """The mean over each row of the values that are defined (not NaN), shape (1 + R,), NaN where none is."""
        defined = ~np.isnan(values)
        totals, counts = self.sums(np.column_stack([np.where(defined, values, 0.0), defined])).T
        return ratio(totals, counts)

    def _blocks(self, width: int) -> Iterator[tuple[int, int]]:
        step = max(1, MOST_CELLS // max(width, 1))
        return ((first, min(first + step, self.rows)) for first in range(0, self.rows, step))

    def _tallied(self, codes: IntArray, width: int, first: int, last: int) -> FloatArray:
        """The counts of rows `first` to `last`: row by row, which keeps to the processor's cache."""
        # One place more for the things that are left out.
        places = np.where(codes < 0, width, codes)
        tallied = np.empty((last - first, width))
        for row in range(first, last):
            drawn = places if row == 0 else np.take(places, self.draws[row - 1])
            tallied[row - first] = np.bincount(drawn, minlength=width + 1)[:width]
        return tallied


def frequencies(codes: IntArray, draws: Indices) -> IntArray:
    """How often each code occurs in each resample.

    `codes` has shape (n,) with whole numbers from 0, `draws` (R, n) has indices into it; the result has shape
    (R, greatest code + 1) and rows that sum to n.
    """
    resamples, width = len(draws), int(codes.max(initial=-1)) + 1
    cells = codes[draws] + width * np.arange(resamples)[:, None]
    return np.bincount(cells.ravel(), minlength=resamples * width).reshape(resamples, width)


def by_thing(contributions: FloatArray, things: IntArray, n: int) -> FloatArray:
    """The sums over the units of each thing: `contributions` (units, c), the result (n, c)."""
    if len(things) == n and np.array_equal(things, np.arange(n)):
        return contributions
    summed = np.zeros((n, contributions.shape[1]))
    if len(things):
        order = np.argsort(things, kind="stable")
        first = np.flatnonzero(np.diff(things[order], prepend=-1))
        summed[things[order][first]] = np.add.reduceat(contributions[order], first, axis=0)
    return summed


def ratio(parts: FloatArray, wholes: FloatArray) -> FloatArray:
    """`parts` / `wholes`, NaN where a whole is not above 0."""
    found: FloatArray = np.divide(parts, wholes, out=np.full(parts.shape, np.nan), where=wholes > 0)
    return found


def indicators(codes: IntArray, width: int) -> FloatArray:
    """1 where a thing has a code, shape (n, width); a row of 0 where its code is negative."""
    return np.asarray(codes[:, None] == np.arange(width), dtype=np.float64)


def _distinct_rows(rows: FloatArray) -> tuple[IntArray, FloatArray]:
    """A code for each row, and the distinct rows by code."""
    order = np.lexsort(rows.T)
    is_new = np.r_[True, np.any(np.diff(rows[order], axis=0) != 0, axis=1)][: len(rows)]
    codes = np.empty(len(rows), dtype=np.int64)
    codes[order] = np.cumsum(is_new) - 1
    return codes, rows[order[is_new]]
