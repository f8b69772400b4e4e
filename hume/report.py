"""Every figure in one value: what the command `hume report` prints and what all pages show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hume.agreement import agreement
from hume.baseline import baselines
from hume.gap import gaps, published_gaps
from hume.leaderboard import leaderboard
from hume.parsed import parse_all
from hume.records import BaselineRow, Published, Report, ScoreRow, SubsetRecord
from hume.score import scores


def build_report(records: Iterable[SubsetRecord], published: Published) -> Report:
    """Scores, baselines, agreement, gaps and leaderboards of the answers given, beside the published figures."""
    subsets = parse_all(records)
    score_rows = [row for subset in subsets for row in scores(subset)] + list(published.scores)
    baseline_rows = [row for subset in subsets for row in baselines(subset)] + _published_baselines(published.scores)
    gap_rows = [row for subset in subsets for row in gaps(subset)]
    return Report(
        scores=tuple(score_rows),
        baselines=tuple(baseline_rows),
        agreement=(*(row for subset in subsets for row in agreement(subset)), *published.agreement),
        gaps=(*gap_rows, *published_gaps(published.scores)),
        leaderboard=tuple(leaderboard(score_rows, baseline_rows, gap_rows)),
    )


def _published_baselines(rows: Sequence[ScoreRow]) -> list[BaselineRow]:
    """People's published aggregates, as baselines. What was not published (n, intervals) stays unknown."""
    return [
        BaselineRow(
            task=row.task,
            task_type=row.task_type,
            subset=row.subset,
            language=row.language,
            metric=row.metric,
            kind=row.kind,
            aggregation=row.aggregation,
            score=row.score,
            n_items=row.n_items,
            reason="published without interval",
            source="published",
        )
        for row in rows
        if row.kind == "human" and row.is_main and row.aggregation != "annotator"
    ]
