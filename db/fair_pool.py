"""A pool of connections whose next free one goes to whoever has waited longest.

In SQLAlchemy's own, whoever gives a connection back and asks again at once gets it before those who wait: with more
threads than connections some wait for half a minute, while the others are served hundreds of times.
"""

from __future__ import annotations

import threading
import time
from collections import deque

from sqlalchemy.pool import ConnectionPoolEntry, QueuePool
from sqlalchemy.util.queue import Empty, Full, QueueCommon


class _Waiter:
    def __init__(self) -> None:
        self.given: ConnectionPoolEntry | None = None
        self.turn = threading.Lock()
        self.turn.acquire()


class FairQueue(QueueCommon[ConnectionPoolEntry]):
    """Free connections, the one used last on top, or else those who wait for one, in the order in which they came."""

    def __init__(self, maxsize: int = 0, use_lifo: bool = True) -> None:
        self.maxsize, self.use_lifo = maxsize, use_lifo
        self._lock = threading.Lock()
        self._free: deque[ConnectionPoolEntry] = deque()
        self._waiting: deque[_Waiter] = deque()

    def qsize(self) -> int:
        """How many are free."""
        return len(self._free)

    def put(self, item: ConnectionPoolEntry, block: bool = True, timeout: float | None = None) -> None:
        """Give one back, to whoever has waited longest; it never blocks. Full where as many are free as may be."""
        with self._lock:
            if not self._waiting:
                if len(self._free) >= self.maxsize > 0:
                    raise Full
                self._free.append(item)
                return
            waiter = self._waiting.popleft()
            waiter.given = item
            waiter.turn.release()
        time.sleep(0)  # whoever got it runs now

    def get(self, block: bool = True, timeout: float | None = None) -> ConnectionPoolEntry:
        """One for use; Empty where none is free, or was given within `timeout` seconds (None: without an end)."""
        with self._lock:
            if self._free:
                return self._free.pop() if self.use_lifo else self._free.popleft()
            if not block:
                raise Empty
            waiter = _Waiter()
            self._waiting.append(waiter)
        try:
            waiter.turn.acquire(timeout=-1 if timeout is None else timeout)
        except BaseException:
            self._give_up(waiter)
            if waiter.given is not None:
                self.put(waiter.given, False)
            raise
        self._give_up(waiter)
        if waiter.given is None:
            raise Empty
        return waiter.given

    def _give_up(self, waiter: _Waiter) -> None:
        """From now on nothing is given to this one; something may have been, at the last moment."""
        with self._lock:
            if waiter.given is None:
                self._waiting.remove(waiter)


class FairPool(QueuePool):
    """SQLAlchemy's pool with a fair queue."""

    _queue_class = FairQueue
