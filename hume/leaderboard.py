"""Stage: raters ranked by the mean of their main scores over subsets, people among them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hume.baseline import DEFAULT, KINDS
from hume.gap import MODEL_KINDS
from hume.records import BaselineRow, GapRow, LeaderboardRow, ScoreRow, Source


@dataclass(frozen=True)
class Contender:
    """Who is ranked: a model, or the baseline of a kind of rater."""

    rater: str
    kind: str
    revision: str = ""
    protocol: str = ""


@dataclass(frozen=True)
class Board:
    """One leaderboard: where its figures come from, and whose baseline stands among the models."""

    source: Source
    baseline_kind: str
    """`human` or `simulated`; empty where nobody but models has answered."""
    is_sample: bool = False


#: How the baseline of each kind is called among the models.
BASELINE_NAMES = {"human": "people (consensus)", "simulated": "simulated raters (consensus)"}

Cell = tuple[str, str]
Entry = tuple[Contender, Cell, float]


def leaderboard(
    scores: Sequence[ScoreRow], baselines: Sequence[BaselineRow], gaps: Sequence[GapRow]
) -> list[LeaderboardRow]:
    """Leaderboards, each with one kind of baseline among the models; sample tasks have their own.

    A board is over the subsets that its baseline has, and there a model's score is over the items that the baseline
    has too, as in the gap: nobody is ranked by what others were not asked. `mean_score` is the unweighted mean over
    the subsets that a contender has; only those with every subset are ranked (equal means share the better rank).
    """
    rows = _ranked(_published(scores), Board("published", "human"))
    for is_sample in (False, True):
        boards = [Board("computed", kind, is_sample) for kind in KINDS]
        of_kinds = [row for board in boards for row in _ranked(_computed(baselines, gaps, board), board)]
        rows += of_kinds or _ranked(_models(scores, is_sample), Board("computed", "", is_sample))
    return rows


def _published(scores: Sequence[ScoreRow]) -> Iterable[Entry]:
    for row in scores:
        if row.source == "published" and row.is_main and row.aggregation != "annotator" and row.score is not None:
            yield Contender(row.rater, row.kind, row.rater_revision), (row.task, row.subset), row.score


def _computed(baselines: Sequence[BaselineRow], gaps: Sequence[GapRow], board: Board) -> Iterable[Entry]:
    def wanted(row: BaselineRow | GapRow) -> bool:
        return (row.source, row.is_sample, row.aggregation) == (board.source, board.is_sample, DEFAULT)

    for base in baselines:
        if wanted(base) and base.kind == board.baseline_kind and base.score is not None:
            yield Contender(BASELINE_NAMES[base.kind], base.kind), (base.task, base.subset), base.score
    for gap in gaps:
        if wanted(gap) and gap.baseline_kind == board.baseline_kind and gap.model_score is not None:
            model = Contender(gap.model, gap.model_kind, gap.model_revision, gap.protocol)
            yield model, (gap.task, gap.subset), gap.model_score


def _models(scores: Sequence[ScoreRow], is_sample: bool) -> Iterable[Entry]:
    for row in scores:
        wanted = row.source == "computed" and row.is_main and row.kind in MODEL_KINDS and row.is_sample == is_sample
        if wanted and row.score is not None:
            model = Contender(row.rater, row.kind, row.rater_revision, row.protocol)
            yield model, (row.task, row.subset), row.score


def _ranked(entries: Iterable[Entry], board: Board) -> list[LeaderboardRow]:
    by_contender: dict[Contender, dict[Cell, float]] = defaultdict(dict)
    for contender, cell, score in entries:
        by_contender[contender][cell] = score
    cells = _cells(by_contender, board)
    means = {
        contender: sum(scores[cell] for cell in shared) / len(shared)
        for contender, scores in by_contender.items()
        if (shared := cells & scores.keys())
    }
    complete = [mean for contender, mean in means.items() if cells <= by_contender[contender].keys()]
    rows = [
        LeaderboardRow(
            rank=1 + sum(other > mean for other in complete) if cells <= by_contender[contender].keys() else None,
            rater=contender.rater,
            kind=contender.kind,
            mean_score=mean,
            n_subsets=len(cells & by_contender[contender].keys()),
            n_subsets_total=len(cells),
            rater_revision=contender.revision,
            protocol=contender.protocol,
            baseline_kind=board.baseline_kind,
            is_sample=board.is_sample,
            source=board.source,
        )
        for contender, mean in means.items()
    ]
    return sorted(rows, key=lambda row: (row.rank is None, row.rank or 0, -(row.mean_score or 0), row.rater))


def _cells(by_contender: dict[Contender, dict[Cell, float]], board: Board) -> set[Cell]:
    """The subsets that the baseline has; where there is no baseline, all."""
    of_baseline = {
        cell for contender, scores in by_contender.items() if contender.kind == board.baseline_kind for cell in scores
    }
    return of_baseline or {cell for scores in by_contender.values() for cell in scores}
