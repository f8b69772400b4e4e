"""`hume task`: how tasks are run, as on the page of tasks: who answers, how often, and which items check the raters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from db.store.accounts import accounts
from db.store.annotators import assigned
from db.store.checks import Purposes, counts_by_purpose
from db.store.task_setup import TaskChange, change_task
from db.store.tasks import find_task, tasks
from hume.cli.opening import database, snapshot
from hume.cli.terminal import echo
from hume.errors import NotFound
from hume.export import wording
from hume.records import Task

NAME = "task"

app = typer.Typer(help="Open and close tasks; who answers them, and what checks there are.", no_args_is_help=True)


class State(StrEnum):
    draft = "draft"
    open = "open"
    closed = "closed"


@app.command("set")
def set_(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The task.")],
    state: Annotated[State | None, typer.Option(help="Annotators see open tasks alone.")] = None,
    overlap: Annotated[int | None, typer.Option(min=1, help="How many people are to answer each item.")] = None,
    shared: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Share of the items for everybody, whatever the overlap."),
    ] = None,
    repeats: Annotated[
        float | None, typer.Option(min=0, max=1, help="Share of the items that whoever answered them is asked again.")
    ] = None,
    training: Annotated[int | None, typer.Option(min=0, help="Training items a subset, in all.")] = None,
    attention: Annotated[int | None, typer.Option(min=0, help="Attention items a subset, in all.")] = None,
    annotators: Annotated[
        str | None, typer.Option(metavar="NAMES", help="The only people who are given its items: ann,bea; '' for all.")
    ] = None,
) -> None:
    """Change how a task is run; what is not named stays as it is. Without options it is shown."""
    with database() as session:
        change = TaskChange(
            state=None if state is None else state.value,
            overlap=overlap,
            shared_share=shared,
            repeat_share=repeats,
            training=training,
            attention=attention,
            annotators=None if annotators is None else _rater_ids(session, annotators),
        )
        done = change_task(session, name, change)
        (line,) = _lines(session, [find_task(session, name)])
    echo(line)
    if done and done.from_judgment:
        left = wording.counted(done.from_judgment, "item that was to be judged is", "items that were to be judged are")
        echo(f"{left} set apart: no figure is made of them from now on.", err=True)


@app.command("list")
def list_tasks() -> None:
    """List the tasks: how each is run, and how many items of it are for what."""
    with snapshot() as session:
        lines = _lines(session, tasks(session))
    echo("\n".join(lines) or "There are no tasks yet. Import some: hume import tasks PATH")


def _rater_ids(session: Session, names: str) -> Sequence[int]:
    ids = {account.name: account.rater_id for account in accounts(session)}
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    for name in wanted:
        if name not in ids:
            there = f"There are: {', '.join(ids)}." if ids else "Nobody has signed in yet."
            raise NotFound(f"There is no account {name!r}. {there}")
    return [ids[name] for name in wanted]


def _lines(session: Session, found: Iterable[Task]) -> list[str]:
    """A line a task: how it is run, and how many items of it are for what."""
    names = {account.rater_id: account.name for account in accounts(session)}
    people = {task: [names.get(one, str(one)) for one in ids] for task, ids in assigned(session).items()}
    counts = counts_by_purpose(session)
    return [_line(task, [one for one in counts if one.task == task.name], people.get(task.name, ())) for task in found]


def _line(task: Task, counts: Sequence[Purposes], people: Sequence[str]) -> str:
    judged, training, attention = (
        wording.count(sum(getattr(one, purpose) for one in counts)) for purpose in ("judgment", "training", "attention")
    )
    return (
        f"{task.name}: {task.state}, overlap {task.overlap}, {wording.share(task.shared_share)} shared, "
        f"{wording.share(task.repeat_share)} repeated; {judged} judged, {training} training, {attention} attention; "
        f"for {', '.join(people) or 'everybody'}"
    )
