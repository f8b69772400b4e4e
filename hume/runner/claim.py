"""A run that is one worker's: kept by a heartbeat while the model computes, written to by nobody else."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from types import TracebackType
from typing import Literal, Self, TypeVar

from sqlalchemy import Engine
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from db.session import reading, transaction
from db.store import queue
from db.store.queue import LostLease, Progress
from hume.errors import DatabaseBusy, HumeError
from hume.records import Run
from hume.runner.answering import Stopped

T = TypeVar("T")
Ending = Literal["", "cancelled", "given back", "lost"]

BEAT_S = 2.0
"""How often the database hears of a run, unless its lease is too short for that."""
DATABASE_WAIT_S = 600.0
"""So long a worker waits for a database that is away, before it gives up what it has computed."""

log = logging.getLogger("hume.runner")


class DatabaseAway(HumeError):
    """The database was waited for in vain."""


class Claim:
    """Holds a run from `with` on, and ends it by `end`; where that does not come, the lease runs out in the end.

    The database may go away meanwhile: the heartbeat misses it, and `write` waits for it.
    """

    def __init__(self, engine: Engine, run: Run, worker: str, lease_s: float, wait_s: float = DATABASE_WAIT_S) -> None:
        self.run, self.worker = run, worker
        self.ending: Ending = ""
        """Why the model is to stop; empty while it is to go on."""
        self._engine, self._lease_s, self._wait_s = engine, lease_s, wait_s
        self._started = time.monotonic()
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._progress, self._lines = Progress(), list[str]()
        self._thread = threading.Thread(target=self._beat, name=f"heartbeat of run {run.id}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._hush()

    # -- what the model's thread calls ---------------------------------------------------------------

    def check(self) -> None:
        """Raise Stopped where the model is to stop."""
        if self.ending:
            raise Stopped(self.ending)

    def stop(self) -> None:
        """Have the run given back at the next `check`."""
        self.ending = self.ending or "given back"

    def tell(self, progress: Progress | None = None, *lines: str) -> None:
        """What the next heartbeat is to say of the run."""
        with self._lock:
            if progress is not None:
                self._progress = _merged(self._progress, progress)
            self._lines += lines

    def write(self, work: Callable[[Session], T]) -> T:
        """What `work` returns, done in a transaction in which the run is still this worker's, or LostLease.

        Where the database is away it is done again from its beginning: a commit may have reached it unheard.
        DatabaseAway after `wait_s` seconds without it.
        """

        def held(session: Session) -> T:
            queue.hold(session, self.run.id, self.worker)
            return work(session)

        return self._persistently(lambda: _done(transaction(self._engine), held))

    def read(self, work: Callable[[Session], T]) -> T:
        """What `work` returns of the database as it is; it is waited for likewise."""
        return self._persistently(lambda: _done(reading(self._engine), work))

    def end(self, state: Literal["done", "failed", "cancelled"], error: str = "") -> None:
        """Say all that is left to say, and how the run ended."""
        seconds = time.monotonic() - self._started
        self._hush()
        progress, lines = self._taken()

        def work(session: Session) -> None:
            queue.note_progress(session, self.run.id, self.worker, progress, lines)
            queue.finish(session, self.run.id, self.worker, state, error, seconds)

        self.write(work)

    def give_back(self) -> None:
        """Let others take the run at once."""
        self._hush()
        progress, lines = self._taken()

        def work(session: Session) -> None:
            queue.note_progress(session, self.run.id, self.worker, progress, lines)
            queue.give_back(session, self.run.id, self.worker)

        self.write(work)

    # -- the heartbeat -------------------------------------------------------------------------------

    def _beat(self) -> None:
        while not self._over.wait(min(BEAT_S, self._lease_s / 3)):
            progress, lines = self._taken()
            try:
                with transaction(self._engine) as session:
                    queue.note_progress(session, self.run.id, self.worker, progress, lines)
                    cancelled = queue.renew(session, self.run.id, self.worker, self._lease_s)
            except LostLease:
                self.ending = "lost"
                return
            except Exception as error:  # a heart that stops for an error would end a healthy run
                self._put_back(progress, lines)
                log.warning("The database did not hear of run %s: %s", self.run.id, _first_line(error))
            else:
                self.ending = "cancelled" if cancelled else self.ending

    def _hush(self) -> None:
        """End the heartbeat: what it had in hand is said, or waits to be said."""
        self._over.set()
        self._thread.join()

    def _taken(self) -> tuple[Progress, list[str]]:
        with self._lock:
            found = self._progress, self._lines
            self._progress, self._lines = Progress(), []
        return found

    def _put_back(self, progress: Progress, lines: Sequence[str]) -> None:
        with self._lock:
            self._progress = _merged(progress, self._progress)
            self._lines = [*lines, *self._lines]

    def _persistently(self, attempt: Callable[[], T]) -> T:
        give_up, wait = time.monotonic() + self._wait_s, 0.1
        while True:
            try:
                return attempt()
            except (OperationalError, InterfaceError, DatabaseBusy) as error:
                if time.monotonic() > give_up:
                    raise DatabaseAway(
                        f"The database was away for {self._wait_s:.0f} s: {_first_line(error)} What run {self.run.id} "
                        "has stored is kept; the rest is computed again once a worker takes it over: hume worker"
                    ) from error
                log.warning("Run %s waits for the database: %s", self.run.id, _first_line(error))
            time.sleep(wait)
            wait = min(2 * wait, 5.0)


def _done(opened: AbstractContextManager[Session], work: Callable[[Session], T]) -> T:
    with opened as session:
        return work(session)


def _merged(earlier: Progress, later: Progress) -> Progress:
    return replace(earlier, **{name: value for name, value in vars(later).items() if value is not None})


def _first_line(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
