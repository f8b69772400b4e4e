"""`hume serve` and `hume link`: the app, and a way into it."""

from __future__ import annotations

import os
import socket
from typing import Annotated

import typer

from hume.cli.terminal import echo
from hume.errors import HumeError
from hume.settings import Settings

KEEP_ALIVE_S = 75
"""How long an idle connection is kept: longer than one reads an item, so that the answer need not connect anew."""

LAST_REQUESTS_S = 10
"""How long a server that is to stop waits for the requests under way: longer than an answer takes to be stored."""


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    app.command()(serve)
    app.command()(link)


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on; HUME_HOST, or 127.0.0.1.", show_default=False)] = "",
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="Port to listen on; HUME_PORT, or 8501.", show_default=False)
    ] = 0,
) -> None:
    """Serve the app, and print the link that signs in its owner. Stop with Ctrl+C."""
    import uvicorn

    from hume.server.database import engine
    from hume.server.location import webapp

    settings = Settings()
    host, port = host or settings.host, port or settings.port
    os.environ["HUME_HOST"], os.environ["HUME_PORT"] = host, str(port)
    # What would stop the server is said here, in one line, before the link is printed.
    _check_free(host, port)
    engine()
    uvicorn.run(
        "app:app",
        app_dir=str(webapp()),
        host=host,
        port=port,
        log_level="warning",
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=LAST_REQUESTS_S,
        proxy_headers=bool(settings.proxies),
        forwarded_allow_ips=settings.proxies,
    )


def _check_free(host: str, port: int) -> None:
    """HumeError where the address cannot be listened on."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        socket.create_server((str(address[0]), port), family=family).close()
    except OSError as error:
        raise HumeError(
            f"{host}:{port} cannot be listened on: {error.strerror}. Choose another: hume serve --port N, or --host H."
        ) from None


def link() -> None:
    """Print a new link that signs in the owner of this server, once."""
    from hume.server.start import owner_link

    echo(owner_link())
