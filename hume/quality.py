"""Stage: how carefully each rater answers, from items that are asked for that alone. No score is made of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from hume.baseline import KINDS
from hume.errors import InvalidAnswer
from hume.records import CheckRecord, CheckSheet, Purpose
from hume.tasks import task_type
from hume.tasks.base import AnyTaskType


@dataclass(frozen=True)
class RaterChecks:
    """How one rater did on the checks of one subset. Skipped checks are in none of the numbers."""

    task: str
    task_type: str
    subset: str
    language: str
    rater: str
    kind: str
    n_training: int
    """Training items answered that have gold; the first answer to each counts."""
    n_training_right: int
    n_attention: int
    """Attention items answered that have gold; the latest answer to each counts."""
    n_attention_right: int
    n_repeats: int
    """Items that were given twice and answered both times."""
    self_accord: float | None
    """The mean accord of the two answers to those, 0 to 1; None without any."""
    is_sample: bool = False


def is_right(kind: AnyTaskType, item: Any, answer: Any, settings: Any) -> bool | None:
    """Whether a parsed answer accords with the parsed item's gold as far as its task type asks; None without gold."""
    gold = kind.expected(item, settings)
    if gold is None:
        return None
    return kind.accord(item, gold, answer, settings) >= kind.right_from


def rater_checks(records: Iterable[CheckRecord]) -> list[RaterChecks]:
    """A row for each person or simulated rater and subset, where the rater answered a check; people first, by name."""
    rows = [row for record in records for row in _of_subset(record)]
    return sorted(rows, key=lambda row: (row.is_sample, KINDS.index(row.kind), row.rater, row.task, row.subset))


def by_task_type(rows: Iterable[RaterChecks]) -> list[RaterChecks]:
    """The rows of each rater on the subsets of one task type in one, whose `task`, `subset` and `language` are empty.

    Accord is the mean over all items that were given twice. It is not pooled over task types: each has its own.
    """
    pools: dict[tuple[bool, str, str, str], list[RaterChecks]] = defaultdict(list)
    for row in rows:
        pools[row.is_sample, row.kind, row.rater, row.task_type].append(row)
    return [_pooled(pool) for pool in pools.values()]


def _pooled(rows: Sequence[RaterChecks]) -> RaterChecks:
    twice = [(row.self_accord, row.n_repeats) for row in rows if row.self_accord is not None]
    n_repeats = sum(n for _, n in twice)
    return replace(
        rows[0],
        task="",
        subset="",
        language="",
        n_training=sum(row.n_training for row in rows),
        n_training_right=sum(row.n_training_right for row in rows),
        n_attention=sum(row.n_attention for row in rows),
        n_attention_right=sum(row.n_attention_right for row in rows),
        n_repeats=n_repeats,
        self_accord=sum(accord * n for accord, n in twice) / n_repeats if n_repeats else None,
    )


def _of_subset(record: CheckRecord) -> list[RaterChecks]:
    kind = task_type(record.task.task_type)
    settings = kind.parse_settings(record.settings)
    items = {item_id: kind.parse_item(item.raw, settings) for item_id, item in record.items.items()}
    sheets = [sheet for sheet in record.sheets if sheet.rater.kind in KINDS]
    rows = [_of_rater(record, kind, items, sheet, settings) for sheet in sheets]
    return [row for row in rows if row.n_training or row.n_attention or row.n_repeats]


def _of_rater(
    record: CheckRecord, kind: AnyTaskType, items: Mapping[int, Any], sheet: CheckSheet, settings: Any
) -> RaterChecks:
    given = _parsed(kind, items, sheet, settings)

    def verdicts(purpose: Purpose) -> list[bool]:
        asked = [item_id for item_id in given if record.items[item_id].purpose == purpose]
        found = (is_right(kind, items[item_id], given[item_id], settings) for item_id in asked)
        return [verdict for verdict in found if verdict is not None]

    training, attention = verdicts("training"), verdicts("attention")
    accords = [
        kind.accord(items[original], given[original], given[repeat], settings)
        for repeat, original in record.originals.items()
        if original in given and repeat in given
    ]
    return RaterChecks(
        task=record.task.name,
        task_type=record.task.task_type,
        subset=record.subset.name,
        language=record.subset.language,
        rater=sheet.rater.name,
        kind=sheet.rater.kind,
        n_training=len(training),
        n_training_right=sum(training),
        n_attention=len(attention),
        n_attention_right=sum(attention),
        n_repeats=len(accords),
        self_accord=_mean(accords),
        is_sample=record.task.is_sample,
    )


def _parsed(kind: AnyTaskType, items: Mapping[int, Any], sheet: CheckSheet, settings: Any) -> dict[int, Any]:
    """The given answers; one that the task's settings of today no longer admit says nothing, as in every figure."""
    parsed = {}
    for item_id, answer in sheet.answers.items():
        if answer.status == "given":
            with suppress(InvalidAnswer):
                parsed[item_id] = kind.parse_answer(answer.payload, items[item_id], settings)
    return parsed


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
