"""Figures by several processes are those of one; and one that ends without a word is told of."""

from __future__ import annotations

import four_tasks
import pytest

from db.session import open_engine, reading
from db.store.state import subset_states
from hume.report import Figures
from pages.parts import reckoning


def rows(figures: Figures | None) -> tuple[object, ...]:
    assert figures
    return figures.cell, figures.scores, figures.baselines, figures.agreement, figures.gaps, figures.stand_in


def test_shared_among_processes_they_are_what_one_computes(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    four_tasks.store(sqlite_url)
    monkeypatch.setattr(reckoning, "most_processes", lambda: 2)
    with reading(open_engine(sqlite_url)) as session:
        ids = list(subset_states(session))
        assert len(ids) > 1
        alone = reckoning.figures_of(session, ids, sqlite_url)
        monkeypatch.setattr(reckoning, "ENOUGH_ANSWERS", 0)
        shared = reckoning.figures_of(session, ids, sqlite_url)
    assert list(shared) == list(alone) == ids
    assert [rows(of) for of in shared.values()] == [rows(of) for of in alone.values()]


def test_nothing_changed_asks_nobody(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reckoning, "ENOUGH_ANSWERS", 0)
    with reading(open_engine(sqlite_url)) as session:
        assert reckoning.figures_of(session, [], sqlite_url) == {}


def test_a_process_that_ends_is_an_error_that_says_so(
    sqlite_url: str, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    four_tasks.store(sqlite_url)
    monkeypatch.setattr(reckoning, "most_processes", lambda: 2)
    monkeypatch.setattr(reckoning, "ENOUGH_ANSWERS", 0)
    with reading(open_engine(sqlite_url)) as session:
        ids = list(subset_states(session))
        with pytest.raises(RuntimeError, match="has ended"):
            reckoning.figures_of(session, ids, f"sqlite:///{tmp_path}/elsewhere.db")
