"""Intervals from bootstrap replicates.

T. C. Hesterberg, "What teachers should know about the bootstrap", The American Statistician 69, 2015.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, stdtr, stdtrit

from hume.measures import FloatArray, IntArray


@dataclass(frozen=True)
class Freedom:
    """How far a bootstrap interval is to be widened because its figure rests on few things.

    A bootstrap draws from the sample as if that were all there is, so its spread is that of a variance over n instead
    of n - 1, and it knows nothing of Student's t: the percentile interval of a mean is too narrow by
    sqrt((n - 1) / n) z / t. `ratio` is the variance that the figure has over the one that its replicates have,
    `degrees` (above 0, not always whole) are those of t.
    """

    degrees: float
    ratio: float = 1.0

    @classmethod
    def of(cls, n: int, groups: int = 1) -> Freedom:
        """Of a bootstrap that draws n things, within each of so many groups by itself.

        n - groups degrees, and n / (n - groups). Where there is no more than one thing a group, nothing is known of
        how things differ: 1 degree, the fewest that t has, is as wide as the replicates go.
        """
        degrees = max(n - groups, 1)
        return cls(degrees, max(n, 1) / degrees)

    @classmethod
    def joined(cls, parts: Sequence[tuple[float, Freedom]]) -> Freedom:
        """Of the sum of independent parts, each with the variance of its replicates and the part's own freedom.

        The variances add up; the degrees are Satterthwaite's (1946): V^2 / sum(v_i^2 / degrees_i). Without any
        variance it is the first part's freedom.
        """
        drawn = sum(variance for variance, _ in parts)
        right = [(variance * part.ratio, part.degrees) for variance, part in parts if variance > 0]
        whole = sum(variance for variance, _ in right)
        if not whole > 0:
            return parts[0][1]
        return cls(whole**2 / sum(variance**2 / degrees for variance, degrees in right), whole / drawn)

    def quantile(self, confidence: float = 0.95) -> float:
        """How many of the replicates' standard deviations the interval reaches to a side: t times sqrt(`ratio`)."""
        return float(-stdtrit(self.degrees, (1 - confidence) / 2) * sqrt(self.ratio))

    def tail(self, confidence: float = 0.95) -> float:
        """The share of the replicates that is to lie below the interval: what a normal curve has below -`quantile`."""
        return float(ndtr(-self.quantile(confidence)))


def percentile_interval(
    replicates: FloatArray, confidence: float = 0.95, freedom: Freedom | None = None
) -> tuple[float, float] | None:
    """The percentile bootstrap interval (Efron and Tibshirani 1993, section 13.3), in the replicates' unit.

    It is the (1 - confidence) / 2 and (1 + confidence) / 2 quantiles of `replicates`, shape (R,),
    interpolated linearly. With a `freedom` it is the expanded percentile interval (Hesterberg 2015, section 5.3): the
    quantiles lie further out, at `Freedom.tail`, so that it is as wide as the t interval where replicates are normal,
    and yet follows their skew and keeps to the figure's range. Of few things that is where the replicates end.

    NaN replicates, on whose resample the measure is undefined, are left out. None
    where fewer than half of the replicates are defined, or there are none: the interval would then describe
    the lucky resamples alone. ValueError unless 0 < confidence < 1.
    """
    tail = _tail(confidence, freedom)
    defined = replicates[~np.isnan(replicates)]
    if not len(defined) or 2 * len(defined) < len(replicates):
        return None
    low, high = np.quantile(defined, [tail, 1 - tail])
    return float(low), float(high)


def percentile_intervals(
    replicates: FloatArray, confidence: float = 0.95, freedoms: Sequence[Freedom] | None = None
) -> tuple[FloatArray, FloatArray]:
    """`percentile_interval` of each column of `replicates`, shape (R, k): lows and highs (k,), NaN where there is none.

    `freedoms` has one for each column. All columns are sorted together, which is a hundred times as fast as one after
    the other.
    """
    each = [None] * replicates.shape[1] if freedoms is None else freedoms
    tails = np.array([_tail(confidence, freedom) for freedom in each])
    ordered = np.sort(replicates, axis=0)  # NaN comes last
    defined = np.count_nonzero(~np.isnan(ordered), axis=0)
    enough = (defined > 0) & (2 * defined >= len(ordered))
    return _quantiles(ordered, defined, enough, tails), _quantiles(ordered, defined, enough, 1 - tails)


def _tail(confidence: float, freedom: Freedom | None) -> float:
    if not 0 < confidence < 1:
        raise ValueError(f"The confidence is {confidence}; it must lie between 0 and 1.")
    return (1 - confidence) / 2 if freedom is None else freedom.tail(confidence)


