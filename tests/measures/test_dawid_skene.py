"""Reliability-weighted labels: by hand, in simulation, and against crowd-kit where it is installed."""

from __future__ import annotations

import numpy as np
import pytest

from hume.measures.dawid_skene import dawid_skene


def study(seed: int, n_labels: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Codes of six raters of unequal reliability on 60 items, a third of them missing, and the truth."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, n_labels, 60)
    right = rng.random((6, 60)) < rng.uniform(0.3, 0.95, 6)[:, None]
    codes = np.where(right, truth, rng.integers(0, n_labels, (6, 60)))
    return np.where(rng.random((6, 60)) < 0.3, -1, codes), truth


def test_unanimous_raters_are_believed():
    codes = np.array([[0, 1, 2, 0], [0, 1, 2, 0]])
    assert dawid_skene(codes, 3) == pytest.approx(np.eye(3)[codes[0]], abs=1e-6)


def test_one_who_always_says_the_opposite_is_turned_round():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 200)
    good = np.where(rng.random((2, 200)) < 0.8, truth, 1 - truth)
    codes = np.vstack([good, 1 - truth])
    assert (dawid_skene(codes, 2).argmax(axis=1) == truth).mean() > 0.97


def test_the_order_of_raters_and_the_names_of_labels_mean_nothing():
    codes, _ = study(3)
    renamed = np.where(codes < 0, -1, (codes + 1) % 4)
    assert dawid_skene(codes[::-1], 4) == pytest.approx(dawid_skene(codes, 4))
    assert np.roll(dawid_skene(codes, 4), 1, axis=1) == pytest.approx(dawid_skene(renamed, 4))


def test_what_nobody_labelled_has_the_frequencies_and_nothing_at_all_is_refused():
    truth = dawid_skene(np.array([[0, 0, 1, -1], [0, 0, 1, -1]]), 2)
    assert truth.sum(axis=1) == pytest.approx(1)
    assert truth[3] == pytest.approx([2 / 3, 1 / 3], abs=1e-6)
    with pytest.raises(ValueError, match="no labels"):
        dawid_skene(np.full((2, 3), -1), 2)


@pytest.mark.parametrize("seed", range(5))
def test_crowd_kit_says_the_same(seed):
    aggregation = pytest.importorskip("crowdkit.aggregation", reason="crowd-kit is not installed")
    import pandas as pd

    codes, _ = study(seed)
    told = [
        {"task": item, "worker": rater, "label": codes[rater, item]}
        for rater in range(6)
        for item in range(60)
        if codes[rater, item] >= 0
    ]
    theirs = aggregation.DawidSkene(n_iter=100).fit(pd.DataFrame(told)).probas_.sort_index()
    assert dawid_skene(codes, 4)[theirs.index] == pytest.approx(theirs[[0, 1, 2, 3]].to_numpy(), abs=1e-9)
