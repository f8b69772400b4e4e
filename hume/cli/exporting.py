"""`hume export`: baselines, gaps and answers into files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from db.store.answers import all_answers
from db.store.published import published
from db.store.tasks import subset_records
from hume.cli.opening import snapshot
from hume.export import EXPORTERS
from hume.records import Report
from hume.report import build_report

NAME = "export"

app = typer.Typer(help="Write human baselines, gaps and answers to files.", no_args_is_help=True)


@app.command()
def baselines(
    path: Annotated[Path, typer.Argument(metavar="FILE.csv", help="The file to write; one that is there is replaced.")],
) -> None:
    """Human baselines, one row a subset and aggregation, with their intervals and numbers of items and answers."""
    EXPORTERS["baselines"].check(path)
    _write("baselines", _report().baselines, path)


@app.command()
def gaps(
    path: Annotated[Path, typer.Argument(metavar="FILE.csv", help="The file to write; one that is there is replaced.")],
) -> None:
    """Gaps between models and people, one row a model, subset and aggregation, with intervals and verdicts."""
    EXPORTERS["gaps"].check(path)
    _write("gaps", _report().gaps, path)


@app.command()
def answers(
    path: Annotated[
        Path,
        typer.Argument(metavar="FILE.{csv,jsonl,parquet}", help="The file to write; one that is there is replaced."),
    ],
) -> None:
    """Every answer in every revision; `hume import answers` brings them back."""
    EXPORTERS["answers"].check(path)
    with snapshot() as session:
        _write("answers", all_answers(session), path)


def _report() -> Report:
    with snapshot() as session:
        return build_report(subset_records(session), published(session))


def _write(name: str, records: Iterable[Any], path: Path) -> None:
    count = EXPORTERS[name].write(records, path)
    typer.echo(f"{path}: {count:,} {'row' if count == 1 else 'rows'}")
