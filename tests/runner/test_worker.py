"""A worker's runs: what is stored, what is not stored twice, and how a run ends that does not come to its end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from modelling import Letters, loading, many, pairs_task, store, sts
from sqlalchemy import Engine, update

from db import tables as t
from db.columns import utc_now
from db.session import reading, transaction
from db.store import queue
from db.store.answers import all_answers
from db.store.runs import find_run, find_run_row, runs, scored_subsets, scores_of
from hume.errors import InvalidInput, NotFound
from hume.raters.backends import Loading
from hume.records import Run
from hume.runner.claim import Claim
from hume.runner.request import Request, read_request
from hume.runner.worker import Watch, Worker, score_model


def worker(engine: Engine, model: Letters, on_subset: Callable[[], object] | None = None, **how: Any) -> Worker:
    """A worker with this model; `on_subset` is called after each subset that it has done."""
    watch = Watch(on_subset=lambda one, rows: on_subset()) if on_subset else Watch()
    return Worker(engine, loader=loading(model), watch=watch, **how)


def ask(engine: Engine, request: Request | None = None) -> int:
    with transaction(engine) as session:
        return queue.enqueue(session, "letters", [], (request or Request()).as_json())


def look(engine: Engine, number: int) -> Run:
    with reading(engine) as session:
        return find_run(session, number)


def stored(engine: Engine) -> list[tuple[str, str, int]]:
    """Subset, item and revision of every answer."""
    with reading(engine) as session:
        return [(one.subset, one.answer.item, one.answer.revision) for one in all_answers(session)]


def n_scored(engine: Engine, number: int) -> int:
    """Subsets with scores, each of which has them once."""
    with reading(engine) as session:
        rows = [(row.task, row.subset, row.metric) for row in scores_of(session, number)]
        assert len(rows) == len(set(rows))
        return len(scored_subsets(session, number))


def test_a_run_stores_answers_scores_and_how_it_went(engine: Engine) -> None:
    store(engine, many(3))
    model = Letters()
    run = score_model(worker(engine, model), "letters", [])
    assert (run.state, run.error, run.n_done, run.n_total) == ("done", "", 3, 3)
    assert run.rater is not None
    assert (run.rater.name, run.rater.revision, run.rater.protocol) == ("letters", "r1", "mteb")
    assert (run.device, run.versions, run.n_texts, run.attempts) == ("cpu", {"letters": "1"}, len(model.read), 1)
    assert run.texts_per_s is not None
    assert run.texts_per_s > 0
    assert run.peak_mb is not None
    assert 10 < run.peak_mb < 100_000
    assert run.seconds is not None
    assert [line.split(": spearman")[0] for line in run.log.splitlines()][1:] == ["Pairs/s00", "Pairs/s01", "Pairs/s02"]
    assert len(stored(engine)) == 15
    assert n_scored(engine, run.id) == 3


def test_what_a_model_said_before_is_not_stored_again(engine: Engine) -> None:
    store(engine, many(2))
    first = score_model(worker(engine, Letters()), "letters", [])
    before = stored(engine)
    second = score_model(worker(engine, Letters()), "letters", [])
    assert stored(engine) == before
    assert (second.id, second.state) == (first.id + 1, "done")
    assert n_scored(engine, second.id) == 2
    people = score_model(worker(engine, Letters()), "letters", [], Request(protocol="human-like"))
    assert people.rater != second.rater
    assert len(stored(engine)) == 2 * len(before)


def test_a_subset_that_cannot_be_answered_fails_the_run_and_leaves_the_others(engine: Engine) -> None:
    store(engine, pairs_task(sts("a"), sts("b", "not a number"), sts("c")))
    run = score_model(worker(engine, Letters()), "letters", [])
    assert (run.state, run.n_done, n_scored(engine, run.id)) == ("failed", 3, 2)
    assert run.error.startswith("Pairs/b: the model gave NaN or infinity")
    assert {subset for subset, _, _ in stored(engine)} == {"a", "c"}


def test_an_unexpected_error_is_traced_in_the_log(engine: Engine) -> None:
    store(engine, many(2))

    def load(model: str, how: Loading) -> Letters:
        raise IndexError("position 513 is out of range")

    run = score_model(Worker(engine, loader=load), "letters", [])
    assert (run.state, run.error) == ("failed", "IndexError: position 513 is out of range")
    assert "Traceback" in run.log
    assert "in load" in run.log


def test_a_run_that_is_cancelled_stops_in_its_middle(engine: Engine) -> None:
    store(engine, many(3))
    number = ask(engine)

    def cancel() -> None:
        with transaction(engine) as session:
            queue.request_cancel(session, number)
        while made._claim is not None and not made._claim.ending:
            time.sleep(0.01)

    made = worker(engine, Letters(), cancel, lease_s=0.3)
    run = made.once()
    assert run is not None
    assert (run.state, run.n_done, run.finished is not None) == ("cancelled", 1, True)
    assert n_scored(engine, number) == 1
    assert made.once() is None


def test_a_worker_that_lost_its_run_stores_nothing_more(engine: Engine) -> None:
    store(engine, many(4))
    number = ask(engine)
    other = worker(engine, Letters())
    taken: list[Run | None] = []

    def take_over() -> None:
        if not taken:
            with transaction(engine) as session:
                session.execute(update(t.Run).values(lease_until=utc_now().replace(year=2000)))
            taken.append(other.once())

    run = worker(engine, Letters(), take_over).once()
    assert run == taken[0]
    assert (run.state, run.worker, run.attempts, run.n_done) == ("done", other.name, 2, 4)
    assert n_scored(engine, number) == 4
    assert len(stored(engine)) == len(set(stored(engine))) == 20
    assert {revision for _, _, revision in stored(engine)} == {1}


def test_a_run_that_was_interrupted_goes_on_where_it_stopped(engine: Engine) -> None:
    store(engine, many(4))
    done = iter([False, True])

    def interrupt() -> None:
        if next(done):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        score_model(worker(engine, Letters(), interrupt), "letters", [])
    with reading(engine) as session:
        (stopped,) = runs(session)
    assert (stopped.state, stopped.error, n_scored(engine, stopped.id)) == ("cancelled", "interrupted", 2)
    rest = Letters()
    run = score_model(worker(engine, rest), "letters", [])
    assert (run.id, run.state, run.n_done) == (stopped.id, "done", 4)
    assert {text[:3] for text in rest.read} == {"s02", "s03"}
    assert len(stored(engine)) == len(set(stored(engine))) == 20
    assert score_model(worker(engine, Letters()), "letters", []).id == stopped.id + 1


def test_items_that_changed_meanwhile_are_answered_anew(engine: Engine) -> None:
    store(engine, many(2))

    def change() -> None:
        of, items = sts("s00", "another text")
        store(engine, pairs_task((of, items), sts("s01")))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        score_model(worker(engine, Letters(), change), "letters", [])
    run = score_model(worker(engine, Letters()), "letters", [])
    answered = [item for subset, item, _ in stored(engine) if subset == "s00"]
    assert answered == [*(f"s00{n}" for n in range(5)), "s00-more0"]
    assert n_scored(engine, run.id) == 2
    with reading(engine) as session:
        assert {row.subset: row.n_items for row in scores_of(session, run.id)} == {"s00": 6, "s01": 5}


def test_an_interrupt_goes_its_way_where_the_run_was_lost(engine: Engine) -> None:
    store(engine, many(2))
    number = ask(engine)

    def lose() -> None:
        with transaction(engine) as session:
            session.execute(update(t.Run).values(worker="somebody else"))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        worker(engine, Letters(), lose).once()
    assert (look(engine, number).state, look(engine, number).worker) == ("running", "somebody else")


def test_what_the_heartbeat_has_in_hand_at_the_end_is_told(engine: Engine) -> None:
    number = ask(engine)
    with transaction(engine) as session:
        run = queue.take(session, "w", 60.0)
    assert run is not None
    with Claim(engine, run, "w", lease_s=0.3) as claim:
        with transaction(engine) as session:
            find_run_row(session, number)  # so that the heartbeat waits with the line in its hand
            claim.tell(None, "it was read")
            while claim._lines:
                time.sleep(0.01)
            ending = threading.Thread(target=claim.end, args=("done",))
            ending.start()
        ending.join()
    assert (look(engine, number).state, look(engine, number).log) == ("done", "it was read\n")


def test_an_address_with_a_password_is_not_stored() -> None:
    with pytest.raises(InvalidInput, match="would be stored with the run") as refusal:
        Request(Loading(base_url="https://me:secret@models.org/v1")).as_json()
    assert "secret" not in str(refusal.value)
    asked = Request(Loading(base_url="https://models.org/v1"))
    assert read_request(asked.as_json()) == asked


def test_a_worker_that_is_stopped_gives_its_run_back(engine: Engine) -> None:
    store(engine, many(3))
    number = ask(engine)
    made = worker(engine, Letters(), lambda: made.stop())
    run = made.once()
    assert run is not None
    assert (run.state, run.worker, run.attempts, n_scored(engine, number)) == ("queued", "", 0, 1)
    rest = Letters()
    done = worker(engine, rest).once()
    assert done is not None
    assert (done.state, done.n_done, n_scored(engine, number)) == ("done", 3, 3)
    assert {text[:3] for text in rest.read} == {"s01", "s02"}


def test_the_model_of_the_last_run_stays_loaded(engine: Engine) -> None:
    store(engine, many(1))
    loaded: list[tuple[str, Loading]] = []

    def load(model: str, how: Loading) -> Letters:
        loaded.append((model, how))
        return Letters()

    made = Worker(engine, device="cpu", loader=load)
    for request in (Request(), Request(protocol="human-like"), Request(Loading(max_length=64))):
        ask(engine, request)
    assert [run and run.state for run in (made.once(), made.once(), made.once(), made.once())] == ["done"] * 3 + [None]
    assert loaded == [("letters", Loading("cpu")), ("letters", Loading("cpu", max_length=64))]


def test_a_models_own_code_runs_where_the_worker_may(engine: Engine) -> None:
    store(engine, many(1))
    number = ask(engine, Request(Loading(trust_remote_code=True)))
    run = worker(engine, Letters()).once()
    assert run is not None
    assert run.state == "failed"
    assert "hume worker --trust-remote-code" in run.error
    with transaction(engine) as session:
        queue.retry(session, number)
    again = worker(engine, Letters(), may_run_code=True).once()
    assert again is not None
    assert (again.state, again.repeats) == ("done", number)


def test_a_run_of_tasks_that_are_not_there_fails_before_the_model_is_loaded(engine: Engine) -> None:
    def load(model: str, how: Loading) -> Letters:
        raise AssertionError("it was loaded")

    with pytest.raises(NotFound, match="no task to score"):
        score_model(Worker(engine, loader=load), "letters", [])
    store(engine, many(1))
    with transaction(engine) as session:
        queue.enqueue(session, "letters", ["Gone"], {"protocol": "mteb"})
        queue.enqueue(session, "letters", [], {"protocol": "mteb", "colour": "red"})
    first, second = Worker(engine, loader=load).once(), Worker(engine, loader=load).once()
    assert first is not None
    assert second is not None
    assert (first.state, second.state) == ("failed", "failed")
    assert "Gone" in first.error
    assert "'colour', which is not known here" in second.error
