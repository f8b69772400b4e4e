"""Which models a page shows: what tells one run of a model from all others, and the reader's choice among them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from streamlit.delta_generator import DeltaGenerator

from hume.export import wording
from hume.records import GapRow, LeaderboardRow, ScoreRow
from pages.parts import charts, standing


class Model(NamedTuple):
    """What tells one run of a model from all others."""

    name: str
    revision: str
    protocol: str


Models = Mapping[Model, str]
"""How the page calls each model: by its name alone where that is enough."""


def of_score(row: ScoreRow) -> Model:
    """Whose score it is."""
    return Model(row.rater, row.rater_revision, row.protocol)


def of_gap(row: GapRow) -> Model:
    """Whose gap it is."""
    return Model(row.model, row.model_revision, row.protocol)


def of_rank(row: LeaderboardRow) -> Model:
    """Whose place on a leaderboard it is."""
    return Model(row.rater, row.rater_revision, row.protocol)


def named(rows: Iterable[ScoreRow]) -> Models:
    """The models that have these scores, with their revision and protocol where one name has several."""
    found = list(dict.fromkeys(of_score(row) for row in rows))
    several = Counter(model.name for model in found)
    return {model: model.name if several[model.name] == 1 else wording.rater(*model) for model in found}


def choose(models: Models, board: Sequence[LeaderboardRow], key: str, at: DeltaGenerator) -> Models:
    """Those that the reader chose, at first the best by mean. Each view needs a `key` of its own."""
    best = standing.best_model(board)
    default = [models[of_rank(best)]] if best else list(models.values())[:1]
    names = at.multiselect(
        "Models",
        sorted(models.values(), key=str.casefold),
        default=default,
        max_selections=len(charts.STYLES),
        placeholder="None",
        help="The best model by mean is chosen at first. All others are the small grey dots.",
        key=key,
        bind="query-params",
    )
    by_name = {name: model for model, name in models.items()}
    return {by_name[name]: name for name in names}


def told_apart(board: Sequence[LeaderboardRow]) -> list[str]:
    """How each row of a leaderboard is called: by its name, with revision and protocol where one name has several."""
    several = Counter(row.rater for row in board)
    return [row.rater if several[row.rater] == 1 else wording.rater(*of_rank(row)) for row in board]
