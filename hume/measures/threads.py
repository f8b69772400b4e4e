"""Many small products of matrices on one thread: to share each of them among threads takes longer than to work it out.

On a machine whose processors are busy it takes fifty times as long, since each product then waits for its slowest part.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Literal

from threadpoolctl import ThreadpoolController

_TURN = threading.RLock()


@contextmanager
def one_thread(api: Literal["blas", "openmp"] = "blas") -> Iterator[None]:
    """Linear algebra on one thread within, and as before afterwards. Threads of the program take turns.

    `openmp` is what scikit-learn's own loops run on; its library must have been imported before.

    The number is the whole process's: were two within at once, the first to leave would end it for the other, and
    the last would restore what the first had set.
    """
    with _TURN, _controller(api).limit(limits=1, user_api=api):
        yield


@lru_cache(maxsize=2)
def _controller(api: str) -> ThreadpoolController:
    """The libraries that are loaded by the first call for `api`."""
    return ThreadpoolController()
