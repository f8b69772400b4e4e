"""Stage: the human score of a subset, by named aggregations over raters.

A pool turns raters into one or more answer sets, and its baseline is the mean of their scores: a consensus is one set,
the mean over raters is as many as there are raters. So the gap of a model (`hume.gap`) is the same function for each of
them: the model against each set on the set's own items, averaged. Two aggregations are no pools: `leave-one-out` holds
raters against each other instead of gold, and `hume-v1` has rules of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hume.hume_v1 import RULES
from hume.measures.dawid_skene import dawid_skene
from hume.parsed import ParsedSubset, Sheet
from hume.records import BaselineRow
from hume.score import DRAWS, AnswerSet, interval, main_score, replicates, restricted, unfit
from hume.tasks.base import FloatArray, IntArray, ItemId
from hume.tasks.classification import Answer as Labelled
from hume.tasks.classification import Classification

#: Kinds of raters that have a baseline, each its own: people and made-up raters are never mixed.
KINDS = ("human", "simulated")
#: From so many raters on, intervals are over raters and items.
ENOUGH_RATERS = 5
#: A baseline from fewer items says so.
ENOUGH_ITEMS = 10
ITEMS, RATERS_AND_ITEMS = "items", "raters and items"
"""What an interval's bootstrap resamples."""

Pool = Callable[[ParsedSubset, Sequence[Sheet]], list[AnswerSet]]


@dataclass(frozen=True)
class Aggregated:
    """What an aggregation makes of the raters of one kind: the mean of `scores`, and its replicates."""

    scores: Sequence[float]
    """The defined ones alone."""
    replicates: FloatArray
    resampled: str
    """`items`, or `raters and items`."""
    raters: Sequence[Sheet]
    """Those that the figure rests on."""
    items: frozenset[ItemId]
    caution: str = ""
    undefined: str = "undefined: too few answers, or answers that do not vary"
    n_sets: int = 1
    """Scores that there would be were none undefined."""


# -- pools: answer sets that the subset's own metric scores -----------------------------------------------


def _consensus(subset: ParsedSubset, sheets: Sequence[Sheet]) -> list[AnswerSet]:
    return [subset.type.consensus(subset.items, [sheet.answers for sheet in sheets], subset.settings)]


def _each(subset: ParsedSubset, sheets: Sequence[Sheet]) -> list[AnswerSet]:
    return [sheet.answers for sheet in sheets]


def _best(subset: ParsedSubset, sheets: Sequence[Sheet]) -> list[AnswerSet]:
    """The rater with the best score; among equals the one with most items, then the first."""
    scored = [(score, sheet) for sheet in sheets if (score := main_score(subset, sheet.answers)) is not None]
    best = max(scored, key=lambda one: (one[0], len(one[1].answers)), default=None)
    return [] if best is None else [best[1].answers]


def _weighted(subset: ParsedSubset, sheets: Sequence[Sheet]) -> list[AnswerSet]:
    """The likeliest labels by Dawid and Skene; of other task types there is no such consensus."""
    if not isinstance(subset.type, Classification):
        return []
    names = subset.settings.names
    code = {name: index for index, name in enumerate(names)}
    codes = [[code[sheet.answers[i].first] if i in sheet.answers else -1 for i in subset.items] for sheet in sheets]
    truth = np.round(dawid_skene(np.array(codes), len(names)), 9)
    found: dict[ItemId, Any] = {}
    for item_id, chances in zip(subset.items, truth, strict=True):
        if any(item_id in sheet.answers for sheet in sheets):
            likeliest = [name for name, chance in zip(names, chances, strict=True) if chance == chances.max()]
            found[item_id] = Labelled(label=likeliest[0]) if len(likeliest) == 1 else Labelled(tied=tuple(likeliest))
    return [found]


#: Aggregations that gaps are made with.
POOLS: Mapping[str, Pool] = {"consensus": _consensus, "mean": _each, "best": _best, "dawid-skene": _weighted}
#: The aggregation that leaderboards use: see docs/decisions/baseline.md.
DEFAULT = "consensus"


def pooled(subset: ParsedSubset, kind: str, name: str) -> list[AnswerSet]:
    """The answer sets of a pool; computed once. None for a task type that the pool is not for."""
    key = "pool", kind, name
    if key not in subset.memo:
        subset.memo[key] = POOLS[name](subset, subset.of_kind(kind))
    found: list[AnswerSet] = subset.memo[key]
    return found


