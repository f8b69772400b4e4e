"""Many items at once, as many as the endpoint is to be asked for at a time."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import islice

from hume.raters.llm.annotator import Annotator, Wanted
from hume.raters.llm.faults import BudgetSpent, EndpointFault, ItemFault, Stopped, Unavailable
from hume.records import Answer

MOST_FAULTS = 5
"""So many items one after the other without a reply: the endpoint is down."""


@dataclass(frozen=True)
class Outcome:
    """What became of an item: an answer, or why there is none."""

    wanted: Wanted
    answer: Answer | None
    fault: str = ""
    is_down: bool = False
    """Whether the endpoint failed, and not this item alone."""


def answers(annotator: Annotator, wanted: Iterable[Wanted], parallel: int) -> Generator[Outcome]:
    """Outcomes as they come, `parallel` requests at a time; the first item alone, since its reply says who answers.

    `wanted` is drawn from as there is room. EndpointFault and BudgetSpent end it once the requests under way have come
    back, with their outcomes before; after an interrupt their replies lie in the cache.
    """
    waiting, stop = iter(wanted), annotator.endpoint.limits.stop
    running: set[Future[Outcome | None]] = set()
    fatal: Exception | None = None
    faults, last = 0, ""
    with ThreadPoolExecutor(parallel, "hume-llm") as pool:
        try:
            while True:
                room = 0 if fatal else (parallel if annotator.is_known else 1) - len(running)
                running |= {pool.submit(_outcome, annotator, one) for one in islice(waiting, max(room, 0))}
                if not running:
                    break
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for found in map(_result, done):
                    if isinstance(found, Outcome):
                        faults = faults + 1 if found.is_down else 0
                        last = found.fault
                        yield found
                    fatal = fatal or (found if isinstance(found, Exception) else None)
                if faults >= MOST_FAULTS:
                    fatal = fatal or EndpointFault(f"{faults} items in a row got no reply; the last one: {last}")
                if fatal:
                    stop.set()
        finally:
            stop.set()
    if fatal is not None:
        raise fatal


def _outcome(annotator: Annotator, wanted: Wanted) -> Outcome | None:
    """None where the run was stopped before the item's turn came."""
    try:
        return Outcome(wanted, annotator.answer(wanted))
    except ItemFault as fault:
        return Outcome(wanted, None, str(fault), isinstance(fault, Unavailable))
    except Stopped:
        return None


def _result(future: Future[Outcome | None]) -> Outcome | Exception | None:
    try:
        return future.result()
    except (EndpointFault, BudgetSpent) as fault:
        return fault
