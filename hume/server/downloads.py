"""Tables as files, for researchers: the same rows as `hume export` writes."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session
from starlette.responses import Response

from db.session import reading
from db.store.answers import all_answers
from db.store.checks import check_records
from db.store.published import published
from db.store.tasks import subset_records
from db.store.verdicts import content_hashes, latest_verdicts
from hume.difficulty import suspects
from hume.export import EXPORTERS
from hume.quality import rater_checks
from hume.records import LeaderboardRow, Report
from hume.report import build_report
from hume.server.database import engine
from hume.server.guard import Call, guarded

RECORDS: Mapping[str, Callable[[Session], Iterable[Any]]] = {
    "answers": all_answers,
    "baselines": lambda session: _report(session).baselines,
    "gaps": lambda session: _report(session).gaps,
    "leaderboards": lambda session: _boards(_report(session)),
    "stand-ins": lambda session: _report(session).stand_in,
    "checks": lambda session: rater_checks(check_records(session)),
    "items": lambda session: suspects(
        subset_records(session), latest_verdicts(session), partial(content_hashes, session)
    ),
}
"""Where the records of each export come from."""

MEDIA_TYPES = {
    ".csv": "text/csv; charset=utf-8",
    ".jsonl": "application/jsonl",
    ".parquet": "application/vnd.apache.parquet",
}


def download(name: str, suffix: str, call: Call) -> Response:
    """The export `name` as a file, complete before its first byte is sent: an error gives no half a table."""
    with tempfile.TemporaryDirectory(prefix="hume-") as folder:
        path = Path(folder) / f"hume-{name}{suffix}"
        with reading(engine()) as session:
            EXPORTERS[name].write(RECORDS[name](session), path)
        content = path.read_bytes()
    headers = {"Content-Disposition": f'attachment; filename="{path.name}"'}
    return Response(content, media_type=MEDIA_TYPES[suffix], headers=headers)


def _boards(report: Report) -> Sequence[LeaderboardRow]:
    return (*report.leaderboard, *report.boards)


def _report(session: Session) -> Report:
    return build_report(subset_records(session), published(session))


ROUTES = [
    guarded(f"/download/{name}{suffix}", "GET", "researcher", partial(download, name, suffix))
    for name in RECORDS
    for suffix in EXPORTERS[name].writers
]
