"""`hume export`: figures, answers and bundles into files, people under pseudonyms unless their names are asked for."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from db.store.answers import all_answers
from db.store.checks import check_records
from db.store.published import published
from db.store.tasks import subset_records
from db.store.verdicts import content_hashes, latest_verdicts
from hume.baseline import DEFAULT
from hume.cli.bundles import study, task_documents
from hume.cli.opening import snapshot
from hume.cli.reporting import names_of, whole_report
from hume.cli.terminal import echo
from hume.difficulty import suspects
from hume.errors import InvalidInput, NotFound, Place
from hume.export import EXPORTERS
from hume.export.bundle import write_bundle
from hume.export.file_names import file_name
from hume.export.files import replacing
from hume.export.html_report import as_html
from hume.export.mteb_results import mteb_results, write_results
from hume.export.paper import PAPERS
from hume.export.pseudonyms import of_answers, of_checks
from hume.export.report import as_json
from hume.export.tables import ROWS
from hume.export.tasks import write_task
from hume.quality import rater_checks
from hume.records import Report, TaskDocument
from hume.report import build_report

NAME = "export"

app = typer.Typer(
    help="Write figures, answers and bundles to files; people have pseudonyms unless --names is given.",
    no_args_is_help=True,
)

TABLE_FILE = "FILE.{csv,jsonl,parquet}"
REPLACED = "The file to write; one that is there is replaced."
Named = Annotated[bool, typer.Option("--names", help="People by their names, not by pseudonyms.")]


class TableFormat(StrEnum):
    csv = "csv"
    jsonl = "jsonl"
    parquet = "parquet"


@app.command()
def baselines(
    path: Annotated[Path, typer.Argument(metavar=TABLE_FILE, help=REPLACED)],
) -> None:
    """Human baselines, one row a subset and aggregation, with their intervals and numbers of items and answers."""
    EXPORTERS["baselines"].check(path)
    _write("baselines", _figures().baselines, path)


@app.command()
def gaps(
    path: Annotated[Path, typer.Argument(metavar=TABLE_FILE, help=REPLACED)],
) -> None:
    """Gaps between models and people, one row a model, subset and aggregation, with intervals and verdicts."""
    EXPORTERS["gaps"].check(path)
    _write("gaps", _figures().gaps, path)


@app.command()
def checks(
    path: Annotated[Path, typer.Argument(metavar=TABLE_FILE, help=REPLACED)],
    named: Named = False,
) -> None:
    """How raters did on training, attention and repeated items, one row a rater and subset."""
    EXPORTERS["checks"].check(path)
    with snapshot() as session:
        _write("checks", rater_checks(of_checks(check_records(session), names_of(session, named))), path)


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
        typer.Argument(metavar=TABLE_FILE, help=REPLACED),
    ],
    named: Named = False,
) -> None:
    """Every answer in every revision; `hume import answers` brings them back."""
    EXPORTERS["answers"].check(path)
    with snapshot() as session:
        _write("answers", of_answers(all_answers(session), names_of(session, named)), path)


@app.command()
def tasks(
    path: Annotated[
        Path, typer.Argument(metavar="PATH", help="FILE.jsonl for one task; else a folder, which gets a file a task.")
    ],
    task: Annotated[
        list[str] | None, typer.Option("--task", metavar="TASK", help="Only this task; may be given several times.")
    ] = None,
) -> None:
    """Tasks with their gold in HUME's own JSONL: for `hume score --data` on a machine without the database."""
    with snapshot() as session:
        documents = task_documents(session, task or [])
    for document, file in zip(documents, _files(path, documents), strict=True):
        echo(f"{file}: {write_task(document, file):,} items")


def _files(path: Path, documents: Sequence[TaskDocument]) -> list[Path]:
    """Where each task goes."""
    if path.suffix.lower() == ".jsonl":
        if len(documents) != 1:
            what = f"It would hold {len(documents)} tasks, and such a file holds one."
            raise InvalidInput(what, "Name one by --task, or a folder.", Place(str(path)))
        return [path]
    _make_folder(path)
    return [path / f"{file_name(document.task.name)}.jsonl" for document in documents]


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
    echo(f"{folder}: {len(files):,} files of baseline/Human, revision {version}")


@app.command()
def tables(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where the files go; it is made.")],
    form: Annotated[TableFormat, typer.Option("--format", help="What each table is written as.")] = TableFormat.csv,
    named: Named = False,
) -> None:
    """Every table of the report, tidy, a file each: scores, baselines, agreement, pairs, gaps, leaderboards ..."""
    with snapshot() as session:
        lists = whole_report(session, names_of(session, named))
    _make_folder(folder)
    for name, (_, _, parts) in ROWS.items():
        _write(name, [row for part in parts for row in lists[part]], folder / f"{name}.{form.value}")


@app.command()
def html(path: Annotated[Path, typer.Argument(metavar="FILE.html", help=REPLACED)], named: Named = False) -> None:
    """The whole report as one web page that needs nothing else: charts, tables, and how each figure is computed."""
    with snapshot() as session:
        lists = whole_report(session, names_of(session, named))
    _write_text(as_html(lists), path, {".html"})


@app.command()
def paper(
    path: Annotated[Path, typer.Argument(metavar="FILE.{md,tex}", help=REPLACED)],
    aggregation: Annotated[str, typer.Option(help="Whose score the human one is.")] = DEFAULT,
) -> None:
    """Baselines, gaps and the leaderboard as tables for a paper, in Markdown or LaTeX. Samples are left out."""
    _check_suffix(path, PAPERS)
    _write_text(PAPERS[path.suffix.lower()](_figures(), aggregation), path, PAPERS)


@app.command()
def bundle(
    path: Annotated[Path, typer.Argument(metavar="FILE.zip", help=REPLACED)],
    texts: Annotated[
        bool, typer.Option("--texts/--no-texts", help="With the items' texts, or with their ids and hashes alone.")
    ] = True,
    named: Named = False,
) -> None:
    """All that the report is made of, in one file: `hume report --bundle FILE.zip` computes every figure again."""
    _check_suffix(path, {".zip"})
    with snapshot() as session:
        names = names_of(session, named)
        report = as_json(whole_report(session, names))
        count = write_bundle(study(session, names, report), path, texts, named)
    echo(f"{path}: {count:,} answers")


def _figures() -> Report:
    with snapshot() as session:
        return build_report(subset_records(session), published(session))


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        mend = "Name a folder that can be written to."
        raise InvalidInput(f"The folder cannot be made: {error.strerror}.", mend, Place(str(folder))) from None


def _write_text(text: str, path: Path, suffixes: Collection[str]) -> None:
    _check_suffix(path, suffixes)
    with replacing(path) as part:
        part.write_text(text, encoding="utf-8", newline="\n")
    echo(f"{path}: {len(text.encode()):,} bytes")


def _check_suffix(path: Path, suffixes: Collection[str]) -> None:
    if path.suffix.lower() not in suffixes:
        raise InvalidInput(
            f"It cannot be written as {path.suffix or 'a file without a suffix'}.",
            f"Name a file that ends in {' or '.join(sorted(suffixes))}.",
            Place(str(path)),
        )


def _write(name: str, records: Iterable[Any], path: Path) -> None:
    count = EXPORTERS[name].write(records, path)
    echo(f"{path}: {count:,} {'row' if count == 1 else 'rows'}")
