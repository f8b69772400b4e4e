"""`hume runs` through the real entry point."""

from __future__ import annotations

import four_tasks
import pytest
from commands import Run

from db.session import open_engine, transaction
from db.store.queue import Progress, enqueue, finish, note_progress, take


@pytest.fixture
def url(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    four_tasks.store(sqlite_url)
    monkeypatch.setenv("HUME_DATABASE_URL", sqlite_url)
    return sqlite_url


def queued(url: str, n: int = 1) -> None:
    engine = open_engine(url)
    with transaction(engine) as session:
        for number in range(n):
            enqueue(session, f"model-{number}")
    engine.dispose()


def test_an_empty_queue_says_how_to_begin(run: Run, url: str) -> None:
    assert "hume score MODEL" in run("runs", "list")[1]


def test_what_waits_is_listed_and_can_be_cancelled_and_asked_for_again(run: Run, url: str) -> None:
    queued(url, 3)
    out = run("runs", "list", "--number", "2")[1]
    assert "model-2" in out
    assert "model-0" not in out
    assert "no worker is at work: hume worker" in out
    assert run("runs", "cancel", "1")[1] == "Run 1 is cancelled.\n"
    assert run("runs", "cancel", "1")[1] == "Run 1 is over already.\n"
    assert "Run 4 is queued" in run("runs", "retry", "1")[1]


def test_a_failed_run_says_why_and_its_log_is_there(run: Run, url: str) -> None:
    queued(url)
    engine = open_engine(url)
    with transaction(engine) as session:
        taken = take(session, "w", 60.0)
        assert taken is not None
        note_progress(session, taken.id, "w", Progress(n_done=0, n_total=2), ["it began"])
        finish(session, taken.id, "w", "failed", "T/eng: no train split\nT/ara: neither")
    engine.dispose()
    assert "T/eng: no train split" in run("runs", "list")[1]
    assert run("runs", "log", "1")[1] == "it began\nT/eng: no train split\nT/ara: neither\n"


@pytest.mark.parametrize("command", ["log", "cancel", "retry"])
def test_a_run_that_is_not_there_is_said(run: Run, url: str, command: str) -> None:
    code, _, err = run("runs", command, "9")
    assert code == 2
    assert "There is no run 9" in err
