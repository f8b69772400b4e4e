"""What scripts can read, a line an endpoint: routes, parameters and the description are made of this table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import cached_property, partial
from typing import Any

from sqlalchemy.orm import Session

from db.store.sql import digest
from db.store.state import state_token
from db.store.verdicts import latest_verdicts
from hume.export import EXPORTERS
from hume.export.files import Row
from hume.export.tables import ROWS
from hume.records import Json
from hume.server.api.answers import MORE_FILTERS, page_of_answers
from hume.server.api.asked import Asked, filters_of
from hume.server.api.figures import State, other_rows, report_rows
from hume.server.api.pages import Page, page_of
from hume.server.api.rows import RunRow, TaskRow, run_rows, task_rows
from hume.server.api.schema import Schema, columns_schema, row_schema

PREFIX = "/api/v1"
OTHERS = ("progress", "raters", "checks")
"""Tables of `ROWS` that are no part of the report."""


@dataclass(frozen=True)
class Endpoint:
    """A list of rows at `/api/v1/NAME`, for accounts that may what asks for `role`."""

    name: str
    summary: str
    described: Callable[[], Schema]
    """Makes the schema of one row."""
    page: Callable[[Session, State, Asked], Page]
    version: Callable[[Session], str] = state_token
    """What differs whenever rows may have changed."""
    start: str = "offset"
    """The parameter that says from where on."""
    role: str = "researcher"
    more_filters: Mapping[str, Schema] = field(default_factory=dict)
    """Parameters that choose rows by what they do not show."""

    @property
    def path(self) -> str:
        return f"{PREFIX}/{self.name}"

    @cached_property
    def schema(self) -> Schema:
        """The schema of one row."""
        return self.described()

    @cached_property
    def filters(self) -> Mapping[str, Schema]:
        """The schema of each parameter that chooses rows."""
        return {**filters_of(self.schema), **self.more_filters}


def _export(name: str, summary: str) -> Endpoint:
    """The rows that `hume export` and the downloads have under that name."""
    records = other_rows if name in OTHERS else report_rows

    def page(session: Session, state: State, asked: Asked) -> Page:
        return page_of(EXPORTERS[name].rows(records(name, session, state)), asked)

    return Endpoint(name, summary, partial(row_schema, ROWS[name][1]), page)


def _items(session: Session, state: State, asked: Asked) -> Page:
    return page_of(EXPORTERS["items"].rows(other_rows("items", session, state)), asked)


def _own(rows: Callable[[Session, State], Iterable[Any]]) -> Callable[[Session, State, Asked], Page]:
    """Rows that are dataclasses, as JSON."""

    def page(session: Session, state: State, asked: Asked) -> Page:
        return page_of((_plain(asdict(row)) for row in rows(session, state)), asked)

    return page


def _plain(row: Mapping[str, Any]) -> Row:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}


def _version_of_runs(session: Session) -> str:
    return digest([_plain(asdict(row)) for row in run_rows(session, None)])


def _version_of_items(session: Session) -> str:
    verdicts: list[Json] = [[one.item_id, one.ruling, one.note] for one in latest_verdicts(session).values()]
    return digest([state_token(session), verdicts])


ENDPOINTS = (
    Endpoint(
        "tasks",
        "Tasks with their subsets.",
        partial(row_schema, TaskRow),
        _own(lambda session, _: task_rows(session)),
    ),
    _export("scores", "Every metric of every rater, computed and published."),
    _export("baselines", "The scores of people, by aggregation."),
    _export("agreement", "How far the raters of a kind say the same."),
    _export("pairs", "How far every two raters say the same."),
    _export("reliability", "How far each rater says the same as the others."),
    _export("gaps", "Models' scores minus the baseline, over the items that both answered."),
    _export("leaderboards", "Raters among each other: over all, by language, by task type."),
    _export("stand-ins", "Whether a model may stand in for a person."),
    _export("progress", "How far the answering is."),
    _export("raters", "Who answered how much."),
    _export("checks", "How raters did on training, attention and repeated items."),
    Endpoint(
        "items",
        "Items whose gold people doubt, and those that somebody decided on.",
        partial(columns_schema, EXPORTERS["items"].columns, "A disputed item. It names no rater."),
        _items,
        _version_of_items,
    ),
    Endpoint(
        "answers",
        "Every answer in every revision, in the order in which they were stored.",
        partial(columns_schema, EXPORTERS["answers"].columns, "An answer. `payload` is what its task type takes."),
        page_of_answers,
        start="after",
        more_filters=MORE_FILTERS,
    ),
    Endpoint(
        "runs",
        "Runs of models, the latest first.",
        partial(row_schema, RunRow),
        _own(lambda session, state: run_rows(session, state.names)),
        _version_of_runs,
    ),
)

BY_PATH = {endpoint.path: endpoint for endpoint in ENDPOINTS}
