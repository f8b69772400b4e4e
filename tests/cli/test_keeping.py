"""`hume backup`, `hume restore` and `hume doctor` through the real entry point."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import four_tasks
import pytest
from commands import Run

from db.session import open_engine, transaction
from db.store.answers import save_answers
from db.store.queue import enqueue, take
from db.store.raters import ensure_rater
from db.store.tasks import subset_records
from hume.records import Answer, Rater


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, migrated_sqlite: Path) -> Path:
    """An embedded database with the four tasks."""
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    (folder / "hume.db").write_bytes(migrated_sqlite.read_bytes())
    monkeypatch.setenv("HUME_HOME", str(folder))
    monkeypatch.delenv("HUME_DATABASE_URL", raising=False)
    four_tasks.store(f"sqlite:///{folder / 'hume.db'}")
    return folder


def answer(home: Path, item: int = 0, at: datetime | None = None) -> None:
    engine = open_engine(f"sqlite:///{home / 'hume.db'}")
    with transaction(engine) as session:
        record = next(r for r in subset_records(session) if r.task.task_type == "sts")
        rater = ensure_rater(session, Rater("human", "Aisha")).stored_id
        save_answers(session, rater, [(record.items[item].id or 0, Answer("", "given", {"score": 4}, created_at=at))])
    engine.dispose()


def n_answers(home: Path) -> int:
    with closing(sqlite3.connect(home / "hume.db")) as connection:
        return int(connection.execute("select count(*) from answer").fetchone()[0])


def test_there_and_back(run: Run, home: Path, tmp_path: Path) -> None:
    answer(home)
    code, out, _ = run("backup", "a.backup")
    assert (code, "1 answers" in out, "checked" in out) == (0, True, True)
    answer(home, 1)
    code, _, err = run("restore", "a.backup")
    assert code == 2
    assert "--force" in err
    assert n_answers(home) == 2
    code, out, _ = run("restore", "a.backup", "--force")
    assert code == 0
    assert n_answers(home) == 1
    (kept,) = (home / "backups").iterdir()
    assert str(kept) in out.replace("\n", "")
    assert run("restore", str(kept), "--force")[0] == 0
    assert n_answers(home) == 2


def test_a_healthy_database_is_said_to_be_well(run: Run, home: Path) -> None:
    answer(home)
    run("backup", str(home / "backups" / "a.backup"))
    code, out, _ = run("doctor")
    assert code == 0
    assert "✗" not in out
    assert "! " not in out
    for subject in ("database", "schema", "integrity", "references", "clock", "leases", "disk", "backups", "packages"):
        assert subject in out


def test_what_is_wrong_is_said_with_the_mend(run: Run, home: Path) -> None:
    answer(home, at=datetime.now(UTC) + timedelta(days=2))
    home.chmod(0o755)
    engine = open_engine(f"sqlite:///{home / 'hume.db'}")
    with transaction(engine) as session:
        enqueue(session, "random")
        take(session, "a worker that is gone", lease_s=-1)
    engine.dispose()
    with closing(sqlite3.connect(home / "hume.db")) as connection:
        connection.execute("pragma foreign_keys = off")
        connection.execute("update answer set rater_id = 4711")
        connection.commit()
    code, out, _ = run("doctor")
    said = " ".join(out.split())
    assert code == 1
    assert "1 rows point to what is not there" in said
    assert "an answer is from" in said
    assert "1 runs lost their worker → Start one: hume worker" in said
    assert "everybody on this machine can look into" in said
    assert "backups none in" in said


def test_a_damaged_page_is_found(run: Run, home: Path) -> None:
    with closing(sqlite3.connect(home / "hume.db")) as connection:
        connection.execute("pragma wal_checkpoint(truncate)")
        connection.execute("pragma journal_mode = delete")
        page = connection.execute("select rootpage from sqlite_master where name = 'item'").fetchone()[0]
        size = connection.execute("pragma page_size").fetchone()[0]
    with (home / "hume.db").open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * 64)
    code, out, _ = run("doctor")
    assert code == 1
    assert "hume restore FILE --force" in out


def test_a_database_that_is_not_there_is_said(run: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUME_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    code, out, _ = run("doctor")
    assert code == 1
    assert "cannot be used" in " ".join(out.split())
