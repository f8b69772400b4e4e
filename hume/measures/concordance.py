"""Agreement of raters who each ordered the same things: of all at once, and of every pair.

`ratings` has a number of each rater for each thing, the greater the better; equal numbers of one rater are ties.
A rater without any (NaN throughout) did not take part, and is in no value. Its shape is (..., raters, things): of many
sets of things, such as the candidates of many queries, all at once. ValueError where it is no such table, or a rater
lacks some numbers alone.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from hume.measures import FloatArray
from hume.measures.resampling import ratio

PERSISTENCE = 0.9
"""The p of rank-biased overlap: how likely a reader is to go on to the next rank. 0.9 puts 86% of the weight on the
first ten."""


def kendall_w(ratings: FloatArray) -> FloatArray:
    """Kendall's coefficient of concordance W of all raters, corrected for ties (Kendall and Babington Smith 1939).

    W = (12 sum R_j^2 - 3 m^2 k (k + 1)^2) / (m^2 k (k^2 - 1) - m sum T_i) for m raters of k things: R_j is the sum of
    the mean ranks of thing j, T_i the sum of t^3 - t over the groups of t things that rater i ties. Range 0 to 1, shape
    (...). With m raters chance has the mean 1 / m, and so 0.5 for two: a W of two raters is (1 + Spearman's rho) / 2.
    NaN for fewer than two raters or things, and where every rater ties all.
    """
    table, there = _checked(ratings)
    m, k = there.sum(axis=-1), table.shape[-1]
    ranks = rankdata(table, axis=-1)
    sums = np.where(there[..., None], ranks, 0.0).sum(axis=-2)
    # Of ranks without ties the squares sum to more, by a twelfth of T.
    tied = k * (k + 1) * (2 * k + 1) * 2 - 12 * (ranks * ranks).sum(axis=-1)
    scale = m * m * k * (k * k - 1) - m * np.where(there, tied, 0.0).sum(axis=-1)
    above = 12 * (sums * sums).sum(axis=-1) - 3 * m * m * k * (k + 1) ** 2
    return ratio(above, np.where((m > 1) & (k > 1), scale, 0.0))


def kendall_tau_b_pairs(ratings: FloatArray) -> FloatArray:
    """Kendall's tau-b (Kendall 1945) of every pair of raters, shape (..., raters, raters), NaN where one ties all.

    tau_b = (P - Q) / sqrt(n_a n_b): P pairs of things that both order alike, Q that they order contrarily, n_a those
    that a rater does not tie. It is `hume.measures.correlation.kendall_tau_b` for all pairs at once.
    """
    table, _ = _checked(ratings)
    first, second = np.triu_indices(table.shape[-1], k=1)
    # Who did not take part orders nothing, as who ties all. Single precision counts up to 2^24 exactly.
    signs = np.sign(table[..., first] - table[..., second]).astype(np.float32)
    products = (signs @ signs.swapaxes(-1, -2)).astype(np.float64)
    ordered = np.diagonal(products, axis1=-2, axis2=-1)
    return ratio(products, np.sqrt(ordered[..., :, None] * ordered[..., None, :]))


def rank_biased_overlap_pairs(ratings: FloatArray, p: float = PERSISTENCE) -> FloatArray:
    """Rank-biased overlap of every pair of raters (Webber, Moffat and Zobel 2010), shape (..., raters, raters).

    RBO = (1 - p) sum over depths d = 1 to k of p^(d - 1) A_d + p^k A_k (their RBO_EXT for lists of one length). With
    S_d the things that a rater puts at a rank of d or better, where the tied share the best of their ranks, A_d =
    2 |S_d and T_d| / (|S_d| + |T_d|), their rule for ties. Above 0, at most 1: 1 for two equal orders, ties and all.
    Both order the same k things, so A_k is 1, and it is not adjusted for chance: two random orders of 7 things have
    0.745 in the mean at p = 0.9. NaN where one did not take part. ValueError unless 0 < p < 1.
    """
    if not 0 < p < 1:
        raise ValueError(f"The persistence p is {p}; it must lie between 0 and 1.")
    table, there = _checked(ratings)
    ranks = rankdata(-table, method="min", axis=-1)
    k = table.shape[-1]
    both = there[..., :, None] & there[..., None, :]
    total = np.where(both, p**k, np.nan)
    for depth in range(1, k + 1):
        seen = (ranks <= depth).astype(np.float32)
        sizes, shared = seen.sum(axis=-1, dtype=np.float64), (seen @ seen.swapaxes(-1, -2)).astype(np.float64)
        total += (1 - p) * p ** (depth - 1) * 2 * shared / (sizes[..., :, None] + sizes[..., None, :])
    return total


def _checked(ratings: FloatArray) -> tuple[FloatArray, NDArray[np.bool_]]:
    """The numbers, 0 for who did not take part, and who did, shape (..., raters)."""
    table = np.asarray(ratings, dtype=np.float64)
    missing = np.isnan(table)
    if table.ndim < 2 or not table.size or (missing.any(axis=-1) != missing.all(axis=-1)).any():
        raise ValueError(
            "Ratings must be a table of raters by things, with a number of a rater for each thing or none."
        )
    return np.where(missing, 0.0, table), np.asarray(~missing.any(axis=-1))
