"""Stage: a model's score minus the baseline, over the items that both answered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from hume.baseline import (
    DEFAULT,
    KINDS,
    POOLS,
    Sampled,
    cautions,
    consensus_drawn,
    mean_over,
    nothing_drawn,
    pool_drawn,
    pooled,
    raters_resampled,
    what_is_resampled,
)
from hume.measures.bootstrap import bootstrap_p_value
from hume.measures.multiple import benjamini_hochberg, holm
from hume.measures.resampling import ratio
from hume.parsed import ParsedSubset, Sheet
from hume.records import GapRow, Rater, ScoreRow
from hume.score import (
    DRAWS,
    ROUNDING,
    AnswerSet,
    freedom,
    interval,
    main_score,
    replicates,
    replicates_of,
    restricted,
    values_by_item,
)
from hume.tasks.base import PROTOCOLS, FloatArray, ItemId
from hume.tasks.common import resamples

MODEL_KINDS = ("embedding", "llm")
NO_INTERVAL = "no interval: item-level answers were not published"


#: What tells one run of a model from all others: its name, kind, revision and protocol.
ModelKey = tuple[str, str, str, str]


@dataclass(frozen=True)
class Resampled:
    """The replicates behind the gaps to the default baseline of one kind of rater on one subset, all paired."""

    baseline: Sampled
    models: Mapping[ModelKey, FloatArray]
    """A model's on the items that the baseline has too."""


def gaps(subset: ParsedSubset) -> list[GapRow]:
    """A row for each model, kind of baseline and pool; p-values are not adjusted yet (see `adjusted`)."""
    models = subset.of_kind(*MODEL_KINDS)
    _resample_together(subset, models)
    return [
        _row(subset, model, kind, name)
        for kind in KINDS
        if models and subset.of_kind(kind)
        for name in POOLS
        if pooled(subset, kind, name)
        for model in models
    ]


def resampled(subset: ParsedSubset) -> dict[str, Resampled]:
    """By kind of baseline what leaderboards resample; kinds whose baseline is undefined are not there."""
    found = {}
    for kind in KINDS:
        sets = pooled(subset, kind, DEFAULT) if subset.of_kind(kind) else []
        if sets and main_score(subset, sets[0]) is not None:
            models = {
                model_key(sheet.rater): replicates(subset, theirs)
                for sheet in subset.of_kind(*MODEL_KINDS)
                if main_score(subset, theirs := restricted(subset, sheet.answers, sets[0])) is not None
            }
            found[kind] = Resampled(pool_drawn(subset, kind, DEFAULT), models)
    return found


def model_key(rater: Rater) -> ModelKey:
    """What tells this run of a model from all others."""
    return rater.name, rater.kind, rater.revision, rater.protocol


def once_each(models: Iterable[ModelKey]) -> list[ModelKey]:
    """Each model once, where it counts as one of many: of several protocols that it answered under, MTEB's."""
    found: dict[ModelKey, ModelKey] = {}
    for name, kind, revision, protocol in sorted(models, key=lambda model: model[3] != PROTOCOLS[0]):
        is_one_of_them = protocol in PROTOCOLS
        found.setdefault((name, kind, revision, "" if is_one_of_them else protocol), (name, kind, revision, protocol))
    return list(found.values())


def adjusted(rows: Sequence[GapRow]) -> list[GapRow]:
    """The rows with p-values adjusted for the number of comparisons among them, however they are chosen."""
    tested = [row.p_value for row in rows if row.p_value is not None]
    by_holm, by_bh = iter(holm(tested).tolist()), iter(benjamini_hochberg(tested).tolist())
    return [row if row.p_value is None else replace(row, p_holm=next(by_holm), p_bh=next(by_bh)) for row in rows]


def adjusted_by_family(rows: Sequence[GapRow]) -> list[GapRow]:
    """Every row adjusted over all gaps to the same kind of baseline by the same pool; sample tasks by themselves."""
    families: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        families[row.baseline_kind, row.aggregation, row.is_sample].append(place)
    found = list(rows)
    for places in families.values():
        for place, row in zip(places, adjusted([rows[place] for place in places]), strict=True):
            found[place] = row
    return found


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


@dataclass(frozen=True)
class _Held:
    """A model held against the answer sets of a pool: scores of the pairs that are defined, and their replicates."""

    model_scores: Sequence[float]
    baseline_scores: Sequence[float]
    keys: frozenset[ItemId]
    drawn: Sampled


def _held(subset: ParsedSubset, model: Sheet, kind: str, pool: str) -> _Held:
    if pool == "mean" and subset.type.is_mean_over_items(subset.items):
        return _held_by_item(subset, model, kind)
    pairs = [
        (theirs, ours, model_score, baseline_score)
        for answers in pooled(subset, kind, pool)
        for theirs, ours in [_shared(subset, model.answers, answers)]
        if (model_score := main_score(subset, theirs)) is not None
        and (baseline_score := main_score(subset, ours)) is not None
    ]
    keys = frozenset(item_id for theirs, *_ in pairs for item_id in theirs)
    drawn = _differences(subset, pairs, kind, pool) if pairs else nothing_drawn()
    return _Held([pair[2] for pair in pairs], [pair[3] for pair in pairs], keys, drawn)


