"""Gaps as a table: a model's score, the baseline's, and their difference."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hume.export.files import Columns, Row
from hume.records import GapRow

COLUMNS: Columns = {
    "task": str,
    "task_type": str,
    "subset": str,
    "language": str,
    "metric": str,
    "model": str,
    "model_kind": str,
    "model_revision": str,
    "protocol": str,
    "baseline_kind": str,
    "aggregation": str,
    "model_score": float,
    "baseline_score": float,
    "gap": float,
    "ci_low": float,
    "ci_high": float,
    "resampled": str,
    "p_value": float,
    "p_holm": float,
    "p_bh": float,
    "chance": float,
    "standardised": float,
    "standardised_low": float,
    "standardised_high": float,
    "n_items": int,
    "verdict": str,
    "caution": str,
    "source": str,
    "is_sample": bool,
}


def gap_rows(gaps: Iterable[GapRow]) -> Iterator[Row]:
    """One row a model, subset and baseline. Scores and gaps are fractions; an empty gap is undefined, see `verdict`."""
    for gap in gaps:
        yield {name: getattr(gap, name) for name in COLUMNS}
