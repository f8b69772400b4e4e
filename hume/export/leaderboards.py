"""Leaderboards as a table: raters ranked, people among the models."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hume.export.files import Columns, Row
from hume.records import LeaderboardRow

COLUMNS: Columns = {
    "scope": str,
    "rank": int,
    "rank_low": int,
    "rank_high": int,
    "rater": str,
    "kind": str,
    "rater_revision": str,
    "protocol": str,
    "mean_score": float,
    "mean_task_types": float,
    "rank_task_types": int,
    "borda": float,
    "rank_borda": int,
    "rank_borda_low": int,
    "rank_borda_high": int,
    "n_subsets": int,
    "n_subsets_total": int,
    "baseline_kind": str,
    "source": str,
    "is_sample": bool,
}


def leaderboard_rows(rows: Iterable[LeaderboardRow]) -> Iterator[Row]:
    """One row a rater and board. Scores are fractions; ranks are empty where a rater lacks a subset of the board."""
    for row in rows:
        yield {name: getattr(row, name) for name in COLUMNS}
