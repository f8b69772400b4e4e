"""`GET /healthz`: whether this process serves and its database answers."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from db.session import reading
from hume.server.database import engine


def healthz(_: Request) -> PlainTextResponse:
    """200 and `ok`, or 503 where the database does not answer."""
    try:
        with reading(engine()) as session:
            session.execute(text("select 1"))
    except SQLAlchemyError:
        return PlainTextResponse("the database does not answer", 503)
    return PlainTextResponse("ok")


ROUTES = [Route("/healthz", healthz)]
