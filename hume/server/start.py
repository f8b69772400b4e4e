"""What happens when the app starts: the database is opened, and the owner gets a link to sign in with."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

from rich.console import Console
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from db.session import transaction
from db.store.accounts import create_invitation
from hume.errors import HumeError
from hume.server.database import engine
from hume.server.memory import share_arenas
from hume.server.nightly import upkeep
from hume.server.oidc import providers
from hume.settings import Settings

OWNER = "owner"
OWNER_LINK_LIFETIME = timedelta(hours=24)

UVICORN_PORT = 8000
HOST_OPTIONS = ("--host", "--server.address")
PORT_OPTIONS = ("--port", "--server.port")
EVERYWHERE = ("", "0.0.0.0", "::")  # noqa: S104


@asynccontextmanager
async def lifespan(_app: object) -> AsyncIterator[None]:
    """Opens the database, which may stop the start, prints the owner's link, and keeps backups while it runs."""
    share_arenas()
    await run_in_threadpool(engine)
    await run_in_threadpool(providers)  # what is wrong with their settings is said here
    try:
        show_link(await run_in_threadpool(owner_link))
    # The owner has lost the role, or is disabled, or the disk is full: the others are served all the same.
    except (HumeError, SQLAlchemyError) as error:
        print(f"\n  No link for the owner: {error}\n", flush=True)  # noqa: T201
    async with upkeep():
        yield


def owner_link() -> str:
    """A new link that signs in whoever runs this server, once, as the admin named `owner`."""
    with transaction(engine()) as session:
        token = create_invitation(session, OWNER, "admin", lifetime=OWNER_LINK_LIFETIME)
    return f"{base_url(sys.orig_argv, Settings())}/auth/link?{urlencode({'token': token})}"


def show_link(link: str) -> None:
    """Prints the link where whoever started the program looks for it."""
    Console(highlight=False).print(
        f"\n  HUME is at your service. To sign in as its owner, open (works once):\n\n  {link}\n",
        markup=False,
        soft_wrap=True,
    )
    sys.stdout.flush()


def base_url(argv: Sequence[str], settings: Settings) -> str:
    """The address that browsers reach the server at: HUME_PUBLIC_URL, else the one for this machine.

    An app is not told what its server listens on: `hume serve` goes by the settings, and where uvicorn or Streamlit
    was started by itself, its command line has it.
    """
    if settings.public_url:
        return settings.public_url
    is_uvicorn = any(Path(argument).stem == "uvicorn" for argument in argv)
    host = _option(argv, HOST_OPTIONS) or settings.host
    port = _option(argv, PORT_OPTIONS) or str(UVICORN_PORT if is_uvicorn else settings.port)
    host = "127.0.0.1" if host in EVERYWHERE else host
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _option(argv: Sequence[str], names: Sequence[str]) -> str:
    for place, argument in enumerate(argv):
        name, equals, value = argument.partition("=")
        if name in names:
            return value if equals else "".join(argv[place + 1 : place + 2])
    return ""
