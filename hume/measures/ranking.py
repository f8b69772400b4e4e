"""Measures of one ranking against graded relevance, with an explicit policy for ties.

All take `scores`, the candidates with a higher score meaning ranked earlier, and `qrels`, the documents with
their grade. Relevant means a grade above 0; a candidate without a grade is not relevant; a positive that is
no candidate was not found, and counts in the denominator. No positives, or no candidates, is 0.0, as in mteb.

Policies for ties:

`expected`
    The mean over all orders of the tied documents, exact (McSherry and Najork 2008, "Computing Information
    Retrieval Performance Measures Efficiently in the Presence of Tied Scores", ECIR,
    doi:10.1007/978-3-540-78646-7_38). Documents tie where their scores are equal as Python floats. Without
    ties it equals trec_eval's value.
`mteb`
    trec_eval's one order: tied documents by id, descending, as strings. As in mteb, average precision and
    nDCG compare scores in single precision, and the reciprocal rank in double precision.
`hume-v1`
    scikit-learn's `average_precision_score` over the candidates: tied documents are pooled, and the
    denominator is the number of positives among the candidates. It is there for parity with published figures
    of HUME v1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import comb, isnan, log2
from typing import Literal

import numpy as np

Ties = Literal["expected", "mteb", "hume-v1"]

#: mteb's main score is `map_at_1000`: what lies deeper counts as not found.
DEPTH = 1000

Tier = Sequence[float]


def average_precision(
    scores: Mapping[str, float], qrels: Mapping[str, float], ties: Ties = "expected", k: int = DEPTH
) -> float:
    """The mean, over the positives, of the precision at the rank of each. Range 0 to 1.

    AP = (1 / P) * sum of R(i) / i over the ranks i <= k of relevant documents, where R(i) is the number of
    relevant documents among the first i and P that of all positives in `qrels` (trec_eval's `map_cut_k`).
    With `hume-v1` there is no cut, P counts candidates alone, and i and R(i) are taken at the end of the
    group of tied documents.

    In a group of t tied documents, r of them relevant, after p documents, R of them relevant, rank p + i
    holds a relevant document with probability r / t, and then (i - 1)(r - 1) / (t - 1) relevant ones of its
    group lie before it in the mean; so it adds (r / t) * (R + 1 + (i - 1)(r - 1) / (t - 1)) / (p + i) to the
    expected sum. ValueError for k < 1.
    """
    _check_cut(k)
    if ties == "hume-v1":
        return _pooled_average_precision(_tied(scores, qrels))
    tiers = _tiers(scores, qrels, ties, single_precision=True)
    positives = len(_ideal(qrels))
    if not positives:
        return 0.0
    before = found = 0
    total = 0.0
    for tier in tiers:
        size, relevant = len(tier), _n_relevant(tier)
        others = (relevant - 1) / (size - 1) if size > 1 else 0.0
        for i in range(min(size, k - before) if relevant else 0):
            total += relevant / size * (found + 1 + i * others) / (before + i + 1)
        before += size
        found += relevant
    return total / positives


def reciprocal_rank(
    scores: Mapping[str, float], qrels: Mapping[str, float], k: int = 10, ties: Ties = "expected"
) -> float:
    """1 / the rank of the first relevant document, 0.0 if that is beyond rank `k`. Range 0 to 1.

    In the first group of tied documents that has relevant ones (t documents, r relevant, after p documents),
    the first relevant one is the i-th of its group with probability C(t - i, r - 1) / C(t, r); the value is
    the mean of 1 / (p + i) over i, with 0 where p + i > k. ValueError for `hume-v1`, which defined none, and
    for k < 1.
    """
    _check_cut(k)
    before = 0
    for tier in _tiers(scores, qrels, ties, single_precision=False):
        if relevant := _n_relevant(tier):
            return _expected_reciprocal(before, len(tier), relevant, k)
        before += len(tier)
    return 0.0


def ndcg(scores: Mapping[str, float], qrels: Mapping[str, float], k: int = 10, ties: Ties = "expected") -> float:
    """Normalised discounted cumulative gain of the first `k` ranks (Järvelin and Kekäläinen 2002). Range 0 to 1.

    DCG@k = sum of gain(i) / log2(i + 1) over ranks i <= k, divided by that of the best order of all of
    `qrels`. The gain is the grade itself, and 0 for a negative one (trec_eval's `ndcg_cut`). Each document of
    a group of ties stands at each of its ranks with the same probability, so in expectation every rank of the
    group has the group's mean gain. ValueError for `hume-v1`, which defined none, and for k < 1.
    """
    _check_cut(k)
    tiers = _tiers(scores, qrels, ties, single_precision=True)
    ideal = _ideal(qrels)
    if not ideal:
        return 0.0
    gains = [sum(tier) / len(tier) for tier in tiers for _ in tier]
    return _discounted(gains[:k]) / _discounted(ideal[:k])


def recall(scores: Mapping[str, float], qrels: Mapping[str, float], k: int, ties: Ties = "expected") -> float:
    """The share of all positives in `qrels` that stand in the first `k` ranks (trec_eval's `recall_k`). Range 0 to 1.

    ValueError for `hume-v1`, which defined none, and for k < 1.
    """
    positives = len(_ideal(qrels))
    return _n_found(scores, qrels, k, ties) / positives if positives else 0.0


def precision(scores: Mapping[str, float], qrels: Mapping[str, float], k: int, ties: Ties = "expected") -> float:
    """The positives in the first `k` ranks over k, however few candidates there are (trec_eval's `P_k`). Range 0 to 1.

    ValueError for `hume-v1`, which defined none, and for k < 1.
    """
    return _n_found(scores, qrels, k, ties) / k


def hit_rate(scores: Mapping[str, float], qrels: Mapping[str, float], k: int, ties: Ties = "expected") -> float:
    """1 where a positive stands in the first `k` ranks, else 0 (trec_eval's `success_k`). Range 0 to 1.

    Of the group of ties that holds the first positives (t documents, r relevant, of which m stand within the first k
    ranks) none is relevant with probability C(t - r, m) / C(t, m). ValueError for `hume-v1`, which defined none, and
    for k < 1.
    """
    _check_cut(k)
    before = 0
    for tier in _tiers(scores, qrels, ties, single_precision=True):
        if relevant := _n_relevant(tier):
            within = min(max(k - before, 0), len(tier))
            return 1.0 - comb(len(tier) - relevant, within) / comb(len(tier), within)
        before += len(tier)
    return 0.0


# -- the order that the policy gives ----------------------------------------------------------------


def _tiers(scores: Mapping[str, float], qrels: Mapping[str, float], ties: Ties, single_precision: bool) -> list[Tier]:
    """The gains of the candidates, best first, in groups whose inner order is open."""
    match ties:
        case "expected":
            return _tied(scores, qrels)
        case "mteb":
            return _by_id(scores, qrels, single_precision)
        case "hume-v1":
            raise ValueError("hume-v1 defined average precision alone: use 'expected' or 'mteb' here.")
        case _:
            raise ValueError(f"Unknown tie policy {ties!r}: use 'expected', 'mteb' or 'hume-v1'.")


def _tied(scores: Mapping[str, float], qrels: Mapping[str, float]) -> list[Tier]:
    _check_numbers(scores)
    tiers: dict[float, list[float]] = {}
    for name, score in scores.items():
        tiers.setdefault(score, []).append(_gain(qrels, name))
    return [tiers[score] for score in sorted(tiers, reverse=True)]


def _by_id(scores: Mapping[str, float], qrels: Mapping[str, float], single_precision: bool) -> list[Tier]:
    _check_numbers(scores)

    def rank(name: str) -> tuple[float, str]:
        return (float(np.float32(scores[name])) if single_precision else scores[name]), name

    return [[_gain(qrels, name)] for name in sorted(scores, key=rank, reverse=True)]


def _gain(qrels: Mapping[str, float], name: str) -> float:
    return max(qrels.get(name, 0.0), 0.0)


def _n_relevant(tier: Tier) -> int:
    return sum(gain > 0 for gain in tier)


def _ideal(qrels: Mapping[str, float]) -> list[float]:
    """The positive grades, greatest first."""
    return sorted((grade for grade in qrels.values() if grade > 0), reverse=True)


# -- the sums -----------------------------------------------------------------------------------------


def _pooled_average_precision(tiers: Sequence[Tier]) -> float:
    positives = sum(map(_n_relevant, tiers))
    if not positives:
        return 0.0
    seen = found = 0
    total = 0.0
    for tier in tiers:
        relevant = _n_relevant(tier)
        seen += len(tier)
        found += relevant
        total += relevant * found / seen
    return total / positives


def _expected_reciprocal(before: int, size: int, relevant: int, k: int) -> float:
    total, none_yet = 0.0, 1.0
    for i in range(min(size - relevant + 1, k - before)):
        first_here = none_yet * relevant / (size - i)
        total += first_here / (before + i + 1)
        none_yet -= first_here
    return total


def _n_found(scores: Mapping[str, float], qrels: Mapping[str, float], k: int, ties: Ties) -> float:
    """How many positives stand in the first k ranks, in expectation: every rank of a group of ties has its mean."""
    _check_cut(k)
    before, found = 0, 0.0
    for tier in _tiers(scores, qrels, ties, single_precision=True):
        found += _n_relevant(tier) * min(max(k - before, 0), len(tier)) / len(tier)
        before += len(tier)
    return found


def _discounted(gains: Sequence[float]) -> float:
    return sum(gain / log2(rank + 1) for rank, gain in enumerate(gains, start=1))


def _check_cut(k: int) -> None:
    if k < 1:
        raise ValueError(f"The cut k is {k}; it must be 1 or more.")


def _check_numbers(scores: Mapping[str, float]) -> None:
    if any(map(isnan, scores.values())):
        name = next(name for name, score in scores.items() if isnan(score))
        raise ValueError(f"The score of {name!r} is NaN, which has no place in a ranking.")
