"""Real workers in processes of their own: killed, told to end, several on one queue."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from modelling import many, store
from sqlalchemy import Engine

from db.session import reading, transaction
from db.store import queue
from db.store.answers import all_answers
from db.store.runs import find_run, runs, scored_subsets, scores_of
from hume.records import Run
from hume.runner.worker import Worker

ROOT = Path(__file__).parents[2]
SUBSETS = 12
IN_THE_MIDDLE = 5
HOLD = f"""
import itertools, os, pathlib, time
from hume.cli.watching import Bars
number, shown = itertools.count(1), Bars.on_subset
def held(bars, one, rows):
    shown(bars, one, rows)
    while next(number) >= {IN_THE_MIDDLE} and not pathlib.Path(os.environ["GO_ON"]).exists():
        time.sleep(0.02)
Bars.on_subset = held
"""
"""Has a worker wait, when it has stored so many subsets, until there is a file."""
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(database_url: str, tmp_path: Path) -> Iterator[Start]:
    """Starts `hume worker` with these options on the test's database; `held` in the middle of its run."""
    begun: list[subprocess.Popen[str]] = []
    environment = {**os.environ, "HUME_DATABASE_URL": database_url, "HUME_HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    environment["GO_ON"] = str(tmp_path / "go-on")

    def run(*options: str, held: bool = False) -> subprocess.Popen[str]:
        code = HOLD * held + "from hume.cli import main; main()"
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
    first = start("--lease", "1", held=True)
    wait_for(lambda: n_stored(engine, number) == IN_THE_MIDDLE)
    first.kill()
    first.wait()
    killed = look(engine, number)
    assert (killed.state, killed.attempts) == ("running", 1)
    second = Worker(engine)
    ended: list[Run] = []
    wait_for(lambda: ended.extend(filter(None, [second.once()])) or ended)
    (run,) = ended
    assert (run.id, run.state, run.attempts, run.n_done, run.worker) == (number, "done", 2, SUBSETS, second.name)
    each_thing_once(engine, number)


def test_a_worker_that_is_told_to_end_gives_its_run_back(engine: Engine, start: Start, tmp_path: Path) -> None:
    store(engine, many(SUBSETS))
    (number,) = ask(engine)
    first = start("--lease", "600", held=True)
    wait_for(lambda: n_stored(engine, number) == IN_THE_MIDDLE)
    first.send_signal(signal.SIGTERM)
    (tmp_path / "go-on").touch()
    assert first.wait(120) == 0
    assert IN_THE_MIDDLE <= n_stored(engine, number) < SUBSETS
    given_back = look(engine, number)
    assert (given_back.state, given_back.worker, given_back.attempts) == ("queued", "", 0)
    run = Worker(engine).once()
    assert run is not None
    assert (run.id, run.state, run.n_done) == (number, "done", SUBSETS)
    each_thing_once(engine, number)


def test_two_workers_do_each_run_once(engine: Engine, start: Start) -> None:
    store(engine, many(1))
    asked = ask(engine, 10)
    workers = [start("--once") for _ in range(2)]
    outs = [worker.communicate(timeout=240)[0] for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0]
    told = Counter(line.partition(" subsets")[0] for out in outs for line in out.splitlines() if "done" in line)
    assert told == {f"Run {number}, char-ngrams: done, 1 of 1": 1 for number in asked}
    with reading(engine) as session:
        assert {(run.state, run.attempts) for run in runs(session)} == {("done", 1)}
        assert Counter(one.answer.item for one in all_answers(session)) == {f"s00{n}": 1 for n in range(5)}
