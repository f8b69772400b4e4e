"""An embedding model as a rater: it answers the items of a subset like anyone else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from hume.answers import checked
from hume.errors import HumeError
from hume.parsed import ParsedSubset
from hume.records import Answer, Kind
from hume.tasks.base import Encoder, Given, Role

PROTOCOL = "mteb"


def answer(subset: ParsedSubset, encoder: Encoder) -> list[Answer]:
    """The model's answers to every item of the subset, by MTEB's protocol.

    Raises HumeError where the model gives numbers that are not finite: such a model has answered nothing.
    """
    train = [subset.type.parse_item(item.raw, subset.settings) for item in subset.record.train]
    given = subset.type.answer_by_embedding(subset.items, train, subset.settings, Checked(encoder))
    return as_records(subset, given, "embedding")


def as_records(subset: ParsedSubset, given: Mapping[str, Given], kind: Kind) -> list[Answer]:
    """Typed answers as records, through the gate that every answer passes."""
    task, of = subset.record.task, subset.record.subset
    items = {item.key: item for item in subset.record.items}
    answers = (
        Answer(key, "given", value.model_dump(mode="json", exclude_defaults=True), item_version=items[key].version)
        for key, value in given.items()
    )
    return [checked(task, of, items[answer.item], answer, kind) for answer in answers]


class Checked:
    """An encoder whose embeddings are known to be finite."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    def encode(self, texts: Sequence[str], role: Role) -> NDArray[np.float32]:
        """As the encoder's own `encode`, or HumeError naming the first text with NaN or infinity."""
        vectors = self._encoder.encode(texts, role)
        faulty = np.flatnonzero(~np.isfinite(vectors).all(axis=1))
        if len(faulty):
            text = texts[faulty[0]]
            raise HumeError(
                f"the model gave NaN or infinity for {len(faulty)} of {len(texts)} texts, "
                f"the first of them {text[:60]!r}. Try --device cpu, or another precision."
            )
        return vectors

    def similarity(self, a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
        """As the encoder's own."""
        return self._encoder.similarity(a, b)
