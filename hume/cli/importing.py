"""`hume import`: tasks, published figures and answers from files, each command all or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy.orm import Session

from db.store.answer_import import import_answers, known_submissions
from db.store.items import every_version
from db.store.published import save_published
from db.store.tasks import find_subset_id, save_document, subset_of
from hume.answers import checked
from hume.cli.opening import database
from hume.errors import InvalidAnswer, InvalidInput, NotFound, Place
from hume.ingest.answers import placed_answers
from hume.ingest.options import read_options
from hume.ingest.results import HUME_V1_ORIGIN, hume_v1, read_results
from hume.ingest.rows import at
from hume.ingest.sampling import sample
from hume.ingest.tasks import read_task
from hume.records import REPEAT, TRAIN, AnswerRecord, Item, Published, Subset, Task

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
        list[Path], typer.Argument(metavar="FILE...", help="CSV, JSONL or Parquet as `hume export answers` writes.")
    ],
) -> None:
    """Bring back exported answers; those that are there already stay as they are."""
    read = [(path, list(placed_answers(path))) for path in paths]
    table = _table("File", "Answers", "Added", "Unchanged")
    with database() as session:
        targets = _Targets(session)
        for path, placed in read:
            records = [targets.checked(record, str(path), line) for line, record in placed]
            done = import_answers(session, records)
            table.add_row(str(path), str(len(records)), str(done.added), str(done.unchanged))
    _show(table, [])


class _Targets:
    """The items that answers are to, looked up once a subset."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._found: dict[tuple[str, str], tuple[Task, Subset, Mapping[tuple[str, str, int], Item]]] = {}

    def checked(self, record: AnswerRecord, file: str, line: int) -> AnswerRecord:
        """The record with its answer through the task type's gate; InvalidAnswer with file and line otherwise."""
        place, answer = (record.task, record.subset), record.answer
        try:
            if place not in self._found:
                self._found[place] = self._look_up(*place)
            task, subset, items = self._found[place]
            item = items.get((record.split, answer.item, answer.item_version))
            if item is None:
                raise InvalidAnswer(
                    f"there is no item {answer.item!r}, version {answer.item_version}, in split {record.split!r} of "
                    f"{record.task}/{record.subset}.",
                    "Import the task first, as it was when the answers were given.",
                    Place(field="item"),
                )
            return replace(record, answer=checked(task, subset, item, answer, record.rater.kind))
        except InvalidInput as error:
            if known_submissions(self._session, [answer.client_id]):
                return record  # it is here already, and stays as it is whatever the task's settings are by now
            raise at(error, file, line) from None
        except NotFound as error:
            raise InvalidAnswer(str(error), "Import the task first.", Place(file, line, "task")) from None

    def _look_up(self, task: str, subset: str) -> tuple[Task, Subset, Mapping[tuple[str, str, int], Item]]:
        subset_id = find_subset_id(self._session, task, subset)
        found = every_version(self._session, subset_id)
        # What was asked twice: the copy is made on import where it lacks, and is the same as its original.
        items = {(REPEAT, item.key, item.version): item for item in found if item.split != TRAIN}
        items |= {(item.split, item.key, item.version): item for item in found}
        return *subset_of(self._session, subset_id), items


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
