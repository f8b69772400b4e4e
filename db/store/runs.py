"""Runs of models: what ran where, with what, how it ended, and the scores it computed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, Select, delete, insert, select
from sqlalchemy.orm import Session

from db import tables as t
from db.store.assignments import lock_subsets
from db.store.conditions import is_answered_by, is_evaluated
from db.store.figures import figure, values_of
from db.store.raters import ensure_rater, lock_rater
from db.store.rows import is_latest, rater_record
from db.store.sql import batches
from hume.errors import NotFound
from hume.records import Answer, Json, Rater, Run, ScoreRow


def note_model(
    session: Session,
    run_id: int,
    rater: Rater,
    device: str = "",
    versions: Mapping[str, str] | None = None,
    prompts: Mapping[str, str] | None = None,
    settings: Mapping[str, Json] | None = None,
) -> Rater:
    """Note which model answers in a run and how it was loaded; the rater with its id, stored where it is new."""
    row, stored = find_run_row(session, run_id), ensure_rater(session, rater)
    row.rater_id, row.device = stored.id, device
    row.versions, row.prompts, row.settings = dict(versions or {}), dict(prompts or {}), dict(settings or {})
    return stored


def save_scores(session: Session, run_id: int, rows: Iterable[ScoreRow]) -> None:
    """Keep what a run computed, as it was then, in place of what it had computed of the same subsets."""
    values = [{**values_of(row), "run_id": run_id} for row in rows]
    for task, subset in {(row["task"], row["subset"]) for row in values}:
        before = delete(t.Score).where(t.Score.run_id == run_id, t.Score.task == task, t.Score.subset == subset)
        session.execute(before)
    if values:
        session.execute(insert(t.Score), values)


def scores_of(session: Session, run_id: int) -> tuple[ScoreRow, ...]:
    """What a run computed, in the order in which it was stored."""
    rows = session.scalars(select(t.Score).where(t.Score.run_id == run_id).order_by(t.Score.id))
    return tuple(figure(ScoreRow, row, "computed") for row in rows)


def scored_subsets(session: Session, run_id: int) -> set[tuple[str, str]]:
    """Task and subset of what a run has answered and stored."""
    query = select(t.Score.task, t.Score.subset).where(t.Score.run_id == run_id).distinct()
    return {(row.task, row.subset) for row in session.execute(query)}


def unanswered(session: Session, rater_id: int, subset_ids: Sequence[int]) -> set[int]:
    """Those of the subsets that have a current evaluated item which the rater has not answered."""
    query = select(t.Item.subset_id).where(is_evaluated(), ~is_answered_by(rater_id)).distinct()
    return {found for some in batches(subset_ids) for found in session.scalars(query.where(t.Item.subset_id.in_(some)))}


def not_said_before(session: Session, rater_id: int, answers: Sequence[tuple[int, Answer]]) -> list[tuple[int, Answer]]:
    """The answers that differ from what this rater said last of the item, each with its item's id.

    The rater stays locked until the transaction ends, so that another run of the same model does not add the same.
    """
    lock_subsets(session, [item_id for item_id, _ in answers])
    lock_rater(session, rater_id)
    before: dict[int, tuple[str, Json]] = {}
    for some in batches([item_id for item_id, _ in answers]):
        query = select(t.Answer.item_id, t.Answer.status, t.Answer.payload).where(t.Answer.item_id.in_(some))
        for item_id, status, payload in session.execute(query.where(t.Answer.rater_id == rater_id, is_latest())):
            before[item_id] = status, payload
    return [(item_id, answer) for item_id, answer in answers if before.get(item_id) != (answer.status, answer.payload)]


def runs(session: Session, states: Collection[str] = ()) -> list[Run]:
    """All runs, or those in one of the states, the latest first; their logs are left out (`find_run` has one)."""
    query = _query().order_by(t.Run.id.desc())
    if states:
        query = query.where(t.Run.state.in_(states))
    return [_record(row, log="") for row in session.execute(query)]


def find_run(session: Session, run_id: int) -> Run:
    """One run with its log. NotFound where there is none of that number."""
    found = session.execute(_query().where(t.Run.id == run_id)).first()
    if found is None:
        raise _no_run(run_id)
    return _record(found, log=found.Run.log)


def find_run_row(session: Session, run_id: int) -> t.Run:
    """A run's row, which nobody else changes until the transaction ends; NotFound where there is none."""
    row = session.get(t.Run, run_id, with_for_update={"key_share": True}, populate_existing=True)
    if row is None:
        raise _no_run(run_id)
    return row


def _no_run(run_id: int) -> NotFound:
    return NotFound(f"There is no run {run_id}. The page of models lists those that there are.")


def _query() -> Select[*tuple[Any, ...]]:
    return (
        select(t.Run, t.Rater, t.Account.name.label("requested_by"))
        .outerjoin(t.Rater, t.Rater.id == t.Run.rater_id)
        .outerjoin(t.Account, t.Account.id == t.Run.requested_by)
        .execution_options(populate_existing=True)
    )


def _record(found: Row[*tuple[Any, ...]], log: str) -> Run:
    row: t.Run = found.Run
    return Run(
        id=row.id,
        model=row.model,
        tasks=tuple(row.tasks),
        request=row.request,
        rater=None if found.Rater is None else rater_record(found.Rater),
        state=row.state,
        device=row.device,
        versions=row.versions,
        prompts=row.prompts,
        settings=row.settings,
        error=row.error,
        queued=row.queued,
        started=row.started,
        finished=row.finished,
        seconds=row.seconds,
        requested_by=found.requested_by or "",
        repeats=row.repeats_id,
        worker=row.worker,
        lease_until=row.lease_until,
        attempts=row.attempts,
        cancel_requested=row.cancel_requested,
        n_done=row.n_done,
        n_total=row.n_total,
        n_texts=row.n_texts,
        n_texts_total=row.n_texts_total,
        texts_per_s=row.texts_per_s,
        peak_mb=row.peak_mb,
        log=log,
        cost=row.cost,
    )
