"""`hume report`: every figure that the pages show, for programs and for the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console

from db.store.checks import check_records
from db.store.published import published
from db.store.tasks import subset_records
from hume.cli.opening import snapshot
from hume.errors import NotFound
from hume.export.report import Lists, as_json, as_markdown, as_table, lists
from hume.progress import progress, rater_progress
from hume.quality import RaterChecks, rater_checks
from hume.records import Published, SubsetRecord
from hume.report import build_report

#: Columns of a table that goes into a file or a pipe, where there is no terminal to ask.
PIPED_WIDTH = 200


class Format(StrEnum):
    json = "json"
    table = "table"
    markdown = "markdown"


class Figures(StrEnum):
    computed = "computed"
    published = "published"
    all = "all"


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(report)


def report(
    output: Annotated[Format, typer.Option("--format", help="JSON for programs, tables for people.")] = Format.table,
    task: Annotated[
        list[str] | None, typer.Option("--task", metavar="TASK", help="Only this task; may be given several times.")
    ] = None,
    source: Annotated[
        Figures, typer.Option(help="Figures computed from answers, published ones, or all.")
    ] = Figures.all,
) -> None:
    """Scores, baselines, agreement, gaps and leaderboards: every figure that the pages show."""
    with snapshot() as session:
        records, figures = subset_records(session), published(session)
        checks = rater_checks(check_records(session)) if source != Figures.published else []
    checks = [row for row in checks if not task or row.task in task]
    _show(_lists(*_chosen(records, figures, task or [], source), checks), output)


def _chosen(
    records: Sequence[SubsetRecord], figures: Published, tasks: Sequence[str], source: Figures
) -> tuple[Sequence[SubsetRecord], Published]:
    """What the report is to be made of: means and ranks are then those of the chosen tasks alone."""
    there = {record.task.name for record in records} | {row.task for row in figures.scores}
    there |= {row.task for row in figures.agreement}
    if unknown := [name for name in tasks if name not in there]:
        known = f"There are: {', '.join(sorted(there))}." if there else "There are none yet (hume import tasks PATH)."
        raise NotFound(f"There is no task {unknown[0]!r}. {known}")
    wanted = set(tasks) or there
    return (
        [record for record in records if record.task.name in wanted and source != Figures.published],
        Published(
            tuple(row for row in figures.scores if row.task in wanted and source != Figures.computed),
            tuple(row for row in figures.agreement if row.task in wanted and source != Figures.computed),
        ),
    )


def _lists(records: Sequence[SubsetRecord], figures: Published, checks: Sequence[RaterChecks]) -> Lists:
    return lists(build_report(records, figures), progress(records), rater_progress(records), checks)


def _show(of: Lists, output: Format) -> None:
    if output == Format.json:
        typer.echo(as_json(of))
    elif output == Format.markdown:
        typer.echo(as_markdown(of))
    else:
        console = Console(highlight=False)
        Console(highlight=False, width=None if console.is_terminal else PIPED_WIDTH).print(as_table(of))
