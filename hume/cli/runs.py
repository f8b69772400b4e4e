"""`hume runs`: the queue of models' runs, from a shell."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from db.store import queue
from db.store.runs import find_run
from db.store.runs import runs as all_runs
from hume.cli.opening import database, snapshot
from hume.cli.terminal import Console, echo
from hume.export import wording
from hume.records import Run

NAME = "runs"
Number = Annotated[int, typer.Argument(metavar="RUN", help="The run's number, as `hume runs list` has it.")]

app = typer.Typer(help="Look at the runs of models; cancel one, or ask for one again.", no_args_is_help=True)


@app.command("list")
def list_runs(number: Annotated[int, typer.Option("--number", min=1, help="How many of the latest.")] = 20) -> None:
    """List the latest runs: what waits, what is under way and how far it is, how others ended."""
    with snapshot() as session:
        found = all_runs(session)
    if not found:
        echo("No model has run yet: hume score MODEL, or hume score MODEL --queue and hume worker.")
        return
    table = Table("Run", "Model", "State", "Subsets", "Since", "Why", box=None, pad_edge=False)
    for run in found[:number]:
        since = wording.moment(run.finished or run.started or run.queued)
        why = run.error.splitlines()[0] if run.error else ""
        table.add_row(str(run.id), _name(run), run.state, wording.of(run.n_done, run.n_total or 0), since, why)
    Console(highlight=False, markup=False).print(table)
    if {run.state for run in found} >= {"queued"} and all(run.state != "running" for run in found):
        echo("Runs wait, and no worker is at work: hume worker")


@app.command()
def log(number: Number) -> None:
    """Print what a run said."""
    with snapshot() as session:
        run = find_run(session, number)
    echo("\n".join(filter(None, [run.log.rstrip(), run.error])) or "It said nothing.")


@app.command()
def cancel(number: Number) -> None:
    """Cancel a run; one under way stops after the texts in hand, and what it answered so far is kept."""
    said = {
        "cancelled": "is cancelled",
        "asked": "stops after the texts in hand; what it answered so far is kept",
        "": "is over already",
    }
    with database() as session:
        echo(f"Run {number} {said[queue.request_cancel(session, number)]}.")


@app.command()
def retry(number: Number) -> None:
    """Queue a run that has ended once more."""
    with database() as session:
        echo(f"Run {queue.retry(session, number)} is queued; it does what run {number} was to do.")


def _name(run: Run) -> str:
    return wording.rater(run.rater.name, run.rater.revision, run.rater.protocol) if run.rater else run.model
