"""`hume export`: baselines, gaps, checks and answers into files, and people's results into MTEB's format."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from db.store.answers import all_answers
from db.store.checks import check_records
from db.store.published import published
from db.store.tasks import subset_records
from db.store.verdicts import content_hashes, latest_verdicts
from hume.cli.opening import snapshot
from hume.difficulty import suspects
from hume.errors import InvalidInput, NotFound
from hume.export import EXPORTERS
from hume.export.mteb_results import mteb_results, write_results
from hume.quality import rater_checks
from hume.records import Report
from hume.report import build_report

NAME = "export"

app = typer.Typer(help="Write human baselines, gaps, checks and answers to files.", no_args_is_help=True)


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
def checks(
    path: Annotated[Path, typer.Argument(metavar="FILE.csv", help="The file to write; one that is there is replaced.")],
) -> None:
    """How raters did on training, attention and repeated items, one row a rater and subset."""
    EXPORTERS["checks"].check(path)
    with snapshot() as session:
        _write("checks", rater_checks(check_records(session)), path)


@app.command()
def items(
    path: Annotated[
        Path, typer.Argument(metavar="FILE.{csv,jsonl}", help="The file to write; one that is there is replaced.")
    ],
    least: Annotated[
        float, typer.Option(min=0, max=1, help="The least suspicion that is exported; items with a verdict always are.")
    ] = 0.0,
    task: Annotated[
        list[str] | None, typer.Option("--task", metavar="TASK", help="Only this task; may be given several times.")
    ] = None,
) -> None:
    """Items whose gold people doubt, with what they said and the verdicts: for the data set's maintainers."""
    EXPORTERS["items"].check(path)
    with snapshot() as session:
        records = subset_records(session, task or [])
        _write("items", suspects(records, latest_verdicts(session), partial(content_hashes, session), least), path)


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


@app.command()
def mteb(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="The results folder; `baseline__Human` is made in it.")
    ],
    revision: Annotated[
        str, typer.Option(help="The version of this baseline.", show_default="today, such as 2026_11_23")
    ] = "",
) -> None:
    """People's results as mteb's TaskResult files, of their consensus and of each person under a number."""
    version = revision or f"{datetime.now(UTC):%Y_%m_%d}"
    if not re.fullmatch(r"[\w.-]*\w[\w.-]*", version, re.ASCII):
        raise InvalidInput(
            f"The revision {version!r} is no name of a folder.", "Use letters, digits, '_', '-' and '.'."
        )
    with snapshot() as session:
        files = mteb_results(subset_records(session, kinds=["human"]), version)
    if not files:
        raise NotFound("No person has answered a task that is no sample: there is nothing to export.")
    write_results(files, folder)
    typer.echo(f"{folder}: {len(files):,} files of baseline/Human, revision {version}")


def _report() -> Report:
    with snapshot() as session:
        return build_report(subset_records(session), published(session))


def _write(name: str, records: Iterable[Any], path: Path) -> None:
    count = EXPORTERS[name].write(records, path)
    typer.echo(f"{path}: {count:,} {'row' if count == 1 else 'rows'}")
