"""How the allocator shares memory among the server's threads."""

from __future__ import annotations

import ctypes
import os

M_ARENA_MAX = -8
"""glibc's number of the option, in malloc.h."""
ARENAS = 2


def share_arenas() -> None:
    """Have all threads allocate from two arenas, unless MALLOC_ARENA_MAX says otherwise. Without glibc, nothing.

    By default each of some dozen threads gets an arena of its own, which keeps what it had at its fullest: a process
    grows for hours. The threads of Python wait for its lock anyway, so that they hardly wait for an arena.
    """
    if "MALLOC_ARENA_MAX" in os.environ:
        return
    try:
        ctypes.CDLL("libc.so.6").mallopt(M_ARENA_MAX, ARENAS)
    except (OSError, AttributeError):
        return
