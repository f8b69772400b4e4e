"""mteb's own leaderboard code, on HUME v1's published figures: people and models stand where our board has them."""

from __future__ import annotations

from functools import cache

import pytest

from hume.ingest.results import hume_v1
from hume.leaderboard import leaderboard
from hume.records import LeaderboardRow

pl = pytest.importorskip("polars", reason="mteb's leaderboard needs polars")
tables = pytest.importorskip("mteb.benchmarks._create_table", reason="mteb is not installed")


@cache
def ours() -> dict[str, LeaderboardRow]:
    """Our board by the rater's name: those with every subset, whom alone we rank."""
    rows = leaderboard(hume_v1().scores, [], [])
    return {row.rater: row for row in rows if row.source == "published" and row.rank is not None}


@cache
def long_frame():
    """One row a rater and subset, as mteb's builders take it."""
    figures = [
        {"model_name": row.rater, "task_name": row.task, "subset": row.subset, "split": "test", "score": row.score}
        for row in hume_v1().scores
        if row.is_main and row.aggregation != "annotator" and row.rater in ours()
    ]
    return pl.DataFrame(figures)


def test_there_are_people_and_models_on_every_subset():
    assert len(ours()) >= 15
    assert len(long_frame()) == 26 * len(ours())
    assert [row.kind for row in ours().values()].count("human") == 1


def test_the_borda_ranks_are_mtebs():
    by_cell = long_frame().with_columns((pl.col("task_name") + "::" + pl.col("subset")).alias("cell"))
    theirs = tables._borda_rank_from_long(by_cell, partition_col="cell", n_models=len(ours()))
    ranks = dict(theirs.select("model_name", "Rank (Borda)").iter_rows())
    # Ours give those with equal points the better rank, as theirs do.
    assert ranks == {name: row.rank_borda for name, row in ours().items()}


def test_the_summary_table_has_our_means_and_puts_people_where_we_do():
    from mteb.benchmarks.benchmark import BenchmarkAggregation

    summary = tables._create_summary_table(long_frame(), aggregations=[BenchmarkAggregation.MEAN_SUBSET])
    frame = summary if isinstance(summary, pl.DataFrame) else summary.df
    (mean,) = (name for name in frame.columns if "Subset" in name)
    (name,) = (name for name in frame.columns if name in ("model_name", "Model"))
    means = {_bare(rater): value for rater, value in frame.select(name, mean).iter_rows()}
    assert means.keys() == {_bare(rater) for rater in ours()}
    for rater, row in ours().items():
        assert means[_bare(rater)] == pytest.approx(row.mean_score, abs=1e-9)
    ranks = {_bare(rater): rank for rater, rank in frame.select(name, "Rank (Borda)").iter_rows()}
    assert ranks == {_bare(rater): row.rank_borda for rater, row in ours().items()}


def _bare(rater: str) -> str:
    """The name of a model without its organisation and the link that mteb's table makes of it."""
    return rater.split("](")[0].strip("[").split("/")[-1]
