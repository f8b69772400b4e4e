"""Agreement on how to group the texts of one set: of every pair of raters, and of all, on resamples of the texts.

Every rater grouped all n texts: `partitions` has shape (raters, n), with codes from 0. `frequency`, shape (rows, n),
has how often each row has each text; copies of a text are taken for texts of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from scipy.special import gammaln, xlogy

from hume.measures import FloatArray, IntArray
from hume.measures.bootstrap import put_right
from hume.measures.pairwise import pairs_of
from hume.measures.partitions import adjusted_mutual_information as adjusted_mutual_information_of
from hume.measures.resampling import MOST_CELLS, Resamples, indicators, ratio

MOST_TEXTS = 200
"""Above so many texts the expected mutual information of every pair of sizes would take too long to tabulate."""


class Grouped:
    """The partitions of one set by all its raters, on every row: what comparisons of any two of them are made of."""

    def __init__(self, partitions: IntArray, frequency: FloatArray) -> None:
        self.n_texts = partitions.shape[1]
        self.n = frequency.sum(axis=1)
        self.pairs = pairs_of(len(partitions))
        self.one, self.other = np.array(self.pairs, dtype=np.int64).reshape(-1, 2).T
        alone = [indicators(groups, int(groups.max()) + 1) for groups in partitions]
        self.sizes = [frequency @ groups for groups in alone]
        """Of each rater's groups, shape (rows, groups)."""
        met = [_cells(partitions[a], partitions[b]) for a, b in self.pairs]
        sums = _sums_by_partition([*alone, *met], frequency)
        raters = len(partitions)
        self._within = (sums[0] - self.n[:, None]) / 2
        self._entropy = np.maximum(np.log(self.n)[:, None] - sums[1] / self.n[:, None], 0.0)
        self._groups = sums[2]
        self.within, self.within_both = self._within[:, :raters], self._within[:, raters:]
        """Pairs of texts in one group: of each rater, and in one group of both of a pair."""
        self.entropy, self.entropy_both = self._entropy[:, :raters], self._entropy[:, raters:]
        self.groups, self.groups_both = self._groups[:, :raters], self._groups[:, raters:]

    @property
    def information(self) -> FloatArray:
        """The mutual information of each pair in nats, shape (rows, pairs)."""
        a, b = self.entropy[:, self.one], self.entropy[:, self.other]
        return np.asarray(np.clip(a + b - self.entropy_both, 0.0, np.minimum(a, b)))


def measures_of_pairs(partitions: IntArray, resamples: Resamples) -> dict[str, FloatArray]:
    """`ari`, `ami` and `v_measure` of every pair of raters, on the whole and on each resample, each (rows, pairs).

    A resample holds some texts twice, which are always found together: that lifts these measures and narrows their
    spread. So the replicates are centred on the whole's value, with the delete-one jackknife's spread. `ami` has no
    replicates (NaN) for sets of more than `MOST_TEXTS` texts.
    """
    n = partitions.shape[1]
    grouped = Grouped(partitions, np.concatenate([resamples.weights, 1.0 - np.eye(n)]))
    found = {"ari": adjusted_rand(grouped), "v_measure": v_measure(grouped)}
    found["ami"] = adjusted_mutual_information(grouped) if n <= MOST_TEXTS else _whole_ami(partitions, grouped)
    return {name: _put_right(values, resamples.rows) for name, values in found.items()}


def _put_right(values: FloatArray, rows: int) -> FloatArray:
    whole, replicates, left_out = values[0], values[1:rows], values[rows:]
    moved: FloatArray = np.minimum(np.vstack([whole, put_right(replicates, whole, left_out)]), 1.0)
    return moved


def _whole_ami(partitions: IntArray, grouped: Grouped) -> FloatArray:
    found = np.full((len(grouped.n), len(grouped.pairs)), np.nan)
    found[0] = [
        adjusted_mutual_information_of(partitions[a].tolist(), partitions[b].tolist()) for a, b in grouped.pairs
    ]
    return found


def adjusted_rand(grouped: Grouped) -> FloatArray:
    """`hume.measures.partitions.adjusted_rand` of every pair of raters, shape (rows, pairs)."""
    every = (grouped.n * (grouped.n - 1) / 2)[:, None]
    both = grouped.within_both
    only_a, only_b = grouped.within[:, grouped.one] - both, grouped.within[:, grouped.other] - both
    neither = every - both - only_a - only_b
    scale = (both + only_a) * (only_a + neither) + (both + only_b) * (only_b + neither)
    agreed = 2 * (both * neither - only_a * only_b)
    return np.where(only_a + only_b > 0, ratio(agreed, scale), 1.0)


def v_measure(grouped: Grouped) -> FloatArray:
    """`hume.measures.partitions.v_measure` of every pair of raters, shape (rows, pairs)."""
    entropies = grouped.entropy[:, grouped.one] + grouped.entropy[:, grouped.other]
    return np.where(entropies > 0, ratio(2 * grouped.information, entropies), 1.0)


def adjusted_mutual_information(grouped: Grouped) -> FloatArray:
    """`hume.measures.partitions.adjusted_mutual_information` of every pair of raters, shape (rows, pairs).

    ValueError for a set of more than `MOST_TEXTS` texts.
    """
    expected = _expected_information(grouped)
    groups_a, groups_b = grouped.groups[:, grouped.one], grouped.groups[:, grouped.other]
    is_same = (grouped.groups_both == groups_a) & (grouped.groups_both == groups_b)
    is_one_group = (groups_a == 1) | (groups_b == 1)
    room = (grouped.entropy[:, grouped.one] + grouped.entropy[:, grouped.other]) / 2 - expected
    above = np.zeros_like(expected)
    np.divide(grouped.information - expected, room, out=above, where=~is_same & ~is_one_group)
    return np.where(is_same, 1.0, above)


