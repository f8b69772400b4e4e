"""`hume serve` and `hume link`: the app, and a way into it."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from hume.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command()(serve)
    app.command()(link)


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on; HUME_HOST, or 127.0.0.1.", show_default=False)] = "",
    port: Annotated[int, typer.Option(help="Port to listen on; HUME_PORT, or 8501.", show_default=False)] = 0,
) -> None:
    """Serve the app, and print the link that signs in its owner. Stop with Ctrl+C."""
    import uvicorn

    from hume.server.database import engine
    from hume.server.location import webapp

    settings = Settings()
    os.environ["HUME_HOST"], os.environ["HUME_PORT"] = host or settings.host, str(port or settings.port)
    engine()  # what is wrong with the database is said here, in one line
    uvicorn.run(
        "app:app",
        app_dir=str(webapp()),
        host=host or settings.host,
        port=port or settings.port,
        log_level="warning",
    )


def link() -> None:
    """Print a new link that signs in the owner of this server, once."""
    from hume.server.start import owner_link

    typer.echo(owner_link())
