"""Stage: can a model stand in for a person? The alternative annotator test, subset by subset and model by model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import chain

from hume.baseline import KINDS
from hume.gap import MODEL_KINDS
from hume.measures.alt_test import MIN_ITEMS, AltTest, alt_test, closeness
from hume.parsed import ParsedSubset, Sheet
from hume.records import StandInRow
from hume.tasks.base import FloatArray

#: How much worse than a person a model may be for being cheaper: than crowd workers, skilled people, experts.
EPSILONS = (0.1, 0.15, 0.2)
FEW_ITEMS = f"fewer than {MIN_ITEMS} items that the model and two people answered"
FEW_OF_EACH = f"nobody has {MIN_ITEMS} items that the model and another person answered too"
TWO_RATERS = "two raters only: the test cannot tell the group from one of them"


def stand_in(subset: ParsedSubset) -> list[StandInRow]:
    """A row for each model, kind of rater and epsilon, where there are two raters at least."""
    rows = []
    for kind in KINDS:
        people, models = subset.of_kind(kind), subset.of_kind(*MODEL_KINDS)
        if len(people) < 2:
            continue
        # Similarities and judgments are compared on scales of their own, so each model is with its like.
        of_scale: dict[bool, list[Sheet]] = {True: [], False: []}
        for model in models:
            of_scale[all(answer.is_judgment for answer in model.answers.values())].append(model)
        for alike in of_scale.values():
            rows += _of_models(subset, kind, people, alike)
    return rows


def _of_models(subset: ParsedSubset, kind: str, people: Sequence[Sheet], models: Sequence[Sheet]) -> list[StandInRow]:
    answers = Counter(chain.from_iterable(sheet.answers for sheet in people))
    n_items = [sum(answers[item_id] >= 2 for item_id in model.answers) for model in models]
    points: FloatArray | None = None
    if max(n_items, default=0) >= MIN_ITEMS:
        sets = [sheet.answers for sheet in (*people, *models)]
        points = subset.type.points(subset.items, sets, subset.settings)
    rows = []
    for place, (model, n) in enumerate(zip(models, n_items, strict=True)):
        enough = points is not None and n >= MIN_ITEMS
        sides = closeness(points[: len(people)], points[len(people) + place]) if enough and points is not None else None
        for epsilon in EPSILONS:
            test = AltTest(None, None, (), 0) if sides is None else alt_test(*sides, epsilon)
            rows.append(_row(subset, kind, model, epsilon, test, n, len(people)))
    return rows


def _row(
    subset: ParsedSubset, kind: str, model: Sheet, epsilon: float, test: AltTest, n_items: int, n_people: int
) -> StandInRow:
    reason = "" if test.n_raters else (FEW_ITEMS if n_items < MIN_ITEMS else FEW_OF_EACH)
    return StandInRow(
        **subset.row,
        baseline_kind=kind,
        model=model.rater.name,
        model_kind=model.rater.kind,
        epsilon=epsilon,
        winning_rate=test.winning_rate,
        advantage=test.advantage,
        passes=test.passes,
        n_items=n_items,
        n_raters=test.n_raters,
        reason=reason,
        caution=TWO_RATERS if n_people == 2 and not reason else "",
        model_revision=model.rater.revision,
        protocol=model.rater.protocol,
    )


def best_first(rows: Sequence[StandInRow]) -> list[StandInRow]:
    """The rows by average advantage probability, the greatest first, undefined ones last."""
    return sorted(rows, key=lambda row: (row.advantage is None, -(row.advantage or 0.0), row.task, row.subset))
