"""People and models on one line a subset: the scores, their intervals, and all other models for context."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import isclose

import streamlit as st

from hume.records import BaselineRow, GapRow, ScoreRow
from pages.parts import charts, models, standing, views
from pages.parts.models import Models

Cell = tuple[str, str]


def show(
    baselines: Sequence[BaselineRow],
    scores: Sequence[ScoreRow],
    gaps: Sequence[GapRow],
    chosen: Models,
    known: Models,
    kind: str,
) -> None:
    """The chart of these baselines with the chosen models, and what must be said of it.

    `scores` and `gaps` are those of all models, over the same baseline.
    """
    lines = _lines(baselines, _on_shared_items(scores, gaps), gaps, chosen, known, kind)
    if charts.has_marks(lines):
        ours = charts.of_kind(kind)
        series = [ours, *models.series(chosen)]
        charts.legend(series, "other models" if any(line.others for line in lines) else "")
        charts.show(
            charts.dots(lines, series, "Main metric, points"),
            key="gap-chart",
            alt=f"{ours.name} and {', '.join(chosen.values()) or 'models'}: main scores on "
            f"{standing.subsets(len(lines))}; the same figures are in the table below.",
            csv=charts.csv_of(lines),
        )
    _notes(baselines, [row for row in gaps if models.of_gap(row) in chosen], kind)


def _on_shared_items(scores: Iterable[ScoreRow], gaps: Iterable[GapRow]) -> list[ScoreRow]:
    """Models' scores as the gaps have them, over the items that the baseline has too.

    An interval belongs to the items that it was drawn from, so a score over fewer of them has none.
    """
    gap_of = {(models.of_gap(row), row.task, row.subset): row for row in gaps}
    return [_on_shared(row, gap_of.get((models.of_score(row), row.task, row.subset))) for row in scores]


def _on_shared(score: ScoreRow, gap: GapRow | None) -> ScoreRow:
    if gap is None or _is_same(score, gap):
        return score
    return replace(score, score=gap.model_score, n_items=gap.n_items, ci_low=None, ci_high=None)


def _is_same(score: ScoreRow, gap: GapRow) -> bool:
    if score.score is None or gap.model_score is None:
        return score.score is gap.model_score
    return score.n_items == gap.n_items and isclose(score.score, gap.model_score)


def _lines(
    baselines: Sequence[BaselineRow],
    scores: Sequence[ScoreRow],
    gaps: Sequence[GapRow],
    chosen: Models,
    known: Models,
    kind: str,
) -> list[charts.Line]:
    by_subset: dict[Cell, list[ScoreRow]] = defaultdict(list)
    for row in scores:
        by_subset[row.task, row.subset].append(row)
    first = next(iter(chosen), None)
    gap_of = {(row.task, row.subset): row.gap for row in gaps if models.of_gap(row) == first and row.gap is not None}

    def place(row: BaselineRow) -> tuple[object, ...]:
        return views.type_order(row.task_type), gap_of.get((row.task, row.subset), float("inf")), row.task, row.subset

    return [_line(row, by_subset[row.task, row.subset], chosen, known, kind) for row in sorted(baselines, key=place)]


def _line(baseline: BaselineRow, scores: Sequence[ScoreRow], chosen: Models, known: Models, kind: str) -> charts.Line:
    marks = {chosen[models.of_score(row)]: row for row in scores if models.of_score(row) in chosen}
    others = [row for row in scores if models.of_score(row) not in chosen]
    ours = {views.KIND_NAMES[kind]: baseline}
    return charts.Line(
        views.subset_label(baseline),
        views.type_name(baseline.task_type),
        {name: charts.mark(name, row) for name, row in {**ours, **marks}.items() if row.score is not None},
        [charts.mark(known[models.of_score(row)], row) for row in others if row.score is not None],
    )


def _notes(baselines: Sequence[BaselineRow], gaps: Sequence[GapRow], kind: str) -> None:
    if all(row.source == "published" for row in baselines):
        notes = ["Published without item-level data: no interval. Nor was the number of items."]
    else:
        notes = [_on_which_items(baselines, gaps, kind), "Whiskers are 95% bootstrap intervals."]
        if without := sum(row.ci_low is None for row in baselines):
            notes.append(f"The baseline has none on {without} of {standing.subsets(len(baselines))}.")
    if gaps:
        notes.append("Within a task type, the subsets where the (first) model is furthest behind come first.")
    st.caption(" ".join(notes))


def _on_which_items(baselines: Sequence[BaselineRow], gaps: Sequence[GapRow], kind: str) -> str:
    who = views.KIND_NAMES[kind].lower()
    note = f"Models are shown on the items that {who} answered, without whiskers where those are not all of theirs."
    n_of = {(row.task, row.subset): row.n_items for row in baselines}
    if any(row.gap is not None and row.n_items != n_of[row.task, row.subset] for row in gaps):
        note += f" Where a model lacks some of those, the table compares on the rest; the chart has {who} on all."
    return note
