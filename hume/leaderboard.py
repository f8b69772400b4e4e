"""Stage: raters ranked over subsets, people among them: by mean, by mean over task types, by Borda points."""

from __future__ import annotations

import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np

from hume.baseline import DEFAULT, KINDS, Sampled, together
from hume.gap import MODEL_KINDS, Resampled
from hume.measures.bootstrap import Freedom
from hume.measures.standings import borda_points, ranks
from hume.records import BaselineRow, GapRow, LeaderboardRow, ScoreRow, Source
from hume.score import DRAWS, interval
from hume.tasks.base import PROTOCOLS, FloatArray, IntArray


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
    protocol: str = ""
    """What the models on it were given; empty where no model answered under a protocol."""

    def takes(self, protocol: str) -> bool:
        """Whether a rater of this protocol stands on it. LLMs have prompts in its place, and stand on every board."""
        return protocol == self.protocol or protocol not in PROTOCOLS


#: How the baseline of each kind is called among the models.
BASELINE_NAMES = {"human": "people (consensus)", "simulated": "simulated raters (consensus)"}

Cell = tuple[str, str]
"""Task and subset."""


class Facets(NamedTuple):
    """What boards can be restricted to."""

    task_type: str
    language: str


Entry = tuple[Contender, Cell, Facets, float]


#: Of each subset by kind of baseline the replicates behind its figures; none where item-level answers are not known.
Drawn = Mapping[Cell, Mapping[str, Resampled]]


def leaderboards(
    scores: Sequence[ScoreRow],
    baselines: Sequence[BaselineRow],
    gaps: Sequence[GapRow],
    drawn: Drawn | None = None,
) -> list[LeaderboardRow]:
    """Leaderboards, each with one kind of baseline among the models; sample tasks have their own.

    A board is over the subsets that its baseline has, and there a model's score is over the items that the baseline
    has too, as in the gap: nobody is ranked by what others were not asked. `mean_score` is the unweighted mean over
    the subsets that a contender has; only those with every subset are ranked (equal means share the better rank).
    Beside the board over all subsets there is one for each language and each task type, where there are several:
    `scope` names it. Where models answered under several protocols there is a board for each of these
    (`board_protocol`): a model that answered under two would else be ranked twice, and people below both.
    """
    rows = _boards(_published(scores), Board("published", "human"), {})
    for is_sample in (False, True):
        for protocol in _protocols(scores, is_sample):
            boards = [Board("computed", kind, is_sample, protocol) for kind in KINDS]
            of = [row for board in boards for row in _boards(_computed(baselines, gaps, board), board, drawn or {})]
            alone = Board("computed", "", is_sample, protocol)
            rows += of or _boards(_models(scores, alone), alone, {})
    return rows


def _protocols(scores: Sequence[ScoreRow], is_sample: bool) -> list[str]:
    """Those under which models answered; one without a name where none did."""
    there = {row.protocol for row in scores if row.source == "computed" and row.is_sample == is_sample}
    return [protocol for protocol in PROTOCOLS if protocol in there] or [""]


def leaderboard(
    scores: Sequence[ScoreRow], baselines: Sequence[BaselineRow], gaps: Sequence[GapRow]
) -> list[LeaderboardRow]:
    """The leaderboards over all subsets alone, without intervals of ranks."""
    return [row for row in leaderboards(scores, baselines, gaps) if not row.scope]


def _published(scores: Sequence[ScoreRow]) -> Iterable[Entry]:
    for row in scores:
        if row.source == "published" and row.is_main and row.aggregation != "annotator" and row.score is not None:
            yield Contender(row.rater, row.kind, row.rater_revision), (row.task, row.subset), _facets(row), row.score


def _computed(baselines: Sequence[BaselineRow], gaps: Sequence[GapRow], board: Board) -> Iterable[Entry]:
    def wanted(row: BaselineRow | GapRow) -> bool:
        return (row.source, row.is_sample, row.aggregation) == (board.source, board.is_sample, DEFAULT)

    for base in baselines:
        if wanted(base) and base.kind == board.baseline_kind and base.score is not None:
            yield Contender(BASELINE_NAMES[base.kind], base.kind), (base.task, base.subset), _facets(base), base.score
    for gap in gaps:
        is_on_it = gap.baseline_kind == board.baseline_kind and board.takes(gap.protocol)
        if wanted(gap) and is_on_it and gap.model_score is not None:
            model = Contender(gap.model, gap.model_kind, gap.model_revision, gap.protocol)
            yield model, (gap.task, gap.subset), _facets(gap), gap.model_score


