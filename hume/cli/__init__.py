"""The command `hume`: one module a group of commands."""

from __future__ import annotations

import sys

import typer

from hume import logs
from hume.cli import (
    annotating_llm,
    database,
    demo,
    doctor,
    exporting,
    importing,
    keeping,
    people,
    planning,
    reporting,
    runs,
    scoring,
    serving,
    studies,
    tasks,
    working,
)
from hume.cli.terminal import Console
from hume.errors import HumeError
from hume.settings import Settings

app = typer.Typer(
    name="hume",
    help="Measure how well people do the tasks that text-embedding models are scored on, and show the gap.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
for group in (importing, exporting, tasks, runs, planning, people, studies, database):
    app.add_typer(group.app, name=group.NAME)
for commands in (demo, scoring, working, annotating_llm, reporting, serving, keeping, doctor):
    commands.register(app)


def main() -> None:
    """Run the command line. A mistake of the user's is one message on stderr and exit code 2."""
    try:
        logs.configure(Settings().log, bare=True)
        app()
    except HumeError as error:
        Console(stderr=True, highlight=False).print(f"hume: {error}", markup=False, soft_wrap=True)
        sys.exit(2)
