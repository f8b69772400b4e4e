"""Many subsets answered by one loaded model: no database, so that a worker, a file and a cluster share it."""

from __future__ import annotations

import gc
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from hume.errors import HumeError, Unsuited
from hume.parsed import ParsedSubset, parse
from hume.raters import embedding
from hume.raters.backends import Asked, Backend, EmbeddingBackend, Loading, ModelCard, PairBackend
from hume.raters.cache import EmbeddingCache
from hume.raters.encoding import Encodings
from hume.records import Answer, AnswerSheet, Rater, ScoreRow, SubsetRecord
from hume.runner.request import Request
from hume.score import scores
from hume.tasks.base import ModelProtocol

#: Told how many texts (or pairs of texts) are done, those in the cache included, and of how many, None if not known.
OnTexts = Callable[[int, int | None], None]

PAIRS_AT_ONCE = 2_048
"""After so many pairs the model is asked whether it is to go on: no backend hears of more at a time."""

log = logging.getLogger("hume.runner")


@runtime_checkable
class Crew(Protocol):
    """A model that is loaded elsewhere, many times perhaps, and answers whole subsets there."""

    @property
    def card(self) -> ModelCard: ...

    def answered(
        self, records: Sequence[SubsetRecord], protocol: ModelProtocol, uses_cache: bool, on_texts: OnTexts
    ) -> Iterator[Answered]:
        """What `answered` below promises, in any order."""
        ...


Model = Backend | Crew
Loader = Callable[[str, Loading], Model]


class OneAtATime:
    """A loader that holds the model of its last call, and lets go of it first where another is asked for.

    Two large models do not fit onto one GPU.
    """

    def __init__(self, loader: Loader) -> None:
        self._loader = loader
        self._held: tuple[str, Loading, Model] | None = None

    def __call__(self, name: str, loading: Loading) -> Model:
        """The model, as the loader has it."""
        if self._held is None or self._held[:2] != (name, loading):
            self._held = None
            gc.collect()
            self._held = name, loading, self._loader(name, loading)
        return self._held[2]


class Stopped(BaseException):
    """Somebody wants no more answers. Like KeyboardInterrupt it passes whatever catches a subset's faults."""


@dataclass(frozen=True)
class Answered:
    """What became of one subset: all its answers, or the fault that kept the model from giving them."""

    record: SubsetRecord
    answers: tuple[Answer, ...] = ()
    fault: str = ""
    """What is wrong and what to do; empty where the subset was answered."""
    is_unsuited: bool = False
    """Whether the fault is that the model answers no task of this type: it is left out, and nothing is wrong."""
    seconds: float = 0.0
    n_texts: int = 0
    """Texts (or pairs of texts) that the model has read so far, for this subset and for those before."""


@dataclass
class Tally:
    """What became of a run's subsets."""

    n_answered: int = 0
    faults: list[str] = field(default_factory=list)
    """A line for each subset that could not be answered and should have been."""
    unsuited: Counter[str] = field(default_factory=Counter)
    """By task type, how many subsets are not for this kind of model."""

    def add(self, one: Answered) -> None:
        """Count one more."""
        record = one.record
        if one.is_unsuited:
            self.unsuited[record.task.task_type] += 1
        elif one.fault:
            self.faults.append(f"{record.task.name}/{record.subset.name}: {one.fault}")
        else:
            self.n_answered += 1

    @property
    def left_out(self) -> str:
        """Which subsets are not for this kind of model, in a sentence; empty where all are."""
        n, types = self.unsuited.total(), ", ".join(sorted(self.unsuited))
        subsets = "1 subset is" if n == 1 else f"{n} subsets are"
        return f"{subsets} of a type that the model does not answer: {types}." if n else ""

    @property
    def errors(self) -> list[str]:
        """Why the run failed, a line each; that it could answer nothing at all among them."""
        is_idle = self.unsuited and not self.n_answered and not self.faults
        return [f"There was nothing for it to answer: {self.left_out}"] if is_idle else self.faults


def rater_of(model: Model, request: Request) -> Rater:
    """Whom a model's answers are stored under: cross-encoders and baselines are of the kind `embedding` too.

    What its user chose and changes its answers makes another rater of it: it stands behind the revision.
    """
    return Rater("embedding", model.card.name, f"{model.card.revision}{request.variant}", request.protocol)


