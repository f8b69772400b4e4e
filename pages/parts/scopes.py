"""People against models by language and by task type: one line each, the mean over its subsets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from hume.export import wording
from hume.gap import MODEL_KINDS
from hume.records import LeaderboardRow
from hume.tasks import TASKS
from pages.parts import charts, models, standing, tables, views
from pages.parts.models import Models

#: Columns that say nothing where nothing could be resampled.
OF_INTERVALS = ("95% interval", "Its interval", "95%")


@dataclass(frozen=True)
class Scope:
    """One language or task type: people there, and the model that does best there."""

    name: str
    ours: LeaderboardRow
    best: LeaderboardRow | None
    rows: tuple[LeaderboardRow, ...]

    @property
    def n_ranked(self) -> int:
        """Raters with all of its subsets."""
        return sum(row.rank is not None for row in self.rows)


def scopes(boards: Sequence[LeaderboardRow], kind: str, *, of_types: bool) -> list[Scope]:
    """The task types, or the languages, that `kind` has answered in: where people are furthest behind comes first."""
    by_scope: dict[str, list[LeaderboardRow]] = {}
    for row in boards:
        if (row.scope in TASKS) == of_types:
            by_scope.setdefault(row.scope, []).append(row)
    found = [
        Scope(views.type_name(scope), ours, standing.best_model(rows), tuple(rows))
        for scope, rows in by_scope.items()
        if (ours := next((row for row in rows if row.kind == kind), None))
    ]
    return sorted(found, key=_furthest_behind_first)


def _furthest_behind_first(scope: Scope) -> tuple[object, ...]:
    gap = scope.best.gap if scope.best else None
    return gap is None, -(gap or 0.0), scope.name


def show(boards: Sequence[LeaderboardRow], chosen: Models, known: Models, kind: str) -> None:
    """The panel; nothing where there is but one language and one task type."""
    panels = {"Languages": False, "Task types": True}
    there = {name: found for name, of_types in panels.items() if (found := scopes(boards, kind, of_types=of_types))}
    if not there:
        return
    st.subheader("By language and task type", anchor=False)
    name = next(iter(there))
    if len(there) > 1:
        name = st.segmented_control("By", list(there), default=name, required=True, key="by", bind="query-params")
    _chart(there[name], chosen, known, kind, f"Mean scores by {name.lower()}; the same figures are in the table below.")
    _table(there[name], known, kind)


def show_types(boards: Sequence[LeaderboardRow], best: LeaderboardRow | None, known: Models, kind: str) -> None:
    """The chart of task types alone, people beside the model that is best over all subsets."""
    st.subheader("By task type", anchor=False)
    found = scopes(boards, kind, of_types=True)
    if not found:
        st.markdown("There is one task type so far: the page *Gap* has its subsets.")
        return
    chosen = {models.of_rank(best): models.called(best, known)} if best else {}
    _chart(found, chosen, known, kind, "Mean scores by task type; the page Gap has the same figures in a table.")
    if any(scope.ours.mean_low is not None for scope in found):
        st.caption("Whiskers are 95% bootstrap intervals.")


def _chart(found: Sequence[Scope], chosen: Models, known: Models, kind: str, alt: str) -> None:
    lines = [_line(scope, chosen, known, kind) for scope in found]
    series = [charts.of_kind(kind), *models.series(chosen)]
    charts.legend(series, "other models" if any(line.others for line in lines) else "")
    charts.show(
        charts.dots(lines, series, "Mean of main scores, points"),
        key="scope-chart",
        alt=alt,
        csv=charts.csv_of(lines),
    )


def _line(scope: Scope, chosen: Models, known: Models, kind: str) -> charts.Line:
    marks = {views.KIND_NAMES[kind]: _mark(scope.ours, known)}
    others = []
    for row in scope.rows:
        name = chosen.get(models.of_rank(row))
        if name and row.rank is not None:
            marks[name] = _mark(row, known)
        elif row.kind in MODEL_KINDS and row.rank is not None:
            others.append(_mark(row, known))
    return charts.Line(f"{scope.name} ({standing.subsets(scope.ours.n_subsets)})", "", marks, others)


def _mark(row: LeaderboardRow, known: Models) -> charts.Mark:
    name = models.called(row, known)
    place = wording.places(row.rank_low, row.rank_high)
    ranked = "no rank" if row.rank is None else f"rank {row.rank}"
    sure = "" if place == wording.UNKNOWN else f", 95% interval {place}"
    low_high = wording.interval(row.mean_low, row.mean_high)
    mean = wording.points(row.mean_score) + ("" if low_high == wording.UNKNOWN else f" {low_high}")
    return charts.Mark(
        100 * (row.mean_score or 0.0),
        (f"{name}: {mean}", ranked + sure, f"n = {standing.subsets(row.n_subsets)}"),
        low=None if row.mean_low is None else 100 * row.mean_low,
        high=None if row.mean_high is None else 100 * row.mean_high,
        name=name,
    )


def _table(found: Sequence[Scope], known: Models, kind: str) -> None:
    who = views.KIND_NAMES[kind]
    columns: Mapping[str, tables.Column] = {
        "Over": tables.text(lambda scope: scope.name),
        "Subsets": tables.count(lambda scope: scope.ours.n_subsets),
        who: tables.points(lambda scope: scope.ours.mean_score, "Mean of main scores"),
        "95% interval": tables.text(lambda scope: wording.interval(scope.ours.mean_low, scope.ours.mean_high)),
        "Best model": tables.text(lambda scope: models.called(scope.best, known) if scope.best else wording.UNKNOWN),
        "Its mean": tables.points(lambda scope: scope.best.mean_score if scope.best else None),
        "Gap": tables.signed(
            lambda scope: scope.best.gap if scope.best else None, "The best model's mean minus that of people"
        ),
        "Its interval": tables.text(_gap_interval),
        "Rank": tables.count(lambda scope: scope.ours.rank, f"Of {who.lower()} among raters with all subsets"),
        "95%": tables.text(lambda scope: wording.places(scope.ours.rank_low, scope.ours.rank_high)),
        "Of": tables.count(lambda scope: scope.n_ranked, "Raters with all subsets"),
    }
    if all(scope.ours.mean_low is None for scope in found):
        columns = {name: column for name, column in columns.items() if name not in OF_INTERVALS}
    tables.show(found, columns, key="scopes", alt="Means of people and of the best model, with ranks")
    st.caption("The best model is the best there, which flatters it: the same items chose it.")
    rows = [row for scope in found for row in scope.rows]
    tables.download("leaderboards", rows, key="scopes-csv")


def _gap_interval(scope: Scope) -> str:
    return wording.signed_interval(scope.best.gap_low, scope.best.gap_high) if scope.best else wording.UNKNOWN
