"""Rows that no export has: tasks with their subsets, and runs of models."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from db.store.runs import runs
from db.store.tasks import Outline, outlines, tasks
from hume.export.pseudonyms import Names
from hume.records import Json, Kind, Run, RunState, Task, TaskState


@dataclass(frozen=True)
class SubsetOutline:
    """A subset of a task."""

    subset: str
    languages: tuple[str, ...]
    """ISO 639-3 and ISO 15924, such as `ara-Arab`."""
    n_items: int
    """Current items that figures are made of."""


@dataclass(frozen=True)
class TaskRow:
    """A task with its subsets that have items."""

    task: str
    task_type: str
    state: TaskState
    description: str
    license: str
    source: str
    revision: str
    overlap: int
    """How many people are to answer each item."""
    is_sample: bool
    """Made for trying HUME on; no benchmark."""
    n_items: int
    """Current items that figures are made of, of all subsets."""
    subsets: tuple[SubsetOutline, ...]


@dataclass(frozen=True)
class RunRow:
    """One run of a model over tasks. Logs are on the page of models alone."""

    id: int
    model: str
    """As it was asked for."""
    tasks: tuple[str, ...]
    """Empty for all."""
    state: RunState
    rater: str | None
    """The model's name as figures have it; None until it was loaded."""
    kind: Kind | None
    rater_revision: str | None
    protocol: str | None
    device: str
    versions: Mapping[str, str]
    prompts: Mapping[str, str]
    settings: Mapping[str, Json]
    error: str
    """What went wrong, a line a subset; empty where nothing did."""
    queued: datetime
    started: datetime | None
    finished: datetime | None
    seconds: float | None
    requested_by: str
    """Whose account asked for it; empty for the command line."""
    repeats: int | None
    """The run that this one tries again."""
    n_done: int
    """Subsets that are done with."""
    n_total: int | None
    n_texts: int | None
    texts_per_s: float | None
    peak_mb: float | None
    """The most memory that was in use, in MiB."""
    cost: Mapping[str, Json]
    """Of an LLM: tokens and money."""


def task_rows(session: Session) -> list[TaskRow]:
    """All tasks, by name."""
    found: dict[str, list[Outline]] = defaultdict(list)
    for outline in outlines(session):
        found[outline.task.name].append(outline)
    return [_task_row(task, found[task.name]) for task in tasks(session)]


def run_rows(session: Session, names: Names) -> list[RunRow]:
    """All runs, the latest first; whoever asked for one under a pseudonym where people have them."""
    return [_run_row(run, names) for run in runs(session)]


def _task_row(task: Task, subsets: list[Outline]) -> TaskRow:
    return TaskRow(
        task=task.name,
        task_type=task.task_type,
        state=task.state,
        description=task.description,
        license=task.license,
        source=task.source,
        revision=task.revision,
        overlap=task.overlap,
        is_sample=task.is_sample,
        n_items=sum(one.n_items for one in subsets),
        subsets=tuple(SubsetOutline(one.subset.name, one.subset.languages, one.n_items) for one in subsets),
    )


def _run_row(run: Run, names: Names) -> RunRow:
    rater = run.rater
    return RunRow(
        id=run.id,
        model=run.model,
        tasks=run.tasks,
        state=run.state,
        rater=rater.name if rater else None,
        kind=rater.kind if rater else None,
        rater_revision=rater.revision if rater else None,
        protocol=rater.protocol if rater else None,
        device=run.device,
        versions=run.versions,
        prompts=run.prompts,
        settings=run.settings,
        error=run.error,
        queued=run.queued,
        started=run.started,
        finished=run.finished,
        seconds=run.seconds,
        requested_by=run.requested_by if names is None else names.get(run.requested_by, ""),
        repeats=run.repeats,
        n_done=run.n_done,
        n_total=run.n_total,
        n_texts=run.n_texts,
        texts_per_s=run.texts_per_s,
        peak_mb=run.peak_mb,
        cost=run.cost,
    )
