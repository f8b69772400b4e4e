"""An embedding model as a rater: it answers the items of a subset like anyone else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hume.answers import checked
from hume.errors import HumeError
from hume.parsed import ParsedSubset
from hume.records import Answer, Kind
from hume.tasks.base import Encoder, Given, ModelProtocol, PairScorer, Role


def answer(subset: ParsedSubset, encoder: Encoder, protocol: ModelProtocol = "mteb") -> list[Answer]:
    """The model's answers to every item of the subset.

    Raises HumeError where the model gives numbers that are not finite: such a model has answered nothing.
    """
    given = subset.type.answer_by_embedding(subset.items, train_of(subset), subset.settings, Checked(encoder), protocol)
    return as_records(subset, given, "embedding")


def answer_by_pairs(subset: ParsedSubset, scorer: PairScorer) -> list[Answer]:
    """The answers of a model that reads two texts together; the same under every protocol.

    Raises HumeError where such a model does not answer the task type, and for numbers that are not finite.
    """
    given = subset.type.answer_by_pairs(subset.items, subset.settings, CheckedPairs(scorer))
    return as_records(subset, given, "embedding")


def texts_to_encode(subset: ParsedSubset, protocol: ModelProtocol = "mteb") -> list[tuple[str, Role]]:
    """All that `answer` will ask the encoder for."""
    return subset.type.texts_to_encode(subset.items, train_of(subset), subset.settings, protocol)


def train_of(subset: ParsedSubset) -> list[Any]:
    """The train split as the task type's own items."""
    return [subset.type.parse_item(item.raw, subset.settings) for item in subset.record.train]


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
        _refuse_unless(np.isfinite(vectors).all(axis=1), "texts", [text[:60] for text in texts])
        return vectors

    def similarity(self, a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
        """As the encoder's own."""
        return self._encoder.similarity(a, b)


class CheckedPairs:
    """A scorer of pairs whose scores are known to be finite."""

    def __init__(self, scorer: PairScorer) -> None:
        self._scorer = scorer

    def score_pairs(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        """As the scorer's own, or HumeError naming the first pair with NaN or infinity."""
        scores = self._scorer.score_pairs(pairs)
        shown = [" | ".join(text[:60] for text in pair) for pair in pairs]
        _refuse_unless(np.isfinite(scores), "pairs of texts", shown)
        return scores


def _refuse_unless(finite: Any, what: str, texts: Sequence[str]) -> None:
    faulty = np.flatnonzero(~finite)
    if len(faulty):
        raise HumeError(
            f"the model gave NaN or infinity for {len(faulty)} of {len(texts)} {what}, "
            f"the first of them {texts[faulty[0]]!r}. Try --device cpu, or another precision."
        )
