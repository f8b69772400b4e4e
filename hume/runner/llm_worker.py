"""Lets a language model answer stored items. Its answers are stored as they come, beside people's, as of kind `llm`."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib.metadata import version
from typing import Literal

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from db.session import reading, transaction
from db.store.answers import save_answers
from db.store.queue import Progress, enqueue, take
from db.store.raters import ensure_rater
from db.store.runs import note_model, save_scores
from db.store.tasks import subset_records
from hume.errors import HumeError
from hume.parsed import parse
from hume.raters.llm import prompt
from hume.raters.llm.annotator import Annotator, Wanted
from hume.raters.llm.panel import Outcome, answers
from hume.records import Answer, AnswerSheet, Json, Rater, ScoreRow, SubsetRecord
from hume.runner.answering import Stopped
from hume.runner.claim import Claim
from hume.runner.llm_work import Chosen, OnOutcome, Place, Summary, chosen_of, faults_error, place_of, wanted
from hume.score import scores

LEASE_S = 60.0
BATCH = 10
BATCH_S = 2.0
"""Answers are stored when there are so many, or the first of them is so old."""
Ending = Literal["done", "failed", "cancelled"]


def chosen_records(engine: Engine, chosen: Chosen) -> list[SubsetRecord]:
    """The subsets with the items to answer and LLMs' earlier answers. NotFound where there is nothing to answer."""
    with reading(engine) as session:
        return chosen_of(subset_records(session, chosen.tasks, kinds=("llm",)), chosen)


def annotate(
    engine: Engine, annotator: Annotator, chosen: Chosen, parallel: int, summary: Summary, on_outcome: OnOutcome
) -> None:
    """Let the model answer what it has not answered yet, and store answers, scores and the run.

    `summary` is filled as it goes, so that it tells what was done wherever this ends. HumeError where items got no
    answer or the endpoint gives none, and where the money is spent; what was answered until then is stored. An
    interrupt, or somebody who cancels the run, stores what came back and ends the run as cancelled.
    """
    records = chosen_records(engine, chosen)
    started = time.monotonic()
    with _claimed(engine, annotator, chosen) as claim:
        work = _Work(claim, annotator, records, summary)
        state: Ending = "failed"
        error = ""
        try:
            work.run(parallel, on_outcome)
            error = "\n".join(summary.faults)
            state = "failed" if error else "done"
        except Stopped:
            state = "cancelled"
            raise HumeError(f"The run {claim.run.id} was cancelled; what was answered is stored.") from None
        except KeyboardInterrupt:
            state, error = "cancelled", "interrupted"
            raise
        except BaseException as fault:
            error = str(fault) if isinstance(fault, HumeError) else f"{type(fault).__name__}: {fault}"
            raise
        finally:
            summary.seconds = time.monotonic() - started
            work.close(state != "cancelled")
            claim.end(state, error)
    if summary.faults:
        raise faults_error(summary)


def _claimed(engine: Engine, annotator: Annotator, chosen: Chosen) -> Claim:
    """A run of our own, which no worker takes."""
    worker = f"{socket.gethostname()}-{os.getpid()}-llm"
    request: dict[str, Json] = {"kind": "llm", "protocol": annotator.protocol, "base_url": annotator.endpoint.base_url}
    request |= {"subsets": list(chosen.subsets), "limit": chosen.limit}
    with transaction(engine) as session:
        run_id = enqueue(session, annotator.endpoint.model, chosen.tasks, request)
        run = take(session, worker, LEASE_S, run_id)
    if run is None:
        raise HumeError(f"The run {run_id} was cancelled before it began.")
    return Claim(engine, run, worker, LEASE_S)


