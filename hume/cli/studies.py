"""`hume study`: one link for a crowd, and what its people agree to."""

from __future__ import annotations

import shlex
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from sqlalchemy.orm import Session

from db.columns import utc_now
from db.store import participants as people
from db.store import studies as store
from hume.cli.opening import database, snapshot
from hume.cli.people import LANGUAGE
from hume.cli.terminal import Console, echo
from hume.errors import HumeError, InvalidInput, Place
from hume.records import Study
from hume.settings import Settings
from hume.studies import PARAMETERS, checked_study

NAME = "study"

app = typer.Typer(
    help="Studies: one link for people from Prolific and the like, and their consent.", no_args_is_help=True
)

StudyName = Annotated[str, typer.Argument(help="The study's name, as it stands in its link.", metavar="NAME")]
Person = Annotated[str, typer.Argument(help="The account's name.", metavar="PERSON")]
Title = Annotated[str | None, typer.Option(help="What participants read above the text.", show_default=False)]
Consent = Annotated[
    Path | None,
    typer.Option(
        exists=True, dir_okay=False, show_default=False, help="A file with the text that participants agree to: plain."
    ),
]
Task = Annotated[
    list[str] | None,
    typer.Option("--task", metavar="TASK", help="A task whose items participants are given; may be repeated."),
]
Language = Annotated[
    list[str] | None,
    typer.Option(
        "--language",
        metavar="CODE",
        help="Participants get items in these languages alone, or in 'all'; may be repeated.",
    ),
]
Items = Annotated[int | None, typer.Option(help="Items that each participant does; 0 for all.", show_default=False)]
Places = Annotated[int | None, typer.Option(help="How many may join by the link; 100 at first.", show_default=False)]
Url = Annotated[str | None, typer.Option(help="Where a participant confirms: https://...", show_default=False)]
Code = Annotated[str | None, typer.Option(help="What a participant enters there.", show_default=False)]
Parameter = Annotated[
    str | None,
    typer.Option(help=f"What the link calls the participant's id; else {', '.join(PARAMETERS)}.", show_default=False),
]
Until = Annotated[
    str | None, typer.Option(metavar="DATE", help="The last day on which the link works, UTC; 'none' for no last day.")
]


@app.command()
def add(
    name: StudyName,
    title: Title = None,
    consent: Consent = None,
    task: Task = None,
    language: Language = None,
    items: Items = None,
    places: Places = None,
    completion_url: Url = None,
    completion_code: Code = None,
    parameter: Parameter = None,
    until: Until = None,
) -> None:
    """Make a study, and print the link for its participants."""
    given = _given(title, consent, task, language, items, places, completion_url, completion_code, parameter, until)
    with database() as session:
        if any(one.name == name for one in store.studies(session)):
            raise HumeError(f"There is a study {name!r} already. To change it: hume study set {name} ...")
        store.save_study(session, checked_study(replace(Study(name, name, "", ()), **given)))
    echo(f"{_link(name)}?{parameter or PARAMETERS[0]}=...")


@app.command("set")
def change(
    name: StudyName,
    title: Title = None,
    consent: Consent = None,
    task: Task = None,
    language: Language = None,
    items: Items = None,
    places: Places = None,
    completion_url: Url = None,
    completion_code: Code = None,
    parameter: Parameter = None,
    until: Until = None,
) -> None:
    """Change what is named of a study. Who agreed to another text is asked again."""
    given = _given(title, consent, task, language, items, places, completion_url, completion_code, parameter, until)
    with database() as session:
        before = store.find_study(session, name)
        after = store.save_study(session, checked_study(replace(before, **given)))
    asked = "Who takes part is asked to agree again." if after.consent_digest != before.consent_digest else ""
    echo(f"{name} is changed. {asked}".strip())


@app.command("list")
def list_studies() -> None:
    """List the studies: state, places, how many joined, were added and completed."""
    with snapshot() as session:
        found, counts = store.studies(session), store.study_counts(session)
    if not found:
        echo("There is no study yet. Make one: hume study add NAME --consent FILE --task TASK")
        return
    table = Table("name", "state", "joined", "places", "added", "completed", "tasks", box=None, pad_edge=False)
    for one in found:
        counted = counts.get(one.name, store.StudyCounts())
        numbers = (one.joined, one.places, counted.added, counted.completed)
        table.add_row(one.name, state(one), *map(str, numbers), " ".join(one.tasks))
    Console(highlight=False, markup=False).print(table)


