"""What is answered while the database is full, held by others or gone: try again, and why."""

from __future__ import annotations

import html
import logging
import time

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from db.troubles import LEAST_ROOM, Trouble, room, trouble_of
from hume.i18n import say
from hume.server import language
from hume.server.database import engine
from hume.server.plain_page import plain_page

log = logging.getLogger(__name__)

STATUSES: dict[Trouble, int] = {"full": 507, "busy": 503, "gone": 503}
RETRY_AFTER_S = 5
FULL_FOR_S = 30.0
"""How long after a refusal for want of room nobody new is to be sent here: then it may be tried again."""

_full_at: float | None = None


def told(route: Route) -> Route:
    """The route; trouble with the database is told with 503, or 507 where it is full, not with 500."""
    route.app = _Told(route.app)
    return route


def in_words(trouble: Trouble) -> str:
    """What an annotator is told of it, in their language."""
    if trouble == "full":
        return say("The server's disk is full. Ask whoever runs this server to free some space.")
    if trouble == "busy":
        return say("The server is busy. Try again in a moment.")
    return say("The server cannot reach its database at the moment. Try again soon.")


def is_full() -> bool:
    """Whether there is no room for answers: on the embedded database's disk, or by its word within half a minute."""
    free = room(engine())
    is_recent = _full_at is not None and time.monotonic() - _full_at < FULL_FOR_S
    return is_recent if free is None else free < LEAST_ROOM


class _Told:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        has_begun = False

        async def noting(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except Exception as error:
            trouble = trouble_of(error)
            if trouble is None or has_begun:
                raise
            _note(trouble, error, scope["path"])
            await _response(Request(scope), trouble)(scope, receive, send)


def _note(trouble: Trouble, error: Exception, path: str) -> None:
    global _full_at
    if trouble == "full":
        _full_at = time.monotonic()
    log.error("%s: the database is %s: %s", path, trouble, str(error).splitlines()[0])


def _response(request: Request, trouble: Trouble) -> Response:
    language.speak(request)
    words, status = in_words(trouble), STATUSES[trouble]
    headers = {"Retry-After": str(RETRY_AFTER_S), "Cache-Control": "no-store"}
    if "text/html" not in request.headers.get("accept", ""):
        return JSONResponse({"error": words}, status, headers)
    page = plain_page(say("Try again soon"), f'<p role="alert">{html.escape(words)}</p>', "/")
    return HTMLResponse(page, status, headers)
