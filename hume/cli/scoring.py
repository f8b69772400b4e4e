"""`hume score`: a model answers the items of tasks, and is scored like anyone else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from db.session import open_current
from hume.export import wording
from hume.raters.backends import Device, load
from hume.records import ScoreRow, SubsetRecord
from hume.runner.worker import pending, score_model
from hume.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(score)


def score(
    model: Annotated[str, typer.Argument(help="A sentence-transformers name or folder.")],
    task: Annotated[list[str] | None, typer.Option(help="Score on this task only; may be repeated.")] = None,
    device: Annotated[Device, typer.Option(help="Where the model runs.")] = "auto",
    batch_size: Annotated[int, typer.Option(min=1, help="Texts encoded at once.")] = 32,
) -> None:
    """Let an embedding model answer the items of tasks, and store its answers and scores."""
    engine = open_current(Settings().url)
    try:
        total = len(pending(engine, task or []))
        backend = load(model, device, batch_size)
        with _progress() as progress:
            bar = progress.add_task(backend.card.name, total=total)

            def on_subset(record: SubsetRecord, rows: Sequence[ScoreRow]) -> None:
                progress.update(bar, advance=1, description=f"{record.task.name}/{record.subset.name}")

            rows = score_model(engine, backend, task or [], on_subset)
        Console().print(_table(backend.card.name, rows))
    finally:
        engine.dispose()


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True))


def _table(model: str, rows: Sequence[ScoreRow]) -> Table:
    table = Table("Task", "Subset", "Metric", "Score", "95% interval", "n", title=model)
    for row in rows:
        if row.is_main:
            interval = wording.interval(row.ci_low, row.ci_high)
            table.add_row(row.task, row.subset, row.metric, wording.points(row.score), interval, str(row.n_items))
    return table
