"""Stage: how far the raters of one kind say the same: all together, each two, and each against the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hume.baseline import KINDS
from hume.measures.bootstrap import percentile_intervals
from hume.measures.pairwise import Pairwise
from hume.measures.threads import one_thread
from hume.parsed import ParsedSubset, Sheet
from hume.records import AgreementRow, PairRow, ReliabilityRow
from hume.score import DRAWS, ROUNDING, interval
from hume.tasks.base import Agreed, FloatArray

MEAN = "mean_pairwise_"
"""What the name of a coefficient of pairs begins with, in the row of the whole panel."""


@dataclass(frozen=True)
class Agreement:
    """The coefficients of a subset, what each two of its raters have of the main one, and each rater's mean of that."""

    rows: tuple[AgreementRow, ...] = ()
    pairs: tuple[PairRow, ...] = ()
    reliability: tuple[ReliabilityRow, ...] = ()


def agreement(subset: ParsedSubset) -> Agreement:
    """Agreement among people, and apart from them among simulated raters; every value with its bootstrap interval."""
    found = [_of_kind(subset, kind, sheets) for kind in KINDS if (sheets := subset.of_kind(kind))]
    return Agreement(
        tuple(row for one in found for row in one.rows),
        tuple(row for one in found for row in one.pairs),
        tuple(row for one in found for row in one.reliability),
    )


def _of_kind(subset: ParsedSubset, kind: str, sheets: Sequence[Sheet]) -> Agreement:
    answers = [sheet.answers for sheet in sheets]
    with one_thread():
        agreed = subset.type.agreement(subset.items, answers, subset.settings, DRAWS)
    common = {**subset.row, "kind": kind}
    of_pairs = [one for one in agreed if one.pairwise is not None and len(sheets) > 1]
    return Agreement(
        tuple(_row(common, one) for one in agreed),
        tuple(row for one in of_pairs for row in _pair_rows(common, one, sheets)),
        tuple(row for one in of_pairs for row in _reliability_rows(common, one, sheets)),
    )


def _row(common: dict[str, Any], agreed: Agreed) -> AgreementRow:
    low, high = (None, None)
    if agreed.value is not None and agreed.replicates is not None:
        low, high = interval(agreed.replicates)
    return AgreementRow(
        **common,
        coefficient=agreed.coefficient,
        value=agreed.value,
        ci_low=low,
        ci_high=high,
        n_items=agreed.n_items,
        n_raters=agreed.n_raters,
        reason=agreed.reason,
    )


def _pair_rows(common: dict[str, Any], agreed: Agreed, sheets: Sequence[Sheet]) -> Iterator[PairRow]:
    pairwise = _pairwise(agreed)
    intervals = _figures(pairwise.each)
    for (one, other), n_items, figures in zip(pairwise.pairs, pairwise.n_items.tolist(), intervals, strict=True):
        yield PairRow(
            **common,
            coefficient=agreed.coefficient.removeprefix(MEAN),
            rater=sheets[one].rater.name,
            other=sheets[other].rater.name,
            value=figures[0],
            ci_low=figures[1],
            ci_high=figures[2],
            n_items=n_items,
            reason=_why(figures[0], n_items),
        )


def _reliability_rows(common: dict[str, Any], agreed: Agreed, sheets: Sequence[Sheet]) -> Iterator[ReliabilityRow]:
    pairwise = _pairwise(agreed)
    means = np.array([pairwise.of_rater(number) for number in range(len(sheets))]).T
    for number, (sheet, figures) in enumerate(zip(sheets, _figures(means), strict=True)):
        others = [other for other in sheets if other is not sheet]
        n_items = sum(any(item_id in other.answers for other in others) for item_id in sheet.answers)
        own = [place for place, pair in enumerate(pairwise.pairs) if number in pair]
        yield ReliabilityRow(
            **common,
            coefficient=agreed.coefficient.removeprefix(MEAN),
            rater=sheet.rater.name,
            value=figures[0],
            ci_low=figures[1],
            ci_high=figures[2],
            n_items=n_items,
            n_others=int(np.count_nonzero(pairwise.counts[0, own])),
            reason=_why(figures[0], n_items),
        )


def _pairwise(agreed: Agreed) -> Pairwise:
    if agreed.pairwise is None:
        raise ValueError(f"{agreed.coefficient} has no value for each pair.")
    return agreed.pairwise


Figures = tuple[float | None, float | None, float | None]


def _figures(values: FloatArray) -> list[Figures]:
    """Of each column its value, in row 0, and its 95% interval, from the others; None where there is none.

    As `hume.score.interval`, for many at once.
    """
    whole, replicates = values[0], values[1:]
    lows, highs = percentile_intervals(replicates)
    spread = np.nanmax(replicates, axis=0, initial=-np.inf) - np.nanmin(replicates, axis=0, initial=np.inf)
    shown = ~np.isnan(whole) & ~np.isnan(lows) & (spread > ROUNDING)
    return [
        (
            None if np.isnan(value) else value,
            low if has_interval else None,
            high if has_interval else None,
        )
        for value, low, high, has_interval in zip(
            whole.tolist(), lows.tolist(), highs.tolist(), shown.tolist(), strict=True
        )
    ]


def _why(value: float | None, n_items: int) -> str:
    if value is not None:
        return ""
    return "undefined: no variation" if n_items else "no item that both answered"
