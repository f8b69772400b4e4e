"""Human baselines as a table: what is printed in a paper or read into a notebook."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hume.export.files import Columns, Row
from hume.records import BaselineRow

COLUMNS: Columns = {
    "task": str,
    "task_type": str,
    "subset": str,
    "language": str,
    "metric": str,
    "aggregation": str,
    "kind": str,
    "score": float,
    "ci_low": float,
    "ci_high": float,
    "resampled": str,
    "n_items": int,
    "n_raters": int,
    "n_answers": int,
    "n_skipped": int,
    "source": str,
    "is_sample": bool,
    "reason": str,
    "caution": str,
}


def baseline_rows(baselines: Iterable[BaselineRow]) -> Iterator[Row]:
    """One row a baseline. Scores are fractions; an empty score is undefined, and `reason` says why."""
    for baseline in baselines:
        yield {name: getattr(baseline, name) for name in COLUMNS}
