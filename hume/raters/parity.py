"""A model's numbers as mteb reports them, made of HUME's own answers: to hold one program against the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import inf, isnan

from hume.parsed import ParsedSubset, parse
from hume.raters import embedding
from hume.records import AnswerSheet, Json, Rater
from hume.tasks.base import Encoder

MAIN: Mapping[str, str] = {
    "sts": "cosine_spearman",
    "classification": "accuracy",
    "clustering": "v_measure",
    "reranking": "map_at_1000",
}
"""What mteb's `main_score` is a copy of, by task type."""
FACTS = ("hf_subset", "languages", "mteb_version")
"""What stands in a score entry of mteb's beside numbers."""


@dataclass(frozen=True)
class Compared:
    """One number of both programs; None where it is undefined or not there."""

    name: str
    ours: float | None
    theirs: float | None

    @property
    def difference(self) -> float:
        """How far they are apart: 0 where both are undefined, infinite where one is."""
        if self.ours is None or self.theirs is None:
            return 0.0 if self.ours is self.theirs else inf
        return abs(self.ours - self.theirs)


def mteb_entry(subset: ParsedSubset, encoder: Encoder) -> dict[str, Json]:
    """The score entry of an embedding model under protocol `mteb`: every number of mteb's, from answers as stored."""
    answers = {answer.item: answer for answer in embedding.answer(subset, encoder)}
    stored = parse(replace(subset.record, sheets=(AnswerSheet(Rater("embedding", "model"), answers),)))
    given = stored.sheets[0].answers
    found = stored.type.mteb_metrics(stored.items, given, stored.settings, ties="mteb", encoder=encoder)
    return {**found, "main_score": found.get(MAIN[stored.type.name])}


def compared(ours: Mapping[str, Json], theirs: Mapping[str, Json]) -> list[Compared]:
    """Every number of mteb's score entry beside ours; one that stands in a list is named `v_measures.0`."""
    mine = dict(_numbers(ours))
    asked = _numbers({name: value for name, value in theirs.items() if name not in FACTS})
    return [Compared(name, mine.get(name), value) for name, value in asked]


def _numbers(value: Json, name: str = "") -> Iterator[tuple[str, float | None]]:
    if isinstance(value, Mapping):
        parts = list(value.items())
    elif isinstance(value, list):
        parts = [(str(place), part) for place, part in enumerate(value)]
    else:
        yield name, None if value is None or isnan(value) else float(value)
        return
    for key, part in parts:
        yield from _numbers(part, f"{name}.{key}" if name else key)
