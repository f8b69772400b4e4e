"""What tests say to a PostgreSQL server as a whole: databases made and dropped."""

from __future__ import annotations

from sqlalchemy import make_url, text

from db.session import open_engine


def administer(server: str, *statements: str) -> None:
    """Run statements that PostgreSQL refuses inside a transaction."""
    engine = open_engine(server)
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def url_of(server: str, database: str) -> str:
    """The URL of one database of a server."""
    return make_url(server).set(database=database).render_as_string(hide_password=False)
