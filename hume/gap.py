"""Stage: a model's score minus the baseline, over the items that both answered."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from hume.baseline import AGGREGATIONS, KINDS, AnswerSet, main_score, replicates
from hume.parsed import ParsedSubset, Sheet
from hume.records import GapRow, ScoreRow
from hume.score import interval
from hume.tasks.base import FloatArray

MODEL_KINDS = ("embedding", "llm")
NO_INTERVAL = "no interval: item-level answers were not published"


def gaps(subset: ParsedSubset) -> list[GapRow]:
    """A row for each model, kind of baseline and aggregation."""
    models = subset.of_kind(*MODEL_KINDS)
    return [
        _row(subset, model, sets, kind, name)
        for kind in KINDS
        if models and (sheets := subset.of_kind(kind))
        for name, aggregate in AGGREGATIONS.items()
        for sets in (aggregate(subset, sheets),)
        for model in models
    ]


def published_gaps(scores: Sequence[ScoreRow]) -> list[GapRow]:
    """Differences of published main scores; without item-level answers there is no interval."""
    main = [row for row in scores if row.is_main and row.aggregation != "annotator" and row.score is not None]
    people = {(row.task, row.subset): row for row in main if row.kind == "human"}
    return [
        GapRow(
            task=row.task,
            task_type=row.task_type,
            subset=row.subset,
            language=row.language,
            metric=row.metric,
            model=row.rater,
            model_kind=row.kind,
            baseline_kind="human",
            aggregation=person.aggregation,
            model_score=row.score,
            baseline_score=person.score,
            gap=row.score - person.score,
            verdict=NO_INTERVAL,
            model_revision=row.rater_revision,
            source="published",
        )
        for row in main
        if row.kind != "human" and row.score is not None
        and (person := people.get((row.task, row.subset))) and person.score is not None
    ]  # fmt: skip


def _row(subset: ParsedSubset, model: Sheet, sets: Sequence[AnswerSet], kind: str, aggregation: str) -> GapRow:
    pairs = [
        (theirs, ours, model_score, baseline_score)
        for theirs, ours in (_shared(model.answers, answers) for answers in sets)
        if (model_score := main_score(subset, theirs)) is not None
        and (baseline_score := main_score(subset, ours)) is not None
    ]
    low, high = interval(_mean_difference(subset, pairs)) if pairs else (None, None)
    model_mean, baseline_mean = (float(np.mean([pair[i] for pair in pairs])) if pairs else None for i in (2, 3))
    return GapRow(
        **subset.row,
        metric=subset.type.metrics[0].name,
        model=model.rater.name,
        model_kind=model.rater.kind,
        baseline_kind=kind,
        aggregation=aggregation,
        model_score=model_mean,
        baseline_score=baseline_mean,
        gap=None if model_mean is None or baseline_mean is None else model_mean - baseline_mean,
        ci_low=low,
        ci_high=high,
        n_items=len({item_id for theirs, *_ in pairs for item_id in theirs}),
        verdict=_verdict(bool(pairs), low, high),
        model_revision=model.rater.revision,
        protocol=model.rater.protocol,
    )


def _shared(theirs: AnswerSet, ours: AnswerSet) -> tuple[AnswerSet, AnswerSet]:
    both = theirs.keys() & ours.keys()
    return {i: a for i, a in theirs.items() if i in both}, {i: a for i, a in ours.items() if i in both}


def _mean_difference(subset: ParsedSubset, pairs: Sequence[tuple[AnswerSet, AnswerSet, float, float]]) -> FloatArray:
    """Model minus baseline on the same resamples: what both find hard cancels out."""
    return np.asarray(
        np.mean([replicates(subset, theirs) - replicates(subset, ours) for theirs, ours, *_ in pairs], axis=0)
    )


def _verdict(is_defined: bool, low: float | None, high: float | None) -> str:
    if not is_defined:
        return "undefined: no shared items, or answers that do not vary"
    if low is None or high is None:
        return "no interval: too few items, or no variation"
    if low > 0:
        return "ahead"
    return "behind" if high < 0 else "not distinguishable"
