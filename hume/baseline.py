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
from hume.measures.bootstrap import Freedom, RaterPart, rater_part
from hume.measures.dawid_skene import dawid_skene
from hume.parsed import ParsedSubset, Sheet
from hume.records import BaselineRow
from hume.score import (
    DRAWS,
    AnswerSet,
    draws_texts,
    freedom,
    interval,
    main_and_replicates,
    main_score,
    replicates,
    replicates_of,
    restricted,
    unfit,
)
from hume.tasks.base import Draws, FloatArray, IntArray, ItemId
from hume.tasks.classification import Answer as Labelled
from hume.tasks.classification import Classification

#: Kinds of raters that have a baseline, each its own: people and made-up raters are never mixed.
KINDS = ("human", "simulated")
#: From so many raters on, intervals are over raters and items.
ENOUGH_RATERS = 5
#: A baseline from fewer items says so.
ENOUGH_ITEMS = 10
FEW_DRAWS = Draws(resamples=200)
"""Enough to know how much of what raters differ by is owed to the items."""

Pool = Callable[[ParsedSubset, Sequence[Sheet]], list[AnswerSet]]


@dataclass(frozen=True, eq=False)
class Sampled:
    """A figure's replicates, what they are over, and the freedom that its interval has."""

    replicates: FloatArray
    items: Freedom
    """Of the items alone."""
    raters: RaterPart | None = None
    """What the raters added, in `replicates` already; None where they are not resampled."""

    @property
    def freedom(self) -> Freedom:
        """Of items, and of raters where they are resampled too."""
        return together(self.replicates, self.items, self.raters)


@dataclass(frozen=True)
class Aggregated:
    """What an aggregation makes of the raters of one kind: the mean of `scores`, and its replicates."""

    scores: Sequence[float]
    """The defined ones alone."""
    drawn: Sampled
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


def together(replicates: FloatArray, items: Freedom, raters: RaterPart | None) -> Freedom:
    """The freedom of replicates over items, to which raters have added their part."""
    if raters is None or not (there := replicates[~np.isnan(replicates)]).size:
        return items
    of_items = max(float(there.var()) - raters.variance, 0.0)
    return Freedom.joined([(of_items, items), (raters.variance, raters.freedom)])


def mean_over(scores: Sequence[float], rows: Sequence[FloatArray], items: Freedom, raters: IntArray | None) -> Sampled:
    """The mean of the replicates over items of each rater, a row each, NaN for none, and what other raters would add.

    `scores` has each rater's own, `raters` what `raters_resampled` says.
    """
    of = np.array(rows)
    there = ~np.isnan(of)
    counts = there.sum(axis=0)
    mean = np.where(counts > 0, np.where(there, of, 0.0).sum(axis=0) / np.maximum(counts, 1), np.nan)
    if raters is None:
        return Sampled(mean, items)
    part = rater_part(np.array(scores), of, items, raters)
    return Sampled(np.asarray(mean + part.added), items, part)


def nothing_drawn() -> Sampled:
    """Of a figure that is undefined."""
    return Sampled(np.full(DRAWS.resamples, np.nan), Freedom.of(0))


def others(subset: ParsedSubset, kind: str) -> list[AnswerSet]:
    """For each rater of a kind the consensus of all others; computed once."""
    key = "others", kind
    if key not in subset.memo:
        sheets = [sheet.answers for sheet in subset.of_kind(kind)]
        subset.memo[key] = subset.type.consensus_of_others(subset.items, sheets, subset.settings)
    found: list[AnswerSet] = subset.memo[key]
    return found


def consensus_drawn(subset: ParsedSubset, kind: str, consensus: AnswerSet) -> Sampled:
    """Replicates of the consensus, or of its part on some items, over raters and items where there are enough raters.

    Raters cannot be drawn with replacement and joined: a rater who is in twice outvotes others, and a consensus of
    fewer different people is a worse one. So the jackknife's pseudo-values of the raters (n times the score less n - 1
    times the score without the rater; Efron and Tibshirani 1993, section 11.5) are drawn instead.
    """
    over_items, items = replicates(subset, consensus), freedom(subset, consensus)
    part = _consensus_part(subset, kind, consensus)
    if part is None:
        return Sampled(over_items, items)
    metric = subset.type.metrics[0]
    return Sampled(np.clip(over_items + part.added, metric.low, metric.high), items, part)


