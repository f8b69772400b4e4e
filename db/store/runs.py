"""Runs of models: what ran where, with what, how it ended, and the scores it computed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from db import tables as t
from db.columns import utc_now
from db.store.figures import figure, values_of
from db.store.raters import ensure_rater
from db.store.rows import rater_record
from hume.errors import NotFound
from hume.records import Json, Rater, Run, ScoreRow


def start_run(
    session: Session,
    rater: Rater,
    device: str = "",
    versions: Mapping[str, str] | None = None,
    prompts: Mapping[str, str] | None = None,
    settings: Mapping[str, Json] | None = None,
) -> int:
    """Note that a run has begun; its id. The rater is stored where it is new."""
    row = t.Run(
        rater_id=ensure_rater(session, rater).id,
        state="running",
        device=device,
        versions=dict(versions or {}),
        prompts=dict(prompts or {}),
        settings=dict(settings or {}),
        error="",
    )
    session.add(row)
    session.flush()
    return row.id


def finish_run(
    session: Session,
    run_id: int,
    state: Literal["done", "failed"] = "done",
    n_texts: int | None = None,
    seconds: float | None = None,
    error: str = "",
) -> None:
    """Note how a run ended: texts encoded, seconds taken, the error where it failed. NotFound without such a run."""
    row = session.get(t.Run, run_id)
    if row is None:
        raise NotFound(f"There is no run {run_id}.")
    row.state, row.n_texts, row.seconds, row.error, row.finished = state, n_texts, seconds, error, utc_now()


def save_scores(session: Session, run_id: int, rows: Iterable[ScoreRow]) -> None:
    """Keep what a run computed, as it was then."""
    values = [{**values_of(row), "run_id": run_id} for row in rows]
    if values:
        session.execute(insert(t.Score), values)


def scores_of(session: Session, run_id: int) -> tuple[ScoreRow, ...]:
    """What a run computed, in the order in which it was stored."""
    rows = session.scalars(select(t.Score).where(t.Score.run_id == run_id).order_by(t.Score.id))
    return tuple(figure(ScoreRow, row, "computed") for row in rows)


def runs(session: Session) -> list[Run]:
    """All runs, the latest first."""
    query = select(t.Run, t.Rater).join(t.Rater, t.Rater.id == t.Run.rater_id).order_by(t.Run.id.desc())
    return [_record(run, rater) for run, rater in session.execute(query)]


def _record(row: t.Run, rater: t.Rater) -> Run:
    return Run(
        id=row.id,
        rater=rater_record(rater),
        state=row.state,
        device=row.device,
        versions=row.versions,
        prompts=row.prompts,
        settings=row.settings,
        n_texts=row.n_texts,
        seconds=row.seconds,
        error=row.error,
        started=row.started,
        finished=row.finished,
    )
