"""The queue of runs: each is one worker's at a time, and what happened to it stays told."""

from __future__ import annotations

import multiprocessing
from dataclasses import replace

import pytest
from documents import given, human, item_ids, rater_id, stored
from sqlalchemy import Engine

from db import tables as t
from db.session import open_engine, reading, transaction
from db.store import queue
from db.store.answers import save_answers
from db.store.events import events
from db.store.queue import Progress
from db.store.runs import find_run, not_said_before, note_model, runs, save_scores, scored_subsets, scores_of
from hume.errors import InvalidInput, NotFound
from hume.records import Rater, Run, ScoreRow

SCORE = ScoreRow(
    task="SampleSTS", task_type="sts", subset="eng", language="eng-Latn", rater="model", kind="embedding",
    metric="spearman", is_main=True, score=0.1 + 0.2, n_items=20, n_answered=19, n_skipped=0, n_absent=1, ci_low=0.1,
    ci_high=0.5, rater_revision="r1", protocol="mteb", aggregation="rater", policy="ties=expected", is_sample=True,
)  # fmt: skip
UNDEFINED = replace(SCORE, metric="pearson", is_main=False, score=None, ci_low=None, reason="no variation")
MODEL = Rater("embedding", "model", "r1", "mteb")
LONG = 600.0
OVER = -1.0
"""A lease that has run out when it is given."""


def ask(engine: Engine, model: str = "model") -> int:
    with transaction(engine) as session:
        return queue.enqueue(session, model, ["SampleSTS"], {"protocol": "mteb"})


def take(engine: Engine, worker: str = "w1", lease_s: float = LONG) -> Run | None:
    with transaction(engine) as session:
        return queue.take(session, worker, lease_s)


def look(engine: Engine, run_id: int) -> Run:
    with reading(engine) as session:
        return find_run(session, run_id)


def told(engine: Engine) -> list[str]:
    with reading(engine) as session:
        return [event.kind for event in reversed(events(session))]


def test_run_keeps_what_was_asked_what_it_ran_with_and_how_it_ended(engine: Engine) -> None:
    number = ask(engine)
    waiting = look(engine, number)
    assert (waiting.model, waiting.tasks, waiting.request) == ("model", ("SampleSTS",), {"protocol": "mteb"})
    assert (waiting.state, waiting.rater, waiting.started, waiting.finished) == ("queued", None, None, None)
    taken = take(engine)
    assert taken is not None
    assert (taken.id, taken.state, taken.worker, taken.attempts) == (number, "running", "w1", 1)
    with transaction(engine) as session:
        rater = note_model(session, number, MODEL, "cuda", {"torch": "2.9"}, {"query": "q: "}, {"pooling": "mean"})
        queue.note_progress(session, number, "w1", Progress(n_done=1, n_total=2, n_texts=100), ["loaded"])
        queue.note_progress(session, number, "w1", Progress(n_done=2, texts_per_s=9.5, peak_mb=80), ["answered"])
        save_scores(session, number, [SCORE, UNDEFINED])
        queue.finish(session, number, "w1", seconds=1.5)
    done = look(engine, number)
    assert (done.state, done.device, done.versions, done.prompts, done.settings) == (
        "done", "cuda", {"torch": "2.9"}, {"query": "q: "}, {"pooling": "mean"},
    )  # fmt: skip
    assert (done.n_done, done.n_total, done.n_texts, done.texts_per_s, done.peak_mb) == (2, 2, 100, 9.5, 80)
    assert (done.rater, done.log, done.seconds, done.error) == (rater, "loaded\nanswered\n", 1.5, "")
    assert done.queued <= done.started <= done.finished  # type: ignore[operator]
    with reading(engine) as session:
        assert scores_of(session, number) == (SCORE, UNDEFINED)
        assert scored_subsets(session, number) == {("SampleSTS", "eng")}
        assert [replace(run, log=done.log) for run in runs(session)] == [done]
        assert runs(session, ["queued"]) == []
    assert told(engine) == ["run-queued", "run-taken", "run-ended"]
    assert take(engine) is None


