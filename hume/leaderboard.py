"""Stage: raters ranked by the mean of their main scores over subsets, people among them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hume.baseline import DEFAULT
from hume.gap import MODEL_KINDS
from hume.records import BaselineRow, LeaderboardRow, ScoreRow, Source


@dataclass(frozen=True)
class Contender:
    """Who is ranked: a model, or the baseline of a kind of rater."""

    rater: str
    kind: str
    revision: str = ""
    protocol: str = ""


#: How the baseline of each kind is called among the models.
BASELINE_NAMES = {"human": "people (consensus)", "simulated": "simulated raters (consensus)"}

Entry = tuple[Contender, tuple[str, str], float]


def leaderboard(scores: Sequence[ScoreRow], baselines: Sequence[BaselineRow]) -> list[LeaderboardRow]:
    """One leaderboard a source, and one apart for sample tasks, which are no benchmark.

    `mean_score` is the unweighted mean over the subsets that a contender has; only those with every subset of their
    leaderboard are ranked (equal means share the better rank). Simulated raters take nobody's place: their rank is the
    one that they would have.
    """
    return [
        *_ranked(_published(scores), "published", False),
        *_ranked(_computed(scores, baselines, False), "computed", False),
        *_ranked(_computed(scores, baselines, True), "computed", True),
    ]


def _published(scores: Sequence[ScoreRow]) -> Iterable[Entry]:
    for row in scores:
        if row.source == "published" and row.is_main and row.aggregation != "annotator" and row.score is not None:
            yield Contender(row.rater, row.kind, row.rater_revision), (row.task, row.subset), row.score


def _computed(scores: Sequence[ScoreRow], baselines: Sequence[BaselineRow], is_sample: bool) -> Iterable[Entry]:
    for row in scores:
        wanted = row.source == "computed" and row.is_main and row.kind in MODEL_KINDS and row.is_sample == is_sample
        if wanted and row.score is not None:
            model = Contender(row.rater, row.kind, row.rater_revision, row.protocol)
            yield model, (row.task, row.subset), row.score
    for base in baselines:
        wanted = base.source == "computed" and base.aggregation == DEFAULT and base.is_sample == is_sample
        if wanted and base.score is not None:
            yield Contender(BASELINE_NAMES[base.kind], base.kind), (base.task, base.subset), base.score


def _ranked(entries: Iterable[Entry], source: Source, is_sample: bool) -> list[LeaderboardRow]:
    by_contender: dict[Contender, dict[tuple[str, str], float]] = defaultdict(dict)
    for contender, cell, score in entries:
        by_contender[contender][cell] = score
    cells = {cell for scores in by_contender.values() for cell in scores}
    means = {contender: sum(s.values()) / len(s) for contender, s in by_contender.items()}
    complete = [
        means[contender]
        for contender, s in by_contender.items()
        if len(s) == len(cells) and contender.kind != "simulated"
    ]
    rows = [
        LeaderboardRow(
            rank=1 + sum(other > means[contender] for other in complete) if len(s) == len(cells) else None,
            rater=contender.rater,
            kind=contender.kind,
            mean_score=means[contender],
            n_subsets=len(s),
            n_subsets_total=len(cells),
            rater_revision=contender.revision,
            protocol=contender.protocol,
            is_sample=is_sample,
            source=source,
        )
        for contender, s in by_contender.items()
    ]
    return sorted(rows, key=lambda row: (row.rank is None, row.rank or 0, -(row.mean_score or 0), row.rater))
