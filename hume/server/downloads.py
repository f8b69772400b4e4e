"""Tables as files, for researchers: the same rows as `hume export` writes."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session
from starlette.responses import Response

from db.session import reading
from db.store.answers import all_answers
from db.store.checks import check_records
from db.store.published import published
from db.store.raters import raters
from db.store.tasks import each_subset_record
from db.store.verdicts import content_hashes, latest_verdicts
from hume.baseline import KINDS
from hume.difficulty import suspects
from hume.export import EXPORTERS
from hume.export.pseudonyms import Names, of_answers, of_checks, of_subsets, pseudonyms
from hume.export.tables import ROWS
from hume.garbage import collected_later
from hume.progress import progress, rater_progress
from hume.quality import rater_checks
from hume.records import SubsetRecord
from hume.report import build_report
from hume.server.database import engine
from hume.server.guard import Call, guarded

Source = Callable[[Session, Names], Iterable[Any]]


def _of_report(name: str) -> Source:
    """The rows of one of the report's tables, made subset by subset: a million answers need not fit into memory."""

    def rows(session: Session, names: Names) -> list[Any]:
        records = of_subsets(each_subset_record(session, details=False), names)
        report = build_report(records, published(session))
        return [row for part in ROWS[name][2] for row in getattr(report, part)]

    return rows


def _asked(session: Session, names: Names) -> Iterator[SubsetRecord]:
    """The subsets with the answers of those who are asked, under their names here."""
    return of_subsets(each_subset_record(session, kinds=KINDS), names)


RECORDS: Mapping[str, Source] = {
    **{name: _of_report(name) for name in ROWS},
    "progress": lambda session, names: progress(_asked(session, names)),
    "raters": lambda session, names: rater_progress(_asked(session, names)),
    "checks": lambda session, names: rater_checks(of_checks(check_records(session), names)),
    "answers": lambda session, names: of_answers(all_answers(session), names),
    "items": lambda session, _: suspects(
        each_subset_record(session, details=False), latest_verdicts(session), partial(content_hashes, session)
    ),
}
"""Where the records of each export come from, people under those names."""

MEDIA_TYPES = {
    ".csv": "text/csv; charset=utf-8",
    ".jsonl": "application/jsonl",
    ".parquet": "application/vnd.apache.parquet",
}


def download(name: str, suffix: str, call: Call) -> Response:
    """The export `name` as a file, complete before its first byte is sent: an error gives no half a table.

    People have pseudonyms; the query `names=1` asks for their names.
    """
    with tempfile.TemporaryDirectory(prefix="hume-") as folder:
        path = Path(folder) / f"hume-{name}{suffix}"
        with reading(engine()) as session:
            names = None if call.query.get("names") == "1" else pseudonyms(raters(session))
            with collected_later():
                EXPORTERS[name].write(RECORDS[name](session, names), path)
        content = path.read_bytes()
    headers = {"Content-Disposition": f'attachment; filename="{path.name}"'}
    return Response(content, media_type=MEDIA_TYPES[suffix], headers=headers)


ROUTES = [
    guarded(f"/download/{name}{suffix}", "GET", "researcher", partial(download, name, suffix))
    for name in RECORDS
    for suffix in EXPORTERS[name].writers
]
