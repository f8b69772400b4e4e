"""Takes runs from the queue: loads the model, lets it answer, and stores what it says subset by subset."""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from uuid import uuid4

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from db.session import reading, transaction
from db.store import queue
from db.store.answers import save_answers
from db.store.queue import LostLease, Progress
from db.store.runs import find_run, not_said_before, note_model, save_scores, scored_subsets, unanswered
from db.store.tasks import subset_records
from hume.errors import HumeError, NotFound
from hume.raters.backends import Device, Loading, load
from hume.raters.cache import EmbeddingCache
from hume.records import Rater, Run, ScoreRow, SubsetRecord
from hume.runner.answering import (
    Answered,
    Loader,
    Model,
    OneAtATime,
    Stopped,
    Tally,
    answered,
    fault_of,
    rater_of,
    scored,
)
from hume.runner.claim import DATABASE_WAIT_S, Claim, DatabaseAway
from hume.runner.memory import peak_mb, start_measuring
from hume.runner.request import Request, read_request

LEASE_S = 120.0
"""So long nobody else takes a run whose worker is not heard of."""
INTERRUPTED = "interrupted"
"""The error of a run that its user stopped: the same again goes on with it."""

log = logging.getLogger("hume.runner")


@dataclass(frozen=True)
class Watch:
    """Who is told how a run goes, in the thread that runs it."""

    on_start: Callable[[Run, int, int], None] = lambda run, n_done, n_total: None
    """The model is loaded; so many subsets are done already, of so many."""
    on_texts: Callable[[int, int | None], None] = lambda done, total: None
    on_subset: Callable[[Answered, Sequence[ScoreRow]], None] = lambda one, rows: None
    on_end: Callable[[Tally], None] = lambda tally: None


QUIET = Watch()
DEFAULT = Request()


class Worker:
    """Does runs, one after the other. The model of the last one stays loaded for the next."""

    def __init__(
        self,
        engine: Engine,
        cache: EmbeddingCache | None = None,
        lease_s: float = LEASE_S,
        device: Device = "auto",
        may_run_code: bool = False,
        watch: Watch = QUIET,
        loader: Loader = load,
        wait_s: float = DATABASE_WAIT_S,
    ) -> None:
        """`device` is for runs that leave it open; without `may_run_code`, those that want a model's own code fail.

        A database that is away is waited for, `wait_s` seconds at most.
        """
        self.name = f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:6]}"
        self.is_stopped = False
        self.engine, self.lease_s = engine, lease_s
        self._cache, self._watch = cache, watch
        self._device, self._may_run_code = device, may_run_code
        self._loader, self._wait_s = OneAtATime(loader), wait_s
        self._claim: Claim | None = None

    def stop(self) -> None:
        """Give the run back, at the next batch, that is under way; take no other."""
        self.is_stopped = True
        if self._claim is not None:
            self._claim.stop()

    def once(self) -> Run | None:
        """Do the run that waits longest, and say how it ended; None where none waits."""
        with transaction(self.engine) as session:
            run = queue.take(session, self.name, self.lease_s)
        return run and self.do(run)

    def do(self, run: Run) -> Run:
        """Do a run that is this worker's, and say how it ended.

        Faults of a subset, or of the model, are the run's: it has failed. KeyboardInterrupt cancels it and goes on its
        way. DatabaseAway where the database stays away.
        """
        with Claim(self.engine, run, self.name, self.lease_s, self._wait_s) as self._claim, _told_to(self._claim):
            try:
                self._attempt(self._claim, run)
            except LostLease as lost:
                log.warning("%s", lost)
            finally:
                claim, self._claim = self._claim, None
            return claim.read(lambda session: find_run(session, run.id))

    def _attempt(self, claim: Claim, run: Run) -> None:
        if self.is_stopped:
            claim.stop()
        try:
            tally = self._answer(claim, run)
        except Stopped:
            if claim.ending == "cancelled":
                claim.end("cancelled")
            elif claim.ending == "given back":
                claim.give_back()
        except (LostLease, DatabaseAway):
            raise
        except KeyboardInterrupt:
            with suppress(LostLease):
                claim.end("cancelled", INTERRUPTED)
            raise
        except Exception as error:
            claim.end("failed", fault_of(error))
        else:
            claim.end("failed" if tally.errors else "done", "\n".join(tally.errors))

    def _answer(self, claim: Claim, run: Run) -> Tally:
        """Answer all that is still to be answered; what became of it."""
        request = read_request(run.request)
        records = claim.read(lambda session: pending(session, run.tasks))
        claim.tell(Progress(n_done=0, n_total=len(records)), f"{self.name} loads {run.model}")
        start_measuring()
        model = self._load(run.model, request.loading)
        claim.check()
        rater = claim.write(lambda session: _note(session, run.id, model, request))
        rest = claim.read(lambda session: _not_done(session, run.id, rater, records))
        n_done = len(records) - len(rest)
        tally = Tally(n_done)
        meter = _Meter(claim, model.card.device, n_done)
        self._watch.on_start(claim.run, n_done, len(records))

        def on_texts(done: int, total: int | None) -> None:
            meter.read(done, total)
            self._watch.on_texts(done, total)
            claim.check()

        cache = self._cache if request.cache else None
        for one in answered(model, rest, request.protocol, cache, on_texts):
            claim.check()
            rows = scored(one, rater)
            tally.add(one)
            if not one.fault:
                claim.write(lambda session, one=one, rows=rows: _store(session, run.id, rater, one, rows))  # type: ignore[misc]
            meter.answered(one, rows)
            self._watch.on_subset(one, rows)
        if tally.left_out:
            claim.tell(None, tally.left_out)
        self._watch.on_end(tally)
        return tally

    def _load(self, model: str, wanted: Loading) -> Model:
        loading = replace(wanted, device=self._device) if wanted.device == "auto" else wanted
        if loading.trust_remote_code and not self._may_run_code:
            raise HumeError(
                f"The run wants to run the code that lies beside the weights of {model}, and this worker may not. "
                "If you trust it, start one that may: hume worker --trust-remote-code"
            )
        return self._loader(model, loading)


