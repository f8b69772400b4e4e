"""Figures of many subsets by several processes: the server goes on answering, and each processor has its share.

`python -m pages.parts.reckoning` is one of them. It reads a subset's id a line from standard input, and writes the
figures of each to standard output, pickled.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue

from sqlalchemy.orm import Session

from db.session import open_engine, reading
from db.store.tasks import count_answers, subset_records
from hume.garbage import collected_later
from hume.report import Figures, figures
from hume.settings import Settings

ENOUGH_ANSWERS = 100_000
"""Of fewer answers the figures are there before another process would have started."""
MOST_PROCESSES = 4
Process = subprocess.Popen[bytes]
ROOT = Path(__file__).parents[2]


def figures_of(session: Session, subset_ids: Sequence[int], url: str) -> dict[int, Figures | None]:
    """By subset id its figures, None where it has no item; shared among processes where there are many answers."""
    n_processes = min(most_processes(), len(subset_ids))
    if n_processes < 2 or count_answers(session, subset_ids) < ENOUGH_ANSWERS:
        return {subset_id: of_subset(session, subset_id) for subset_id in subset_ids}
    waiting: SimpleQueue[int] = SimpleQueue()
    for subset_id in subset_ids:
        waiting.put(subset_id)
    with ThreadPoolExecutor(n_processes) as threads:
        shares = [threads.submit(_share, url, waiting) for _ in range(n_processes)]
        found = {subset_id: of for share in shares for subset_id, of in share.result().items()}
    return {subset_id: found[subset_id] for subset_id in subset_ids}


def most_processes() -> int:
    """How many processes compute figures at once: as many as there are processors, up to MOST_PROCESSES."""
    return min(os.cpu_count() or 1, MOST_PROCESSES)


def of_subset(session: Session, subset_id: int) -> Figures | None:
    """The figures of one subset; None where it has no item."""
    with collected_later():
        for record in subset_records(session, subset_ids=[subset_id], details=False):
            return figures(record)
    return None


def _share(url: str, waiting: SimpleQueue[int]) -> Mapping[int, Figures | None]:
    """Hands what waits to a process of its own, one after the other, until nothing is left."""
    found: dict[int, Figures | None] = {}
    with _process(url) as process, suppress(Empty):
        while True:
            subset_id = waiting.get_nowait()
            found[subset_id] = _asked(process, subset_id)
    return found


def _asked(process: Process, subset_id: int) -> Figures | None:
    if process.stdin is None or process.stdout is None:
        raise ValueError("The process has no pipes.")
    process.stdin.write(f"{subset_id}\n".encode())
    process.stdin.flush()
    try:
        found: Figures | None = pickle.load(process.stdout)  # noqa: S301
    except EOFError:
        raise RuntimeError(f"The process that computed the figures of subset {subset_id} has ended.") from None
    return found


def _process(url: str) -> Process:
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    # The URL may hold a password, which a command line would show to everybody on the machine.
    environment = {**os.environ, "HUME_DATABASE_URL": url, "PYTHONPATH": path}
    command = [sys.executable, "-m", "pages.parts.reckoning"]
    return subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603


def main() -> None:
    """Answers until nothing more is asked."""
    engine = open_engine(Settings().url)
    for line in sys.stdin:
        with reading(engine) as session:
            pickle.dump(of_subset(session, int(line)), sys.stdout.buffer, protocol=pickle.HIGHEST_PROTOCOL)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
