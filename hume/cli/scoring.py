"""`hume score`: models answer the items of tasks, and are scored like anyone else."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.table import Table
from sqlalchemy import Engine as Database

from db.session import open_current, reading, transaction
from db.store.queue import enqueue
from db.store.runs import scores_of
from hume.cli.engines import ADDRESS_HELP, ENGINE_HELP, Engine, embedding_cache, loader_of
from hume.cli.terminal import Console, echo
from hume.cli.watching import Bars
from hume.cli.writing import write_answers
from hume.errors import HumeError, InvalidInput
from hume.export import wording
from hume.raters.backends import Device, Loading, Precision
from hume.records import Run, ScoreRow
from hume.runner.answering import Loader
from hume.runner.request import Request
from hume.runner.worker import Worker, pending, score_model
from hume.settings import Settings
from hume.tasks.base import PROTOCOLS

INTERRUPTED = 130
"""What shells say of a command that a signal ended."""
PROTOCOL_HELP = "`mteb`: what MTEB gives a model. `human-like`: what a person is given, and no more."


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(score)


def score(
    models: Annotated[list[str], typer.Argument(metavar="MODEL...", help="A name, a folder, or BACKEND:NAME.")],
    task: Annotated[list[str] | None, typer.Option(help="Score on this task only; may be repeated.")] = None,
    protocol: Annotated[Literal["mteb", "human-like", "both"], typer.Option(help=PROTOCOL_HELP)] = "mteb",
    device: Annotated[Device, typer.Option(help="Where the model runs.")] = "auto",
    precision: Annotated[Precision, typer.Option(help="What the weights are computed in.")] = "auto",
    revision: Annotated[str, typer.Option(help="The hub's commit or tag.", show_default="the latest")] = "",
    trust_remote_code: Annotated[
        bool, typer.Option("--trust-remote-code", help="Run the code that lies beside the weights.")
    ] = False,
    max_batch_tokens: Annotated[int, typer.Option(min=0, help="Tokens embedded at once; 0: the backend's choice.")] = 0,
    max_length: Annotated[int, typer.Option(min=0, help="Tokens of a text that are read; 0: the model's limit.")] = 0,
    base_url: Annotated[str, typer.Option(help="Where an endpoint listens, for backends that ask one.")] = "",
    engine: Annotated[Engine, typer.Option(help=ENGINE_HELP)] = "local",
    address: Annotated[str, typer.Option(help=ADDRESS_HELP)] = "",
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Compute embeddings anew, and keep none.")] = False,
    queued: Annotated[bool, typer.Option("--queue", help="Leave it to a worker: `hume worker`.")] = False,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE.jsonl", help="Write answers there; no database is needed.")
    ] = None,
    data: Annotated[
        list[str] | None, typer.Option(metavar="PATH", help="With --out: tasks, as `hume import tasks` takes them.")
    ] = None,
) -> None:
    """Let models answer the items of tasks, one model after the other, and store their answers and scores."""
    _check(out, data or [], queued)
    loading = Loading(device, precision, revision, trust_remote_code, max_batch_tokens, max_length, base_url)
    protocols = PROTOCOLS if protocol == "both" else (protocol,)
    asked = [(_full(model), Request(loading, one, not no_cache)) for model in models for one in protocols]
    loader = loader_of(engine, address)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        if out is not None:
            faults = write_answers(asked, task or [], data or [], out, loader)
        else:
            faults = _in_database(asked, task or [], queued, loader)
    except KeyboardInterrupt:
        Console(stderr=True, highlight=False).print("Interrupted. The same command goes on where this one stopped.")
        raise typer.Exit(INTERRUPTED) from None
    if faults:
        raise HumeError("\n".join(faults))


def _check(out: Path | None, data: Sequence[str], queued: bool) -> None:
    if bool(out) != bool(data):
        raise InvalidInput("--out and --data belong together.", "Say which tasks (--data PATH), and where to (--out).")
    if out is not None and queued:
        raise InvalidInput("--queue asks a worker, and --out does without.", "Leave one of them out.")


def _full(model: str) -> str:
    """A folder by its whole path: a worker may have been started elsewhere."""
    return str(Path(model).resolve()) if model and Path(model).is_dir() else model


# -- with a database ------------------------------------------------------------------------------


def _in_database(asked: Sequence[tuple[str, Request]], tasks: Sequence[str], queued: bool, loader: Loader) -> list[str]:
    engine = open_current(Settings().url)
    try:
        return _queue(engine, asked, tasks) if queued else _score(engine, asked, tasks, loader)
    finally:
        engine.dispose()


def _queue(engine: Database, asked: Sequence[tuple[str, Request]], tasks: Sequence[str]) -> list[str]:
    with transaction(engine) as session:
        pending(session, tasks)
        for model, request in asked:
            number = enqueue(session, model, tasks, request.as_json())
            echo(f"Run {number} is queued: {model}, {request.protocol}")
    return []


def _score(engine: Database, asked: Sequence[tuple[str, Request]], tasks: Sequence[str], loader: Loader) -> list[str]:
    faults = []
    with embedding_cache() as kept, Bars() as bars:
        worker = Worker(engine, kept, may_run_code=True, watch=bars.watch, loader=loader)
        runs = [score_model(worker, model, tasks, request) for model, request in asked]
    for run in runs:
        with reading(engine) as session:
            rows = scores_of(session, run.id)
        if rows:
            Console().print(_table(run, rows))
        if run.state != "done":
            faults.append(f"{run.model}: run {run.id} {run.state}. {run.error}".rstrip())
    return faults


def _table(run: Run, rows: Sequence[ScoreRow]) -> Table:
    title = f"{run.rater.name}, {run.rater.protocol}" if run.rater else run.model
    table = Table("Task", "Subset", "Metric", "Score", "95% interval", "n", title=title)
    for row in rows:
        if row.is_main:
            interval = row.reason if row.score is None else wording.interval(row.ci_low, row.ci_high)
            table.add_row(row.task, row.subset, row.metric, wording.points(row.score), interval, str(row.n_items))
    return table
