"""`hume people export` and `hume people erase`: what a person may ask of whoever runs a server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from db.store import erasure
from db.store.personal import personal_data, subject
from hume.cli.opening import database, snapshot
from hume.cli.terminal import echo
from hume.errors import HumeError
from hume.export.files import replacing

Name = Annotated[
    str, typer.Argument(help="The person's name, as of an account or of imported answers.", metavar="NAME")
]


def export(
    name: Name,
    out: Annotated[
        Path | None, typer.Option("--out", help="The file to write; without it, the standard output.")
    ] = None,
) -> None:
    """Write all that is stored of a person, as JSON, for that person."""
    with snapshot() as session:
        found = personal_data(session, name)
    text = json.dumps(found, ensure_ascii=False, indent=2)
    if out is None:
        echo(text)
        return
    with replacing(out) as part:
        part.write_text(f"{text}\n", "utf-8")
    echo(f"{out}: all that is stored of {name}.")


def erase(
    name: Name,
    keep_texts: Annotated[bool, typer.Option("--keep-texts", help="Keep comments and notes in the answers.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Take a person out of the database for good. Their answers stay, under a random name."""
    with snapshot() as session:
        person = subject(session, name)
    if not yes:
        echo("Name, password, sessions, links, drafts and comments go. The answers stay. This cannot be undone.")
        if typer.prompt("To go on, type the name again") != person.name:
            raise HumeError("That is another name. Nothing was erased.")
    with database() as session:
        new_name = erasure.erase(session, person.name, keep_texts)
    echo(
        f"{person.name} is erased; the answers are those of {new_name} now. Backups and exports made before still "
        "have the name: delete them when they are no longer needed."
    )
