"""How a request is answered: who asks, for what, whether it has changed, and the page of rows as JSON."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from db.session import reading
from db.store.raters import raters
from db.store.sql import digest
from hume import __version__
from hume.errors import HumeError
from hume.export.files import json_text
from hume.export.pseudonyms import pseudonyms
from hume.server.api.access import asking
from hume.server.api.asked import Asked, asked
from hume.server.api.endpoints import Endpoint
from hume.server.api.figures import State
from hume.server.api.pages import Page
from hume.server.database import engine
from hume.server.guard import Refused

log = logging.getLogger(__name__)

AT_ONCE = 4
"""Requests that are computed at once; others wait without a thread, since annotators' answers need those."""
_PLACES: RunVar[CapacityLimiter] = RunVar("hume_api_places")


def answering(endpoint: Endpoint) -> Callable[[Request], Any]:
    """What Starlette calls for a request to that endpoint."""

    async def answer(request: Request) -> Response:
        return await in_own_threads(lambda: _answer(request, endpoint))

    return answer


async def in_own_threads(answer: Callable[[], Response]) -> Response:
    """`answer()` in one of the few threads that scripts have; what goes wrong as JSON."""
    try:
        return await to_thread.run_sync(answer, limiter=_places())
    except Refused as refused:
        response: Response = refused.response
        if refused.status == 401:
            response.headers["WWW-Authenticate"] = 'Bearer realm="HUME"'
    except (SQLAlchemyError, HumeError):
        log.exception("the API could not read the database")
        response = JSONResponse({"error": "The database cannot be read at the moment. Try again soon."}, 503)
        response.headers["Retry-After"] = "5"
    response.headers["Cache-Control"] = "no-store"
    return response


def _places() -> CapacityLimiter:
    with suppress(LookupError):
        return _PLACES.get()
    places = CapacityLimiter(AT_ONCE)
    _PLACES.set(places)
    return places


def _answer(request: Request, endpoint: Endpoint) -> Response:
    asking(request, endpoint.role)
    wanted = asked(request.query_params, endpoint.filters, endpoint.start)
    with reading(engine()) as session:
        state = _state(session, endpoint, wanted)
        version = digest([state.token, state.people, __version__])[:32]
        headers = _headers(f'"{digest([version, request.url.path, *_sorted(request)])[:32]}"')
        if _is_known(request, headers["ETag"]):
            return Response(status_code=304, headers=headers)
        page = endpoint.page(session, state, wanted)
    return _response(request, endpoint, wanted, page, version, headers)


def _state(session: Session, endpoint: Endpoint, wanted: Asked) -> State:
    names = pseudonyms(raters(session))
    people = digest(names)
    return State(str(engine().url), endpoint.version(session), people, None if wanted.names else names)


def _sorted(request: Request) -> list[list[str]]:
    return sorted([name, value] for name, value in request.query_params.multi_items())


def _headers(tag: str) -> dict[str, str]:
    return {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Authorization, Cookie"}


def _is_known(request: Request, tag: str) -> bool:
    """Whether whoever asks has this answer already (RFC 9110, 13.1.2: compared weakly)."""
    known = [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]
    return tag in known or "*" in known


def _response(
    request: Request, endpoint: Endpoint, wanted: Asked, page: Page, version: str, headers: dict[str, str]
) -> Response:
    onward = None
    if page.next is not None:
        query = [(name, value) for name, value in request.query_params.multi_items() if name != endpoint.start]
        onward = f"{request.url.path}?{urlencode([*query, (endpoint.start, page.next)])}"
        headers["Link"] = f'<{onward}>; rel="next"'
    body = {
        "data": page.rows,
        "total": page.total,
        "next": onward,
        "people": "names" if wanted.names else "pseudonyms",
        "version": version,
    }
    return Response(json_text(body), headers=headers, media_type="application/json")
