"""Which models a page shows: what tells one run of a model from all others, and the reader's choice among them.

A model answers under one of two protocols, and is told more under one of them. A page shows one protocol at a time, so
that people are ranked among models that each occur once; LLMs, whose prompt stands in its place, are on both.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from hume.export import wording
from hume.gap import MODEL_KINDS
from hume.records import GapRow, LeaderboardRow, Report, ScoreRow, StandInRow
from hume.tasks.base import PROTOCOLS
from pages.parts import charts

PROTOCOL_NAMES: Mapping[str, str] = {"mteb": "As MTEB does", "human-like": "As people do"}
PROTOCOL_HELP = (
    "What a model is given. *As MTEB does* (`mteb`): a probe is fitted on the train split, and clustering is told the "
    "number of groups. *As people do* (`human-like`): the model gets what a person gets and no more. Both are kept "
    "apart wherever they are shown."
)


class Model(NamedTuple):
    """What tells one run of a model from all others."""

    name: str
    revision: str
    protocol: str
    kind: str = "embedding"


Models = Mapping[Model, str]
"""How the page calls each model: by its name alone where that is enough."""


def of_score(row: ScoreRow) -> Model:
    """Whose score it is."""
    return Model(row.rater, row.rater_revision, row.protocol, row.kind)


def of_gap(row: GapRow | StandInRow) -> Model:
    """Whose gap it is, or who was tried as a stand-in."""
    return Model(row.model, row.model_revision, row.protocol, row.model_kind)


def of_rank(row: LeaderboardRow) -> Model:
    """Whose place on a leaderboard it is."""
    return Model(row.rater, row.rater_revision, row.protocol, row.kind)


# -- names ---------------------------------------------------------------------------------------------


def named(rows: Iterable[ScoreRow]) -> Models:
    """The models that have these scores: of one name with several revisions, protocols or kinds that is said too.

    To be asked of all rows of a view, before a protocol is chosen: a name then says which one it is.
    """
    alike: dict[str, list[Model]] = defaultdict(list)
    for model in dict.fromkeys(of_score(row) for row in rows if row.kind in MODEL_KINDS):
        alike[model.name].append(model)
    return {model: _name(model, same) for same in alike.values() for model in same}


def _name(model: Model, same: Sequence[Model]) -> str:
    """Its name, and in brackets what not all of those that share it have in common."""
    if len({one.kind for one in same}) > 1:
        return wording.rater(*model[:3])
    revision = model.revision if len({one.revision for one in same}) > 1 else ""
    protocol = model.protocol if len({one.protocol for one in same}) > 1 else ""
    return wording.rater(model.name, revision, protocol)


def called(row: LeaderboardRow, known: Models) -> str:
    """How a row of a leaderboard is called, be it a model or people."""
    return known.get(of_rank(row), row.rater)


def series(chosen: Models) -> list[charts.Series]:
    """How each chosen model is drawn: LLMs by stars, embedding models by other shapes."""
    llms = [name for model, name in chosen.items() if model.kind == "llm"]
    others = [name for model, name in chosen.items() if model.kind != "llm"]
    styles = {one.name: one for one in (*charts.styled(others), *charts.starred(llms))}
    return [styles[name] for name in chosen.values()]


# -- what is shown -------------------------------------------------------------------------------------


def choose_protocol(protocols: Iterable[str], at: Any = st) -> str:
    """The protocol that the reader chose among those that models answered under; the only one, or '' for none."""
    found = set(protocols)
    there = [protocol for protocol in PROTOCOLS if protocol in found]
    if len(there) < 2:
        return there[0] if there else ""
    return str(
        at.segmented_control(
            "Protocol",
            there,
            default=there[0],
            required=True,
            help=PROTOCOL_HELP,
            key="protocol",
            bind="query-params",
        )
    )


def protocols_of(report: Report) -> set[str]:
    """The protocols of the models that have scores."""
    return {row.protocol for row in report.scores if row.kind in MODEL_KINDS}


def under(report: Report, protocol: str) -> Report:
    """The report with the models of one protocol, and those that have none of the two; people are in it all."""

    def takes(row: Any) -> bool:
        if isinstance(row, LeaderboardRow):
            return row.board_protocol in ("", protocol)
        return is_under(getattr(row, "protocol", ""), protocol)

    return replace(
        report, **{field.name: tuple(filter(takes, getattr(report, field.name))) for field in fields(Report)}
    )


def is_under(of: str, protocol: str) -> bool:
    """Whether a rater of a protocol is shown with those of another: people and LLMs are, with either."""
    return of == protocol or of not in PROTOCOLS


def choose(models: Models, best: Model | None, key: str, at: DeltaGenerator) -> Models:
    """Those that the reader chose, at first the `best`. Each view needs a `key` of its own."""
    default = [models[best]] if best in models else list(models.values())[:1]
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
