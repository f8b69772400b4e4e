"""All raters ranked together, people among the models: where each stands, how sure that is, and the figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from hume.agreement import JUDGES
from hume.baseline import KINDS
from hume.export import wording
from hume.records import LeaderboardRow
from pages.parts import charts, models, standing, tables, views
from pages.parts.models import Models
from pages.parts.tables import Column


def show(board: Sequence[LeaderboardRow], scoped: Sequence[LeaderboardRow], known: Models) -> None:
    """The section: over all subsets, or over those of the language or task type that the reader chose."""
    if not board:
        return
    st.subheader("Leaderboard", anchor=False)
    board = _choose_scope(board, scoped)
    total = max(row.n_subsets_total for row in board)
    _chart(board, known)
    columns = dict(_columns(total, known))
    if not any(row.protocol for row in board):
        del columns["Protocol"]
    if all(row.rank_low is None for row in board):
        del columns["95%"], columns["Borda 95%"], columns["Its interval"], columns["Gap's interval"]
    if all(row.gap is None for row in board):
        del columns["Gap"]
    tables.show(
        board,
        columns,
        key="leaderboard",
        alt="Raters by mean score, people among the models",
        highlighted=lambda row: row.kind in KINDS,
    )
    note = f"Ranked by the mean over all {standing.subsets(total)}; raters that lack one have no rank (–)."
    if any(row.rank_low is not None for row in board):
        note += " Intervals of ranks: everybody is ranked anew on each of the 1,000 resamples."
    st.caption(note)
    tables.download("leaderboards", board)


def _choose_scope(board: Sequence[LeaderboardRow], scoped: Sequence[LeaderboardRow]) -> Sequence[LeaderboardRow]:
    names = {views.type_name(scope): scope for scope in dict.fromkeys(row.scope for row in scoped)}
    if not names:
        return board
    chosen = st.selectbox("Over", ["All subsets", *names], key="over", bind="query-params")
    return [row for row in scoped if row.scope == names[chosen]] if chosen in names else board


# -- where each stands ---------------------------------------------------------------------------------


def _chart(board: Sequence[LeaderboardRow], known: Models) -> None:
    """Ranks with their intervals; where none is known, means, which tell neck and neck from far apart."""
    ranked = [row for row in board if row.rank is not None]
    if len(ranked) < 2:
        return
    has_intervals = any(row.rank_low is not None for row in ranked)
    kinds = list(dict.fromkeys(row.kind for row in ranked))
    drawn = {kind: charts.of_kind(kind) for kind in kinds if kind in JUDGES}
    drawn |= {kind: charts.styled([views.KIND_NAMES[kind]])[0] for kind in kinds if kind not in JUDGES}
    series = list(drawn.values())
    lines = [
        charts.Line(f"{row.rank}. {models.called(row, known)}", "", {drawn[row.kind].name: _mark(row, has_intervals)})
        for row in ranked
    ]
    charts.legend(series)
    charts.show(
        charts.dots(lines, series, "Rank by mean" if has_intervals else "Mean of main scores, points"),
        key="rank-chart",
        alt=f"{len(ranked)} raters ranked by mean score; the same figures are in the table below.",
        csv=charts.csv_of(lines),
    )
    st.caption(
        "Whiskers are 95% intervals of the rank: where other items could have put the rater."
        if has_intervals
        else "No interval of a rank is known: item-level answers of all raters would be needed."
    )


def _mark(row: LeaderboardRow, has_intervals: bool) -> charts.Mark:
    sure = wording.places(row.rank_low, row.rank_high)
    place = f"rank {row.rank}" + ("" if sure == wording.UNKNOWN else f", 95% interval {sure}")
    low_high = wording.interval(row.mean_low, row.mean_high)
    mean = f"mean {wording.points(row.mean_score)}" + ("" if low_high == wording.UNKNOWN else f" {low_high}")
    hover = (place, mean, f"over {standing.subsets(row.n_subsets)}")
    if has_intervals:
        return charts.Mark(float(row.rank or 0), hover, row.rank_low, row.rank_high, name=row.rater)
    return charts.Mark(100 * (row.mean_score or 0.0), hover, name=row.rater)


# -- the figures ---------------------------------------------------------------------------------------


def _columns(total: int, known: Models) -> Mapping[str, Column]:
    return {
        "Rank": tables.count(lambda row: row.rank, "By mean, among raters that have every subset"),
        "95%": tables.text(
            lambda row: wording.places(row.rank_low, row.rank_high),
            "The ranks by mean that other items could have given",
        ),
        "Mean": tables.points(lambda row: row.mean_score, "Unweighted mean of main scores over the rater's subsets"),
        "Its interval": tables.text(lambda row: wording.interval(row.mean_low, row.mean_high), "95%, of the mean"),
        "Rater": tables.text(lambda row: models.called(row, known)),
        "Gap": tables.signed(lambda row: row.gap, "Mean minus that of people"),
        "Gap's interval": tables.text(
            lambda row: wording.signed_interval(row.gap_low, row.gap_high), "95%, people and model on the same items"
        ),
        "By types": tables.count(lambda row: row.rank_task_types, "Rank by the mean over task types"),
        "Mean of types": tables.text(_mean_of_types, "Mean over task types of the mean over their tasks"),
        "Borda rank": tables.count(lambda row: row.rank_borda, "Rank by Borda points, as MTEB counts them"),
        "Borda 95%": tables.text(lambda row: wording.places(row.rank_borda_low, row.rank_borda_high)),
        "Subsets": tables.count(lambda row: row.n_subsets, f"Of {total}"),
        "Kind": tables.text(lambda row: views.KIND_NAMES[row.kind]),
        "Revision": tables.text(lambda row: wording.revision(row.rater_revision)),
        "Protocol": tables.text(lambda row: row.protocol),
    }


def _mean_of_types(row: LeaderboardRow) -> str:
    return wording.UNKNOWN if row.mean_task_types is None else wording.points(row.mean_task_types)