@app.command()
def show(name: StudyName) -> None:
    """Show a study, its link and the text that participants agree to."""
    with snapshot() as session:
        one, counts = store.find_study(session, name), store.study_counts(session)
    counted = counts.get(name, store.StudyCounts())
    ends = "never" if one.expires_at is None else f"{one.expires_at:%Y-%m-%d %H:%M} UTC"
    parameter = one.parameter or PARAMETERS[0]
    lines = {
        "title": one.title,
        "state": state(one),
        "link": f"{_link(name)}?{parameter}=...",
        "link ends": ends,
        "tasks": ", ".join(one.tasks),
        "languages": ", ".join(one.languages) or "all",
        "items each": one.items or "all",
        "joined": f"{one.joined} of {one.places}",
        "added": counted.added,
        "agreed": counted.agreed,
        "completed": counted.completed,
        "completion": " ".join(filter(None, (one.completion_url, one.completion_code))) or "none",
    }
    for label, value in lines.items():
        echo(f"{label:11} {value}")
    echo(f"\n{one.consent}")


@app.command()
def close(name: StudyName) -> None:
    """Let nobody join from now on; who takes part goes on."""
    with database() as session:
        store.close_study(session, name)
    echo(f"{name} is closed. To open it: hume study open {shlex.quote(name)}")


@app.command("open")
def open_(name: StudyName) -> None:
    """Let people join again."""
    with database() as session:
        store.open_study(session, name)
        now = store.find_study(session, name)
    echo(f"{name} is open." if state(now) == "open" else f"{name} is no more closed, but {state(now)}.")


@app.command()
def enrol(name: StudyName, person: Person) -> None:
    """Let somebody with an account take part: they are given its tasks alone, once they agree."""
    with database() as session:
        people.enrol(session, name, person)
    echo(f"{person} takes part in {name}.")


@app.command()
def withdraw(name: StudyName, person: Person) -> None:
    """Let somebody who was enrolled or invited take part no more: they are given what everybody is."""
    with database() as session:
        people.withdraw(session, name, person)
    echo(f"{person} takes part in {name} no more.")


@app.command()
def participants(name: StudyName) -> None:
    """Print a study's people as CSV, to pay them by: id, account, pseudonym, consent, items, completion."""
    from hume.export.files import csv_chunks

    with snapshot() as session:
        rows = _payment_rows(session, name)
    for chunk in csv_chunks(PAYMENT, rows):
        sys.stdout.write(chunk)


PAYMENT = {
    "external_id": str,
    "account": str,
    "pseudonym": str,
    "consented_at": str,
    "agreed_to_text_now": bool,
    "answered": int,
    "skipped": int,
    "completed_at": str,
}
"""The columns of the CSV. `pseudonym` is what the person is called in exports."""


def _payment_rows(session: Session, name: str) -> list[dict[str, Any]]:
    from db.store.raters import raters
    from hume.export.pseudonyms import pseudonyms

    names = pseudonyms(raters(session))
    return [
        {
            "external_id": one.external_id,
            "account": one.account,
            "pseudonym": names[one.account],
            "consented_at": _iso(one.consented_at),
            "agreed_to_text_now": one.has_agreed,
            "answered": one.answered,
            "skipped": one.skipped,
            "completed_at": _iso(one.completed_at),
        }
        for one in people.participants(session, name)
    ]


def state(study: Study) -> str:
    """`open`, or why nobody can join."""
    return store.why_shut(study, utc_now()) or "open"


def _given(
    title: str | None,
    consent: Path | None,
    tasks: list[str] | None,
    languages: list[str] | None,
    items: int | None,
    places: int | None,
    completion_url: str | None,
    completion_code: str | None,
    parameter: str | None,
    until: str | None,
) -> dict[str, Any]:
    """The fields of a study that options name."""
    found = {
        "title": title,
        "consent": _text(consent),
        "tasks": tuple(tasks) if tasks else None,
        "languages": _languages(languages) if languages else None,
        "places": places,
        "completion_url": completion_url,
        "completion_code": completion_code,
        "parameter": parameter,
    }
    given: dict[str, Any] = {field: value for field, value in found.items() if value is not None}
    if items is not None:
        given["items"] = items or None
    if until is not None:
        given["expires_at"] = _end_of(until)
    return given


def _text(file: Path | None) -> str | None:
    try:
        return None if file is None else file.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidInput("it is no text in UTF-8.", "Save it so.", Place(str(file))) from None


def _languages(codes: list[str]) -> tuple[str, ...]:
    if codes == ["all"]:
        return ()
    for code in codes:
        if not LANGUAGE.fullmatch(code):
            mend = "Give ISO 639-3, and the script if it matters: ara, ara-Arab; or all."
            raise InvalidInput(f"{code!r} is no language code.", mend, Place("--language"))
    return tuple(codes)


def _end_of(day: str) -> datetime | None:
    if day == "none":
        return None
    try:
        return datetime.combine(date.fromisoformat(day) + timedelta(days=1), time.min, UTC)
    except (ValueError, OverflowError):
        raise InvalidInput(f"{day!r} is no date.", "Give one such as 2026-12-31, or none.", Place("--until")) from None


def _link(name: str) -> str:
    from hume.server.start import base_url

    return f"{base_url(sys.argv[:1], Settings())}/join/{name}"


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")
