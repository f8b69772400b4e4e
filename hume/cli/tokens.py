"""`hume people token`, `tokens`, `revoke-token`: what scripts read the API with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from rich.table import Table

from db.store.tokens import create_token, revoke_token, tokens
from hume.cli.opening import database, snapshot
from hume.cli.terminal import Console, echo


def token(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The account whose role the token has.")],
    title: Annotated[str, typer.Option(help="What the token is for, so that you know later which to revoke.")],
    days: Annotated[int, typer.Option(min=1, max=365, help="How long the token can be used.")] = 90,
) -> None:
    """Print a token with which a script reads the API. It is shown this once."""
    with database() as session:
        made = create_token(session, name, title, timedelta(days=days))
    echo(made)


def list_tokens() -> None:
    """List the tokens: number, account, title, state, until when, last used."""
    now = datetime.now(UTC)
    with snapshot() as session:
        found = tokens(session)
    if not found:
        echo("There is no token yet. Make one: hume people token NAME --title TITLE")
        return
    table = Table("number", "account", "title", "state", "expires", "last used", box=None, pad_edge=False)
    for one in found:
        used = f"{one.last_used_at:%Y-%m-%d %H:%M}" if one.last_used_at else "never"
        table.add_row(str(one.id), one.account, one.title, one.state(now), f"{one.expires_at:%Y-%m-%d}", used)
    Console(highlight=False, markup=False).print(table)


def revoke(
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="The token's number, from `hume people tokens`.")],
) -> None:
    """Make a token worthless at once."""
    with database() as session:
        gone = revoke_token(session, number)
    echo(f"The token {gone.id} of {gone.account} ({gone.title}) is revoked.")
