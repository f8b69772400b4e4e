"""The read API for scripts: `/api/v1/...`, the same figures as the report. docs/api.md is its manual."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from hume.server.api.answering import answering
from hume.server.api.description import description
from hume.server.api.endpoints import BY_PATH, ENDPOINTS, PREFIX

DESCRIPTION = f"{PREFIX}/openapi.json"


async def openapi(_: Request) -> Response:
    """What the API has, for everybody: it says nothing of what is stored."""
    return JSONResponse(description())


async def nothing_here(request: Request) -> Response:
    """404, or 405 for what would change something: without it, the app's pages would answer, and call it a success."""
    if request.url.path in (*BY_PATH, DESCRIPTION):
        return JSONResponse({"error": "The API is for reading: use GET."}, 405, {"Allow": "GET, HEAD"})
    return JSONResponse({"error": f"There is nothing here. {DESCRIPTION} says what there is."}, 404)


METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
ROUTES = [
    *(Route(endpoint.path, answering(endpoint), methods=["GET"]) for endpoint in ENDPOINTS),
    Route(DESCRIPTION, openapi, methods=["GET"]),
    Route("/api/{rest:path}", nothing_here, methods=METHODS),
]
