"""The backup that the app makes of an embedded database each day."""

from __future__ import annotations

import logging
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import four_tasks
import pytest
from serving import running_server

from hume.errors import HumeError
from hume.server.nightly import back_up_today
from hume.settings import Settings


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, migrated_sqlite: Path) -> Path:
    (tmp_path / "hume.db").write_bytes(migrated_sqlite.read_bytes())
    monkeypatch.setenv("HUME_HOME", str(tmp_path))
    monkeypatch.delenv("HUME_DATABASE_URL", raising=False)
    return tmp_path


def test_one_a_day_and_no_more_than_are_to_be_kept(home: Path) -> None:
    folder = home / "backups"
    folder.mkdir()
    for day in range(1, 10):
        (folder / f"nightly-2026-01-0{day}.backup").touch()
    (folder / "before-restore.backup").touch()
    today = back_up_today(Settings(backups=3))
    assert today is not None
    assert today.name == f"nightly-{datetime.now(UTC):%Y-%m-%d}.backup"
    assert sorted(file.name for file in folder.iterdir()) == [
        "before-restore.backup", "nightly-2026-01-08.backup", "nightly-2026-01-09.backup", today.name,
    ]  # fmt: skip
    assert back_up_today(Settings(backups=3)) is None


def test_none_where_none_is_wanted_or_the_database_is_not_embedded(home: Path) -> None:
    assert back_up_today(Settings(backups=0)) is None
    assert back_up_today(Settings(database_url="postgresql://localhost/x")) is None
    assert not (home / "backups").exists()


def test_one_that_fails_leaves_the_older_ones(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = home / "backups"
    folder.mkdir()
    (folder / "nightly-2026-01-01.backup").touch()

    def fail(*_: object) -> None:
        raise HumeError("no room")

    monkeypatch.setattr("hume.server.nightly.backup", fail)
    with pytest.raises(HumeError):
        back_up_today(Settings(backups=1))
    assert [file.name for file in folder.iterdir()] == ["nightly-2026-01-01.backup"]


def test_a_server_that_starts_makes_one_while_it_serves(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    home = tmp_path / "home"
    four_tasks.store(f"sqlite:///{home / 'hume.db'}")
    file = home / "backups" / f"nightly-{datetime.now(UTC):%Y-%m-%d}.backup"
    with running_server("", environment={"HUME_HOME": str(home)}) as server:
        assert server.client().get("/healthz").status_code == 200
        give_up = time.monotonic() + 60
        while not file.exists() and time.monotonic() < give_up:
            time.sleep(0.05)
    with closing(sqlite3.connect(file)) as copy:
        assert copy.execute("select count(*) from item").fetchone()[0] > 0
