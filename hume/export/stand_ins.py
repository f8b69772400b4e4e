"""The alternative annotator test as a table: which models may stand in for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hume.export.files import Columns, Row
from hume.records import StandInRow

COLUMNS: Columns = {
    "task": str,
    "task_type": str,
    "subset": str,
    "language": str,
    "model": str,
    "model_kind": str,
    "model_revision": str,
    "protocol": str,
    "baseline_kind": str,
    "epsilon": float,
    "winning_rate": float,
    "advantage": float,
    "passes": bool,
    "n_items": int,
    "n_raters": int,
    "source": str,
    "is_sample": bool,
    "reason": str,
    "caution": str,
}


def stand_in_rows(rows: Iterable[StandInRow]) -> Iterator[Row]:
    """One row a model, subset and epsilon; an empty winning rate is one that cannot be found, and `reason` says why."""
    for row in rows:
        yield {name: getattr(row, name) for name in COLUMNS}
