"""Real workers in processes of their own: killed, told to end, several on one queue."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from modelling import many, store
from sqlalchemy import Engine

from db.session import reading, transaction
from db.store import queue
from db.store.answers import all_answers
from db.store.runs import find_run, find_run_row, runs, scored_subsets, scores_of
from hume.records import Run

ROOT = Path(__file__).parents[2]
SUBSETS = 12
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(database_url: str, tmp_path: Path) -> Iterator[Start]:
    """Starts `hume worker` with these options on the test's database."""
    begun: list[subprocess.Popen[str]] = []
    environment = {**os.environ, "HUME_DATABASE_URL": database_url, "HUME_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}

    def run(*options: str) -> subprocess.Popen[str]:
        code = "from hume.cli import main; main()"
        command = [sys.executable, "-c", code, "worker", "--poll", "0.1", *options]
        begun.append(subprocess.Popen(command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE))
        return begun[-1]

    yield run
    for process in begun:
        process.kill()
        process.communicate()


def ask(engine: Engine, n: int = 1) -> list[int]:
    with transaction(engine) as session:
        return [queue.enqueue(session, "char-ngrams", [], {"protocol": "mteb"}) for _ in range(n)]


def look(engine: Engine, number: int) -> Run:
    with reading(engine) as session:
        return find_run(session, number)


def n_stored(engine: Engine, number: int) -> int:
    with reading(engine) as session:
        return len(scored_subsets(session, number))


def wait_for(condition: Callable[[], object]) -> None:
    give_up = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < give_up, "it did not come to that"
        time.sleep(0.02)


@contextmanager
def in_its_middle(engine: Engine, number: int) -> Iterator[int]:
    """The worker of a run is held at the database while the block lasts, with some subsets stored and some not."""
    wait_for(lambda: n_stored(engine, number))
    with transaction(engine) as session:
        find_run_row(session, number)
        with reading(engine) as other:
            stored = len(scored_subsets(other, number))
        assert 0 < stored < SUBSETS
        yield stored


def each_thing_once(engine: Engine, number: int) -> None:
    """All subsets have their scores, all items their answer, and nothing is there twice."""
    with reading(engine) as session:
        scores = Counter((row.subset, row.metric) for row in scores_of(session, number))
        answers = Counter((one.subset, one.answer.item) for one in all_answers(session))
    assert len({subset for subset, _ in scores}) == SUBSETS
    assert len(answers) == 5 * SUBSETS
    assert set(scores.values()) == set(answers.values()) == {1}


def test_a_killed_workers_run_is_taken_over_after_its_lease(engine: Engine, start: Start) -> None:
    store(engine, many(SUBSETS))
    (number,) = ask(engine)
    first = start("--lease", "1")
    with in_its_middle(engine, number) as stored:
        first.kill()
        first.wait()
    killed = look(engine, number)
    assert (killed.state, killed.attempts) == ("running", 1)
    start("--lease", "60")
    wait_for(lambda: look(engine, number).state == "done")
    run = look(engine, number)
    assert (run.attempts, run.n_done, run.worker != killed.worker) == (2, SUBSETS, True)
    assert stored <= n_stored(engine, number)
    each_thing_once(engine, number)


def test_a_worker_that_is_told_to_end_gives_its_run_back(engine: Engine, start: Start) -> None:
    store(engine, many(SUBSETS))
    (number,) = ask(engine)
    first = start("--lease", "600")
    with in_its_middle(engine, number):
        first.send_signal(signal.SIGTERM)
    assert first.wait(60) == 0
    given_back = look(engine, number)
    assert (given_back.state, given_back.worker, given_back.attempts) == ("queued", "", 0)
    second = start("--once")
    out, _ = second.communicate(timeout=120)
    assert f"Run {number}, char-ngrams: done, {SUBSETS} of {SUBSETS} subsets" in out
    each_thing_once(engine, number)


def test_two_workers_do_each_run_once(engine: Engine, start: Start) -> None:
    store(engine, many(1))
    asked = ask(engine, 10)
    workers = [start("--once") for _ in range(2)]
    outs = [worker.communicate(timeout=240)[0] for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0]
    told = Counter(int(line.split()[1].rstrip(",")) for out in outs for line in out.splitlines() if "done" in line)
    assert told == dict.fromkeys(asked, 1)
    with reading(engine) as session:
        assert {(run.state, run.attempts) for run in runs(session)} == {("done", 1)}
        assert Counter(one.answer.item for one in all_answers(session)) == {f"s00{n}": 1 for n in range(5)}
