"""`hume doctor`: is all well with this installation and its database, and if not, what is to be done?"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

import typer
from rich.table import Table
from sqlalchemy import Engine, make_url

from db import session as db
from db.store.health import broken_references, damage, last_moment, leases
from db.store.queue import database_now
from db.troubles import LEAST_ROOM
from hume.cli.terminal import Console
from hume.disks import network_kind
from hume.errors import HumeError
from hume.settings import Settings

Verdict = Literal["well", "look", "ill"]
#: SQLite's write-ahead log is shared memory, which two machines do not share.
ON_NETWORK = "Use it from this machine alone: two would destroy it. Better: a local disk (HUME_HOME), or PostgreSQL"
MARKS: dict[Verdict, str] = {"well": "✓", "look": "!", "ill": "✗"}

#: A clock that is this far off mixes up the order of answers and the end of leases.
CLOCK_TOLERANCE = timedelta(seconds=5)
LEAST_FREE = 2**30
"""Bytes that a disk should have free: a night's backup and the write-ahead log need some."""
PACKAGES = ("hume-bench", "streamlit", "sqlalchemy", "numpy", "torch", "sentence-transformers", "mteb", "openai", "ray")


@dataclass(frozen=True)
class Finding:
    """What one look found, and what to do about it."""

    verdict: Verdict
    subject: str
    found: str
    mend: str = ""


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(doctor)


def doctor() -> None:
    """Check the database, its schema, leases, clock, disk and packages. Exit code 1 where something is ill."""
    settings = Settings()
    findings = [*_of_database(settings), *_of_disk(settings), _of_packages()]
    Console(highlight=False, markup=False).print(_table(findings))
    if any(finding.verdict == "ill" for finding in findings):
        raise typer.Exit(1)


def _of_database(settings: Settings) -> Iterator[Finding]:
    engine = db.open_engine(settings.url)
    try:
        db.revision(engine)
        yield Finding("well", "database", f"{engine.url} answers")
        for look in (_schema, _damage, _references, _clock, _leases):
            finding = look(engine)
            yield finding
            if finding.verdict == "ill" and look in (_schema, _damage):
                return  # what comes after would stumble over the same
    except HumeError as error:
        yield Finding("ill", "database", str(error))
    finally:
        engine.dispose()


def _schema(engine: Engine) -> Finding:
    found = db.revision(engine)
    if found == db.head():
        return Finding("well", "schema", f"{found}, which this version needs")
    db.check_known(found, f"The database {engine.url}")
    mend = "hume db upgrade" if engine.dialect.name != "sqlite" or found else "hume demo, or hume serve"
    return Finding("ill", "schema", f"{found or 'none yet'}; this version needs {db.head()}", mend)


def _damage(engine: Engine) -> Finding:
    faults = damage(engine)
    if faults:
        return Finding("ill", "integrity", "; ".join(faults), "Restore a backup: hume restore FILE --force")
    return Finding("well", "integrity", "no damaged page" if engine.dialect.name == "sqlite" else "every answer reads")


def _references(engine: Engine) -> Finding:
    broken = broken_references(engine)
    if broken:
        return Finding("ill", "references", f"{broken} rows point to what is not there", "Restore a backup")
    return Finding("well", "references", "every row's references are there")


def _clock(engine: Engine) -> Finding:
    now = datetime.now(UTC)
    with db.reading(engine) as session:
        there, last = database_now(session), last_moment(session)
    if abs(there - now) > CLOCK_TOLERANCE:
        return Finding("ill", "clock", f"the database's differs by {there - now}", "Set both machines by NTP")
    if last and last > now + CLOCK_TOLERANCE:
        return Finding("look", "clock", f"an answer is from {last:%Y-%m-%d %H:%M} UTC, the future", "Check the clock")
    return Finding("well", "clock", f"{now:%Y-%m-%d %H:%M} UTC, and no answer is later")


def _leases(engine: Engine) -> Finding:
    with db.reading(engine) as session:
        found = leases(session, datetime.now(UTC))
    said = f"{found.held} items held for annotators, {found.running} runs of models"
    if found.abandoned:
        return Finding("look", "leases", f"{said}; {found.abandoned} runs lost their worker", "Start one: hume worker")
    return Finding("well", "leases", said)


def _of_disk(settings: Settings) -> Iterator[Finding]:
    url = make_url(settings.url)
    if url.get_backend_name() != "sqlite" or not url.database:
        return
    file = Path(url.database).resolve()
    yield _room(file)
    if kind := network_kind(file):
        yield Finding("look", "network", f"{file} is on a network file system ({kind})", ON_NETWORK)
    if settings.database_url:
        return
    home = settings.home
    if home.exists() and os.name == "posix" and home.stat().st_mode & (stat.S_IROTH | stat.S_IXOTH):
        yield Finding("look", "privacy", f"everybody on this machine can look into {home}", f"chmod go= {home}")
    yield _backups(home / "backups")


def _room(file: Path) -> Finding:
    folder = file.parent
    free = shutil.disk_usage(folder if folder.exists() else folder.parent).free
    least = max(LEAST_FREE, 2 * _size(file))
    room = f"{free / 2**30:.1f} GiB free in {folder}"
    if free < LEAST_ROOM:
        full = f"full: {free / 2**20:.1f} MiB free in {folder}"
        return Finding("ill", "disk", full, "Free some: no answer can be stored")
    if free < least:
        return Finding("look", "disk", room, f"Free some: {least / 2**30:.1f} GiB are wanted for a backup and the log")
    return Finding("well", "disk", room)


def _backups(folder: Path) -> Finding:
    written = sorted((file.stat().st_mtime, file.name) for file in folder.glob("*.backup")) if folder.is_dir() else []
    if not written:
        return Finding("look", "backups", f"none in {folder}", "hume backup FILE; hume serve makes one each night")
    age = datetime.now(UTC) - datetime.fromtimestamp(written[-1][0], UTC)
    said = f"{len(written)} in {folder}, the latest {written[-1][1]}, {age.total_seconds() / 3600:.0f} h old"
    return (
        Finding("well", "backups", said)
        if age < timedelta(days=2)
        else Finding("look", "backups", said, "hume backup FILE; hume serve makes one each night")
    )


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


def _of_packages() -> Finding:
    def installed(name: str) -> str:
        try:
            return f"{name} {version(name)}"
        except PackageNotFoundError:
            return f"{name} not installed"

    return Finding("well", "packages", ", ".join(map(installed, PACKAGES)))


def _table(findings: list[Finding]) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for one in findings:
        table.add_row(MARKS[one.verdict], one.subject, f"{one.found}\n→ {one.mend}" if one.mend else one.found)
    return table
