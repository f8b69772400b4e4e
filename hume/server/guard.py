"""What stands before every route: where a request comes from, who sent it, whether they may, what it carries."""

from __future__ import annotations

import json
import math
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, QueryParams
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from db.session import reading
from db.store.sessions import account_of
from hume.errors import InvalidInput, NotFound
from hume.logs import note_account
from hume.records import Account, Json
from hume.roles import may
from hume.server.database import engine
from hume.server.language import speak
from hume.storable import storable

LARGEST = 2**31 - 1
"""The largest number in a query: what the databases' integers hold."""
COOKIE = "hume_session"
ACCOUNT_HEADER = "hume-account"
"""Whose page sends a request, by the id of the rater; a program that has no page leaves it out."""
DEEPEST = 64
"""Lists and objects in each other, of a POST: a batch of answers has six."""
MAX_BODY = 1_000_000
"""Bytes of a POST: some hundreds of answers. The longest real answer (grades of 100 documents) has a few thousand."""


@dataclass(frozen=True)
class Call:
    """A request that has passed the checks: who sent it, its query, headers and the JSON of its body (None for GET)."""

    account: Account
    session_token: str
    query: QueryParams
    headers: Headers
    body: Json = None

    def integer(self, name: str, default: int | None = None) -> int:
        """A whole number of the query; `default` where it is absent, refused where there is no default."""
        text = self.query.get(name)
        if text is None and default is not None:
            return default
        try:
            number = int(text or "")
        except ValueError:
            number = LARGEST + 1
        if abs(number) > LARGEST:
            raise Refused(400, f"The query needs a whole number for {name!r}.")
        return number


class Refused(Exception):
    """A request that is not answered: the HTTP status and a sentence that says why."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status, self.why = status, why

    @property
    def response(self) -> JSONResponse:
        return JSONResponse({"error": self.why}, self.status, {"Cache-Control": "no-store"})


def guarded(path: str, method: str, role: str, handler: Callable[[Call], Response]) -> Route:
    """A route that runs `handler`, in a thread, for accounts that may what asks for `role`."""

    async def endpoint(request: Request) -> Response:
        try:
            body = await _json_body(request) if method == "POST" else None
            return await run_in_threadpool(_answer, request, body, role, handler)
        except Refused as refused:
            return refused.response

    return Route(path, endpoint, methods=[method])


def same_site(endpoint: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """`endpoint`, for requests alone that no other site's page has sent."""

    async def checked(request: Request) -> Response:
        try:
            check_origin(request)
        except Refused as refused:
            return refused.response
        return await endpoint(request)

    return checked


def check_origin(request: HTTPConnection) -> None:
    """Refuses what another site's page makes a signed-in browser send.

    Browsers say so in `Sec-Fetch-Site` and in `Origin`, which a page cannot forge; a program that sends neither has
    no cookies of somebody else's to abuse.
    """
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin")
    foreign = origin is not None and _site(origin) != request.headers.get("host", "")
    if foreign or site not in ("same-origin", "none"):
        raise Refused(403, "This request comes from another site's page.")


def _site(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return None


def own_path(target: str) -> str:
    """`target` if it is a path on this server, else `/`: a link must not send anyone elsewhere."""
    plain = target.startswith("/") and not target.startswith("//") and "\\" not in target
    return target if plain and target.isprintable() else "/"


def _answer(request: Request, body: Json, role: str, handler: Callable[[Call], Response]) -> Response:
    token = request.cookies.get(COOKIE, "")
    account = _account(token)
    note_account(account.id)
    speak(request, account)
    _check_same_person(request, account)
    if not may(account.role, role):
        raise Refused(403, f"This needs the role {role!r}; yours is {account.role!r}.")
    try:
        response = handler(Call(account, token, request.query_params, request.headers, body))
    except NotFound as missing:
        raise Refused(404, str(missing)) from missing
    except InvalidInput as invalid:
        raise Refused(400, str(invalid)) from invalid
    response.headers["Cache-Control"] = "no-store"
    return response


def _account(token: str) -> Account:
    if token:
        with reading(engine()) as session:
            account = account_of(session, token)
        if account:
            return account
    raise Refused(401, "You are signed out. Sign in again; what is not saved stays in this browser until then.")


def _check_same_person(request: Request, account: Account) -> None:
    """A page that still shows one person's work must not send it under the name of the next to sign in."""
    claimed = request.headers.get(ACCOUNT_HEADER)
    if claimed is not None and unquote(claimed) != str(account.rater_id):
        raise Refused(401, "Somebody else has signed in on this browser. Reload the page.")


async def _json_body(request: Request) -> Json:
    check_origin(request)
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
        raise Refused(415, "The body must be JSON, sent as application/json.")
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > MAX_BODY:
            raise Refused(413, f"The body is longer than {MAX_BODY:,} bytes. Send fewer answers at once.")
    try:
        body = json.loads(raw, parse_constant=_no_constant, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise Refused(400, f"The body is not JSON: {error}.") from None
    if _is_deeper(body, DEEPEST):
        raise Refused(400, f"The body has lists and objects more than {DEEPEST} deep in each other.")
    return storable(body)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"{digits[:40]} is too large a number")
    return number


def _is_deeper(value: Json, depth: int) -> bool:
    """Whether lists and objects lie more than `depth` deep in each other."""
    layer = [value]
    for _ in range(depth + 1):
        layer = [part for one in layer if isinstance(one, list | dict) for part in _parts(one)]
        if not layer:
            return False
    return True


def _parts(value: list[Json] | dict[str, Json]) -> Iterable[Json]:
    return value.values() if isinstance(value, dict) else value


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")
