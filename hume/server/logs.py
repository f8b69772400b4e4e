"""An id for each request, a line in the log for it, and a page for what went wrong that says the id."""

from __future__ import annotations

import html
import logging
import re
import time

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hume.i18n import say
from hume.logs import REQUESTS, Facts, begin, facts
from hume.server import language
from hume.server.plain_page import plain_page

log = logging.getLogger("hume.mistakes")

HEADER = "x-request-id"
WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{8,64}")
"""An id that a proxy gave; any other is replaced."""
LONGEST_PATH = 200
BY_THE_DOZEN = re.compile(r"/(static|component|media)/|/_stcore/|/favicon\.|/(healthz|readyz|metrics)$")
"""Paths that nobody looks for one by one: they are logged where they fail."""
PRIVATE = {"/join/": "/join/..."}
"""Paths in which people are named, and what is logged of them."""


class RequestLog:
    """ASGI middleware around all that answers: no request goes without its id, and no exception without its line."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(HEADER, "")
        begin(Facts(given) if WELL_FORMED.fullmatch(given) else Facts())
        try:
            if scope["type"] == "http":
                await self._answer(scope, receive, send)
            else:
                await self._app(scope, receive, send)
        finally:
            begin(None)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun, status = time.perf_counter(), 0

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[HEADER] = request_id()
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except Exception as error:
            log.error("a request was not answered", exc_info=error)
            if status:  # too late to say so: the server has to break the connection off
                raise
            await _sorry(scope)(scope, receive, noting)
        finally:
            _log_request(scope, status, time.perf_counter() - begun)


def request_id() -> str:
    """The id of the request that is just answered; '' outside of any."""
    known = facts()
    return known.request_id if known else ""


def mistake(error: Exception) -> str:
    """Logs what went wrong in a run of a page, and returns the number that it can be found by."""
    before = facts()
    found = Facts(account_id=before.account_id if before else None)
    begin(found)
    log.error("a page failed", exc_info=error)
    begin(before)
    return found.request_id


def _log_request(scope: Scope, status: int, seconds: float) -> None:
    path = scope["path"]
    if BY_THE_DOZEN.search(path) and 0 < status < 500:
        return
    shown = next((instead for start, instead in PRIVATE.items() if path.startswith(start)), path[:LONGEST_PATH])
    level = logging.ERROR if status >= 500 else logging.INFO
    told = {"method": scope["method"], "path": shown, "status": status or None, "milliseconds": round(seconds * 1e3, 1)}
    REQUESTS.log(level, "%s %s %s %.1f ms", scope["method"], shown, status or "-", seconds * 1e3, extra={"hume": told})


def _sorry(scope: Scope) -> Response:
    """That something went wrong and under which number it is in the log: as a page for people, else as JSON."""
    request = Request(scope)
    headers = {"Cache-Control": "no-store"}
    if "text/html" not in request.headers.get("accept", ""):
        return JSONResponse({"error": f"Something went wrong. The server's log has it: {request_id()}"}, 500, headers)
    language.speak(request)
    page = plain_page(say("Something went wrong"), f"<p>{html.escape(sorry(request_id()))}</p>", "/")
    return HTMLResponse(page, 500, headers)


def sorry(number: str) -> str:
    """What people are told, in their language."""
    return say(
        "Load the page again. If it happens again, tell whoever runs this server this number: {number}", number=number
    )
