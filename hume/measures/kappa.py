"""Agreement of raters on labels or grades, plain and adjusted for chance.

Labels are names: their order has no meaning. For grades and steps of a scale, a table of disagreements says how far
two of them are apart. For missing answers, or numbers of ratings that differ by item, use
`hume.measures.krippendorff.alpha`.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Literal

import numpy as np

from hume.measures import FloatArray, IntArray
from hume.measures.pairwise import Compare
from hume.measures.resampling import Resamples, indicators, ratio

Weighting = Literal["identity", "linear", "quadratic"]


def percentage_agreement(a: Sequence[Hashable], b: Sequence[Hashable]) -> float | None:
    """The share of items that both raters gave the same label. Range 0 to 1; None where there are no items.

    ValueError where the raters differ in the number of items.
    """
    x, y, _ = _coded(a, b)
    return _one(percentage(x, y, np.ones((1, len(x)))))


def cohen_kappa(a: Sequence[Hashable], b: Sequence[Hashable]) -> float | None:
    """Cohen's kappa of two raters (Cohen 1960). Range -1 to 1; 0 is what chance gives.

    kappa = (p_o - p_e) / (1 - p_e): p_o is the share of items with the same label, p_e the sum over labels of
    the product of both raters' shares of it. None where there are no items, and where both gave one and the
    same label to all (p_e = 1). ValueError where the raters differ in the number of items.
    """
    x, y, n_labels = _coded(a, b)
    return _one(cohen(disagreements(n_labels, "identity"))(x, y, np.ones((1, len(x)))))


def fleiss_kappa(ratings: Sequence[Sequence[Hashable]]) -> float | None:
    """Fleiss' kappa of any number of raters (Fleiss 1971); `ratings` has each item's labels. At most 1; 0 is
    chance.

    kappa = (P - P_e) / (1 - P_e): P is the mean over items of the share of agreeing pairs of ratings, P_e the
    sum over labels of the square of its share in all ratings. The least value is -1 / (ratings an item - 1).
    Raters need not be the same ones for every item, but each item needs the same number of ratings: else
    ValueError, and alpha is to be used. None where there are no items or one rating an item, and where all
    ratings are one label (P_e = 1).
    """
    code: dict[Hashable, int] = {}
    for label in (label for labels in ratings for label in labels):
        code.setdefault(label, len(code))
    counts = np.zeros((len(ratings), len(code)), dtype=np.int64)
    for item, labels in enumerate(ratings):
        for label in labels:
            counts[item, code[label]] += 1
    return _one(fleiss_resampled(counts, Resamples(len(ratings))))


# -- on the whole and on resamples ------------------------------------------------------------------


def disagreements(n_values: int, weighting: Weighting) -> FloatArray:
    """How far values i and j of a scale of `n_values` steps are apart, shape (n_values, n_values), 0 on the diagonal.

    `identity`: 1 wherever they differ. `linear`: |i - j| (Cicchetti and Allison 1971). `quadratic`: (i - j)^2 (Fleiss
    and Cohen 1973). ValueError for another name.
    """
    apart = np.abs(np.subtract.outer(np.arange(n_values), np.arange(n_values))).astype(np.float64)
    match weighting:
        case "identity":
            return np.asarray(np.minimum(apart, 1.0))
        case "linear":
            return apart
        case "quadratic":
            return np.asarray(apart * apart)
        case _:
            raise ValueError(f"Unknown weighting {weighting!r}: use 'identity', 'linear' or 'quadratic'.")


def percentage(x: FloatArray, y: FloatArray, frequency: FloatArray) -> FloatArray:
    """The share of items with the same value, shape (rows,); NaN for a row without items.

    `x` and `y` have shape (c,); `frequency`, (rows, c), says how often a row has each of those pairs of values.
    """
    n = frequency.sum(axis=1)
    return ratio(frequency @ (x == y), n)


def cohen(disagreement: FloatArray) -> Compare:
    """Cohen's kappa weighted by `disagreement` (Cohen 1968), as a comparison of codes 0, 1, ... of that table.

    kappa = 1 - sum v_ij o_ij / sum v_ij e_ij, with v_ij the disagreement of values i and j, o_ij the share of items
    that the first rater gave i and the second j, and e_ij the product of their shares of i and j. NaN where e leaves
    no room for disagreement: both gave one and the same value to all.
    """

    def kappa(x: FloatArray, y: FloatArray, frequency: FloatArray) -> FloatArray:
        a, b = x.astype(np.int64), y.astype(np.int64)
        n = frequency.sum(axis=1)
        observed = frequency @ disagreement[a, b]
        said_a, said_b = (frequency @ indicators(codes, len(disagreement)) for codes in (a, b))
        # Times n squared on both sides: whole numbers, so that "no room" is recognised exactly.
        expected = ((said_a @ disagreement) * said_b).sum(axis=1)
        return 1.0 - ratio(n * observed, expected)

    return kappa


def fleiss_resampled(counts: IntArray, resamples: Resamples) -> FloatArray:
    """`fleiss_kappa` of the whole and of each resample, shape (rows,), NaN where undefined.

    `counts` has how often each item has each label, shape (items, labels). Items without any rating say nothing;
    ValueError where the others differ in their number of ratings.
    """
    per_item = counts.sum(axis=1)
    sizes = np.unique(per_item[per_item > 0]).tolist()
    if len(sizes) > 1:
        raise ValueError(
            f"Fleiss' kappa needs the same number of ratings for every item; there are {sizes}. "
            "Use Krippendorff's alpha, which takes missing ratings."
        )
    if not sizes or sizes[0] < 2:
        return np.full(resamples.rows, np.nan)
    agreeing = (counts * (counts - 1)).sum(axis=1)
    sums = resamples.sums(np.column_stack([agreeing, counts]).astype(np.float64))
    totals = sums[:, 1:]
    n = totals.sum(axis=1)
    # P_e and P, both times n squared: P is agreeing / (n (m - 1)).
    chance = (totals * totals).sum(axis=1)
    observed = sums[:, 0] * n / (sizes[0] - 1)
    room = n * n - chance
    return ratio(observed - chance, room)


def _coded(a: Sequence[Hashable], b: Sequence[Hashable]) -> tuple[FloatArray, FloatArray, int]:
    if len(a) != len(b):
        raise ValueError(f"There are {len(a)} labels of one rater and {len(b)} of the other.")
    code: dict[Hashable, int] = {}
    x, y = (np.array([code.setdefault(label, len(code)) for label in labels], dtype=np.float64) for labels in (a, b))
    return x, y, len(code)


def _one(values: FloatArray) -> float | None:
    return None if np.isnan(values[0]) else float(values[0])
