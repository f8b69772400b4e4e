"""What a task type is. The four there are, and the next one, differ from each other in nothing else.

A task type turns plain JSON into checked items and answers, scores answers, compares raters, and answers by
embedding. It sees neither who answered nor where anything is stored. The stages of the data's path (`hume.score`,
`hume.baseline`, ...) hold it against every rater in the same way.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal, Protocol, TypeVar, get_args

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from hume.errors import InvalidInput, Place
from hume.measures.pairwise import Pairwise
from hume.measures.ranking import Ties
from hume.measures.resampling import MOST_CELLS
from hume.records import Json

ItemId = str
FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


# -- texts ----------------------------------------------------------------------------------------


class Frozen(BaseModel):
    """A checked value: immutable, and with no field that its schema does not name."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Content(Frozen):
    """What is shown or encoded: a text today, a picture one day. A bare string is read as its text."""

    text: str

    @model_validator(mode="before")
    @classmethod
    def _from_string(cls, value: object) -> object:
        return {"text": value} if isinstance(value, str) else value


class Given(Frozen):
    """A checked answer."""

    @property
    def is_judgment(self) -> bool:
        """Whether a person could have said it: not a model's similarity, votes of probes or a divided consensus."""
        return True

    @property
    def is_comparable(self) -> bool:
        """Whether `accord` can hold it against gold: not a similarity on a model's own scale, nor votes of probes."""
        return True


# -- metrics and figures --------------------------------------------------------------------------


@dataclass(frozen=True)
class Metric:
    """A named measure of answers against gold. Values are fractions where the range is 0 to 1."""

    name: str
    title: str
    low: float
    high: float
    description: str
    citation: str = ""
    greater_is_better: bool = True


@dataclass(frozen=True)
class Scored:
    """The metrics of one rater's answers on one subset.

    `values` has every metric of the task type; None means undefined, and `reasons` says why.
    `per_item` has the main metric item by item, where it has such values.
    """

    values: Mapping[str, float | None]
    per_item: Mapping[ItemId, float] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Agreed:
    """One coefficient of agreement among raters; `value` is None where undefined, with the reason."""

    coefficient: str
    value: float | None
    n_items: int
    n_raters: int
    reason: str = ""
    replicates: FloatArray | None = field(default=None, compare=False, repr=False)
    """The coefficient on each bootstrap resample, NaN where undefined."""
    pairwise: Pairwise | None = field(default=None, compare=False, repr=False)
    """Of the task type's main coefficient of two raters: that of each pair, raters by their place in `by_rater`."""


@dataclass(frozen=True)
class Draws:
    """Bootstrap resamples that are the same for every rater: figures made from them can be paired.

    `of(key, n)` gives `resamples` x `n` indices into n units, the same for the same seed, key and n.
    """

    resamples: int = 1000
    seed: int = 42

    def of(self, key: str, n: int) -> NDArray[np.int32]:
        if self.resamples * n > MOST_CELLS:
            return _drawn(self.resamples, self.seed, key, n)
        return _kept(self.resamples, self.seed, key, n)


def _drawn(resamples: int, seed: int, key: str, n: int) -> NDArray[np.int32]:
    digest = hashlib.blake2b(f"{seed}|{key}|{n}".encode(), digest_size=8).digest()
    generator = np.random.default_rng(int.from_bytes(digest, "big"))
    # 32 bits are drawn ten times as fast as 64, and take half of the memory.
    drawn = generator.integers(0, n, size=(resamples, n), dtype=np.int32)
    drawn.flags.writeable = False
    return drawn


#: Every rater of a subset asks for the same draws. At most 8 MiB each.
_kept = lru_cache(maxsize=16)(_drawn)


# -- models ---------------------------------------------------------------------------------------

Role = Literal["plain", "query", "document"]
ModelProtocol = Literal["mteb", "human-like"]
"""`mteb` gives a model what MTEB gives it, `human-like` what a person is given: docs/decisions/protocols.md."""
PROTOCOLS: tuple[ModelProtocol, ...] = get_args(ModelProtocol)


