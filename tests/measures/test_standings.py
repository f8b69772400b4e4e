"""Ranks and Borda points, by hand and as mteb ranks."""

from __future__ import annotations

import numpy as np
import pytest

from hume.measures.standings import borda_points, ranks


def test_equal_values_share_the_better_rank():
    assert ranks(np.array([0.5, 0.9, 0.5, 0.1])).tolist() == [2, 1, 2, 4]
    assert ranks(np.array([[0.1, 0.9], [0.2, 0.9]])).tolist() == [[2, 1], [1, 1]]


def test_borda_by_hand():
    scores = np.array([[0.9, 0.5], [0.5, 0.5], [0.1, np.nan]])
    # First contest: 2, 1, 0. Second: the tied share ranks 1 and 2, so 1.5 each; the third was not there.
    assert borda_points(scores).tolist() == [3.5, 2.5, 0.0]


def test_mteb_ranks_alike():
    pl = pytest.importorskip("polars", reason="mteb's leaderboard needs polars")
    table = pytest.importorskip("mteb.benchmarks._create_table", reason="this mteb has its table elsewhere")
    rng = np.random.default_rng(1)
    scores = np.round(rng.random((12, 9)), 1)
    frame = pl.DataFrame({f"t{i}": scores[:, i] for i in range(9)})
    theirs = frame.select(table._get_borda_rank(frame.columns))[:, 0].to_list()
    assert ranks(borda_points(scores)).tolist() == theirs


def test_resamples_are_ranked_one_by_one():
    rng = np.random.default_rng(2)
    scores = rng.random((4, 3, 5))
    together = borda_points(scores)
    assert together.shape == (4, 5)
    for resample in range(5):
        assert together[:, resample] == pytest.approx(borda_points(scores[:, :, resample]))
