"""Two runs of models held against each other: what differs in how they ran, and what that did to the scores."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from hume.records import Json, Run, ScoreRow

ABSENT = ""
"""What stands for a setting, package or prompt that one of two runs has not."""


@dataclass(frozen=True)
class Difference:
    """Something that two runs do not share: `what` it is, as one and the other run had it."""

    what: str
    before: str
    after: str


@dataclass(frozen=True)
class ScoreChange:
    """The main score of one subset in two runs; None where a run has none, or where it is undefined."""

    task: str
    task_type: str
    subset: str
    language: str
    metric: str
    before: float | None
    after: float | None
    n_before: int | None
    n_after: int | None

    @property
    def difference(self) -> float | None:
        """After less before; None where either is."""
        return None if self.before is None or self.after is None else self.after - self.before

    @property
    def is_other_items(self) -> bool:
        """Whether the runs scored different numbers of items, so that the model need not be what changed."""
        return self.n_before is not None and self.n_after is not None and self.n_before != self.n_after


def differences(before: Run, after: Run) -> list[Difference]:
    """All that may explain why the scores of two runs differ, the model's own revision first; [] where all is alike.

    Where a run stands in the queue, how long it took and who asked for it are not among them: they change no score.
    """
    return list(_unlike(_conditions(before), _conditions(after)))


def score_changes(before: Iterable[ScoreRow], after: Iterable[ScoreRow]) -> list[ScoreChange]:
    """The main scores of all subsets that either run has, the greatest change first, then by task and subset."""
    first, second = _main_scores(before), _main_scores(after)
    changes = [_change(first.get(place), second.get(place)) for place in {**first, **second}]
    return sorted(changes, key=lambda one: (-abs(one.difference or 0.0), one.task, one.subset))


def _conditions(run: Run) -> dict[str, str]:
    rater = run.rater
    named: dict[str, Json] = {
        "model": rater.name if rater else run.model,
        "revision": rater.revision if rater else ABSENT,
        "protocol": rater.protocol if rater else run.request.get("protocol", ABSENT),
        "device": run.device,
    }
    groups: Sequence[tuple[str, Mapping[str, Json]]] = (
        ("setting", run.settings),
        ("prompt", run.prompts),
        ("package", run.versions),
    )
    return {name: str(value) for name, value in named.items()} | {
        f"{group} {name}": str(value)
        for group, values in groups
        for name, value in sorted(values.items())
        if name not in named
    }


def _unlike(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Difference]:
    for what in {**before, **after}:
        one, other = before.get(what, ABSENT), after.get(what, ABSENT)
        if one != other:
            yield Difference(what, one, other)


def _main_scores(rows: Iterable[ScoreRow]) -> dict[tuple[str, str], ScoreRow]:
    return {(row.task, row.subset): row for row in rows if row.is_main}


def _change(before: ScoreRow | None, after: ScoreRow | None) -> ScoreChange:
    row = after or before
    if row is None:
        raise ValueError("a change is of a subset that at least one of two runs has scored")
    return ScoreChange(
        row.task,
        row.task_type,
        row.subset,
        row.language,
        row.metric,
        before.score if before else None,
        after.score if after else None,
        before.n_items if before else None,
        after.n_items if after else None,
    )
