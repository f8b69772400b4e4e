"""`hume report`: every figure that the pages show, for programs and for the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from db.store.checks import check_records
from db.store.published import published
from db.store.raters import raters
from db.store.tasks import subset_records
from hume.cli.bundles import finder, reproduced
from hume.cli.opening import snapshot
from hume.cli.terminal import Console, echo
from hume.errors import NotFound
from hume.export.bundle import versions
from hume.export.html_report import as_html
from hume.export.pseudonyms import Names, of_checks, of_subsets, pseudonyms
from hume.export.report import Lists, as_json, as_markdown, as_table, lists
from hume.ingest.bundle import Bundle, read_bundle
from hume.progress import progress, rater_progress
from hume.quality import rater_checks
from hume.records import Published, SubsetRecord
from hume.report import build_report

#: Columns of a table that goes into a file or a pipe, where there is no terminal to ask.
PIPED_WIDTH = 200


class Format(StrEnum):
    json = "json"
    table = "table"
    markdown = "markdown"
    html = "html"


class Figures(StrEnum):
    computed = "computed"
    published = "published"
    all = "all"


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(report)


def whole_report(session: Session, names: Names, tasks: Sequence[str] = (), source: Figures = Figures.all) -> Lists:
    """Every list of the report, people under `names`; NotFound for a task that is not there."""
    records, figures = _chosen(list(of_subsets(subset_records(session), names)), published(session), tasks, source)
    checked = of_checks(check_records(session), names) if source != Figures.published else []
    checks = [row for row in rater_checks(checked) if not tasks or row.task in tasks]
    return lists(build_report(records, figures), progress(records), rater_progress(records), checks)


def names_of(session: Session, named: bool) -> Names:
    """The pseudonyms of all people in the database; None where they are to go by their names."""
    return None if named else pseudonyms(raters(session))


def report(
    output: Annotated[
        Format, typer.Option("--format", help="JSON for programs, tables for people, a web page that holds all.")
    ] = Format.table,
    task: Annotated[
        list[str] | None, typer.Option("--task", metavar="TASK", help="Only this task; may be given several times.")
    ] = None,
    source: Annotated[
        Figures, typer.Option(help="Figures computed from answers, published ones, or all.")
    ] = Figures.all,
    named: Annotated[bool, typer.Option("--names", help="People by their names, not by pseudonyms.")] = False,
    bundle: Annotated[
        Path | None, typer.Option(metavar="FILE.zip", help="Compute a bundle's figures again, and compare them.")
    ] = None,
) -> None:
    """Scores, baselines, agreement, gaps and leaderboards: every figure that the pages show."""
    if bundle is not None:
        _show(_of_bundle(bundle, task or [], source), output)
        return
    with snapshot() as session:
        found = whole_report(session, names_of(session, named), task or [], source)
    _show(found, output)


def _of_bundle(path: Path, tasks: Sequence[str], source: Figures) -> Lists:
    """The report of a bundle, computed in a database of its own; whether it is the one it holds goes to stderr."""
    with snapshot() as own:
        bundle = read_bundle(path, finder(own))
    with reproduced(bundle, str(path)) as session:
        whole = whole_report(session, None)
        found = whole if not tasks and source == Figures.all else whole_report(session, None, tasks, source)
    echo(_verdict(path, bundle, as_json(whole)), err=True)
    return found


def _verdict(path: Path, bundle: Bundle, computed: str) -> str:
    if computed == bundle.report:
        return f"{path}: every figure is the bundle's, to the last digit."
    here = versions()
    other = [
        f"{name} {of}, here {here.get(name, 'none')}" for name, of in bundle.versions.items() if here.get(name) != of
    ]
    why = f"; it was made with {', '.join(other)}" if other else ""
    pairs = zip(bundle.report.split("\n"), computed.split("\n"), strict=False)
    line = next((n for n, (then, now) in enumerate(pairs, 1) if then != now), 0)
    return f"{path}: the figures are not the bundle's (report.json differs, first in line {line}){why}."


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


def _show(of: Lists, output: Format) -> None:
    if output == Format.json:
        echo(as_json(of))
    elif output == Format.markdown:
        echo(as_markdown(of))
    elif output == Format.html:
        echo(as_html(of))
    else:
        console = Console(highlight=False)
        Console(highlight=False, width=None if console.is_terminal else PIPED_WIDTH).print(as_table(of))
