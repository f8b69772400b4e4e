"""One line for the writers of a process, first come, first served.

SQLite has one writer at a time, and those who wait look again every now and then: whoever looks at the right moment
is next, and with fifty at once the unlucky wait for seconds. In a line nobody looks, and nobody is overtaken. Writers
of other processes stand in lines of their own, and SQLite's busy timeout holds between them.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections import deque
from functools import partial
from typing import Any
from weakref import WeakValueDictionary


class _Place:
    """A place in the line: its lock is freed when it is the writer's turn."""

    def __init__(self, writer: object) -> None:
        self.writer, self.thread = writer, threading.get_ident()
        self.turn = threading.Lock()
        self.turn.acquire()


class WriteLine:
    """Writers before one SQLite file. One is at it; `leave` lets the one in who has waited longest."""

    def __init__(self) -> None:
        self.empty()

    def empty(self) -> None:
        """Forget who is there: in a process that was forked, they are threads of another one."""
        self._lock = threading.Lock()
        self._at_it: _Place | None = None
        self._waiting: deque[_Place] = deque()

    def enter(self, writer: object, wait_s: float) -> bool:
        """Whether `writer`'s turn came within `wait_s` seconds; where it did not, or on an exception, it is gone.

        RuntimeError where the same thread is at it already, by another connection: it would wait for itself.
        """
        place = _Place(writer)
        with self._lock:
            if self._at_it is None:
                self._at_it = place
                return True
            if self._at_it.thread == place.thread:
                raise RuntimeError("a transaction was begun inside another one of the same thread: it waits for itself")
            self._waiting.append(place)
        try:
            if place.turn.acquire(timeout=wait_s):
                return True
        except BaseException:
            if self._give_up(place):
                self.leave(writer)
            raise
        return self._give_up(place)

    def leave(self, writer: object) -> None:
        """The next one, please; nothing where `writer` is not at it."""
        with self._lock:
            if self._at_it is None or self._at_it.writer is not writer:
                return
            self._call_next()
        time.sleep(0)  # whoever was called runs now; else this thread goes on for its 5 ms, and the file lies idle

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def _give_up(self, place: _Place) -> bool:
        """Leaves the line, but where the turn came at the last moment; True there."""
        with self._lock:
            if self._at_it is not place:
                self._waiting.remove(place)
            return self._at_it is place

    def _call_next(self) -> None:
        self._at_it = self._waiting.popleft() if self._waiting else None
        if self._at_it is not None:
            self._at_it.turn.release()


class LinedUp(sqlite3.Connection):
    """A connection that stands in line before it writes, and leaves when its transaction has ended, however it did."""

    def __init__(self, line: WriteLine, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.line = line

    def commit(self) -> None:
        """As sqlite3's; a transaction that could not be committed goes on, and keeps its place until it is undone."""
        try:
            super().commit()
        finally:
            self._leave_at_the_end()

    def rollback(self) -> None:
        try:
            super().rollback()
        finally:
            self._leave_at_the_end()

    def close(self) -> None:
        try:
            super().close()
        finally:
            self.line.leave(self)

    def _leave_at_the_end(self) -> None:
        if not self.in_transaction:
            self.line.leave(self)


_lines: WeakValueDictionary[str, WriteLine] = WeakValueDictionary()
_one_line_a_file = threading.Lock()


def lined_up(path: str) -> partial[LinedUp]:
    """What makes connections to that file: all of this process that are made so stand in one line."""
    with _one_line_a_file:
        line = _lines.setdefault(os.path.realpath(path), WriteLine())
    return partial(LinedUp, line)


def _after_fork() -> None:
    global _one_line_a_file
    _one_line_a_file = threading.Lock()
    for line in _lines.values():
        line.empty()


if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_after_fork)
