"""How raters did on training, attention and repeated items, as a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hume.export.files import Columns, Row
from hume.quality import RaterChecks

COLUMNS: Columns = {
    "task": str,
    "task_type": str,
    "subset": str,
    "language": str,
    "rater": str,
    "kind": str,
    "n_training": int,
    "n_training_right": int,
    "n_attention": int,
    "n_attention_right": int,
    "n_repeats": int,
    "self_accord": float,
    "is_sample": bool,
}


def check_rows(checks: Iterable[RaterChecks]) -> Iterator[Row]:
    """One row a rater and subset. `self_accord` is a fraction, empty where the rater answered nothing twice."""
    for row in checks:
        yield {name: getattr(row, name) for name in COLUMNS}
