"""A process that was forked shares no connection with its parent: two that speak on one garble each other's words."""

from __future__ import annotations

import os
from weakref import WeakSet

from sqlalchemy import Engine
from sqlalchemy.pool import Pool

_engines: WeakSet[Engine] = WeakSet()
_left_to_parent: list[Pool] = []


def leave_to_parent_on_fork(engine: Engine) -> None:
    """In a child that is forked from now on, the engine makes connections of its own."""
    _engines.add(engine)


def _after_fork() -> None:
    for engine in _engines:
        # Kept, and so never closed: a goodbye on it would be said in the parent's name.
        _left_to_parent.append(engine.pool)
        engine.dispose(close=False)


if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_after_fork)
