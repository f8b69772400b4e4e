"""`hume people`: who can sign in."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Annotated
from urllib.parse import urlencode

import typer
from rich.console import Console
from rich.table import Table

from db.store.accounts import accounts, create_invitation
from db.store.events import record_event
from hume.cli.opening import database, snapshot
from hume.errors import InvalidInput, Place
from hume.settings import Settings

NAME = "people"

app = typer.Typer(help="Invite annotators, researchers and admins, and list them.", no_args_is_help=True)

LANGUAGE = re.compile(r"[a-z]{3}(-[A-Z][a-z]{3})?")


class Role(StrEnum):
    """What an account may do: each role may all that the one before it may."""

    annotator = "annotator"
    researcher = "researcher"
    admin = "admin"


@app.command()
def invite(
    name: Annotated[str, typer.Option(help="The person's name: their answers are stored under it.")],
    role: Annotated[Role, typer.Option(help="What the person may do.")] = Role.annotator,
    language: Annotated[
        list[str] | None,
        typer.Option(metavar="CODE", help="A language that the person reads, such as ara-Arab; may be repeated."),
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=365, help="How long the link can be used.")] = 7,
) -> None:
    """Print a link that signs a person in, once."""
    from hume.server.start import base_url

    languages = _checked(language or [])
    with database() as session:
        token = create_invitation(session, name, role.value, languages, timedelta(days=days))
        record_event(session, "invited", {"name": name, "role": role.value, "languages": list(languages)})
    typer.echo(f"{base_url(sys.argv[:1], Settings())}/auth/link?{urlencode({'token': token})}")


@app.command("list")
def list_people() -> None:
    """List the accounts: name, role, languages."""
    with snapshot() as session:
        people = accounts(session)
    if not people:
        typer.echo("Nobody has signed in yet. Invite somebody: hume people invite --name NAME")
        return
    table = Table("name", "role", "languages", box=None, pad_edge=False)
    for account in people:
        table.add_row(account.name, account.role, " ".join(account.languages) or "not declared")
    Console(highlight=False, markup=False).print(table)


def _checked(languages: Sequence[str]) -> Sequence[str]:
    for code in languages:
        if not LANGUAGE.fullmatch(code):
            raise InvalidInput(
                f"{code!r} is no language code.",
                "Give ISO 639-3, and the script if it matters: ara, ara-Arab, nob-Latn.",
                Place(file="--language"),
            )
    return languages
