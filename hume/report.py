"""Every figure in one value: what the command `hume report` prints and what all pages show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from hume.agreement import Agreement, agreement
from hume.baseline import baselines
from hume.gap import Resampled, adjusted_by_family, gaps, published_gaps, resampled
from hume.leaderboard import leaderboards
from hume.measures.threads import one_thread
from hume.parsed import parse
from hume.records import (
    BaselineRow,
    GapRow,
    Published,
    Report,
    ScoreRow,
    StandInRow,
    SubsetRecord,
)
from hume.score import scores
from hume.stand_in import stand_in


@dataclass(frozen=True)
class Figures:
    """All figures of one subset, and the replicates that leaderboards need of it."""

    cell: tuple[str, str]
    scores: tuple[ScoreRow, ...]
    baselines: tuple[BaselineRow, ...]
    agreement: Agreement
    gaps: tuple[GapRow, ...]
    stand_in: tuple[StandInRow, ...]
    resampled: Mapping[str, Resampled]


def figures(record: SubsetRecord) -> Figures | None:
    """The figures of one subset, which depend on nothing but its record; None where it has no item to score."""
    if not record.items:
        return None
    subset = parse(record)
    with one_thread():
        return Figures(
            (record.task.name, record.subset.name),
            tuple(scores(subset)),
            tuple(baselines(subset)),
            agreement(subset),
            tuple(gaps(subset)),
            tuple(stand_in(subset)),
            resampled(subset),
        )


def build_report(records: Iterable[SubsetRecord], published: Published) -> Report:
    """Scores, baselines, agreement, gaps and leaderboards of the answers given, beside the published figures."""
    return assembled([of for record in records if (of := figures(record))], published)


def assembled(subsets: Sequence[Figures], published: Published) -> Report:
    """The report of subsets whose figures are known: what is over several subsets, and the published figures, added."""
    score_rows = [row for subset in subsets for row in subset.scores] + list(published.scores)
    baseline_rows = [row for subset in subsets for row in subset.baselines] + _published_baselines(published.scores)
    gap_rows = adjusted_by_family([row for subset in subsets for row in subset.gaps])
    drawn = {subset.cell: subset.resampled for subset in subsets}
    boards = leaderboards(score_rows, baseline_rows, gap_rows, drawn)
    return Report(
        scores=tuple(score_rows),
        baselines=tuple(baseline_rows),
        agreement=(*(row for subset in subsets for row in subset.agreement.rows), *published.agreement),
        gaps=(*gap_rows, *published_gaps(published.scores)),
        leaderboard=tuple(row for row in boards if not row.scope),
        boards=tuple(row for row in boards if row.scope),
        stand_in=tuple(row for subset in subsets for row in subset.stand_in),
        pairs=tuple(row for subset in subsets for row in subset.agreement.pairs),
        reliability=tuple(row for subset in subsets for row in subset.agreement.reliability),
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
