"""The count of a round can fail: it tells what is lost, doubled, changed or out of order, and what is not on disk."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from benchmarks.faults.ledger import Round, Sent, compared, sum_of
from benchmarks.faults.postgres import NotHere
from benchmarks.faults.power import CALLS, Write, forget, traced, unsynced_writes
from db import tables as t

RATER, ITEM = 1, 7


def sent(number: int, revision: int = 1, item: int = ITEM) -> Sent:
    message = {
        "client_id": f"client-{number}", "item": item, "status": "given", "payload": {"score": number}, "reason": "",
        "comment": f"{RATER}-{number} ", "confidence": None, "milliseconds": 5, "order_shown": [],
    }  # fmt: skip
    return Sent(RATER, message, acknowledged_at=float(number), revision=revision)


def row(one: Sent, **other: object) -> t.Answer:
    values = {name: value for name, value in one.message.items() if name != "item"}
    values |= {"rater_id": one.rater_id, "item_id": one.message["item"], "revision": one.revision}
    return t.Answer(**{**values, **other})


FIRST, SECOND = sent(1), sent(2, revision=2)


def numbers(found: Round) -> tuple[int, int, int, int, int]:
    return found.acknowledged, found.stored, found.lost, found.doubled, found.wrong


def test_all_as_sent():
    assert numbers(compared([FIRST, SECOND], [row(FIRST), row(SECOND)])) == (2, 2, 0, 0, 0)


def test_an_answer_that_nobody_acknowledged_may_be_there_or_not():
    waiting = replace(SECOND, acknowledged_at=None)
    assert numbers(compared([FIRST, waiting], [row(FIRST)])) == (1, 1, 0, 0, 0)
    assert numbers(compared([FIRST, waiting], [row(FIRST), row(SECOND)])) == (1, 2, 0, 0, 0)


def test_one_that_is_lost():
    assert numbers(compared([FIRST, SECOND], [row(FIRST)])) == (2, 1, 1, 0, 0)
    assert numbers(compared([FIRST, SECOND], [row(FIRST)], until=1.5)) == (1, 1, 0, 0, 0)


def test_one_that_is_stored_again_under_another_id():
    again = row(FIRST, client_id="another", revision=2)
    assert compared([FIRST], [row(FIRST), again]).doubled == 1


@pytest.mark.parametrize(
    "other",
    [{"payload": {"score": 3}}, {"comment": "1-1"}, {"milliseconds": 6}, {"confidence": 50}, {"item_id": 8},
     {"rater_id": 2}, {"revision": 2}, {"client_id": "never sent"}],
)  # fmt: skip
def test_one_that_is_not_as_sent(other):
    assert compared([FIRST], [row(FIRST, **other)]).wrong > 0


def test_revisions_out_of_order():
    assert compared([FIRST, SECOND], [row(SECOND, revision=1), row(FIRST, revision=2)]).wrong > 0


def test_a_refusal():
    assert compared([replace(FIRST, refused="no")], []).wrong == 1


def test_rounds_are_summed():
    total = sum_of([Round(1, 2, 3, 4, 5, 1.0), Round(10, 20, 30, 40, 50, 3.0), Round()])
    assert (*numbers(total), total.recovered_s) == (11, 22, 33, 44, 55, 2.0)


# -- what is on disk ----------------------------------------------------------------------------------

LOG = """\
7 pwrite64(3</a/hume.db-wal>, ""..., 24, 0) = 24
7 fdatasync(3</a/hume.db-wal> <unfinished ...>
8 pwrite64(4</a/hume.db>, ""..., 4096, 8192 <unfinished ...>
7 <... fdatasync resumed>) = 0
8 <... pwrite64 resumed>) = 4096
7 pwrite64(3</a/hume.db-wal>, ""..., 4096, 24) = 4096
8 fdatasync(4</a/hume.db>) = -1 EIO (Input/output error)
8 fdatasync(4</a/hume.db> <unfinished ...>
"""


def test_what_was_written_after_the_last_sync_that_ended_well_is_not_on_disk():
    assert unsynced_writes(LOG) == [Write("/a/hume.db", 8192, 4096), Write("/a/hume.db-wal", 24, 4096)]
    assert unsynced_writes(f"{LOG}8 <... fdatasync resumed>) = 0\n") == [Write("/a/hume.db-wal", 24, 4096)]


def test_what_is_forgotten_is_zero(tmp_path):
    (tmp_path / "file").write_bytes(b"x" * 10)
    writes = [Write("/elsewhere/file", place, 1) for place in range(10)]
    gone = forget(tmp_path, writes, Random(0))
    assert 0 < gone < 10
    assert (tmp_path / "file").read_bytes().count(b"\0") == gone


WRITER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA journal_mode = WAL")
connection.execute(f"PRAGMA synchronous = {sys.argv[2]}")
sys.stdin.readline()
for number in range(5):
    connection.execute("INSERT INTO kept VALUES (?)", [number])
print("written", flush=True)
sys.stdin.readline()
"""


@pytest.mark.parametrize(("synchronous", "is_safe"), [("FULL", True), ("NORMAL", False)])
def test_a_database_that_does_not_sync_every_commit_is_told_from_one_that_does(tmp_path, synchronous, is_safe):
    file = tmp_path / "kept.db"
    sqlite3.connect(file).execute("CREATE TABLE kept (number)")
    assert "fdatasync" in CALLS
    command = [sys.executable, "-c", WRITER, str(file), synchronous]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as writer:
        try:
            with traced(writer.pid, tmp_path / "calls") as calls:
                writer.stdin.write("go\n")
                writer.stdin.flush()
                assert writer.stdout.readline() == "written\n"
                left = [one for one in unsynced_writes(calls.read_text()) if Path(one.file).name == "kept.db-wal"]
        except NotHere as missing:
            pytest.skip(str(missing))
        finally:
            writer.stdin.close()
    assert (left == []) == is_safe
