"""The API in OpenAPI 3.1, made of the table of endpoints."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from hume import __version__
from hume.records import Json
from hume.server.api.asked import FILTERS, LARGEST, MOST_ROWS, USUAL_ROWS
from hume.server.api.endpoints import ENDPOINTS, Endpoint
from hume.server.api.schema import Schema

ABOUT = """\
The figures of the report, and what they are made of, for scripts. Reading only.

Scores, coefficients, intervals, gaps and shares are fractions (0.78, not 78). Whatever begins with `n_` is a count.
Times are ISO 8601 in UTC, durations are in the unit that their name ends in. `null` (None in descriptions) is
undefined or unknown, never zero; where there is a `reason`, it says why. Simulated raters have the kind `simulated`.
People have pseudonyms unless `names=true`.

Rows come in pages, in an order that stays the same: go on with `next` until it is null. Figures may change between two
pages; then `version` does.
"""

ERRORS = {
    "400": "A parameter that there is not, or a value that it cannot have.",
    "401": "No token and no session, or a token that is not known, was revoked or has expired.",
    "403": "The account may not.",
    "503": "The database cannot be read at the moment.",
}
ERROR: Schema = {"type": "object", "properties": {"error": {"type": "string"}}, "required": ["error"]}


@cache
def description() -> dict[str, Json]:
    """The whole document."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "HUME", "version": __version__, "description": ABOUT, "license": {"name": "Apache-2.0"}},
        "servers": [{"url": "/"}],
        "security": [{"token": []}, {"session": []}],
        "paths": {endpoint.path: {"get": _operation(endpoint)} for endpoint in ENDPOINTS},
        "components": {
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "hume people token NAME"},
                "session": {"type": "apiKey", "in": "cookie", "name": "hume_session"},
            },
            "schemas": {"error": ERROR, **{endpoint.name: endpoint.schema for endpoint in ENDPOINTS}},
        },
    }


def page_schema(endpoint: Endpoint) -> Schema:
    """The schema of one page of an endpoint's rows; `#/components` is where the rows' own lies."""
    properties: dict[str, Schema] = {
        "data": {"type": "array", "items": {"$ref": f"#/components/schemas/{endpoint.name}"}},
        "total": {"type": ["integer", "null"], "description": "Rows on all pages; null where nobody counts them."},
        "next": {"type": ["string", "null"], "description": "The next page's path; null on the last one."},
        "people": {"type": "string", "enum": ["pseudonyms", "names"]},
        "version": {"type": "string", "description": "Differs whenever rows may have changed."},
    }
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _operation(endpoint: Endpoint) -> dict[str, Json]:
    page = {"application/json": {"schema": page_schema(endpoint)}}
    error = {"application/json": {"schema": {"$ref": "#/components/schemas/error"}}}
    tag = {"ETag": {"schema": {"type": "string"}, "description": "Send it as If-None-Match: unchanged costs a 304."}}
    return {
        "operationId": endpoint.name,
        "summary": endpoint.summary,
        "description": f"Needs the role {endpoint.role}.",
        "parameters": list(_parameters(endpoint)),
        "responses": {
            "200": {"description": "A page of rows.", "headers": tag, "content": page},
            "304": {"description": "What the If-None-Match header names is what there is."},
            **{status: {"description": why, "content": error} for status, why in ERRORS.items()},
        },
    }


def _parameters(endpoint: Endpoint) -> Iterable[dict[str, Json]]:
    for name, schema in endpoint.filters.items():
        several = {"schema": {"type": "array", "items": schema}, "style": "form", "explode": True}
        yield _parameter(name, f"Only rows with this: {FILTERS[name]}. Given several times: any of them.", **several)
    limit = {"type": "integer", "minimum": 1, "maximum": MOST_ROWS, "default": USUAL_ROWS}
    yield _parameter("limit", "How many rows a page has at most.", schema=limit)
    start = {"type": "integer", "minimum": 0, "maximum": LARGEST, "default": 0}
    yield _parameter(endpoint.start, "Where the page begins; `next` has it.", schema=start)
    yield _parameter("names", "People by their names.", schema={"type": "boolean", "default": False})


def _parameter(name: str, about: str, **rest: Json) -> dict[str, Json]:
    return {"name": name, "in": "query", "description": about, **rest}