class Encoder(Protocol):
    """All that a task type sees of an embedding model."""

    def encode(self, texts: Sequence[str], role: Role) -> NDArray[np.float32]:
        """One row a text, in the texts' order: float32, shape (n, dimensions)."""
        ...

    def similarity(self, a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
        """The model's own similarity of every row of a with every row of b: float32, shape (n, m)."""
        ...


class PairScorer(Protocol):
    """All that a task type sees of a model that reads two texts together, such as a cross-encoder."""

    def score_pairs(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        """One number a pair, in the pairs' order, greater for closer, on any scale: float32, shape (n,)."""
        ...


@dataclass(frozen=True)
class Question:
    """An item as a language model is asked it: what a person is given, in words, and what it may answer."""

    text: str
    """The item's texts lie between tags that they cannot close; its parts are named by their ids."""
    schema: Json
    """JSON schema of the payloads that `parse_answer` takes, as strict structured output admits it."""


# -- the protocol ---------------------------------------------------------------------------------

SettingsT = TypeVar("SettingsT", bound=Frozen)
ItemT = TypeVar("ItemT", bound=Frozen)
AnswerT = TypeVar("AnswerT", bound=Given)


class TaskType(Protocol[SettingsT, ItemT, AnswerT]):
    """One kind of task. Every method is pure; `items` and `answers` are keyed by item id."""

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """The main metric first."""
        ...

    @property
    def policy(self) -> str:
        """What a published score must name besides the metric, such as `ties=expected`."""
        ...

    @property
    def right_from(self) -> float:
        """The accord with gold, 0 to 1, from which an answer to a training or attention item counts as right."""
        ...

    def parse_settings(self, raw: Mapping[str, Json]) -> SettingsT:
        """Checked settings of a task or subset; InvalidItem where they break the schema."""
        ...

    def parse_item(self, raw: Mapping[str, Json], settings: SettingsT) -> ItemT:
        """A checked item from content and gold (`{..., "gold": ...}`), or InvalidItem."""
        ...

    def parse_answer(self, raw: Json, item: ItemT, settings: SettingsT) -> AnswerT:
        """A checked answer, or InvalidAnswer: the one gate for form, file, LLM and GPU."""
        ...

    def warnings(self, items: Mapping[ItemId, ItemT], train: Sequence[ItemT], settings: SettingsT) -> list[str]:
        """Faults of a data set that do not forbid its use: empty texts, duplicates across splits ..."""
        ...

    def texts(self, item: ItemT) -> list[str]:
        """The texts of an item, for statistics and checks."""
        ...

    def stratum(self, item: ItemT) -> str:
        """The stratum that a sample keeps the share of: the label of a classification item, else ''."""
        ...

    def order(self, item: ItemT, rng: np.random.Generator) -> list[str]:
        """Ids of the item's parts in the order in which one annotator is to see them; [] where fixed."""
        ...

    def score(
        self,
        items: Mapping[ItemId, ItemT],
        answers: Mapping[ItemId, AnswerT],
        settings: SettingsT,
        main_only: bool = False,
    ) -> Scored:
        """Every metric over the answered items, or the main one alone; nothing here can tell who answered."""
        ...

    def is_mean_over_items(self, items: Mapping[ItemId, ItemT]) -> bool:
        """Whether `replicates` are means over resampled items of the main metric's values in `Scored.per_item`."""
        ...

    def replicates(
        self,
        items: Mapping[ItemId, ItemT],
        answers: Mapping[ItemId, AnswerT],
        settings: SettingsT,
        draws: Draws,
    ) -> FloatArray:
        """The main metric on each bootstrap resample of `items`, shape (resamples,); NaN where undefined.

        Items without an answer are drawn too and then left out, so that raters who answered different items are
        still resampled together, and their figures can be averaged and subtracted resample by resample.
        """
        ...

    def replicates_of(
        self,
        items: Mapping[ItemId, ItemT],
        sets: Sequence[Mapping[ItemId, AnswerT]],
        settings: SettingsT,
        draws: Draws,
    ) -> FloatArray:
        """The `replicates` of many answer sets, shape (sets, resamples)."""
        ...

    def consensus(
        self, items: Mapping[ItemId, ItemT], by_rater: Sequence[Mapping[ItemId, AnswerT]], settings: SettingsT
    ) -> dict[ItemId, AnswerT]:
        """One answer an item from all raters who answered it."""
        ...

    def consensus_of_others(
        self, items: Mapping[ItemId, ItemT], by_rater: Sequence[Mapping[ItemId, AnswerT]], settings: SettingsT
    ) -> list[dict[ItemId, AnswerT]]:
        """For each rater the `consensus` of all others."""
        ...

    def agreement(
        self,
        items: Mapping[ItemId, ItemT],
        by_rater: Sequence[Mapping[ItemId, AnswerT]],
        settings: SettingsT,
        draws: Draws | None = None,
    ) -> list[Agreed]:
        """Coefficients among raters on one scale, never against gold; with `draws`, on resamples of the items too.

        Raters who said nothing on that scale are raters still: in a `pairwise` they have no value.
        """
        ...

    def expected(self, item: ItemT, settings: SettingsT) -> AnswerT | None:
        """The item's gold as an answer, to hold others against and to show after training; None where it has none."""
        ...

    def accord(self, item: ItemT, first: AnswerT, second: AnswerT, settings: SettingsT) -> float:
        """How far two answers to one item say the same, 0 to 1; 1 for the same judgment. Both are comparable."""
        ...

    def chance(self, items: Mapping[ItemId, ItemT], settings: SettingsT) -> float:
        """The main metric that answers without any knowledge have in the mean: gold's own, given to items at random."""
        ...

    def against(
        self,
        items: Mapping[ItemId, ItemT],
        answers: Mapping[ItemId, AnswerT],
        reference: Mapping[ItemId, AnswerT],
        settings: SettingsT,
    ) -> tuple[dict[ItemId, ItemT], dict[ItemId, AnswerT]]:
        """Items and answers whose score is that of `answers` with `reference`, a consensus of others, in gold's place.

        All items are there, so that they are resampled as ever; answers to those without a usable reference are not.
        """
        ...

    def points(
        self, items: Mapping[ItemId, ItemT], by_rater: Sequence[Mapping[ItemId, AnswerT]], settings: SettingsT
    ) -> FloatArray:
        """Answers as points, so that their squared distance says how far they differ.

        Shape (raters, items, dimensions), NaN where a rater did not answer. Where not all answers are judgments, all
        are brought to one scale.
        """
        ...

    def texts_to_encode(
        self,
        items: Mapping[ItemId, ItemT],
        train: Sequence[ItemT],
        settings: SettingsT,
        protocol: ModelProtocol,
    ) -> list[tuple[str, Role]]:
        """All that `answer_by_embedding` will ask the encoder for; a text may stand several times."""
        ...

    def answer_by_embedding(
        self,
        items: Mapping[ItemId, ItemT],
        train: Sequence[ItemT],
        settings: SettingsT,
        encoder: Encoder,
        protocol: ModelProtocol = "mteb",
    ) -> dict[ItemId, AnswerT]:
        """An answer to every item: under `mteb` such that `score` gives MTEB's numbers."""
        ...

    def answer_by_pairs(
        self, items: Mapping[ItemId, ItemT], settings: SettingsT, scorer: PairScorer
    ) -> dict[ItemId, AnswerT]:
        """An answer to every item from scores of pairs of texts; HumeError where pairs do not answer this task type."""
        ...

    def mteb_metrics(
        self,
        items: Mapping[ItemId, ItemT],
        answers: Mapping[ItemId, AnswerT],
        settings: SettingsT,
        ties: Ties = "mteb",
        encoder: Encoder | None = None,
    ) -> dict[str, Json]:
        """All that mteb reports of this task type, under mteb's names, None where undefined; {} without an answer.

        `ties` is the rule for rankings. What needs more than the answers is there where the `encoder` is that they came
        from.
        """
        ...

    def simulate(self, item: ItemT, settings: SettingsT, noise: float, rng: np.random.Generator) -> AnswerT:
        """A made-up answer: gold at noise 0, chance at noise 1. For demos and tests alone."""
        ...

    def question(self, item: ItemT, settings: SettingsT, order: Sequence[str]) -> Question:
        """The item in words, its parts in `order` (all their ids; [] where it has none). Nothing of gold is in it."""
        ...


AnyTaskType = TaskType[Any, Any, Any]

# -- reading raw values -----------------------------------------------------------------------------

FrozenT = TypeVar("FrozenT", bound=Frozen)


def validated(schema: type[FrozenT], raw: object, error: type[InvalidInput], mend: str) -> FrozenT:
    """`raw` as `schema`, or `error` naming the first field at fault."""
    try:
        return schema.model_validate(raw)
    except ValidationError as invalid:
        first = invalid.errors(include_url=False)[0]
        path = ".".join(str(part) for part in first["loc"])
        raise error(f"{first['msg']}.", mend, Place(field=path)) from None
