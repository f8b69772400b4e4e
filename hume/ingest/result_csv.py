"""Published figures as CSV (or another table): scores.csv and agreement.csv as in data/hume_v1."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from hume.ingest.figures import COUNTS, main_metric, our_name, policy
from hume.ingest.rows import Row
from hume.records import AgreementRow, Kind, ScoreRow
from hume.tasks import TASKS

SCORE_COLUMNS = ("kind", "rater", "aggregation", "task", "task_type", "subset", "language", "metric", "score")
AGREEMENT_COLUMNS = ("task", "task_type", "subset", "language", "coefficient", "value")

_KINDS: Mapping[str, Kind] = {
    "human": "human",
    "model": "embedding",
    "embedding": "embedding",
    "llm": "llm",
    "simulated": "simulated",
}


def score_row(row: Row) -> ScoreRow:
    """A line of scores.csv: kind, rater, revision, aggregation, task, task_type, subset, language, metric, score.

    A model's `kind` may be `model`; `score` is a fraction, and empty where there is none.
    """
    kind, task_type = row.text("kind"), _task_type(row)
    if kind not in _KINDS:
        raise row.fault(f"{kind!r} is no kind of rater.", f"Use {', '.join(_KINDS)}.", "kind")
    metric = our_name(task_type, row.text("metric"))
    if not metric:
        raise row.fault(f"{row.text('metric')!r} is no metric of {task_type}.", "See docs/formats.md.", "metric")
    score = row.number("score") if row.has("score") else None
    if score is not None and not -1 <= score <= 1:
        raise row.fault(f"the score {score:g} is no fraction.", "Divide by 100.", "score")
    return ScoreRow(
        task=row.key("task"),
        task_type=task_type,
        subset=row.key("subset"),
        language=row.text("language"),
        rater=row.key("rater"),
        kind=_KINDS[kind],
        metric=metric,
        is_main=metric == main_metric(task_type),
        score=score,
        n_items=None,
        rater_revision=row.text("revision") if row.has("revision") else "",
        aggregation=row.text("aggregation"),
        policy=policy(task_type, kind == "human"),
        reason="" if score is not None else "published without a number",
        source="published",
    )


def agreement_rows(rows: Iterable[Row]) -> list[AgreementRow]:
    """Lines of agreement.csv: task, task_type, subset, language, coefficient, value.

    The coefficients `n_items` and `n_annotators` of a subset become columns of its other rows; other counts go.
    """
    lines = [(row, _place(row), row.text("coefficient"), row.number("value")) for row in rows]
    counts = {(place, name): int(value) for _, place, name, value in lines if name in COUNTS}
    return [
        AgreementRow(
            *place,
            kind="human",
            coefficient=name,
            value=value,
            n_items=counts.get((place, "n_items")),
            n_raters=counts.get((place, "n_annotators")),
            source="published",
        )
        for _, place, name, value in lines
        if name not in COUNTS
    ]


def _place(row: Row) -> tuple[str, str, str, str]:
    return row.key("task"), _task_type(row), row.key("subset"), row.text("language")


def _task_type(row: Row) -> str:
    name = row.text("task_type")
    if name not in TASKS:
        raise row.fault(f"there is no task type {name!r}.", f"Use {', '.join(TASKS)}.", "task_type")
    return name


def fits(columns: Iterable[str], needed: Sequence[str]) -> bool:
    """Whether a table with these columns is one that needs those."""
    return set(columns).issuperset(needed)