def raters_resampled(n: int, kind: str, name: str) -> IntArray | None:
    """A resample of n raters a row, shape (resamples, n); None where they are too few, or not what the pool is over."""
    is_over_raters = name in (DEFAULT, "mean", "leave-one-out") and n >= ENOUGH_RATERS
    return DRAWS.of(f"raters {kind}", n).astype(np.int64) if is_over_raters else None


def mean_over(rows: Sequence[FloatArray], raters: IntArray | None) -> FloatArray:
    """The mean of replicates, a row a rater, over all of them or over those that each resample drew; NaN for none."""
    of = np.array(rows)
    drawn = of if raters is None else of[raters.T, np.arange(of.shape[1])]
    there = ~np.isnan(drawn)
    counts = there.sum(axis=0)
    return np.asarray(np.where(counts > 0, np.where(there, drawn, 0.0).sum(axis=0) / np.maximum(counts, 1), np.nan))


def others(subset: ParsedSubset, kind: str) -> list[AnswerSet]:
    """For each rater of a kind the consensus of all others; computed once."""
    key = "others", kind
    if key not in subset.memo:
        sheets = subset.of_kind(kind)
        subset.memo[key] = [
            subset.type.consensus(
                subset.items, [other.answers for other in sheets if other is not sheet], subset.settings
            )
            for sheet in sheets
        ]
    found: list[AnswerSet] = subset.memo[key]
    return found


def consensus_replicates(subset: ParsedSubset, kind: str, consensus: AnswerSet) -> FloatArray:
    """Replicates of the consensus, or of its part on some items, over raters and items where there are enough raters.

    Raters cannot be drawn with replacement and joined: a rater who is in twice outvotes others, and a consensus of
    fewer different people is a worse one. So the jackknife's pseudo-values of the raters (n times the score less n - 1
    times the score without the rater; Efron and Tibshirani 1993, section 11.5) are drawn, and how far the mean of those
    drawn lies from that of all is added to the replicates over items.
    """
    n = len(subset.of_kind(kind))
    over_items, raters = replicates(subset, consensus), raters_resampled(n, kind, DEFAULT)
    whole = main_score(subset, consensus)
    if raters is None or whole is None:
        return over_items
    without = [main_score(subset, restricted(subset, other, consensus)) for other in others(subset, kind)]
    pseudo = np.array([n * whole - (n - 1) * (whole if score is None else score) for score in without])
    metric = subset.type.metrics[0]
    return np.asarray(np.clip(over_items + pseudo[raters].mean(axis=1) - pseudo.mean(), metric.low, metric.high))


def pool_replicates(subset: ParsedSubset, kind: str, name: str) -> FloatArray:
    """Replicates of a pool's baseline, over raters and items where there are enough raters; computed once."""
    key = "pool replicates", kind, name
    if key not in subset.memo:
        subset.memo[key] = _pool_replicates(subset, kind, name)
    found: FloatArray = subset.memo[key]
    return found


def _pool_replicates(subset: ParsedSubset, kind: str, name: str) -> FloatArray:
    defined = [answers for answers in pooled(subset, kind, name) if main_score(subset, answers) is not None]
    if not defined:
        return np.full(DRAWS.resamples, np.nan)
    if name == DEFAULT:
        return consensus_replicates(subset, kind, defined[0])
    return mean_over([replicates(subset, answers) for answers in defined], raters_resampled(len(defined), kind, name))


# -- the aggregations -----------------------------------------------------------------------------------


def _of_pool(name: str) -> Callable[[ParsedSubset, str], Aggregated | None]:
    def aggregated(subset: ParsedSubset, kind: str) -> Aggregated | None:
        sets, sheets = pooled(subset, kind, name), subset.of_kind(kind)
        if not sets and name == "dawid-skene":
            return None
        scored = [(answers, score) for answers in sets if (score := main_score(subset, answers)) is not None]
        of_defined = [sheet for sheet in sheets if any(sheet.answers is answers for answers, _ in scored)]
        n_resampled = {DEFAULT: len(sheets), "mean": len(scored)}.get(name, 0)
        return Aggregated(
            [score for _, score in scored],
            pool_replicates(subset, kind, name),
            RATERS_AND_ITEMS if n_resampled >= ENOUGH_RATERS else ITEMS,
            of_defined if name == "mean" else sheets,
            frozenset(item_id for answers, _ in scored for item_id in answers),
            caution=f"the best of {len(sheets)}, chosen by these very items"
            if name == "best" and len(sheets) > 1
            else "",
            n_sets=len(sets),
        )

    return aggregated


