"""`hume import`: tasks, published figures and answers from files, each command all or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from db.store.answer_import import import_answers
from db.store.published import save_published
from db.store.tasks import save_document
from hume.cli.bundles import finder, store
from hume.cli.foreign import FOREIGN, Layout, items_of_task, told
from hume.cli.opening import database
from hume.cli.recognising import recognised
from hume.cli.targets import Targets
from hume.cli.terminal import Console, echo
from hume.errors import InvalidInput, Place
from hume.ingest.answers import placed_answers
from hume.ingest.bundle import read_bundle
from hume.ingest.options import read_options
from hume.ingest.results import HUME_V1_ORIGIN, hume_v1, read_results
from hume.ingest.sampling import sample
from hume.ingest.tasks import read_task
from hume.records import Published

NAME = "import"

app = typer.Typer(help="Take in tasks, published figures and answers.", no_args_is_help=True)


@app.command()
def tasks(
    paths: Annotated[
        list[str], typer.Argument(metavar="PATH...", help="Folders in MTEB's layout, HUME's own JSONL, or mteb:NAME.")
    ],
    limit: Annotated[int, typer.Option(min=0, help="Draw at most so many items a subset; 0 takes all.")] = 0,
    seed: Annotated[int, typer.Option(min=0, help="What the draw depends on.")] = 42,
    task_type: Annotated[str, typer.Option("--type", help="Task type, where the tables do not tell.")] = "",
    name: Annotated[str, typer.Option(help="Name of the task instead of the folder's; for one PATH.")] = "",
    language: Annotated[list[str] | None, typer.Option(help="eng-Latn, or SUBSET=ara-Arab; may be repeated.")] = None,
    setting: Annotated[
        list[str] | None, typer.Option(help="min=1, samples_per_label=16, license=MIT ...; may be repeated.")
    ] = None,
) -> None:
    """Take in tasks: new items are added, changed ones get a new version, those that are gone are retired."""
    if name and len(paths) > 1:
        raise InvalidInput("one name for several tasks.", "Import them one by one.", Place(file="--name"))
    options = read_options(task_type, name, language or [], setting or [])
    documents = [read_task(path, options) for path in paths]
    _refuse_same_names([document.task.name for document in documents])
    if limit:
        documents = [sample(document, limit, seed) for document in documents]
    table = _table("Task", "Subsets", "Added", "Changed", "Unchanged", "Retired")
    with database() as session:
        for document in documents:
            done = save_document(session, document)
            counts = (done.added, done.changed, done.unchanged, done.retired)
            table.add_row(document.task.name, str(len(document.subsets)), *map(str, counts))
    _show(table, [f"{document.task.name}: {text}" for document in documents for text in document.warnings])


@app.command()
def results(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="PATH...", help="TaskResult JSON, scores.csv or agreement.csv, or folders of them."),
    ],
) -> None:
    """Take in published figures of models and people; what a path gave before is replaced."""
    read = [(path, read_results(path)) for path in paths]
    table = _table("From", "Scores", "Raters", "Agreement", "State")
    with database() as session:
        for path, found in read:
            figures = found.published
            changed = save_published(session, figures, _origin(path, figures))
            raters = len({(row.rater, row.rater_revision) for row in figures.scores})
            counts = (len(figures.scores), raters, len(figures.agreement))
            table.add_row(str(path), *map(str, counts), "stored" if changed else "unchanged")
    _show(table, [f"{path}: {text}" for path, found in read for text in found.warnings])


@app.command()
def answers(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...", help="As `hume export answers` writes them, or as Label Studio or Argilla export them."
        ),
    ],
    layout: Annotated[Layout, typer.Option("--format", help="Whose format it is.")] = Layout.auto,
    task: Annotated[str, typer.Option(help="Label Studio, Argilla: the task that was annotated.")] = "",
    subset: Annotated[str, typer.Option(help="Label Studio, Argilla: its subset, where the items do not tell.")] = "",
    question: Annotated[
        str, typer.Option(help="Label Studio, Argilla: the control or question, where there are several.")
    ] = "",
    of: Annotated[
        str, typer.Option(help="Another database's name: its annotator-7 is then stored as NAME/annotator-7.")
    ] = "",
) -> None:
    """Bring back exported answers, or bring in those of another tool; those that are there already stay as they are."""
    formats = [(path, told(path) if layout == Layout.auto else layout) for path in paths]
    own = {path: list(placed_answers(path)) for path, found in formats if found not in FOREIGN}
    table, warnings = _table("File", "Answers", "Added", "Unchanged"), []
    with database() as session:
        targets = Targets(session)
        for path, found in formats:
            placed = own.get(path, [])
            if found in FOREIGN:
                placed, notes = FOREIGN[found](path, items_of_task(session, task, subset, str(path)), question)
                warnings += [f"{path}: {note}" for note in notes]
            checked = [(line, targets.checked(record, str(path), line)) for line, record in placed]
            records = recognised(session, checked, str(path), of)
            done = import_answers(session, records)
            table.add_row(str(path), str(len(records)), str(done.added), str(done.unchanged))
    _show(table, warnings)


@app.command()
def bundle(path: Annotated[Path, typer.Argument(metavar="FILE.zip", help="As `hume export bundle` wrote it.")]) -> None:
    """Take in a bundle, into a database of its own: `hume report` then gives the figures it was made of."""
    with database() as session:
        found = read_bundle(path, finder(session))
        count = store(session, found, str(path))
    echo(f"{path}: {len(found.documents):,} tasks, {count:,} answers")


def _refuse_same_names(names: Sequence[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise InvalidInput(f"two paths hold a task {name!r}.", "Import one of them, or give it another --name.")


def _origin(path: Path, figures: Published) -> str:
    """What the figures are stored under: the shipped ones under one name, wherever they are read from."""
    return HUME_V1_ORIGIN if figures == hume_v1() else str(path.resolve())


def _table(what: str, *counts: str) -> Table:
    """A table whose first column wraps, so that a name can always be read in full."""
    table = Table()
    table.add_column(what, overflow="fold")
    for count in counts:
        table.add_column(count, no_wrap=True)
    return table


def _show(table: Table, warnings: Sequence[str]) -> None:
    Console().print(table)
    for text in warnings:
        Console(stderr=True, highlight=False).print(f"warning: {text}", markup=False, soft_wrap=True)
