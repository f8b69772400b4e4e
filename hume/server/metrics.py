"""`GET /metrics`: what this process has served, in Prometheus's text format.

Each process counts for itself: where several serve one database, each is scraped by itself.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from datetime import timedelta

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import QueuePool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from db.columns import utc_now
from db.session import reading
from db.store.health import sessions_since
from hume.errors import HumeError
from hume.records import Json
from hume.server.api.access import asking
from hume.server.api.answering import in_own_threads
from hume.server.database import engine
from hume.settings import Settings

ACTIVE = timedelta(minutes=15)

disable_created_metrics()  # type: ignore[no-untyped-call]
REGISTRY = CollectorRegistry()
REQUESTS = Counter(
    "hume_requests",
    "Requests to HUME's own routes, by the route's template; Streamlit's are not among them.",
    ["route", "method", "status"],
    registry=REGISTRY,
)
SECONDS = Histogram(
    "hume_request_seconds",
    "Seconds from a request's arrival to the last byte of its response.",
    ["route", "method"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    registry=REGISTRY,
)
ANSWERS = Counter(
    "hume_answers",
    "Answers that browsers sent, by what they were told: saved, duplicate (as safe as saved), refused.",
    ["state"],
    registry=REGISTRY,
)
DATABASE_ERRORS = Counter(
    "hume_database_errors",
    "What the database refused or did not answer, by the driver's error.",
    ["error"],
    registry=REGISTRY,
)
SESSIONS = Gauge(
    "hume_sessions_active",
    "Signed-in browsers seen in the last 15 minutes, of all processes on this database; NaN where it cannot be read.",
    registry=REGISTRY,
)
CONNECTIONS = Gauge(
    "hume_database_connections_in_use", "Connections to the database that are checked out.", registry=REGISTRY
)
ProcessCollector(registry=REGISTRY)


def counted(route: Route) -> Route:
    """The route, its requests counted and timed from now on."""
    route.app = _Counted(route.app, route.path)
    return route


def count_answers(results: Iterable[Mapping[str, Json]]) -> None:
    """Count what became of answers that were sent, when it is settled."""
    for result in results:
        ANSWERS.labels(result["state"]).inc()


async def metrics(request: Request) -> Response:
    """All figures; for admins, by token or session, unless HUME_METRICS is `public`."""
    return await in_own_threads(lambda: _metrics(request))


def _metrics(request: Request) -> Response:
    if Settings().metrics != "public":
        asking(request, "admin")
    SESSIONS.set(_active_sessions())
    CONNECTIONS.set(_connections())
    return Response(
        generate_latest(REGISTRY), headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4, "Cache-Control": "no-store"}
    )


def _active_sessions() -> float:
    try:
        with reading(engine()) as session:
            return sessions_since(session, utc_now() - ACTIVE)
    except (SQLAlchemyError, HumeError):
        return float("nan")


def _connections() -> float:
    try:
        pool = engine().pool
    except HumeError:
        return float("nan")
    return pool.checkedout() if isinstance(pool, QueuePool) else float("nan")


class _Counted:
    """An ASGI app whose requests are counted under its route's template: addresses are without end, templates few."""

    def __init__(self, app: ASGIApp, template: str) -> None:
        self._app, self._template = app, template

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun, status = time.perf_counter(), 500

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            SECONDS.labels(self._template, scope["method"]).observe(time.perf_counter() - begun)
            REQUESTS.labels(self._template, scope["method"], status).inc()


@event.listens_for(Engine, "handle_error")
def _note_error(context: ExceptionContext) -> None:
    DATABASE_ERRORS.labels(type(context.original_exception).__name__).inc()


ROUTES = [Route("/metrics", metrics, methods=["GET"])]
