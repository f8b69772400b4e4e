"""Simulated raters: made-up answers for demos and tests. They are never shown as people."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from hume.parsed import ParsedSubset
from hume.raters.embedding import as_records
from hume.records import Answer, Rater


def simulated_raters(n: int) -> list[Rater]:
    """`n` raters whose names say what they are."""
    return [Rater("simulated", f"simulated-{number + 1}") for number in range(n)]


def answer(subset: ParsedSubset, rater: Rater, noise: float) -> list[Answer]:
    """The rater's answers to every item, the same each time: gold at noise 0, chance at noise 1."""
    rng = np.random.default_rng(_seed(rater.name, subset.record.task.name, subset.record.subset.name))
    given = {key: subset.type.simulate(item, subset.settings, noise, rng) for key, item in subset.items.items()}
    return as_records(subset, given, "simulated")


def _seed(*names: str) -> Sequence[int]:
    return list(hashlib.blake2b("|".join(names).encode(), digest_size=16).digest())