def _leave_one_out(subset: ParsedSubset, kind: str) -> Aggregated | None:
    """Each rater against the consensus of the others: what the best of models could be held to without any gold."""
    sheets = subset.of_kind(kind)
    rows, scores, raters = [], [], []
    items: set[ItemId] = set()
    for sheet, reference in zip(sheets, others(subset, kind), strict=True) if len(sheets) > 1 else ():
        judged, answers = subset.type.against(subset.items, sheet.answers, reference, subset.settings)
        score = subset.type.score(judged, answers, subset.settings).values[subset.type.metrics[0].name]
        if score is not None:
            scores.append(score)
            rows.append(subset.type.replicates(judged, answers, subset.settings, DRAWS))
            raters.append(sheet)
            items.update(answers)
    drawn = raters_resampled(len(rows), kind, "leave-one-out")
    return Aggregated(
        scores,
        mean_over(rows, drawn) if rows else np.full(DRAWS.resamples, np.nan),
        ITEMS if drawn is None else RATERS_AND_ITEMS,
        raters or sheets,
        frozenset(items),
        undefined="undefined: no rater can be held against another",
        n_sets=len(sheets),
    )


def _hume_v1(subset: ParsedSubset, kind: str) -> Aggregated | None:
    rule = RULES.get(subset.type.name)
    if rule is None:
        return None
    sheets = subset.of_kind(kind)
    found = [(score, row) for score, row in rule(subset, [sheet.answers for sheet in sheets]) if score is not None]
    return Aggregated(
        [score for score, _ in found],
        mean_over([row for _, row in found], None) if found else np.full(DRAWS.resamples, np.nan),
        ITEMS,
        sheets,
        frozenset(item_id for sheet in sheets for item_id in sheet.answers),
        n_sets=max(len(found), 1),
    )


AGGREGATIONS: Mapping[str, Callable[[ParsedSubset, str], Aggregated | None]] = {
    **{name: _of_pool(name) for name in POOLS},
    "leave-one-out": _leave_one_out,
    "hume-v1": _hume_v1,
}


def baselines(subset: ParsedSubset) -> list[BaselineRow]:
    """A row for each kind of rater that answered, and each aggregation that the task type has."""
    return [
        _row(subset, kind, name, aggregated)
        for kind in KINDS
        if subset.of_kind(kind)
        for name, aggregate in AGGREGATIONS.items()
        if (aggregated := aggregate(subset, kind))
    ]


def _row(subset: ParsedSubset, kind: str, name: str, found: Aggregated) -> BaselineRow:
    low, high = interval(found.replicates) if found.scores else (None, None)
    return BaselineRow(
        **subset.row,
        metric=subset.type.metrics[0].name,
        kind=kind,
        aggregation=name,
        score=float(np.mean(found.scores)) if found.scores else None,
        ci_low=low,
        ci_high=high,
        n_items=len(found.items),
        n_raters=len(found.raters),
        n_answers=sum(len(sheet.answers) for sheet in found.raters),
        n_skipped=sum(sheet.n_skipped for sheet in subset.sheets if sheet.rater.kind == kind),
        reason="; ".join(_reasons(subset.of_kind(kind), found, low is not None)),
        caution="; ".join(filter(None, (found.caution, cautions(len(subset.of_kind(kind)), len(found.items))))),
        resampled="" if low is None else found.resampled,
    )


def cautions(n_raters: int, n_items: int) -> str:
    """What must be said on the face of a figure that rests on little."""
    said = ["one rater only"] if n_raters == 1 else []
    if 0 < n_items < ENOUGH_ITEMS:
        said.append(f"{n_items} {'item' if n_items == 1 else 'items'} only")
    return "; ".join(said)


def _reasons(sheets: Sequence[Sheet], found: Aggregated, has_interval: bool) -> Iterator[str]:
    """Why there is no score or interval, and what was left out."""
    if left_out := unfit(sum(sheet.n_unfit for sheet in sheets)):
        yield left_out
    if not found.scores:
        yield found.undefined
        return
    if len(found.scores) < found.n_sets:
        yield f"over {len(found.scores)} of {found.n_sets} raters: the others' scores are undefined"
    if not has_interval:
        yield "no interval: too few items, or no variation among them"