def _quantiles(ordered: FloatArray, defined: IntArray, enough: NDArray[np.bool_], shares: FloatArray) -> FloatArray:
    if not enough.any():
        return np.full(len(enough), np.nan)
    place = shares * np.maximum(defined - 1, 0)
    below = np.floor(place).astype(np.int64)
    above = np.minimum(below + 1, np.maximum(defined - 1, 0))
    columns = np.arange(ordered.shape[1])
    low, high = ordered[below, columns], ordered[above, columns]
    return np.where(enough, low + (high - low) * (place - below), np.nan)


@dataclass(frozen=True, eq=False)
class RaterPart:
    """What is added to replicates over items because other raters could have answered, with its variance."""

    added: FloatArray
    variance: float
    freedom: Freedom


def put_right(replicates: FloatArray, whole: FloatArray, left_out: FloatArray) -> FloatArray:
    """Replicates (R, k) centred on the `whole`, (k,), with the spread of the delete-one jackknife, `left_out` (n, k).

    For measures that are lifted, and whose spread is narrowed, by a resample's holding a thing twice.
    """
    if not len(replicates):
        return replicates
    n = len(left_out)
    error = np.sqrt((n - 1) * np.mean((left_out - left_out.mean(axis=0)) ** 2, axis=0))
    spread = replicates.std(axis=0)
    scale = np.divide(error, spread, out=np.zeros_like(spread), where=spread > 0)
    return np.asarray(whole + (replicates - replicates.mean(axis=0)) * scale)


def jackknife_error(left_out: FloatArray) -> float:
    """The delete-one jackknife's standard error (Efron and Tibshirani 1993, equation 11.5), in the values' unit.

    `left_out`, shape (n,), has the measure without each of the n things in turn. 0.0 where they do not vary. Unlike a
    bootstrap resample, no such sample holds a thing twice.
    """
    n = len(left_out)
    if n < 2:
        raise ValueError("A jackknife needs two things at least.")
    return float(np.sqrt((n - 1) * np.mean((left_out - left_out.mean()) ** 2)))


def bootstrap_p_value(replicates: FloatArray, freedom: Freedom) -> float | None:
    """The two-sided p-value of the true value being 0, in keeping with the expanded percentile interval. Range 0 to 1.

    P(|T| > t d / w) of Student's t, with t its 97.5% quantile, d the distance of the replicates' median from 0, and w
    that from the median to the end of the 95% interval on the side of 0. So p is below 0.05 where, and only where,
    that interval does not hold 0. Counting replicates beyond 0 would end at one in their number, too coarse to be
    adjusted for many comparisons. None where there is no interval, the replicates do not vary, or so many are the same
    that the interval ends at their median.
    """
    found = percentile_interval(replicates, freedom=freedom)
    if found is None or not np.nanstd(replicates) > 1e-12:
        return None
    middle = float(np.nanmedian(replicates))
    if middle == 0:
        return 1.0
    reach = middle - found[0] if middle > 0 else found[1] - middle
    if not reach > 1e-12:
        return None
    at_end = float(stdtrit(freedom.degrees, 0.025))
    return float(2 * stdtr(freedom.degrees, float(at_end * abs(middle) / reach)))


def rater_part(scores: FloatArray, by_resample: FloatArray, items: Freedom, drawn: IntArray) -> RaterPart:
    """What a mean over raters owes to who the raters are: to be added to its replicates over items.

    `scores`, shape (k,), has what each rater adds to the mean (the score itself, or a jackknife's pseudo-value),
    `by_resample`, (k, R'), the same on resamples of the items, whose freedom is `items`; `drawn`, (R, k), has draws of
    raters. Scores of raters differ by their own ways, and by chance because the items are few; the latter is in the
    replicates over items already (drawing raters and items at once would count it three times: Owen 2007, "The
    pigeonhole bootstrap"). Its variance is known from how scores move against each other with the items. What is
    left, 0 at least, is that of raters' ways, and the raters drawn are moved to it. Nothing is added where none is.
    Resamples on which a rater has no value (NaN) tell nothing of that; where all are such, all is taken for ways.
    """
    k, total = len(scores), float(scores.var(ddof=1))
    complete = by_resample[:, ~np.isnan(by_resample).any(axis=0)]
    against_all = complete - complete.mean(axis=0) if complete.size else np.zeros((k, 1))
    of_items = float(against_all.var(axis=1).mean()) * k / (k - 1) * items.ratio
    ways = max(total - of_items, 0.0)
    if not ways > 1e-12:
        return RaterPart(np.zeros(len(drawn)), 0.0, Freedom(k - 1))
    moved = (scores[drawn].mean(axis=1) - scores.mean()) * sqrt(ways / total * k / (k - 1))
    return RaterPart(moved, ways / k, Freedom((k - 1) * (ways / total) ** 2))
