"""What of Streamlit's own doors is open: to whom, from where, and for what.

Streamlit's server answers more than HUME's pages ask: it takes uploads, tells its memory, empties the caches of all and
names the files of the checkout, to whoever opens a websocket. And it keeps the tables that a page offers at addresses
that ask nobody who they are.
"""

from __future__ import annotations

from google.protobuf.message import DecodeError
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg

from hume.roles import may
from hume.server.guard import COOKIE, Refused, check_origin
from hume.server.sign_in import account_here

SHUT = ("/_stcore/upload_file", "/_stcore/metrics", "/_stcore/agent")
"""No page takes files, `/metrics` is HUME's own, and no program is to click in somebody's place."""
MEDIA = "/media/"
"""Where Streamlit keeps the files of download buttons."""
FILES_ROLE = "researcher"
"""Who may have them: their buttons are on pages of that role."""
UNDERSTOOD = frozenset({"rerun_script", "stop_script", "app_heartbeat", "backend_operation_request"})
"""What a browser may say over the websocket; anything else is not heard."""
POLICY_VIOLATION, GARBLED = 1008, 1007
ENDED: Message = {"type": "websocket.disconnect", "code": GARBLED}
"""What Streamlit hears in place of a frame that is none of its messages: it would log each with a traceback."""


class Gate:
    """ASGI middleware before Streamlit's routes and websocket."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        elif scope["type"] == "http" and (refusal := await _refusal(HTTPConnection(scope))):
            await refusal(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lets own pages alone open it: Streamlit would let in the pages of any port of this machine."""
        connection = HTTPConnection(scope)
        try:
            check_origin(connection)
        except Refused:
            await send({"type": "websocket.close", "code": POLICY_VIOLATION})
            return

        is_garbled = False

        async def heard() -> Message:
            nonlocal is_garbled
            while (message := await _understood(await receive(), connection)) is None:
                pass
            is_garbled = is_garbled or message is ENDED
            return message

        await self._app(scope, heard, send)
        if is_garbled:
            await send({"type": "websocket.close", "code": GARBLED})


async def _refusal(connection: HTTPConnection) -> Response | None:
    path = connection.scope["path"]
    if path.startswith(SHUT):
        return JSONResponse({"error": "There is nothing here."}, 404)
    if path.startswith(MEDIA):
        status = await _status_of_files(connection)
        if status != 200:
            why = f"This needs the role {FILES_ROLE!r}." if status == 403 else "You are signed out. Sign in again."
            return Refused(status, why).response
    return None


async def _status_of_files(connection: HTTPConnection) -> int:
    account = await run_in_threadpool(account_here, connection.cookies.get(COOKIE, ""))
    if account is None:
        return 401
    return 200 if may(account.role, FILES_ROLE) else 403


async def _understood(message: Message, connection: HTTPConnection) -> Message | None:
    """The message as Streamlit is to get it; None for one that it is not to get."""
    if message["type"] != "websocket.receive":
        return message
    said, data = BackMsg(), message.get("bytes")
    try:
        if data is None:  # a frame of text
            return ENDED
        said.ParseFromString(data)
    except DecodeError:
        return ENDED
    kind = said.WhichOneof("type")
    if kind is not None and kind not in UNDERSTOOD:
        return None
    if kind == "backend_operation_request" and await _status_of_files(connection) != 200:
        # A file is made where a page offered it, by whoever clicks: no run of the page asks who that is by now.
        said.backend_operation_request.session_id = ""  # Streamlit refuses that in an answer of its own
        return {**message, "bytes": said.SerializeToString()}
    return message
