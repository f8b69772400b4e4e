"""`hume people`: who can sign in."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated
from urllib.parse import urlencode

import typer
from rich.table import Table

from db.store import identities, people
from db.store.people import add_account
from hume.cli import personal, tokens
from hume.cli.opening import database, snapshot
from hume.cli.terminal import Console, echo
from hume.errors import HumeError, InvalidInput, Place
from hume.settings import Settings

NAME = "people"

app = typer.Typer(help="Invite annotators, researchers and admins, and list them.", no_args_is_help=True)

LANGUAGE = re.compile(r"[a-z]{3}(-[A-Z][a-z]{3})?")


class Role(StrEnum):
    """What an account may do: each role may all that the one before it may."""

    annotator = "annotator"
    researcher = "researcher"
    admin = "admin"


Name = Annotated[str, typer.Argument(help="The account's name.", metavar="NAME")]
NameOption = Annotated[str, typer.Option("--name", help="The person's name: their answers are stored under it.")]
RoleOption = Annotated[Role, typer.Option("--role", help="What the person may do.")]
LanguageOption = Annotated[
    list[str] | None,
    typer.Option(
        "--language", metavar="CODE", help="A language that the person reads, such as ara-Arab; may be repeated."
    ),
]
Days = Annotated[int, typer.Option("--days", min=1, max=365, help="How long the link can be used.")]


@app.command()
def add(
    name: NameOption,
    role: RoleOption = Role.annotator,
    language: LanguageOption = None,
) -> None:
    """Make an account with a password, which is asked for; in a script, it is the first line of the standard input."""
    from db.store.passwords import check_password, hashed

    languages = _checked(language or [])
    password = typer.prompt("Password", hide_input=True, confirmation_prompt=True) if sys.stdin.isatty() else _line()
    check_password(password, name)
    with database() as session:
        account = add_account(session, name, role.value, languages, hashed(password))
    echo(f"{account.name} can sign in as {account.role}, by name and password.")


@app.command()
def invite(
    name: NameOption,
    role: RoleOption = Role.annotator,
    language: LanguageOption = None,
    days: Days = 7,
    study: Annotated[str, typer.Option(metavar="NAME", help="A study that the person takes part in.")] = "",
) -> None:
    """Print a link that signs a person in, once."""
    languages = _checked(language or [])
    with database() as session:
        token = people.invite(session, name, role.value, tuple(languages), timedelta(days=days), study=study)
    _print_link(token)


@app.command("list")
def list_people() -> None:
    """List the accounts: name, role, languages, state, last seen; and who has not used an invitation yet."""
    with snapshot() as session:
        found, waiting = people.people(session), people.invited(session)
    if not found and not waiting:
        echo("Nobody has signed in yet. Invite somebody: hume people invite --name NAME")
        return
    table = Table("name", "role", "languages", "state", "last seen", box=None, pad_edge=False)
    for one in found:
        account = one.account
        table.add_row(account.name, account.role, _read(account.languages), _state(one), _moment(one.last_seen_at))
    for link in waiting:
        if link.name not in {one.account.name for one in found}:
            table.add_row(link.name, link.role, _read(link.languages), f"invited until {_moment(link.expires_at)}", "")
    Console(highlight=False, markup=False).print(table)


@app.command()
def disable(name: Name) -> None:
    """Keep somebody out, and sign them out everywhere. Their answers stay."""
    with database() as session:
        people.disable(session, name)
    echo(f"{name} is disabled. To undo it: hume people enable {shlex.quote(name)}")


@app.command()
def enable(name: Name) -> None:
    """Let somebody in again."""
    with database() as session:
        people.enable(session, name)
    echo(f"{name} can sign in again.")


@app.command()
def reset(name: Name, days: Days = 7) -> None:
    """End somebody's sessions, forget their password, and print a new link."""
    with database() as session:
        token = people.reset(session, name, timedelta(days=days))
    _print_link(token)


@app.command()
def link(
    name: Annotated[str, typer.Argument(help="The account's name; it is made where there is none.", metavar="NAME")],
    email: Annotated[
        str, typer.Option(help="The person's address, if the provider says that it has verified it.")
    ] = "",
    issuer: Annotated[str, typer.Option(help="Instead: the provider's address, as in its tokens (iss).")] = "",
    subject: Annotated[str, typer.Option(help="And what the provider calls the person (sub).")] = "",
    role: Annotated[
        Role | None, typer.Option("--role", help="What the person may do, in a new account: annotator unless given.")
    ] = None,
    language: LanguageOption = None,
) -> None:
    """Let somebody in by the word of a provider of sign-in, such as Google or a university."""
    if bool(email) == bool(issuer or subject):
        raise HumeError("Say who the person is to the provider: either --email, or --issuer and --subject.")
    languages = _checked(language or [])
    with database() as session:
        account = people.ensure_account(session, name, role.value if role else None, languages)
        if email:
            identities.expect(session, account.name, email)
        else:
            identities.link(session, account.name, issuer, subject)
    echo(f"{account.name} can sign in as {account.role}, by a provider.")


@app.command()
def unlink(name: Name) -> None:
    """Let nobody in as an account by a provider's word any more. Open sessions go on: `hume people reset` ends them."""
    with database() as session:
        n = identities.unlink(session, name)
    echo(f"{name} is linked to no provider{' any more' if n else ''}.")


app.command()(personal.export)
app.command()(personal.erase)
app.command()(tokens.token)
app.command("tokens")(tokens.list_tokens)
app.command("revoke-token")(tokens.revoke)


def _print_link(token: str) -> None:
    from hume.server.start import base_url

    echo(f"{base_url(sys.argv[:1], Settings())}/auth/link?{urlencode({'token': token})}")


def _line() -> str:
    return sys.stdin.readline().rstrip("\r\n")


def _read(languages: Sequence[str]) -> str:
    return " ".join(languages) or "not declared"


def _state(person: people.Person) -> str:
    if person.is_disabled:
        return "disabled"
    ways = [*(["password"] if person.has_password else []), *(["provider"] if person.is_linked else [])]
    return ", ".join(ways) or "link"


def _moment(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else "never"


def _checked(languages: Sequence[str]) -> Sequence[str]:
    for code in languages:
        if not LANGUAGE.fullmatch(code):
            raise InvalidInput(
                f"{code!r} is no language code.",
                "Give ISO 639-3, and the script if it matters: ara, ara-Arab, nob-Latn.",
                Place(file="--language"),
            )
    return languages