def answered(
    model: Model,
    records: Sequence[SubsetRecord],
    protocol: ModelProtocol = "mteb",
    cache: EmbeddingCache | None = None,
    on_texts: OnTexts = lambda done, total: None,
) -> Iterator[Answered]:
    """Each of the subsets, in their order (a crew's in any), as soon as it is answered.

    The texts of all of them are encoded first, each distinct one once. A subset that cannot be answered has a fault,
    and does not keep the others from it. `on_texts` may raise `Stopped`, which ends the iteration.
    """
    if isinstance(model, Crew):
        yield from model.answered(records, protocol, cache is not None, on_texts)
        return
    parsed = [_parsed(record) for record in records]
    reader = _Reader(model, protocol, cache, on_texts)
    reader.prepare([subset for subset in parsed if isinstance(subset, ParsedSubset)])
    for record, subset in zip(records, parsed, strict=True):
        on_texts(*reader.progress)
        yield reader.answered(record, subset)


def scored(one: Answered, rater: Rater) -> list[ScoreRow]:
    """The scores of a subset's answers, as they are stored; none where there is a fault."""
    if one.fault:
        return []
    sheet = AnswerSheet(rater, {answer.item: answer for answer in one.answers})
    return scores(parse(replace(one.record, sheets=(sheet,))))


def fault_of(error: Exception) -> str:
    """What is told of an error: HUME's own words, or type and message of an unexpected one, whose trace is logged."""
    if isinstance(error, HumeError):
        return str(error)
    log.error("unexpected", exc_info=error)
    return f"{type(error).__name__}: {error}"


def _parsed(record: SubsetRecord) -> ParsedSubset | Exception:
    try:
        return parse(replace(record, sheets=()))
    except Exception as error:
        return error


class _Reader:
    """A model with what it has read."""

    def __init__(
        self, backend: Backend, protocol: ModelProtocol, cache: EmbeddingCache | None, on_texts: OnTexts
    ) -> None:
        self.progress: tuple[int, int | None] = (0, None)
        self._backend, self._protocol, self._on_texts = backend, protocol, on_texts
        self._encodings = Encodings(backend, cache, self._told) if isinstance(backend, EmbeddingBackend) else None
        self._n_pairs = 0

    def prepare(self, subsets: Sequence[ParsedSubset]) -> None:
        """Encode what all of them want. Where that fails, each is left to find out by itself which one is at fault."""
        if self._encodings is None:
            return
        try:
            self._encodings.prepare(wanted for subset in subsets for wanted in self._wanted(subset))
        except Exception as error:
            log.warning("Not all texts could be encoded together (%s); going on subset by subset.", fault_of(error))

    def answered(self, record: SubsetRecord, subset: ParsedSubset | Exception) -> Answered:
        started = time.monotonic()
        try:
            if isinstance(subset, Exception):
                raise subset
            answers, fault, is_unsuited = tuple(self._answers(subset)), "", False
        except Exception as error:
            answers, fault, is_unsuited = (), fault_of(error), isinstance(error, Unsuited)
        return Answered(record, answers, fault, is_unsuited, time.monotonic() - started, self.n_texts)

    @property
    def n_texts(self) -> int:
        return self._n_pairs if self._encodings is None else self._encodings.n_texts

    def _answers(self, subset: ParsedSubset) -> list[Answer]:
        task, of = subset.record.task, subset.record.subset
        if self._encodings is not None:
            return embedding.answer(subset, self._encodings.encoder(task, of), self._protocol)
        return embedding.answer_by_pairs(subset, _Pairs(self._backend, subset, self._pairs_read))

    def _wanted(self, subset: ParsedSubset) -> Iterator[tuple[Asked, list[str]]]:
        try:
            texts = embedding.texts_to_encode(subset, self._protocol)
        except Exception:  # it will say so when it is to be answered
            return
        for role in dict.fromkeys(role for _, role in texts):
            asked = Asked(subset.record.task, subset.record.subset, role)
            yield asked, [text for text, of in texts if of == role]

    def _told(self, done: int, total: int) -> None:
        self.progress = done, total
        self._on_texts(done, total)

    def _pairs_read(self, n: int) -> None:
        self._n_pairs += n
        self.progress = self._n_pairs, None
        self._on_texts(*self.progress)


class _Pairs:
    """A model that reads pairs, for one subset; stopped between two portions of them."""

    def __init__(self, backend: Backend, subset: ParsedSubset, on_pairs: Callable[[int], None]) -> None:
        if not isinstance(backend, PairBackend):
            raise TypeError(f"{type(backend).__name__} neither embeds texts nor scores pairs")
        self._backend, self._of, self._on_pairs = backend, subset.record, on_pairs

    def score_pairs(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        """As the backend's own."""
        found = [np.zeros(0, dtype=np.float32)]
        at_once = max(1, len(pairs)) if getattr(self._backend, "reads_all_at_once", False) else PAIRS_AT_ONCE
        for start in range(0, len(pairs), at_once):
            some = pairs[start : start + at_once]
            found.append(self._backend.score_pairs(some, self._of.task, self._of.subset))
            self._on_pairs(len(some))
        return np.concatenate(found)
