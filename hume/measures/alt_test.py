"""The alternative annotator test: may this model stand in for one of these people?

Calderon, Reichart and Dror 2025, "The Alternative Annotator Test for LLM-as-a-Judge: How to Statistically Justify
Replacing Human Annotators with LLMs", ACL, https://aclanthology.org/2025.acl-long.782.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr

from hume.measures import FloatArray, IntArray
from hume.measures.multiple import benjamini_yekutieli

BoolArray = NDArray[np.bool_]

#: Items that a person needs: below, the t-test's normality does not hold.
MIN_ITEMS = 30
#: The share of false rejections among the rejections that is allowed.
FDR = 0.05
#: A model passes where it wins against so many of the people.
PASSES_FROM = 0.5


@dataclass(frozen=True)
class AltTest:
    """What the test found; everything is None where no person has enough items."""

    winning_rate: float | None
    """Share of people for whom it is shown that the model is as good, less epsilon. Range 0 to 1."""
    advantage: float | None
    """Chance that the model is as close to the others as a person is, or closer: mean over people. Range 0 to 1."""
    p_values: tuple[float, ...]
    """One a tested person, not adjusted."""
    n_raters: int
    """People with enough items."""

    @property
    def passes(self) -> bool | None:
        """Whether the model may stand in for a person."""
        return None if self.winning_rate is None else self.winning_rate >= PASSES_FROM


def closeness(people: FloatArray, model: FloatArray) -> tuple[FloatArray, FloatArray]:
    """How close each person, and the model in that person's place, is to all other people, item by item.

    `people` has shape (k, n, d), `model` (n, d): each answer is a point, NaN where there is none. Closeness is minus
    the mean squared distance to the other people's points, so that with labels as unit vectors it orders as the share
    of people who gave the same label, and with numbers as the negative RMSE: the two measures of the paper. Both
    results have shape (k, n); NaN where the person, the model, or everybody else gave no answer.
    """
    has = ~np.isnan(people[:, :, 0])
    points = np.where(has[:, :, None], people, 0.0)
    norms = (points**2).sum(axis=2)
    others = has.sum(axis=0) - has
    n_others = np.where(others > 0, others, np.nan)
    centre = (points.sum(axis=0) - points) / n_others[:, :, None]
    spread = (norms.sum(axis=0) - norms) / n_others

    def close(to: FloatArray) -> FloatArray:
        distance = (to**2).sum(axis=-1) - 2 * (to * centre).sum(axis=-1) + spread
        # Equal distances must tie, whatever the order of the sums.
        return np.where(has, -np.round(distance, 9), np.nan)

    theirs, ours = close(points), close(model[None, :, :])
    both = ~np.isnan(theirs) & ~np.isnan(ours)
    return np.where(both, theirs, np.nan), np.where(both, ours, np.nan)


def alt_test(theirs: FloatArray, ours: FloatArray, epsilon: float, min_items: int = MIN_ITEMS) -> AltTest:
    """The test from the closeness of each person, and of the model in that person's place, to the other people.

    `theirs` and `ours` have shape (people, items), NaN where an item does not count for a person. For each person with
    at least `min_items` items the indicators "the person is at least as close" and "the model is at least as close" are
    subtracted; a one-sided t-test asks whether their mean is below `epsilon`, what the model may be worse for being
    cheaper (0.2 for experts, 0.15 for skilled people, 0.1 for crowd workers). Rejections are by Benjamini and Yekutieli
    at 0.05 over the people. A difference that is the same on every item has the p-value 0 below epsilon and 1 else.
    """
    counts = ~np.isnan(theirs) & ~np.isnan(ours)
    n = counts.sum(axis=1)
    tested = n >= max(min_items, 2)
    if not tested.any():
        return AltTest(None, None, (), 0)
    n, counts = n[tested], counts[tested]
    as_good = counts & (ours[tested] >= theirs[tested])
    as_person = counts & (theirs[tested] >= ours[tested])
    p_values = _p_values(as_person.astype(np.float64) - as_good, counts, n, epsilon)
    winning_rate = float((benjamini_yekutieli(p_values) <= FDR).mean())
    advantage = float((as_good.sum(axis=1) / n).mean())
    return AltTest(winning_rate, advantage, tuple(p_values.tolist()), len(n))


def _p_values(differences: FloatArray, counts: BoolArray, n: IntArray, epsilon: float) -> FloatArray:
    """Of each row's t-test that the mean of the differences that count is below epsilon."""
    means = differences.sum(axis=1) / n
    squares = (np.where(counts, differences - means[:, None], 0.0) ** 2).sum(axis=1)
    errors = np.sqrt(squares / (n - 1) / n)
    t = np.divide(means - epsilon, errors, out=np.where(means < epsilon, -np.inf, np.inf), where=errors > 0)
    return np.asarray(stdtr(n - 1, t))
