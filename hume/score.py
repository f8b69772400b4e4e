"""Stage: every rater's scores on a subset, people's and models' by the same function."""

from __future__ import annotations

import numpy as np

from hume.measures.bootstrap import percentile_interval
from hume.parsed import ParsedSubset, Sheet
from hume.records import ScoreRow
from hume.tasks.base import Draws, FloatArray

DRAWS = Draws()
"""The bootstrap of every figure: 1,000 resamples of the items, seed 42."""


ROUNDING = 1e-9
"""Replicates that differ by less are the same: means of equal numbers may differ in their last bits."""


def interval(replicates: FloatArray) -> tuple[float | None, float | None]:
    """The 95% percentile interval; (None, None) where the resamples do not vary or are mostly undefined.

    Replicates that are all the same (one item, or every item right) would draw an interval of no width, which
    claims a certainty that is not there.
    """
    defined = replicates[~np.isnan(replicates)]
    found = percentile_interval(replicates) if len(defined) and np.ptp(defined) > ROUNDING else None
    return found or (None, None)


def scores(subset: ParsedSubset) -> list[ScoreRow]:
    """One row a rater and metric; the main metric has its interval."""
    return [row for sheet in subset.sheets for row in _of_sheet(subset, sheet)]


def unfit(n: int) -> str:
    """What is said of answers that the task's settings of today do not admit; they count among the absent."""
    return f"{n} answer(s) left out: they do not fit the task's settings of today" if n else ""


def _of_sheet(subset: ParsedSubset, sheet: Sheet) -> list[ScoreRow]:
    scored = subset.type.score(subset.items, sheet.answers, subset.settings)
    main = subset.type.metrics[0].name
    low, high = interval(subset.type.replicates(subset.items, sheet.answers, subset.settings, DRAWS))
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
