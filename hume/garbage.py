"""A hundred thousand new objects at once: Python's search for reference cycles among them waits until they are made."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_COUNT = threading.Lock()
_within = 0


@contextmanager
def collected_later() -> Iterator[None]:
    """No search for cycles within, in the whole process, and as before afterwards.

    While a subset's answers are read and held against each other, hardly anything becomes a cycle, but every search
    walks over all of them again: it doubles the time. Memory that nothing refers to is freed as ever. Threads and calls
    may lie within each other; the last to leave ends it.
    """
    global _within
    with _COUNT:
        _within += 1
        if _within == 1:
            gc.disable()
    try:
        yield
    finally:
        with _COUNT:
            _within -= 1
            if _within == 0:
                gc.enable()