def _models(scores: Sequence[ScoreRow], board: Board) -> Iterable[Entry]:
    for row in scores:
        wanted = (row.source, row.is_sample) == (board.source, board.is_sample) and board.takes(row.protocol)
        if wanted and row.is_main and row.kind in MODEL_KINDS and row.score is not None:
            model = Contender(row.rater, row.kind, row.rater_revision, row.protocol)
            yield model, (row.task, row.subset), _facets(row), row.score


def _boards(entries: Iterable[Entry], board: Board, drawn: Drawn) -> list[LeaderboardRow]:
    by_contender: dict[Contender, dict[Cell, float]] = defaultdict(dict)
    facets: dict[Cell, Facets] = {}
    for contender, cell, of_cell, score in entries:
        by_contender[contender][cell] = score
        facets[cell] = of_cell
    cells = _cells(by_contender, board)
    scopes = {"": cells}
    for choose in (attrgetter("task_type"), attrgetter("language")):
        of_scope: dict[str, set[Cell]] = defaultdict(set)
        for cell in cells:
            of_scope[choose(facets[cell])].add(cell)
        scopes |= {name: of_scope[name] for name in sorted(of_scope) if name and len(of_scope) > 1}
    shuffled = {cell: _independent(cell, drawn[cell][board.baseline_kind]) for cell in cells if cell in drawn}
    return [
        row
        for scope, wanted in scopes.items()
        for row in _ranked(by_contender, sorted(wanted), facets, board, scope, shuffled)
    ]


def _ranked(
    by_contender: Mapping[Contender, Mapping[Cell, float]],
    cells: Sequence[Cell],
    facets: Mapping[Cell, Facets],
    board: Board,
    scope: str,
    drawn: Mapping[Cell, Resampled],
) -> list[LeaderboardRow]:
    shared = {
        contender: {cell: scores[cell] for cell in cells if cell in scores}
        for contender, scores in by_contender.items()
        if any(cell in scores for cell in cells)
    }
    complete = [contender for contender, scores in shared.items() if len(scores) == len(cells)]
    standings = _standings(complete, shared, cells, facets, drawn)
    rows = [
        LeaderboardRow(
            rater=contender.rater,
            kind=contender.kind,
            mean_score=sum(scores.values()) / len(scores),
            n_subsets=len(scores),
            n_subsets_total=len(cells),
            rater_revision=contender.revision,
            protocol=contender.protocol,
            baseline_kind=board.baseline_kind,
            is_sample=board.is_sample,
            source=board.source,
            scope=scope,
            board_protocol=board.protocol,
            **standings.get(contender, {"rank": None}),
        )
        for contender, scores in shared.items()
    ]
    return sorted(rows, key=lambda row: (row.rank is None, row.rank or 0, -(row.mean_score or 0), row.rater))


def _standings(
    complete: Sequence[Contender],
    shared: Mapping[Contender, Mapping[Cell, float]],
    cells: Sequence[Cell],
    facets: Mapping[Cell, Facets],
    drawn: Mapping[Cell, Resampled],
) -> dict[Contender, dict[str, Any]]:
    """Ranks of those with every subset: by the mean, by the mean over task types, by Borda points."""
    if not complete:
        return {}
    scores = np.array([[shared[contender][cell] for cell in cells] for contender in complete])
    by_type, points = scores @ _type_weights(cells, facets), borda_points(scores)
    means, replicates = scores.mean(axis=1), _replicates(complete, cells, drawn)
    columns = {
        "rank": ranks(means),
        "mean_task_types": by_type,
        "rank_task_types": ranks(by_type),
        "borda": points,
        "rank_borda": ranks(points),
        **({} if replicates is None else _rank_intervals(replicates)),
    }
    further = _means_and_gaps(complete, means, replicates, [drawn[cell].baseline for cell in cells if cell in drawn])
    return {
        contender: {name: column[place].item() for name, column in columns.items()} | further[place]
        for place, contender in enumerate(complete)
    }


