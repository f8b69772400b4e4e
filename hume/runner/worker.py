"""Runs a loaded model over stored tasks. Its answers are stored subset by subset, beside people's."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from sqlalchemy import Engine

from db.session import reading, transaction
from db.store.answers import save_answers
from db.store.raters import ensure_rater
from db.store.runs import finish_run, save_scores, start_run
from db.store.tasks import subset_records
from hume.errors import HumeError, NotFound
from hume.parsed import parse
from hume.raters import embedding
from hume.raters.backends import Backend
from hume.records import Answer, AnswerSheet, Rater, ScoreRow, SubsetRecord
from hume.score import scores

Progress = Callable[[SubsetRecord, Sequence[ScoreRow]], None]


def score_model(engine: Engine, backend: Backend, tasks: Sequence[str], on_subset: Progress) -> list[ScoreRow]:
    """Let the model answer every item of the tasks (all where none is named), and store answers, scores and the run.

    A subset is stored as soon as it is answered. One that cannot be answered (no train split, say) does not keep the
    others from it: at the end the run is marked failed, and HumeError tells all faults. Answers that the same model
    (name, revision, protocol) gave before are not stored again. `on_subset` is told each subset with its scores.
    NotFound where there is nothing to answer.
    """
    records = pending(engine, tasks)
    card = backend.card
    rater = Rater("embedding", card.name, card.revision, embedding.PROTOCOL)
    started = time.monotonic()
    with transaction(engine) as session:
        rater = ensure_rater(session, rater)
        run_id = start_run(session, rater, card.device, card.versions, card.prompts, {"protocol": rater.protocol})
    rows: list[ScoreRow] = []
    faults: list[str] = []
    error = "interrupted"
    try:
        for record in records:
            try:
                found = _score_subset(engine, backend, rater, run_id, record)
            except HumeError as fault:
                faults.append(f"{record.task.name}/{record.subset.name}: {fault}")
                found = []
            on_subset(record, found)
            rows += found
        error = "\n".join(faults)
    except Exception as fault:
        error = f"{type(fault).__name__}: {fault}"
        raise
    finally:
        with transaction(engine) as session:
            seconds = time.monotonic() - started
            finish_run(session, run_id, "failed" if error else "done", backend.n_texts, seconds, error)
    if faults:
        raise HumeError(f"{card.name} could not answer {len(faults)} of {len(records)} subsets:\n{error}")
    return rows


def pending(engine: Engine, tasks: Sequence[str]) -> list[SubsetRecord]:
    """The subsets to answer, each with the embedding models' earlier answers."""
    with reading(engine) as session:
        records = [record for record in subset_records(session, tasks, kinds=("embedding",)) if record.items]
    if not records:
        raise NotFound("There is no task to score a model on. Import one first: hume import tasks PATH")
    return records


def _score_subset(engine: Engine, backend: Backend, rater: Rater, run_id: int, record: SubsetRecord) -> list[ScoreRow]:
    answers = embedding.answer(parse(replace(record, sheets=())), backend)
    answered = replace(record, sheets=(AnswerSheet(rater, {answer.item: answer for answer in answers}),))
    rows = scores(parse(answered))
    with transaction(engine) as session:
        save_answers(session, rater.stored_id, _new(record, rater, answers), run_id)
        save_scores(session, run_id, rows)
    return rows


def _new(record: SubsetRecord, rater: Rater, answers: Sequence[Answer]) -> list[tuple[int, Answer]]:
    """The answers that differ from what this rater said before, each with its item's id."""
    before = next((sheet.answers for sheet in record.sheets if sheet.rater.id == rater.id), {})
    ids = {item.key: item.id for item in record.items if item.id is not None}
    return [
        (ids[answer.item], answer)
        for answer in answers
        if answer.item not in before or before[answer.item].payload != answer.payload
    ]
