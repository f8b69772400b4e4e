"""Two processes on one SQLite file, on one machine: it works, and nobody is told that the file is locked."""

from __future__ import annotations

import sqlite3
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from crowd import Annotator
from fleet import LANGUAGES, store_pairs
from serving import running_server

N_EACH, N_ITEMS, OVERLAP = 10, 12, 6


def test_annotators_at_two_processes_on_one_file_fill_each_item_to_its_overlap(sqlite_url: str) -> None:
    store_pairs(sqlite_url, "Pairs", overlap=OVERLAP, n_items=N_ITEMS)
    with ExitStack() as stack, ThreadPoolExecutor(2 * N_EACH) as pool:
        starting = [pool.submit(stack.enter_context, running_server(sqlite_url)) for _ in range(2)]
        servers = [one.result() for one in starting]
        annotators = [
            Annotator(
                stack.enter_context(server.client(server.sign_in(f"{place} {number}", languages=LANGUAGES))), "Pairs"
            )
            for place, server in enumerate(servers)
            for number in range(N_EACH)
        ]
        list(pool.map(Annotator.answer_all, annotators))
        said = [server.log.read_text() for server in servers]
    assert not [trouble for one in annotators for trouble in one.troubles]
    assert not any("locked" in text or "Traceback" in text for text in said)
    with sqlite3.connect(Path(sqlite_url.removeprefix("sqlite:///"))) as file:
        rows = file.execute("select item_id, client_id, surplus from answer").fetchall()
        assert file.execute("pragma integrity_check").fetchone() == ("ok",)
    assert {row[1] for row in rows} == {client_id for one in annotators for client_id in one.acknowledged}
    assert Counter(Counter(row[0] for row in rows).values()) == {OVERLAP: N_ITEMS}
    assert not any(row[2] for row in rows)
