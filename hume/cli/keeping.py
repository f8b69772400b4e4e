"""`hume backup` and `hume restore`: the whole database in one file, and back."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Engine

from db import backup as copies
from db.session import is_behind, open_current, open_engine, upgrade
from hume.cli.terminal import echo
from hume.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command()(backup)
    app.command()(restore)


def backup(file: Annotated[Path, typer.Argument(help="The file to write; it must not be there.")]) -> None:
    """Copy the whole database to a file, while it is in use."""
    engine = open_current(Settings().url)
    try:
        n_answers = copies.backup(engine, file)
    finally:
        engine.dispose()
    echo(f"{file}: {n_answers:,} answers, {file.stat().st_size / 2**20:.1f} MiB, read back and checked.")


def restore(
    file: Annotated[Path, typer.Argument(help="A file that `hume backup` wrote.")],
    force: Annotated[bool, typer.Option(help="Replace a database that is not empty; it is backed up first.")] = False,
) -> None:
    """Put the database in the state that a backup holds, after a check of the file."""
    engine = open_engine(Settings().url)
    try:
        kept = _kept(engine) if force and copies.holds_something(engine) else None
        copies.restore(engine, file, force)
        if is_behind(engine):
            upgrade(engine)
    finally:
        engine.dispose()
    echo(f"{engine.url} is as it was in {file}.")
    if kept:
        echo(f"What it held before is in {kept}.")


def _kept(engine: Engine) -> Path:
    """The state that a restore replaces, as a backup in HUME_HOME."""
    kept = Settings().home / "backups" / f"before-restore-{datetime.now(UTC):%Y-%m-%dT%H-%M-%S-%f}.backup"
    copies.backup(engine, kept)
    return kept
