"""Stage: every rater's scores on a subset, people's and models' by the same function."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from math import fsum
from typing import Any, cast

import numpy as np

from hume.measures.bootstrap import Freedom, percentile_interval
from hume.measures.resampling import ratio
from hume.parsed import ParsedSubset, Sheet
from hume.records import ScoreRow
from hume.tasks.base import Draws, FloatArray, ItemId, Scored
from hume.tasks.clustering import Clustering
from hume.tasks.common import mean_replicates, resamples

AnswerSet = Mapping[ItemId, Any]

DRAWS = Draws()
"""The bootstrap of every figure: 1,000 resamples of the items, seed 42."""


ROUNDING = 1e-9
"""Replicates that differ by less are the same: means of equal numbers may differ in their last bits."""


def interval(replicates: FloatArray, freedom: Freedom) -> tuple[float | None, float | None]:
    """The 95% expanded percentile interval; (None, None) where the resamples do not vary or are mostly undefined.

    Replicates that are all the same (one item, or every item right) would draw an interval of no width, which
    claims a certainty that is not there.
    """
    defined = replicates[~np.isnan(replicates)]
    varies = len(defined) and np.ptp(defined) > ROUNDING
    found = percentile_interval(replicates, freedom=freedom) if varies else None
    return found or (None, None)


def freedom(subset: ParsedSubset, keys: Collection[ItemId]) -> Freedom:
    """Of figures over these items; where their texts are resampled, over those."""
    if draws_texts(subset):
        return Freedom.of(sum(len(subset.items[item_id].texts) for item_id in keys), len(keys))
    return Freedom.of(len(keys))


def draws_texts(subset: ParsedSubset) -> bool:
    """Whether texts are resampled, within each set, instead of items: in clustering, where sets are few."""
    return isinstance(subset.type, Clustering) and not subset.type.is_mean_over_items(subset.items)


def score_of(subset: ParsedSubset, answers: AnswerSet) -> Scored:
    """Every metric of one answer set, whoever it comes from; computed once."""
    return cast(
        Scored,
        _once(subset, "score", answers, lambda: subset.type.score(subset.items, answers, subset.settings)),
    )


def main_score(subset: ParsedSubset, answers: AnswerSet) -> float | None:
    """The main metric of one answer set."""
    whole = subset.memo.get(("restricted from", id(answers)))
    if whole is not None and answers and (per_item := _main(subset, whole).per_item):
        return fsum(per_item[item_id] for item_id in answers) / len(answers)
    return _main(subset, answers).values[subset.type.metrics[0].name]


def replicates(subset: ParsedSubset, answers: AnswerSet) -> FloatArray:
    """The main metric of one answer set on the resamples that all figures share; computed once."""
    return replicates_of(subset, [answers])[0]


def replicates_of(subset: ParsedSubset, sets: Sequence[AnswerSet], draws: Draws = DRAWS) -> list[FloatArray]:
    """`replicates` of many answer sets: all those that are not known yet in one product."""
    what = f"{draws.resamples} draws"
    new = list({id(answers): answers for answers in sets if (what, id(answers)) not in subset.memo}.values())
    if new:
        is_mean = subset.type.is_mean_over_items(subset.items)
        rows = (
            _resampled_means(subset, new, draws)
            if is_mean
            else subset.type.replicates_of(subset.items, new, subset.settings, draws)
        )
        # The answers are kept with the values, so that no other ones can come to lie at their address.
        subset.memo.update({(what, id(answers)): (answers, row) for answers, row in zip(new, rows, strict=True)})
    return [subset.memo[what, id(answers)][1] for answers in sets]


def _resampled_means(subset: ParsedSubset, sets: Sequence[AnswerSet], draws: Draws) -> FloatArray:
    """The mean over each resample of the items that each set answers, shape (sets, resamples); NaN for none."""
    values = np.column_stack([values_by_item(subset, answers) for answers in sets])
    defined = ~np.isnan(values)
    sums = resamples(draws, len(values)).sums(np.hstack([np.where(defined, values, 0.0), defined]))[1:]
    return ratio(sums[:, : len(sets)], sums[:, len(sets) :]).T


def main_and_replicates(
    subset: ParsedSubset, items: Mapping[ItemId, Any], answers: AnswerSet
) -> tuple[float | None, FloatArray]:
    """The main metric of answers to items with another gold, all of the subset's, and its replicates."""
    scored = subset.type.score(items, answers, subset.settings, main_only=True)
    value = scored.values[subset.type.metrics[0].name]
    if subset.type.is_mean_over_items(items):
        return value, mean_replicates(items, scored.per_item, DRAWS)
    return value, subset.type.replicates(items, answers, subset.settings, DRAWS)