def test_runs_are_taken_in_their_order_and_one_once(engine: Engine) -> None:
    first, second = ask(engine), ask(engine)
    taken = [take(engine, worker) for worker in ("w1", "w2", "w3")]
    assert [run and run.id for run in taken] == [first, second, None]


def test_run_is_taken_over_once_its_lease_is_over_and_its_worker_finds_out(engine: Engine) -> None:
    number = ask(engine)
    take(engine, "w1", OVER)
    taken = take(engine, "w2")
    assert taken is not None
    assert (taken.id, taken.worker, taken.attempts) == (number, "w2", 2)
    for write in (
        lambda session: queue.renew(session, number, "w1", LONG),
        lambda session: queue.note_progress(session, number, "w1", Progress(n_done=9)),
        lambda session: queue.finish(session, number, "w1"),
        lambda session: queue.give_back(session, number, "w1"),
    ):
        with pytest.raises(queue.LostLease, match="taken over by w2"), transaction(engine) as session:
            write(session)
    assert (look(engine, number).n_done, look(engine, number).state) == (0, "running")
    assert told(engine) == ["run-queued", "run-taken", "run-taken-over"]


def test_worker_whose_lease_ran_out_keeps_a_run_that_nobody_took(engine: Engine) -> None:
    number = ask(engine)
    take(engine, "w1", OVER)
    with transaction(engine) as session:
        assert queue.renew(session, number, "w1", LONG) is False
    assert take(engine, "w2") is None


def test_run_that_ends_every_worker_is_given_up(engine: Engine) -> None:
    number = ask(engine)
    for attempt in range(queue.MOST_ATTEMPTS):
        assert take(engine, f"w{attempt}", OVER) is not None
    assert take(engine, "w9") is None
    given_up = look(engine, number)
    assert (given_up.state, given_up.attempts) == ("failed", 3)
    assert "3 workers began it" in given_up.error


def test_run_that_was_given_back_waits_again_and_was_not_begun(engine: Engine) -> None:
    number = ask(engine)
    for _ in range(queue.MOST_ATTEMPTS + 1):
        assert take(engine) is not None
        with transaction(engine) as session:
            queue.give_back(session, number, "w1")
    assert (look(engine, number).state, look(engine, number).attempts) == ("queued", 0)


def test_cancelling(engine: Engine) -> None:
    waiting, running, abandoned = ask(engine), ask(engine), ask(engine)

    def cancel(number: int) -> str:
        with transaction(engine) as session:
            return queue.request_cancel(session, number)

    assert cancel(waiting) == "cancelled"
    assert look(engine, waiting).state == "cancelled"
    assert cancel(waiting) == ""
    taken = take(engine)
    assert taken is not None
    assert (taken.id, cancel(running)) == (running, "asked")
    with transaction(engine) as session:
        assert queue.renew(session, running, "w1", LONG) is True
        queue.finish(session, running, "w1", "cancelled")
    assert take(engine, "w2", OVER) is not None
    cancel(abandoned)
    assert take(engine, "w3") is None
    assert look(engine, abandoned).state == "cancelled"


def test_retry_is_a_run_of_its_own_that_names_the_first(engine: Engine) -> None:
    number = ask(engine)
    with pytest.raises(InvalidInput, match="is queued"), transaction(engine) as session:
        queue.retry(session, number)
    take(engine)
    with transaction(engine) as session:
        queue.finish(session, number, "w1", "failed", "no train split")
        again = queue.retry(session, number)
    first, second = look(engine, number), look(engine, again)
    assert (first.state, first.error) == ("failed", "no train split")
    assert (second.state, second.repeats, second.attempts, second.error) == ("queued", number, 0, "")
    assert (second.model, second.tasks, second.request) == (first.model, first.tasks, first.request)


