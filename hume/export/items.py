"""Items whose gold is in doubt, as a table for those who maintain the data set. It names no rater."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hume.export.files import Columns, Row
from hume.records import ItemFinding

_OF_ROW: Columns = {
    "task": str,
    "task_type": str,
    "subset": str,
    "language": str,
    "split": str,
    "item": str,
    "item_version": int,
}
_OF_FIGURES: Columns = {
    "kind": str,
    "n_raters": int,
    "n_right": int,
    "agreement": float,
    "accord": float,
    "consensus_accord": float,
    "difficulty": float,
    "disagreement": float,
    "suspicion": float,
    "n_models": int,
    "n_models_right": int,
    "model_accord": float,
    "contrast": str,
    "reason": str,
    "is_sample": bool,
}
COLUMNS: Columns = {
    **_OF_ROW,
    "content_hash": str,
    "gold": object,
    "said": object,
    **_OF_FIGURES,
    "verdict": str,
    "note": str,
    "verdict_at": str,
}


def item_rows(findings: Iterable[ItemFinding]) -> Iterator[Row]:
    """One row an item and kind of rater; `said` is a list of `{"answer": ..., "n": ...}`, the commonest first.

    An empty figure is undefined, and `reason` says why; an empty verdict says that nobody decided. Who decided is not
    in it.
    """
    for finding in findings:
        verdict = finding.verdict
        yield {
            **{name: getattr(finding.row, name) for name in (*_OF_ROW, *_OF_FIGURES)},
            "content_hash": finding.content_hash,
            "gold": finding.gold,
            "said": [{"answer": answer, "n": n} for answer, n in finding.said],
            "verdict": verdict.ruling if verdict else "",
            "note": verdict.note if verdict else "",
            "verdict_at": verdict.at.isoformat(timespec="seconds") if verdict else "",
        }