def values_by_item(subset: ParsedSubset, answers: AnswerSet) -> FloatArray:
    """The main metric's value of each item, shape (items,), NaN where it was not answered; computed once."""

    def compute() -> FloatArray:
        whole = subset.memo.get(("restricted from", id(answers)))
        if whole is not None:
            answered = np.array([item_id in answers for item_id in subset.items], dtype=np.bool_)
            return np.where(answered, values_by_item(subset, whole), np.nan)
        per_item = _main(subset, answers).per_item
        return np.array([per_item.get(item_id, np.nan) for item_id in subset.items], dtype=np.float64)

    return cast(FloatArray, _once(subset, "by item", answers, compute))


def _main(subset: ParsedSubset, answers: AnswerSet) -> Scored:
    """The main metric alone, with its values item by item; computed once, and not where every metric is known."""
    if ("score", id(answers)) in subset.memo:
        return score_of(subset, answers)

    def compute() -> Scored:
        return subset.type.score(subset.items, answers, subset.settings, main_only=True)

    return cast(Scored, _once(subset, "main score", answers, compute))


def restricted(subset: ParsedSubset, answers: AnswerSet, to: AnswerSet) -> AnswerSet:
    """The answers to items that `to` has too; the very same ones where that is all, so that nothing is done twice."""
    both = frozenset(answers.keys() & to.keys())
    if len(both) == len(answers):
        return answers
    key = "restricted", id(answers), both
    if key not in subset.memo:
        found = {i: answer for i, answer in answers.items() if i in both}
        subset.memo[key] = answers, found
        subset.memo["restricted from", id(found)] = answers
    return cast(AnswerSet, subset.memo[key][1])


def _once(subset: ParsedSubset, what: str, answers: AnswerSet, compute: Callable[[], object]) -> object:
    key = what, id(answers)
    if key not in subset.memo:
        # The answers are kept with the value, so that no other ones can come to lie at their address.
        subset.memo[key] = answers, compute()
    return subset.memo[key][1]


def scores(subset: ParsedSubset) -> list[ScoreRow]:
    """One row a rater and metric; the main metric has its interval."""
    replicates_of(subset, [sheet.answers for sheet in subset.sheets])
    return [row for sheet in subset.sheets for row in _of_sheet(subset, sheet)]


def unfit(n: int) -> str:
    """What is said of answers that the task's settings of today do not admit; they count among the absent."""
    return f"{n} answer(s) left out: they do not fit the task's settings of today" if n else ""


def _of_sheet(subset: ParsedSubset, sheet: Sheet) -> list[ScoreRow]:
    scored = score_of(subset, sheet.answers)
    main = subset.type.metrics[0].name
    low, high = interval(replicates(subset, sheet.answers), freedom(subset, sheet.answers))
    return [
        ScoreRow(
            **subset.row,
            rater=sheet.rater.name,
            kind=sheet.rater.kind,
            metric=metric.name,
            is_main=metric.name == main,
            score=scored.values[metric.name],
            n_items=len(sheet.answers),
            n_answered=len(sheet.answers),
            n_skipped=sheet.n_skipped,
            n_absent=len(subset.items) - len(sheet.answers) - sheet.n_skipped,
            ci_low=low if metric.name == main else None,
            ci_high=high if metric.name == main else None,
            rater_revision=sheet.rater.revision,
            protocol=sheet.rater.protocol,
            policy=subset.type.policy,
            reason="; ".join(filter(None, (scored.reasons.get(metric.name), unfit(sheet.n_unfit)))),
        )
        for metric in subset.type.metrics
    ]
