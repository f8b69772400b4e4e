"""Stage: how far the raters of one kind say the same: all together, each two, and each against the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hume.baseline import KINDS
from hume.measures.bootstrap import Freedom, percentile_intervals
from hume.measures.pairwise import Pairwise
from hume.measures.threads import one_thread
from hume.parsed import ParsedSubset, Sheet
from hume.records import AgreementRow, PairRow, ReliabilityRow
from hume.score import DRAWS, ROUNDING, freedom, interval
from hume.tasks.base import Agreed, FloatArray

#: Kinds of raters who judge on people's scale. Each agrees with its own kind alone: LLMs are in no figure of people.
JUDGES = (*KINDS, "llm")
MEAN = "mean_pairwise_"
"""What the name of a coefficient of pairs begins with, in the row of the whole panel."""


@dataclass(frozen=True)
class Agreement:
    """The coefficients of a subset, what each two of its raters have of the main one, and each rater's mean of that."""

    rows: tuple[AgreementRow, ...] = ()
    pairs: tuple[PairRow, ...] = ()
    reliability: tuple[ReliabilityRow, ...] = ()


def agreement(subset: ParsedSubset) -> Agreement:
    """Agreement among people, and apart from them among simulated raters and among LLMs, with bootstrap intervals."""
    found = [_of_kind(subset, kind, sheets) for kind in JUDGES if (sheets := subset.of_kind(kind))]
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
        tuple(_row(subset, common, one, sheets) for one in agreed),
        tuple(row for one in of_pairs for row in _pair_rows(subset, common, one, sheets)),
        tuple(row for one in of_pairs for row in _reliability_rows(subset, common, one, sheets)),
    )


def _row(subset: ParsedSubset, common: dict[str, Any], agreed: Agreed, sheets: Sequence[Sheet]) -> AgreementRow:
    low, high = (None, None)
    if agreed.value is not None and agreed.replicates is not None:
        low, high = interval(agreed.replicates, _freedom(subset, agreed, sheets))
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


def _freedom(subset: ParsedSubset, agreed: Agreed, sheets: Sequence[Sheet]) -> Freedom:
    """Of the items that the coefficient is over: some of those that two raters answered."""
    said = Counter(item_id for sheet in sheets for item_id in sheet.answers)
    shared = [item_id for item_id, count in said.items() if count > 1]
    return freedom(subset, shared[: agreed.n_items])


def _pair_rows(
    subset: ParsedSubset, common: dict[str, Any], agreed: Agreed, sheets: Sequence[Sheet]
) -> Iterator[PairRow]:
    pairwise = _pairwise(agreed)
    shared = [sheets[one].answers.keys() & sheets[other].answers.keys() for one, other in pairwise.pairs]
    intervals = _figures(pairwise.each, [freedom(subset, keys) for keys in shared])
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


def _reliability_rows(
    subset: ParsedSubset, common: dict[str, Any], agreed: Agreed, sheets: Sequence[Sheet]
) -> Iterator[ReliabilityRow]:
    pairwise = _pairwise(agreed)
    means = np.array([pairwise.of_rater(number) for number in range(len(sheets))]).T
    said = Counter(item_id for sheet in sheets for item_id in sheet.answers)
    shared = [[item_id for item_id in sheet.answers if said[item_id] > 1] for sheet in sheets]
    intervals = _figures(means, [freedom(subset, keys) for keys in shared])
    for number, (sheet, figures) in enumerate(zip(sheets, intervals, strict=True)):
        n_items = len(shared[number])
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


def _figures(values: FloatArray, freedoms: Sequence[Freedom]) -> list[Figures]:
    """Of each column its value, in row 0, and its 95% interval, from the others; None where there is none.

    As `hume.score.interval`, for many at once.
    """
    whole, replicates = values[0], values[1:]
    lows, highs = percentile_intervals(replicates, freedoms=freedoms)
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
