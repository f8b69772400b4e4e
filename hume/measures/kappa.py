"""Agreement of raters on labels, plain and adjusted for chance. Labels are names: their order has no meaning.

For missing answers, or numbers of ratings that differ by item, use `hume.measures.krippendorff.alpha`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence

from hume.measures.labels import ConfusionMatrix


def percentage_agreement(a: Sequence[Hashable], b: Sequence[Hashable]) -> float | None:
    """The share of items that both raters gave the same label. Range 0 to 1; None where there are no items.

    ValueError where the raters differ in the number of items.
    """
    if not a and not b:
        return None
    matrix = ConfusionMatrix.of(a, b)
    return int(matrix.hits.sum()) / matrix.n


def cohen_kappa(a: Sequence[Hashable], b: Sequence[Hashable]) -> float | None:
    """Cohen's kappa of two raters (Cohen 1960). Range -1 to 1; 0 is what chance gives.

    kappa = (p_o - p_e) / (1 - p_e): p_o is the share of items with the same label, p_e the sum over labels of
    the product of both raters' shares of it. None where there are no items, and where both gave one and the
    same label to all (p_e = 1). ValueError where the raters differ in the number of items.
    """
    if not a and not b:
        return None
    matrix = ConfusionMatrix.of(a, b)
    n, same = matrix.n, int(matrix.hits.sum())
    chance = int(matrix.gold @ matrix.predicted)
    # In whole numbers, so that p_e = 1 is recognised exactly: both sides of the fraction times n squared.
    return (n * same - chance) / (n * n - chance) if chance < n * n else None


def fleiss_kappa(ratings: Sequence[Sequence[Hashable]]) -> float | None:
    """Fleiss' kappa of any number of raters (Fleiss 1971); `ratings` has each item's labels. At most 1; 0 is
    chance.

    kappa = (P - P_e) / (1 - P_e): P is the mean over items of the share of agreeing pairs of ratings, P_e the
    sum over labels of the square of its share in all ratings. The least value is -1 / (ratings an item - 1).
    Raters need not be the same ones for every item, but each item needs the same number of ratings: else
    ValueError, and alpha is to be used. None where there are no items or one rating an item, and where all
    ratings are one label (P_e = 1).
    """
    sizes = sorted({len(labels) for labels in ratings})
    if len(sizes) > 1:
        raise ValueError(
            f"Fleiss' kappa needs the same number of ratings for every item; there are {sizes}. "
            "Use Krippendorff's alpha, which takes missing ratings."
        )
    if not sizes or sizes[0] < 2:
        return None
    per_item = [Counter(labels) for labels in ratings]
    n_raters, n = sizes[0], sizes[0] * len(ratings)
    totals = sum(per_item, Counter[Hashable]())
    if len(totals) == 1:
        return None
    agreeing = sum(count * (count - 1) for item in per_item for count in item.values())
    observed = agreeing / (n * (n_raters - 1))
    expected = sum(count * count for count in totals.values()) / (n * n)
    return (observed - expected) / (1 - expected)