def _held_by_item(subset: ParsedSubset, model: Sheet, kind: str) -> _Held:
    """As for other metrics, for all raters at once: hundreds of pairs of answer sets on a thousand resamples each."""
    theirs = values_by_item(subset, model.answers)
    raters = [values_by_item(subset, answers) for answers in pooled(subset, kind, "mean")]
    raters = [ours for ours in raters if not np.isnan(ours - theirs).all()]
    if not raters:
        return _Held([], [], frozenset(), nothing_drawn())
    differences = theirs[:, None] - np.column_stack(raters)
    both = ~np.isnan(differences)
    sums = resamples(DRAWS, len(both)).sums(np.hstack([np.where(both, differences, 0.0), both]))[1:]
    rows = ratio(sums[:, : len(raters)], sums[:, len(raters) :]).T
    model_scores = [float(theirs[shared].mean()) for shared in both.T]
    scores = [float(ours[shared].mean()) for ours, shared in zip(raters, both.T, strict=True)]
    keys = frozenset(item_id for item_id, shared in zip(subset.items, both, strict=True) if shared.any())
    gaps_of = [model - ours for model, ours in zip(model_scores, scores, strict=True)]
    drawn = mean_over(gaps_of, list(rows), freedom(subset, keys), raters_resampled(len(raters), kind, "mean"))
    return _Held(model_scores, scores, keys, drawn)


def _row(subset: ParsedSubset, model: Sheet, kind: str, pool: str) -> GapRow:
    held = _held(subset, model, kind, pool)
    low, high = interval(held.drawn.replicates, held.drawn.freedom)
    is_defined = bool(held.model_scores)
    model_mean = float(np.mean(held.model_scores)) if is_defined else None
    baseline_mean = float(np.mean(held.baseline_scores)) if is_defined else None
    gap = None if model_mean is None or baseline_mean is None else model_mean - baseline_mean
    chance, room = _chance(subset, held.keys)
    return GapRow(
        **subset.row,
        metric=subset.type.metrics[0].name,
        model=model.rater.name,
        model_kind=model.rater.kind,
        baseline_kind=kind,
        aggregation=pool,
        model_score=model_mean,
        baseline_score=baseline_mean,
        gap=gap,
        ci_low=low,
        ci_high=high,
        n_items=len(held.keys),
        verdict=_verdict(is_defined, low, high),
        model_revision=model.rater.revision,
        protocol=model.rater.protocol,
        p_value=None if gap is None or low is None else bootstrap_p_value(held.drawn.replicates, held.drawn.freedom),
        chance=chance,
        standardised=_over(gap, room),
        standardised_low=_over(low, room),
        standardised_high=_over(high, room),
        resampled="" if low is None else what_is_resampled(subset, held.drawn),
        caution=cautions(len(subset.of_kind(kind)), len(held.keys)),
    )


def _resample_together(subset: ParsedSubset, models: Sequence[Sheet]) -> None:
    """Every model and pool on the items that both have: the rows below then find their replicates made.

    Means over items are held against each other item by item instead.
    """
    if subset.type.is_mean_over_items(subset.items):
        return
    kinds = [kind for kind in KINDS if models and subset.of_kind(kind)]
    pools = {id(answers): answers for kind in kinds for name in POOLS for answers in pooled(subset, kind, name)}
    pairs = [_shared(subset, model.answers, answers) for model in models for answers in pools.values()]
    replicates_of(subset, [side for pair in pairs for side in pair if side])


def _shared(subset: ParsedSubset, theirs: AnswerSet, ours: AnswerSet) -> tuple[AnswerSet, AnswerSet]:
    return restricted(subset, theirs, ours), restricted(subset, ours, theirs)


def _differences(
    subset: ParsedSubset, pairs: Sequence[tuple[AnswerSet, AnswerSet, float, float]], kind: str, pool: str
) -> Sampled:
    """Model minus baseline on the same resamples: what both find hard cancels out."""
    rows = [replicates(subset, theirs) for theirs, *_ in pairs]
    if pool == DEFAULT:
        ours = consensus_drawn(subset, kind, pairs[0][1])
        return Sampled(np.asarray(rows[0] - ours.replicates), ours.items, ours.raters)
    differences = [row - replicates(subset, ours) for row, (_, ours, *_) in zip(rows, pairs, strict=True)]
    items = freedom(subset, {item_id for theirs, *_ in pairs for item_id in theirs})
    scores = [model_score - score for *_, model_score, score in pairs]
    return mean_over(scores, differences, items, raters_resampled(len(pairs), kind, pool))


def _chance(subset: ParsedSubset, keys: frozenset[ItemId]) -> tuple[float | None, float]:
    """The chance level on these items, and the way from there to a perfect score; computed once."""
    key = "chance", keys
    if key not in subset.memo:
        items = {i: item for i, item in subset.items.items() if i in keys}
        subset.memo[key] = subset.type.chance(items, subset.settings) if items else None
    chance: float | None = subset.memo[key]
    return chance, 0.0 if chance is None else subset.type.metrics[0].high - chance


def _over(value: float | None, room: float) -> float | None:
    return None if value is None or room < ROUNDING else value / room


def _verdict(is_defined: bool, low: float | None, high: float | None) -> str:
    if not is_defined:
        return "undefined: no shared items, or answers that do not vary"
    if low is None or high is None:
        return "no interval: too few items, or no variation"
    if low > 0:
        return "ahead"
    return "behind" if high < 0 else "not distinguishable"
