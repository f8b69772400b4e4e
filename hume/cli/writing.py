"""`hume score --out`: models answer tasks from files, and their answers go into a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hume.cli.engines import embedding_cache
from hume.cli.terminal import echo
from hume.cli.watching import Bars
from hume.errors import NotFound
from hume.ingest.hume_jsonl import is_hume_jsonl
from hume.ingest.options import Options
from hume.ingest.tasks import read_task
from hume.records import SubsetRecord, TaskDocument
from hume.runner.answer_file import AnswerFile, subsets_of
from hume.runner.answering import Loader, Model, OneAtATime, Tally, answered, rater_of
from hume.runner.request import Request


def write_answers(
    asked: Sequence[tuple[str, Request]], tasks: Sequence[str], data: Sequence[str], out: Path, loader: Loader
) -> list[str]:
    """Let models answer what lies in `data` and add it to the file; the faults.

    What is in the file already is not computed again.
    """
    records = subsets_of([document for place in data for document in documents_at(place)], tasks)
    lacking = [name for name in tasks if name not in {record.task.name for record in records}]
    if lacking:
        raise NotFound(f"There is no task {lacking[0]!r} in {', '.join(data)}.")
    file, faults = AnswerFile(out, records), list[str]()
    load = OneAtATime(loader)
    with Bars() as bars:
        for model, request in asked:
            faults += _answer(model, request, load(model, request.loading), records, file, bars)
    echo(f"{out}: {file.n_added:,} answers added")
    return faults


def _answer(
    model: str, request: Request, loaded: Model, records: Sequence[SubsetRecord], file: AnswerFile, bars: Bars
) -> list[str]:
    rater = rater_of(loaded, request)
    rest = [record for record in records if file.lacks(record, rater)]
    tally = Tally(len(records) - len(rest))
    bars.start(model, len(records) - len(rest), len(records))
    with embedding_cache() as kept:
        for one in answered(loaded, rest, request.protocol, kept if request.cache else None, bars.on_texts):
            tally.add(one)
            if not one.fault:
                file.add(one, rater)
            bars.on_subset(one, ())
    bars.on_end(tally)
    return [f"{model}: {error}" for error in tally.errors]


def documents_at(place: str) -> list[TaskDocument]:
    """The tasks at a place: one, or those of a folder that `hume export tasks` wrote."""
    exported = sorted(Path(place).glob("*.jsonl")) if Path(place).is_dir() else []
    if exported and all(is_hume_jsonl(path) for path in exported):
        return [read_task(str(path), Options()) for path in exported]
    return [read_task(place, Options())]
