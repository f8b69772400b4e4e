"""The queue of runs: asked for by people, taken by workers, each by one at a time.

A worker holds a run by a lease that it renews while it lives. When the lease has run out, another worker may take the
run over; whoever held it finds out by `LostLease` at the next thing it wants to write, and stops.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from db import tables as t
from db.columns import utc_now
from db.store.events import record_event
from db.store.runs import find_run, find_run_row
from hume.errors import HumeError, InvalidInput
from hume.records import Json, Run

MOST_ATTEMPTS = 3
"""How often a run is begun before it is given up: one that kills every worker would go round for ever."""
LONGEST_LOG = 40_000
"""Characters of a run's log that are kept: the latest."""
ENDED = ("done", "failed", "cancelled")


class LostLease(HumeError):
    """The run is no longer this worker's: what it computes now must not be stored."""


@dataclass(frozen=True)
class Progress:
    """How far a run is; what is None stays as it is."""

    n_done: int | None = None
    """Subsets that are done with."""
    n_total: int | None = None
    n_texts: int | None = None
    """Texts done so far; in the end those that the model read itself."""
    n_texts_total: int | None = None
    texts_per_s: float | None = None
    peak_mb: float | None = None
    cost: Mapping[str, Json] | None = None


# -- asking -----------------------------------------------------------------------------------------


def enqueue(
    session: Session,
    model: str,
    tasks: Sequence[str] = (),
    request: Mapping[str, Json] | None = None,
    account_id: int | None = None,
) -> int:
    """Ask for a run of a model over tasks (all, where none is named); its number.

    `request` has the fields of `Loading` that are not the default, and `protocol`. Tasks are not looked up here: the
    worker says which are not there.
    """
    return _add(session, model, tasks, request or {}, account_id, None)


def retry(session: Session, run_id: int, account_id: int | None = None) -> int:
    """Ask for the same again, in a run of its own that names this one: what happened stays told. Its number.

    InvalidInput where the run has not ended, and for one of a language model, which no worker does.
    """
    row = find_run_row(session, run_id)
    if row.request.get("kind") == "llm":
        raise InvalidInput(
            f"The run {run_id} is of a language model, and no worker has the key to it.",
            "Give the command again, what was answered is kept: hume annotate-llm --model M --base-url URL",
        )
    if row.state not in ENDED:
        raise InvalidInput(f"The run {run_id} is {row.state}.", "Cancel it first, or wait for its end.")
    return _add(session, row.model, row.tasks, row.request, account_id, run_id)


def resume(session: Session, model: str, tasks: Sequence[str], request: Mapping[str, Json], error: str) -> int | None:
    """Queue the latest run that asked for the same again, where it was cancelled with this error; its number.

    Or where its worker is gone. It keeps what it has stored. None where the latest such run has another end, or none.
    """
    of_model = select(t.Run.id, t.Run.tasks, t.Run.request).where(t.Run.model == model).order_by(t.Run.id.desc())
    asked = (list(tasks), dict(request))
    same = (row.id for row in session.execute(of_model) if (row.tasks, row.request) == asked)
    row = find_run_row(session, number) if (number := next(same, None)) is not None else None
    if row is None or not (_is_abandoned(session, row) or (row.state, row.error) == ("cancelled", error)):
        return None
    row.state, row.error, row.finished, row.cancel_requested = "queued", "", None, False
    row.worker, row.lease_until, row.attempts = "", None, 0
    record_event(session, "run-resumed", {"run": row.id})
    session.flush()
    return row.id


def _is_abandoned(session: Session, row: t.Run) -> bool:
    return row.state == "running" and row.lease_until is not None and row.lease_until < database_now(session)


def request_cancel(session: Session, run_id: int, account_id: int | None = None) -> Literal["cancelled", "asked", ""]:
    """Take a run back: `cancelled` at once where it waits, `asked` of its worker where it runs, '' where it is over."""
    row = find_run_row(session, run_id)
    if row.state in ENDED:
        return ""
    row.cancel_requested = True
    record_event(session, "run-cancel-asked", {"run": run_id}, account_id)
    if row.state == "running":
        return "asked"
    _end(session, row, "cancelled", "")
    return "cancelled"


def _add(
    session: Session,
    model: str,
    tasks: Sequence[str],
    request: Mapping[str, Json],
    account_id: int | None,
    repeats: int | None,
) -> int:
    row = t.Run(
        model=model,
        tasks=list(tasks),
        request=dict(request),
        requested_by=account_id,
        repeats_id=repeats,
        state="queued",
    )
    session.add(row)
    session.flush()
    told = {"run": row.id, "model": model, "tasks": list(tasks), **({"repeats": repeats} if repeats else {})}
    record_event(session, "run-queued", told, account_id)
    return row.id


