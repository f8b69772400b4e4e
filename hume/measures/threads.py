"""Many small products of matrices on one thread: to share each of them among threads takes longer than to work it out.

On a machine whose processors are busy it takes fifty times as long, since each product then waits for its slowest part.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from threadpoolctl import ThreadpoolController

_TURN = threading.RLock()


@contextmanager
def one_thread() -> Iterator[None]:
    """Linear algebra on one thread within, and as before afterwards. Threads of the program take turns.

    The number is the whole process's: were two within at once, the first to leave would end it for the other, and
    the last would restore what the first had set.
    """
    with _TURN, _controller().limit(limits=1, user_api="blas"):
        yield


@lru_cache(maxsize=1)
def _controller() -> ThreadpoolController:
    return ThreadpoolController()