class _Meter:
    """Tells the database how a run goes."""

    def __init__(self, claim: Claim, device: str, n_done: int) -> None:
        self._claim, self._device, self._n_done, self._n_read = claim, device, n_done, 0
        self._started = time.monotonic()
        claim.tell(Progress(n_done=n_done))

    def read(self, done: int, total: int | None) -> None:
        """The model has read so many texts; told again without more of them, that is no reading."""
        if done > self._n_read:
            self._n_read = done
            rate = done / max(time.monotonic() - self._started, 1e-9)
            self._claim.tell(Progress(n_texts=done, n_texts_total=total, texts_per_s=rate))

    def answered(self, one: Answered, rows: Sequence[ScoreRow]) -> None:
        """A subset is done with."""
        self._n_done += 1
        main = next((row for row in rows if row.is_main), None)
        score = "undefined" if main is None or main.score is None else f"{main.score:.4f}"
        said = one.fault or f"{main.metric if main else 'score'} {score}, {len(one.answers)} items, {one.seconds:.1f} s"
        peak = peak_mb(self._device)
        self._claim.tell(
            Progress(n_done=self._n_done, n_texts=one.n_texts, peak_mb=peak), f"{_name(one.record)}: {said}"
        )


class _Lines(logging.Handler):
    """What HUME's modules log goes into the run's own log."""

    def __init__(self, claim: Claim) -> None:
        super().__init__(logging.INFO)
        self._claim = claim

    def emit(self, record: logging.LogRecord) -> None:
        self._claim.tell(None, self.format(record))


@contextmanager
def _told_to(claim: Claim) -> Iterator[None]:
    lines, logger = _Lines(claim), logging.getLogger("hume")
    logger.addHandler(lines)
    try:
        yield
    finally:
        logger.removeHandler(lines)


def score_model(worker: Worker, model: str, tasks: Sequence[str], request: Request = DEFAULT) -> Run:
    """Ask for a run and do it here and now, over every item of the tasks (all where none is named); how it ended.

    Answers and scores of a subset are stored as soon as it is answered; answers that the same model (name, revision,
    protocol) gave before are not stored again. The same that was interrupted before goes on where it stopped.
    NotFound where there is nothing to answer.
    """
    with reading(worker.engine) as session:
        pending(session, tasks)
    with transaction(worker.engine) as session:
        asked = model, tasks, request.as_json()
        number = queue.resume(session, *asked, error=INTERRUPTED) or queue.enqueue(session, *asked)
        run = queue.take(session, worker.name, worker.lease_s, number)
    if run is None:
        raise HumeError(f"Another worker has taken the run {number}.")
    return worker.do(run)


def pending(session: Session, tasks: Sequence[str]) -> list[SubsetRecord]:
    """The subsets to answer, without answers; NotFound where there are none."""
    records = [record for record in subset_records(session, tasks, answers=False) if record.items]
    if not records:
        raise NotFound("There is no task to score a model on. Import one first: hume import tasks PATH")
    return records


def _note(session: Session, run_id: int, model: Model, request: Request) -> Rater:
    card = model.card
    settings = {"protocol": request.protocol, **card.settings}
    rater = rater_of(model, request)
    return note_model(session, run_id, rater, card.device, card.versions, card.prompts, settings)


def _not_done(session: Session, run_id: int, rater: Rater, records: Sequence[SubsetRecord]) -> list[SubsetRecord]:
    """Those that this run has not stored yet, or whose items have changed since."""
    stored = scored_subsets(session, run_id)
    open_ones = unanswered(session, rater.stored_id, [record.id for record in records if record.id is not None])
    return [
        record for record in records if (record.task.name, record.subset.name) not in stored or record.id in open_ones
    ]


def _store(session: Session, run_id: int, rater: Rater, one: Answered, rows: Sequence[ScoreRow]) -> None:
    """Done twice it stores once: the first time may have reached the database unheard."""
    ids = {item.key: item.id for item in one.record.items if item.id is not None}
    new = not_said_before(session, rater.stored_id, [(ids[answer.item], answer) for answer in one.answers])
    save_answers(session, rater.stored_id, new, run_id)
    save_scores(session, run_id, rows)


def _name(record: SubsetRecord) -> str:
    return f"{record.task.name}/{record.subset.name}"