class _Work:
    """One run: what is open, what is not stored yet, and what is told of it."""

    def __init__(self, claim: Claim, annotator: Annotator, records: Sequence[SubsetRecord], summary: Summary) -> None:
        self._claim, self._annotator, self._records, self._summary = claim, annotator, records, summary
        self._batch: list[tuple[int, Answer]] = []
        self._since = time.monotonic()
        self._left = {place_of(record): len(record.items) for record in records}
        self._known: dict[Place, frozenset[str]] = {}

    def run(self, parallel: int, on_outcome: OnOutcome) -> None:
        """Ask every open item, and store what comes back."""
        outcomes = answers(self._annotator, self._open(), parallel)
        try:
            for outcome in outcomes:
                self._take(outcome)
                on_outcome(outcome)
                self._claim.check()
        finally:
            outcomes.close()

    def close(self, with_scores: bool) -> None:
        """Store what is left, and what the run cost."""
        self._store()
        if not self._annotator.is_known:
            return
        if with_scores:
            self._summary.rows = self._scores()
        self._claim.write(self._note)
        self._tell()

    def _open(self) -> Iterator[Wanted]:
        """The items that this rater has not answered. The first one is asked to find out who the rater is."""
        for one in wanted(self._records):
            if self._annotator.is_known and self._was_answered(one):
                self._pass(one)
            else:
                yield one

    def _was_answered(self, one: Wanted) -> bool:
        """Whether this rater, who is known by now, had answered the item before the run."""
        if not self._known:
            rater = self._annotator.rater
            self._known = {
                place_of(record): frozenset(
                    key for sheet in record.sheets if replace(sheet.rater, id=None) == rater for key in sheet.answers
                )
                for record in self._records
            }
        return one.item.key in self._known[one.task.name, one.subset.name]

    def _pass(self, one: Wanted) -> None:
        self._summary.n_before += 1
        self._left[one.task.name, one.subset.name] -= 1

    def _take(self, outcome: Outcome) -> None:
        one = outcome.wanted
        if outcome.answer is not None and self._was_answered(one):
            self._pass(one)
            return
        self._left[one.task.name, one.subset.name] -= 1
        if outcome.answer is None:
            self._summary.note_fault(outcome)
        elif one.item.id is not None:
            self._since = self._since if self._batch else time.monotonic()
            self._batch.append((one.item.id, outcome.answer))
        if len(self._batch) >= BATCH or time.monotonic() - self._since > BATCH_S:
            self._store()

    def _store(self) -> None:
        if not (batch := self._batch):
            return
        first = self._summary.rater is None

        def store(session: Session) -> list[bool]:
            rater = self._note(session) if first else ensure_rater(session, self._annotator.rater)
            self._summary.rater = rater
            saved = save_answers(session, rater.stored_id, batch, self._claim.run.id)
            return [one.state == "saved" for one in saved]

        for is_new, (_, answer) in zip(self._claim.write(store), batch, strict=True):
            if is_new:
                self._summary.book(answer)
            else:
                self._summary.n_before += 1
        self._batch = []
        self._tell()

    def _note(self, session: Session) -> Rater:
        """The run's model, prompt and settings; at the end again, when all is known of what the endpoint is."""
        served = {f"{model} {print_}".strip(): str(n) for (model, print_), n in self._annotator.served.items()}
        versions = {"openai": version("openai"), **{f"served: {name}": n for name, n in served.items()}}
        places = [(record.task, record.subset) for record in self._records]
        prompts = {f"{t.name}/{s.name}": prompt.fingerprint(prompt.system_message(t, s)) for t, s in places}
        prompts |= prompt.template()
        run_id, rater = self._claim.run.id, self._annotator.rater
        self._summary.rater = note_model(session, run_id, rater, "", versions, prompts, self._annotator.told())
        if self._summary.rows:
            save_scores(session, run_id, self._summary.rows)
        return self._summary.rater

    def _tell(self) -> None:
        n_done = sum(not left for left in self._left.values())
        cost = self._annotator.endpoint.ledger.told()
        self._claim.tell(Progress(n_done=n_done, n_total=len(self._left), cost=cost))

    def _scores(self) -> list[ScoreRow]:
        """The scores of all that this rater said of the chosen subsets, whatever run it said it in."""
        ids = [record.id for record in self._records if record.id is not None]
        found = self._claim.read(lambda session: subset_records(session, kinds=("llm",), subset_ids=ids))
        return [row for record in found if (own := self._own(record)) for row in scores(parse(own))]

    def _own(self, record: SubsetRecord) -> SubsetRecord | None:
        rater = self._annotator.rater
        sheets: tuple[AnswerSheet, ...] = tuple(s for s in record.sheets if replace(s.rater, id=None) == rater)
        return replace(record, sheets=sheets) if sheets and sheets[0].answers else None
