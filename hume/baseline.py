"""Stage: the human score of a subset, by named aggregations over raters.

An aggregation turns raters into one or more answer sets; the baseline is the mean of their scores. A consensus is
one set, the mean over raters is as many sets as raters. So the gap of a model (`hume.gap`) is the same function for
each of them: the model against each set on the set's own items, averaged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from hume.parsed import ParsedSubset, Sheet
from hume.records import BaselineRow
from hume.score import DRAWS, interval, unfit
from hume.tasks.base import FloatArray, ItemId

AnswerSet = Mapping[ItemId, Any]
Aggregation = Callable[[ParsedSubset, Sequence[Sheet]], list[AnswerSet]]

#: Kinds of raters that have a baseline, each its own: people and made-up raters are never mixed.
KINDS = ("human", "simulated")


def _consensus(subset: ParsedSubset, sheets: Sequence[Sheet]) -> list[AnswerSet]:
    return [subset.type.consensus(subset.items, [sheet.answers for sheet in sheets], subset.settings)]


def _each(subset: ParsedSubset, sheets: Sequence[Sheet]) -> list[AnswerSet]:
    return [sheet.answers for sheet in sheets]


AGGREGATIONS: Mapping[str, Aggregation] = {"consensus": _consensus, "mean": _each}
#: The aggregation that gaps and leaderboards use: see docs/decisions/baseline.md.
DEFAULT = "consensus"


def main_score(subset: ParsedSubset, answers: AnswerSet) -> float | None:
    """The main metric of one answer set, whoever it comes from."""
    value: float | None = subset.type.score(subset.items, answers, subset.settings).values[subset.type.metrics[0].name]
    return value


def replicates(subset: ParsedSubset, answers: AnswerSet) -> FloatArray:
    """The main metric of one answer set on the resamples that all figures share."""
    return subset.type.replicates(subset.items, answers, subset.settings, DRAWS)


def baselines(subset: ParsedSubset) -> list[BaselineRow]:
    """A row for each kind of rater that answered, and each aggregation."""
    return [
        _row(subset, sheets, kind, name) for kind in KINDS if (sheets := subset.of_kind(kind)) for name in AGGREGATIONS
    ]


def _row(subset: ParsedSubset, sheets: Sequence[Sheet], kind: str, name: str) -> BaselineRow:
    sets = AGGREGATIONS[name](subset, sheets)
    defined = [(answers, score) for answers in sets if (score := main_score(subset, answers)) is not None]
    low, high = (None, None)
    if defined:
        low, high = interval(np.mean([replicates(subset, answers) for answers, _ in defined], axis=0))
    return BaselineRow(
        **subset.row,
        metric=subset.type.metrics[0].name,
        kind=kind,
        aggregation=name,
        score=float(np.mean([score for _, score in defined])) if defined else None,
        ci_low=low,
        ci_high=high,
        n_items=len({item_id for answers, _ in defined for item_id in answers}),
        n_raters=len(sheets),
        n_answers=sum(len(sheet.answers) for sheet in sheets),
        n_skipped=sum(sheet.n_skipped for sheet in subset.sheets if sheet.rater.kind == kind),
        reason="; ".join(_cautions(sheets, len(defined), len(sets), low is not None)),
    )


def _cautions(sheets: Sequence[Sheet], n_defined: int, n_sets: int, has_interval: bool) -> Iterator[str]:
    """What one must know before quoting the figure."""
    if left_out := unfit(sum(sheet.n_unfit for sheet in sheets)):
        yield left_out
    if not n_defined:
        yield "undefined: too few answers, or answers that do not vary"
        return
    if len(sheets) == 1:
        yield "one rater only"
    if n_defined < n_sets:
        yield f"over {n_defined} of {n_sets} raters: the others' scores are undefined"
    if not has_interval:
        yield "no interval: too few items, or no variation among them"
