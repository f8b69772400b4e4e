"""`hume plan`: how many items and people a figure needs, and which tasks to annotate first."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.table import Table

from db.store.published import published
from db.store.tasks import subset_records
from hume.baseline import KINDS
from hume.cli.opening import snapshot
from hume.cli.terminal import Console, echo
from hume.errors import NotFound
from hume.export import wording
from hume.gap import MODEL_KINDS
from hume.parsed import ParsedSubset, parse
from hume.planning import pilot, power_curve, width_curve
from hume.published_plan import ASSUMED, published_plan, published_power, published_width
from hume.records import Rater, ScoreRow
from hume.score import scores
from hume.task_order import KEPT, TaskOrder, task_order
from hume.tasks import TASKS

NAME = "plan"

#: Columns that no name of a task is cut off in.
PIPED_WIDTH = 120

app = typer.Typer(help="How many items and people a figure needs, and which tasks to annotate first.")


class Format(StrEnum):
    json = "json"
    table = "table"


class Source(StrEnum):
    computed = "computed"
    published = "published"


Output = Annotated[Format, typer.Option("--format", help="JSON for programs, a table for people.")]


@app.command()
def items(
    task: Annotated[str, typer.Argument(help="A task with answers, or a task type, planned from published scores.")],
    subset: Annotated[str, typer.Option(help="The task's subset; may be left out where it has one only.")] = "",
    width: Annotated[float, typer.Option(min=0.1, max=50, help="Half the interval's width, in points.")] = 5.0,
    gap: Annotated[float, typer.Option(min=0.1, max=100, help="The gap to tell from none, in points.")] = 10.0,
    kind: Annotated[str, typer.Option(help="Whose answers to plan from: human or simulated.")] = "human",
    model: Annotated[str, typer.Option(help="The gap of this model, by its name.")] = "",
    output: Output = Format.table,
) -> None:
    """How many items, with how many people each, bring an interval down to a width, or tell a gap with 80% power."""
    if task in TASKS:
        with snapshot() as session:
            plan = _of_published(published(session).scores, task, width / 100, gap / 100)
    else:
        plan = _of_answers(_subset(task, subset), _kind(kind), model, width / 100, gap / 100)
    if output == Format.json:
        echo(json.dumps(plan, ensure_ascii=False, indent=2))
    else:
        Console(highlight=False, width=PIPED_WIDTH).print(
            _table(plan, width, gap), _notes(plan), sep="\n", markup=False
        )


@app.command()
def tasks(
    source: Annotated[Source, typer.Option(help="Scores of models: computed here, or published.")] = Source.published,
    output: Output = Format.table,
) -> None:
    """Which tasks to annotate first: those that models' scores on the others tell least."""
    with snapshot() as session:
        rows: Sequence[ScoreRow] = published(session).scores
        if source == Source.computed:
            records = [record for record in subset_records(session) if record.items and not record.task.is_sample]
            rows = [row for record in records for row in scores(parse(record))]
    order = task_order(rows)
    if output == Format.json:
        echo(json.dumps(asdict(order), ensure_ascii=False, indent=2))
    else:
        _show_order(order)


def _kind(name: str) -> str:
    if name not in KINDS:
        raise NotFound(f"There are no raters of the kind {name!r}. Use one of {', '.join(KINDS)}.")
    return name


def _subset(task: str, name: str) -> ParsedSubset:
    with snapshot() as session:
        records = subset_records(session, [task])
    names = [record.subset.name for record in records]
    if not records:
        raise NotFound(f"There is no task {task!r}. `hume task list` names those that are there.")
    if name not in names and (name or len(names) > 1):
        raise NotFound(f"Say which subset of {task} with --subset. There are: {', '.join(names)}.")
    return parse(records[names.index(name) if name else 0])


def _model(subset: ParsedSubset, name: str) -> Rater | None:
    there = [sheet.rater for sheet in subset.of_kind(*MODEL_KINDS)]
    found = next((rater for rater in there if rater.name == name), None)
    if name and not found:
        known = ", ".join(sorted({rater.name for rater in there})) or "none"
        raise NotFound(f"No model {name!r} answered this subset. Those that did: {known}.")
    return found


def _of_answers(subset: ParsedSubset, kind: str, model: str, width: float, gap: float) -> dict[str, Any]:
    of = pilot(subset, kind, _model(subset, model))
    return {
        "from": "answers",
        "task": subset.record.task.name,
        "subset": subset.record.subset.name,
        "kind": kind,
        "unit": of.unit,
        "n_answered": of.n_answered,
        "most_raters": of.most_raters,
        "assumptions": [of.gap_assumption] if of.gap_assumption else [],
        "reason": of.reason,
        "plans": [
            {"score": one.score, "n_items_drawn_from": one.n_items}
            | {"width": asdict(width_curve(one, width)), "power": asdict(power_curve(one, gap))}
            for one in of.by_raters
        ],
    }


def _of_published(rows: Sequence[ScoreRow], task_type: str, width: float, gap: float) -> dict[str, Any]:
    of = published_plan(rows, task_type)
    curves = {"width": asdict(published_width(of, width)), "power": asdict(published_power(of, gap))}
    return {
        "from": "published scores",
        "task_type": task_type,
        "unit": "items",
        "n_subsets": len(of.scores),
        "assumptions": [] if of.reason else [of.formula, ASSUMED],
        "reason": of.reason,
        "plans": [] if of.reason else [curves],
    }


def _table(plan: dict[str, Any], width: float, gap: float) -> Table:
    title = f"{plan.get('task', plan.get('task_type'))} {plan.get('subset', '')}, from {plan['from']}"
    unit = plan["unit"].capitalize()
    table = Table("Raters an item", f"{unit} for ±{width:g} points", f"{unit} to tell a gap of {gap:g}", title=title)
    for one in plan["plans"]:
        people = one["width"]["n_raters"]
        table.add_row(wording.count(people), needed(one["width"]), needed(one["power"]))
    return table


def needed(curve: dict[str, Any]) -> str:
    """The number of items as the table has it, or why there is none."""
    if curve["needed"] is None:
        return str(curve["reason"])
    said = f"about {curve['needed']:,}"
    if curve["needed_low"] and curve["needed_high"]:
        return f"{said} ({curve['needed_low']:,}–{curve['needed_high']:,})"
    return f"{said}, {curve['reason']}" if curve["reason"] else said


def _notes(plan: dict[str, Any]) -> str:
    notes = [*plan["assumptions"], *([plan["reason"]] if plan["reason"] else [])]
    if plan.get("most_raters"):
        notes.append(f"of more people than {plan['most_raters']} an item nothing is known yet")
    return "\n".join(f"- {note}" for note in notes)


def _show_order(order: TaskOrder) -> None:
    console = Console(highlight=False, width=PIPED_WIDTH)
    table = Table("First", "Task", "Type", "Told by the others", "Ranking up to here", title="Annotate in this order")
    for row in order.tasks:
        told, kept = (wording.UNKNOWN if x is None else wording.coefficient(x) for x in (row.predicted, row.ranking))
        table.add_row(str(row.place), row.task, row.task_type, told, kept)
    console.print(table)
    enough = f"The first {order.enough} keep the ranking of models (Spearman {KEPT:g} or more)." if order.enough else ""
    notes = filter(None, (order.reason, enough, order.caution, f"Over {order.n_models} models."))
    console.print("\n".join(notes), markup=False)