def _consensus_part(subset: ParsedSubset, kind: str, consensus: AnswerSet) -> RaterPart | None:
    """What other raters would add to the consensus; None where raters are not resampled. Computed once."""
    key = "raters of", kind, id(consensus)
    if key not in subset.memo:
        # The consensus is kept with the value, so that no other one can come to lie at its address.
        subset.memo[key] = consensus, _rater_part_of(subset, kind, consensus)
    found: RaterPart | None = subset.memo[key][1]
    return found


def _rater_part_of(subset: ParsedSubset, kind: str, consensus: AnswerSet) -> RaterPart | None:
    n = len(subset.of_kind(kind))
    raters, whole = raters_resampled(n, kind, DEFAULT), main_score(subset, consensus)
    if raters is None or whole is None:
        return None
    sets = [restricted(subset, other, consensus) for other in others(subset, kind)]
    without = [whole if (score := main_score(subset, answers)) is None else score for answers in sets]
    over_items, *rows = replicates_of(subset, [consensus, *sets], FEW_DRAWS)
    pseudo, rows_of = n * whole - (n - 1) * np.array(without), n * over_items - (n - 1) * np.array(rows)
    return rater_part(pseudo, rows_of, freedom(subset, consensus), raters)


def pool_drawn(subset: ParsedSubset, kind: str, name: str) -> Sampled:
    """Replicates of a pool's baseline, over raters and items where there are enough raters; computed once."""
    key = "pool drawn", kind, name
    if key not in subset.memo:
        subset.memo[key] = _pool_drawn(subset, kind, name)
    found: Sampled = subset.memo[key]
    return found


def _pool_drawn(subset: ParsedSubset, kind: str, name: str) -> Sampled:
    sets = pooled(subset, kind, name)
    scored = [(answers, score) for answers in sets if (score := main_score(subset, answers)) is not None]
    if not scored:
        return nothing_drawn()
    if name == DEFAULT:
        return consensus_drawn(subset, kind, scored[0][0])
    items = freedom(subset, {item_id for answers, _ in scored for item_id in answers})
    rows = [replicates(subset, answers) for answers, _ in scored]
    return mean_over([score for _, score in scored], rows, items, raters_resampled(len(rows), kind, name))


# -- the aggregations -----------------------------------------------------------------------------------


def _of_pool(name: str) -> Callable[[ParsedSubset, str], Aggregated | None]:
    def aggregated(subset: ParsedSubset, kind: str) -> Aggregated | None:
        sets, sheets = pooled(subset, kind, name), subset.of_kind(kind)
        if not sets and name == "dawid-skene":
            return None
        scored = [(answers, score) for answers in sets if (score := main_score(subset, answers)) is not None]
        of_defined = [sheet for sheet in sheets if any(sheet.answers is answers for answers, _ in scored)]
        return Aggregated(
            [score for _, score in scored],
            pool_drawn(subset, kind, name),
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
        score, drawn = main_and_replicates(subset, judged, answers)
        if score is not None:
            scores.append(score)
            rows.append(drawn)
            raters.append(sheet)
            items.update(answers)
    over_raters = raters_resampled(len(rows), kind, "leave-one-out")
    return Aggregated(
        scores,
        mean_over(scores, rows, freedom(subset, items), over_raters) if rows else nothing_drawn(),
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
    scores, items = [score for score, _ in found], frozenset(item_id for sheet in sheets for item_id in sheet.answers)
    return Aggregated(
        scores,
        mean_over(scores, [row for _, row in found], freedom(subset, items), None) if found else nothing_drawn(),
        sheets,
        items,
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
    low, high = interval(found.drawn.replicates, found.drawn.freedom) if found.scores else (None, None)
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
        resampled="" if low is None else what_is_resampled(subset, found.drawn),
    )


def what_is_resampled(subset: ParsedSubset, drawn: Sampled) -> str:
    """`items`, or the `texts` of each set in clustering with few sets; with `raters and` before it where they are."""
    things = "texts" if draws_texts(subset) else "items"
    return things if drawn.raters is None else f"raters and {things}"


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
