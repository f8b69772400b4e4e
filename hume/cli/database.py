"""`hume db`: the schema of the database."""

from __future__ import annotations

import typer

from db import session as db
from hume.cli.terminal import echo
from hume.settings import Settings

NAME = "db"

app = typer.Typer(help="Look at the database's schema, and bring it up to date.", no_args_is_help=True)


@app.command()
def upgrade() -> None:
    """Bring the schema up to date, all or nothing. An embedded SQLite does so by itself."""
    engine = db.open_engine(Settings().url)
    try:
        before = db.revision(engine)
        db.upgrade(engine)
        after = db.revision(engine)
    finally:
        engine.dispose()
    if before == after:
        echo(f"{engine.url} is up to date: schema {after}.")
    else:
        echo(f"{engine.url} was upgraded from schema {before or 'none'} to {after}.")


@app.command()
def status() -> None:
    """Say where the data is kept and whether its schema is up to date."""
    engine = db.open_engine(Settings().url)
    try:
        is_behind, found = db.is_behind(engine), db.revision(engine)
    finally:
        engine.dispose()
    echo(f"database  {engine.url}")
    echo(f"schema    {found or 'none yet'}; this version of HUME needs {db.head()}")
    echo(f"state     {'behind, run: hume db upgrade' if is_behind else 'up to date'}")
