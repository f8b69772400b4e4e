"""`GET /healthz`: whether this process serves and its database answers; `GET /readyz`: whether to send people here."""

from __future__ import annotations

import logging
from functools import cache

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from db.session import head, reading, revision
from hume.errors import DatabaseBehind, HumeError
from hume.server.database import engine
from hume.server.troubles import is_full

log = logging.getLogger(__name__)

NO_STORE = {"Cache-Control": "no-store"}
GONE = "the database does not answer"
OTHER_SCHEMA = "the database's schema is not this version's"
FULL = "the database's disk is full: free some space"


def healthz(_: Request) -> PlainTextResponse:
    """200 and `ok`, or 503 where the database does not answer."""
    try:
        with reading(engine()) as session:
            session.execute(text("select 1"))
    except (SQLAlchemyError, HumeError):
        return _no(GONE)
    return PlainTextResponse("ok", headers=NO_STORE)


def readyz(_: Request) -> PlainTextResponse:
    """200 and `ready`, or 503 and why not.

    The database does not answer, its schema is not the one this version needs, or there is no room for answers.
    """
    try:
        found = revision(engine())
    except DatabaseBehind:
        return _no(OTHER_SCHEMA)
    except (SQLAlchemyError, HumeError) as error:
        log.warning("not ready: %s", error)
        return _no(GONE)
    if found != _needed():
        return _no(OTHER_SCHEMA)
    return _no(FULL) if is_full() else PlainTextResponse("ready", headers=NO_STORE)


def _no(why: str) -> PlainTextResponse:
    return PlainTextResponse(why, 503, NO_STORE)


@cache
def _needed() -> str:
    return head()


ROUTES = [Route("/healthz", healthz), Route("/readyz", readyz)]