# -- working ----------------------------------------------------------------------------------------


def take(session: Session, worker: str, lease_s: float, run_id: int | None = None) -> Run | None:
    """The longest-waiting run (or the one named), from now on this worker's for `lease_s` seconds; None for none.

    A run whose worker has let its lease run out waits too. After `MOST_ATTEMPTS` of them it has failed, and where
    somebody asked to cancel it meanwhile it is cancelled.
    """
    while (row := _waiting(session, run_id)) is not None:
        taken_over = row.worker if row.state == "running" else ""
        if row.cancel_requested:
            _end(session, row, "cancelled", row.error)
        elif row.attempts >= MOST_ATTEMPTS:
            _end(session, row, "failed", f"{row.attempts} workers began it, and none came to an end; last {row.worker}")
        else:
            now = database_now(session)
            row.state, row.worker, row.attempts = "running", worker, row.attempts + 1
            row.lease_until, row.started = now + timedelta(seconds=lease_s), row.started or now
            told = {"run": row.id, "worker": worker, **({"from": taken_over} if taken_over else {})}
            record_event(session, "run-taken-over" if taken_over else "run-taken", told)
            session.flush()
            return find_run(session, row.id)
        session.flush()
    return None


def renew(session: Session, run_id: int, worker: str, lease_s: float) -> bool:
    """Keep the run for another `lease_s` seconds; whether somebody asked to cancel it. LostLease where it is lost."""
    row = hold(session, run_id, worker)
    row.lease_until = database_now(session) + timedelta(seconds=lease_s)
    return row.cancel_requested


def hold(session: Session, run_id: int, worker: str) -> t.Run:
    """The run's row, this worker's until the transaction ends; LostLease where it is so no longer.

    A lease that has run out while nobody else has taken the run is still the worker's.
    """
    row = find_run_row(session, run_id)
    if (row.state, row.worker) != ("running", worker):
        whose = f"is {row.state}" if row.state != "running" else f"was taken over by {row.worker}"
        raise LostLease(f"The run {run_id} {whose}: {worker} stores nothing more of it.")
    return row


def note_progress(session: Session, run_id: int, worker: str, progress: Progress, lines: Sequence[str] = ()) -> None:
    """Tell how far a run is, and add lines to its log, whose beginning is cut off where it grows too long."""
    row = hold(session, run_id, worker)
    for name, value in vars(progress).items():
        if value is not None:
            setattr(row, name, value)
    if lines:
        row.log = _shortened(row.log + "".join(f"{line}\n" for line in lines))


def finish(
    session: Session,
    run_id: int,
    worker: str,
    state: Literal["done", "failed", "cancelled"] = "done",
    error: str = "",
    seconds: float | None = None,
) -> None:
    """Note how a run ended: seconds taken, and the error where it failed. LostLease where it is another's by now."""
    _end(session, hold(session, run_id, worker), state, error, seconds)


def give_back(session: Session, run_id: int, worker: str) -> None:
    """Let others take the run at once, as one that was not begun this time: the worker was stopped, not the run."""
    row = hold(session, run_id, worker)
    row.state, row.worker, row.lease_until, row.attempts = "queued", "", None, row.attempts - 1
    record_event(session, "run-given-back", {"run": run_id, "worker": worker})


def database_now(session: Session) -> datetime:
    """The moment by the database's clock, which all workers share; SQLite's is that of the machine."""
    if session.get_bind().dialect.name == "sqlite":
        return utc_now()
    now: datetime = session.execute(select(func.clock_timestamp())).scalar_one()
    return now


def _waiting(session: Session, run_id: int | None) -> t.Run | None:
    """The first run that wants a worker, locked; those that another worker is about to take are passed over."""
    abandoned = and_(t.Run.state == "running", t.Run.lease_until < database_now(session))
    query = select(t.Run).where(or_(t.Run.state == "queued", abandoned)).order_by(t.Run.id).limit(1)
    if run_id is not None:
        query = query.where(t.Run.id == run_id)
    query = query.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    return session.scalars(query).first()


def _end(
    session: Session,
    row: t.Run,
    state: Literal["done", "failed", "cancelled"],
    error: str,
    seconds: float | None = None,
) -> None:
    row.state, row.error, row.finished, row.lease_until = state, error, database_now(session), None
    row.seconds = row.seconds if seconds is None else seconds
    told = {"run": row.id, "state": state, **({"worker": row.worker} if row.worker else {})}
    record_event(session, "run-ended", told)


def _shortened(log: str) -> str:
    """The latest whole lines of a log."""
    if len(log) <= LONGEST_LOG:
        return log
    kept = log[-LONGEST_LOG:]
    return "... (cut off here)\n" + kept[kept.find("\n") + 1 :]