def _type_weights(cells: Sequence[Cell], facets: Mapping[Cell, Facets]) -> FloatArray:
    """What each subset counts for in the mean over task types: types count alike, in them tasks, in these subsets."""
    tasks = Counter(task for task, _ in cells)
    types = Counter(task_type for _, task_type in {(cell[0], facets[cell].task_type) for cell in cells})
    return np.array([1 / (tasks[cell[0]] * types[facets[cell].task_type] * len(types)) for cell in cells])


def _replicates(
    complete: Sequence[Contender], cells: Sequence[Cell], drawn: Mapping[Cell, Resampled]
) -> FloatArray | None:
    """Resampled scores (contenders x subsets x resamples); None where some cannot be resampled, or one is alone."""
    if len(complete) < 2 or any(cell not in drawn for cell in cells):
        return None
    of = [[_replicates_of(contender, drawn[cell]) for cell in cells] for contender in complete]
    if any(row is None for rows in of for row in rows):
        return None
    replicates = np.array(of)
    replicates = replicates[:, :, ~np.isnan(replicates).any(axis=(0, 1))]
    return None if 2 * replicates.shape[2] < DRAWS.resamples else replicates


def _rank_intervals(replicates: FloatArray) -> dict[str, IntArray]:
    """95% intervals of ranks: all contenders are ranked on each resample."""
    found: dict[str, IntArray] = {}
    for name, of_draws in (("rank", replicates.mean(axis=1)), ("rank_borda", borda_points(replicates))):
        # Whole ranks: the ends of the interval are ranks that occur.
        low = np.quantile(ranks(of_draws), 0.025, axis=1, method="lower")
        high = np.quantile(ranks(of_draws), 0.975, axis=1, method="higher")
        found |= {f"{name}_low": low.astype(np.int64), f"{name}_high": high.astype(np.int64)}
    return found


def _means_and_gaps(
    complete: Sequence[Contender], means: FloatArray, replicates: FloatArray | None, baselines: Sequence[Sampled]
) -> list[dict[str, float | None]]:
    """Of each contender the interval of its mean, and the gap of its mean to the baseline's, with its interval."""
    ours = next((place for place, contender in enumerate(complete) if contender.kind in KINDS), None)
    found = []
    for place in range(len(complete)):
        of: dict[str, float | None] = {}
        if replicates is not None:
            of["mean_low"], of["mean_high"] = _interval_of_mean(replicates[place], baselines, place == ours)
        if ours is not None and place != ours:
            of["gap"] = float(means[place] - means[ours])
            if replicates is not None:
                differences = replicates[place] - replicates[ours]
                of["gap_low"], of["gap_high"] = _interval_of_mean(differences, baselines, True)
        found.append(of)
    return found


def _interval_of_mean(
    rows: FloatArray, baselines: Sequence[Sampled], with_people: bool
) -> tuple[float | None, float | None]:
    """Of the mean over subsets, whose replicates, a row each, are independent of each other."""
    freedoms = [
        together(row, of.items, of.raters if with_people else None) for row, of in zip(rows, baselines, strict=True)
    ]
    return interval(rows.mean(axis=0), Freedom.joined(list(zip(rows.var(axis=1).tolist(), freedoms, strict=True))))


def _replicates_of(contender: Contender, drawn: Resampled) -> FloatArray | None:
    if contender.kind in KINDS:
        return drawn.baseline.replicates
    return drawn.models.get((contender.rater, contender.kind, contender.revision, contender.protocol))


def _independent(cell: Cell, drawn: Resampled) -> Resampled:
    """The replicates in an order of the subset's own: subsets with as many items would else share their draws."""
    ours = drawn.baseline
    order = np.random.default_rng(zlib.crc32("|".join(cell).encode())).permutation(len(ours.replicates))
    return Resampled(
        replace(ours, replicates=ours.replicates[order]), {key: row[order] for key, row in drawn.models.items()}
    )


def _facets(row: ScoreRow | BaselineRow | GapRow) -> Facets:
    return Facets(row.task_type, row.language)


def _cells(by_contender: Mapping[Contender, Mapping[Cell, float]], board: Board) -> set[Cell]:
    """The subsets that the baseline has; where there is no baseline, all."""
    of_baseline = {
        cell for contender, scores in by_contender.items() if contender.kind == board.baseline_kind for cell in scores
    }
    return of_baseline or {cell for scores in by_contender.values() for cell in scores}