def co_membership_sums(partitions: IntArray, frequency: FloatArray) -> FloatArray:
    """What one set adds to Krippendorff's alpha of "these two texts belong together", shape (rows, 3).

    A unit is a pair of different texts, rated 1 by a rater who puts them together and else 0. The columns are the
    coincidences that differ, the ratings 1, and all ratings. Copies of one text make no pair with each other: they
    are always together, and would lift alpha.
    """
    m = len(partitions)
    together = sum(((one[:, None] == one[None, :]).astype(np.float64) for one in partitions), np.zeros(()))
    np.fill_diagonal(together, 0.0)
    differing = 2 * together * (m - together) / (m - 1)
    np.fill_diagonal(differing, 0.0)
    squares = (frequency * frequency).sum(axis=1)
    pairs = (frequency.sum(axis=1) ** 2 - squares) / 2
    return np.column_stack([*(_over_pairs(of, frequency) for of in (differing, together)), m * pairs])


def co_membership_alpha(sums: FloatArray) -> FloatArray:
    """Alpha from `co_membership_sums`, those of several sets added up; shape (rows,), NaN without variation."""
    differing, ones, n = sums.T
    expected = 2 * ones * (n - ones)
    return 1.0 - ratio(differing * (n - 1), expected)


# -- the parts ------------------------------------------------------------------------------------------


def _cells(a: IntArray, b: IntArray) -> FloatArray:
    """Which pair of groups each text lies in, of those that occur, shape (n, pairs of groups)."""
    distinct, codes = np.unique(a * (int(b.max()) + 1) + b, return_inverse=True)
    return indicators(codes, len(distinct))


def _over_pairs(values: FloatArray, frequency: FloatArray) -> FloatArray:
    """The sum of symmetric `values` (n, n), with an empty diagonal, over the pairs of different texts of each row."""
    return np.asarray(((frequency @ values) * frequency).sum(axis=1) / 2)


def _sums_by_partition(partitions: Sequence[FloatArray], frequency: FloatArray) -> FloatArray:
    """For the sizes s of the groups of each partition the sums of s^2, s ln s and 1, shape (3, rows, partitions)."""
    belongs = np.concatenate(partitions, axis=1)
    first = np.cumsum([0, *(part.shape[1] for part in partitions[:-1])])
    counted = np.arange(int(frequency.sum(axis=1).max()) + 1)
    of_size = np.array([counted**2, xlogy(counted, counted), counted > 0], dtype=np.float64)
    step = max(1, MOST_CELLS // belongs.shape[1])
    return np.concatenate(
        [
            np.add.reduceat(of_size[:, (frequency[row : row + step] @ belongs).astype(np.int64)], first, axis=2)
            for row in range(0, len(frequency), step)
        ],
        axis=1,
    )


def _expected_information(grouped: Grouped) -> FloatArray:
    """The mean mutual information of partitions with the group sizes of each pair, shape (rows, pairs).

    With h the histogram of a rater's group sizes and E what two groups add, it is h_a E h_b for every pair at once.
    """
    found = np.empty((len(grouped.n), len(grouped.pairs)))
    for n in np.unique(grouped.n).astype(np.int64).tolist():
        rows = np.nonzero(grouped.n == n)[0]
        histograms = np.stack([_histogram(sizes[rows], n) for sizes in grouped.sizes], axis=1)
        of_all = histograms @ _of_two_groups(n) @ histograms.transpose(0, 2, 1)
        found[rows] = of_all[:, grouped.one, grouped.other]
    return found


def _histogram(sizes: FloatArray, n: int) -> FloatArray:
    """How many groups of each size 0 to n each row has, shape (rows, n + 1)."""
    cells = sizes.astype(np.int64) + (n + 1) * np.arange(len(sizes))[:, None]
    return np.bincount(cells.ravel(), minlength=(n + 1) * len(sizes)).reshape(len(sizes), n + 1).astype(np.float64)


@lru_cache(maxsize=64)
def _of_two_groups(n: int) -> FloatArray:
    """What two groups of a and b of n things add to the expected mutual information, shape (n + 1, n + 1).

    sum over k of k/n ln(n k / (a b)) P(k), with P(k) the chance that k of the a things are among the b (Vinh, Epps and
    Bailey 2010).
    """
    if n > MOST_TEXTS:
        raise ValueError(f"The set has more than {MOST_TEXTS} texts.")
    log_factorial = gammaln(np.arange(n + 1) + 1.0)
    found = np.zeros((n + 1, n + 1))
    b = np.arange(1, n + 1)[:, None]
    for a in range(1, n + 1):
        k = np.arange(1, a + 1)[None, :]
        possible = (k <= b) & (a - k <= n - b)
        parts: Sequence[IntArray] = (k, np.where(possible, a - k, 0), np.where(possible, b - k, 0))
        neither = np.where(possible, n - a - b + k, 0)
        log_chance = (
            log_factorial[a] + log_factorial[n - a] + log_factorial[b] + log_factorial[n - b] - log_factorial[n]
            - sum((log_factorial[part] for part in parts), log_factorial[neither])
        )  # fmt: skip
        terms = k / n * np.log(n * k / (a * b)) * np.exp(np.where(possible, log_chance, -np.inf))
        found[a, 1:] = terms.sum(axis=1)
    return found