def test_run_of_a_language_model_is_tried_again_by_its_command_alone(engine: Engine) -> None:
    with transaction(engine) as session:
        number = queue.enqueue(session, "m", [], {"kind": "llm"})
        queue.take(session, "w1", LONG, number)
        queue.finish(session, number, "w1", "failed", "the key is refused")
    with pytest.raises(InvalidInput, match="hume annotate-llm"), transaction(engine) as session:
        queue.retry(session, number)
    with reading(engine) as session:
        assert [run.id for run in runs(session)] == [number]


def test_scores_of_a_subset_take_the_place_of_earlier_ones(engine: Engine) -> None:
    number, other = ask(engine), ask(engine)
    with transaction(engine) as session:
        for run in (number, other):
            save_scores(session, run, [SCORE, UNDEFINED, replace(SCORE, subset="ara")])
        save_scores(session, number, [replace(SCORE, score=0.25)])
    with reading(engine) as session:
        assert scores_of(session, number) == (replace(SCORE, subset="ara"), replace(SCORE, score=0.25))
        assert len(scores_of(session, other)) == 3


def test_whoever_asked_is_named(engine: Engine) -> None:
    with transaction(engine) as session:
        account = t.Account(name="Aisha", role="admin", languages=[], rater_id=human(session, "Aisha"))
        session.add(account)
        session.flush()
        number = queue.enqueue(session, "model", account_id=account.id)
    assert look(engine, number).requested_by == "Aisha"


def test_log_is_bounded_and_keeps_its_end(engine: Engine) -> None:
    number = ask(engine)
    take(engine)
    with transaction(engine) as session:
        for line in range(30):
            queue.note_progress(session, number, "w1", Progress(), [f"{line} {'x' * 5_000}"])
    log = look(engine, number).log
    assert len(log) <= queue.LONGEST_LOG + 100
    assert log.startswith("... (cut off here)\n23 ")
    assert "\n29 x" in log


def test_run_that_is_not_there(engine: Engine) -> None:
    for write in (queue.retry, queue.request_cancel, find_run):
        with pytest.raises(NotFound, match="no run 4711"), transaction(engine) as session:
            write(session, 4711)


def test_what_a_rater_said_before_is_not_new(engine: Engine) -> None:
    stored(engine)
    rater, (first, second, third, *_) = rater_id(engine, "model", "embedding"), item_ids(engine)
    with transaction(engine) as session:
        save_answers(session, rater, [(first, given(score=1)), (second, given(score=2))])
        save_answers(session, rater, [(second, given(score=3))])
        said = [(first, given(score=1)), (second, given(score=2)), (third, given(score=4))]
        new = not_said_before(session, rater, said)
    assert [item for item, _ in new] == [second, third]


def _take_all(url: str, worker: str, start: multiprocessing.Barrier, taken: multiprocessing.Queue) -> None:  # type: ignore[valid-type, type-arg]
    engine = open_engine(url)
    start.wait()  # type: ignore[attr-defined]
    numbers = []
    while (run := take(engine, worker)) is not None:
        numbers.append(run.id)
        with transaction(engine) as session:
            queue.finish(session, run.id, worker)
    engine.dispose()
    taken.put((worker, numbers))


def test_four_processes_never_take_one_run_twice(engine: Engine, database_url: str) -> None:
    asked = [ask(engine) for _ in range(40)]
    spawn = multiprocessing.get_context("spawn")
    start, taken = spawn.Barrier(4), spawn.Queue()
    workers = [spawn.Process(target=_take_all, args=(database_url, f"w{n}", start, taken)) for n in range(4)]
    for worker in workers:
        worker.start()
    found = [taken.get(timeout=120) for _ in workers]
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0] * 4
    assert sorted(number for _, numbers in found for number in numbers) == asked
    with reading(engine) as session:
        everything = runs(session)
    assert {(run.state, run.attempts) for run in everything} == {("done", 1)}
    assert {(run.id, run.worker) for run in everything} == {(n, worker) for worker, ns in found for n in ns}
