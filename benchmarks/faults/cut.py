"""Connections of browsers that break off: in the midst of a request, or after it, before the reply comes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory

from benchmarks.faults.ledger import Round
from benchmarks.faults.place import Place, place
from benchmarks.faults.proxy import proxy

CUT_REQUESTS, CUT_REPLIES = 0.15, 0.3
DOWN_S = 1.0


@contextmanager
def replies() -> Iterator[Callable[[int], Round]]:
    """One request in seven arrives by half, one reply in three never comes; then the network is down for a second."""
    with TemporaryDirectory(prefix="hume-faults-") as folder, place(f"sqlite:///{folder}/hume.db") as here:
        yield lambda number: cut_off(here, number)


def cut_off(here: Place, number: int) -> Round:
    """One round."""
    with proxy(here.port, number) as between:
        between.cut_requests, between.cut_replies = CUT_REQUESTS, CUT_REPLIES
        crowd = here.crowd(number, f"http://127.0.0.1:{between.port}")
        crowd.await_acknowledged(60)
        between.cut(is_down=True)
        time.sleep(DOWN_S)
        between.go_on()
        back = time.monotonic()
        crowd.await_acknowledged(20, since=back)
        between.cut_requests = between.cut_replies = 0.0
        found = here.settled(crowd, crowd.first_acknowledged(back))
        found.notes = f"{between.n_cut} connections broken off"
    return found
