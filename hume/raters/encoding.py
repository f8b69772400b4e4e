"""Texts of many tasks and subsets encoded in one pass: each of them once, and none that was encoded before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hume.errors import HumeError
from hume.raters.backends import Asked, EmbeddingBackend
from hume.raters.cache import EmbeddingCache
from hume.records import Subset, Task
from hume.tasks.base import Role

MOST_TEXTS = 200_000
"""Distinct texts whose vectors are held at once: 0.8 GB of 1,024 numbers each."""
PORTION = {"cpu": 50_000, "": 1_000_000}
"""Characters that are embedded, kept and told of together, on a CPU and elsewhere. The same at each run: in half
precision a text's last digits depend on what it is embedded with."""

Vectors = dict[str, NDArray[np.float32]]
Wanted = tuple[Asked, Sequence[str]]
Place = tuple[str, str]
OnTexts = Callable[[int, int], None]


@dataclass(frozen=True)
class _Group:
    """Subsets whose vectors are held at the same time: their texts by prompt, and one that asks for that prompt."""

    texts: dict[str, dict[str, None]]
    asked: dict[str, Asked]

    @property
    def n_texts(self) -> int:
        return sum(map(len, self.texts.values()))


class Encodings:
    """Gives each subset an encoder, whose vectors come from one pass over the texts of all.

    Two texts under one prompt that are the same are one, whatever task, subset or role asks for them. What is encoded
    goes into the cache portion by portion, so that a run which is interrupted goes on from there. `on_texts` is told
    how many distinct texts are done, those in the cache included, of how many.
    """

    def __init__(
        self,
        backend: EmbeddingBackend,
        cache: EmbeddingCache | None = None,
        on_texts: OnTexts = lambda done, total: None,
    ) -> None:
        self.n_texts = 0
        """Texts that were really encoded."""
        self._backend = backend
        self._cache = cache
        self._on_texts = on_texts
        self._vectors: dict[str, Vectors] = {}
        self._group_of: dict[Place, _Group] = {}
        self._held: _Group | None = None
        self._done = self._total = 0

    def prepare(self, wanted: Iterable[Wanted]) -> None:
        """Encode what is missing of these, longest first.

        More than `MOST_TEXTS` are prepared in groups of subsets, as they lie: the first now, another when the first of
        its subsets asks. A HumeError of the model is not raised here but where a subset asks for the text at fault, so
        that it keeps no other subset from its answers.
        """
        groups = list(_groups(self._backend, wanted))
        self._group_of = {place: group for places, group in groups for place in places}
        self._done, self._total = 0, sum(group.n_texts for _, group in groups)
        if groups:
            self._hold(groups[0][1])

    def encoder(self, task: Task, subset: Subset) -> SubsetEncoder:
        """What the subset's task type sees of the model."""
        return SubsetEncoder(self, task, subset)

    def vectors(self, texts: Sequence[str], asked: Asked) -> NDArray[np.float32]:
        """One row a text, shape (n, dimensions); what was not prepared is encoded now. HumeError as of the backend."""
        prompt = self._backend.prompt(asked)
        group = self._group_of.get((asked.task.name, asked.subset.name))
        if group is not None and group is not self._held:
            self._hold(group)
        held = self._vectors.setdefault(prompt, {})
        missing = [text for text in dict.fromkeys(texts) if text not in held]
        if missing:
            self._encode(missing, asked, prompt, held)
        if not texts:
            return np.empty((0, 0), dtype=np.float32)
        return np.stack([held[text] for text in texts])

    def similarity(self, a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
        """The model's own similarity of every row of a with every row of b: float32, shape (n, m)."""
        return self._backend.similarity(a, b)

    def _hold(self, group: _Group) -> None:
        """The group's vectors, and no others."""
        self._held = group
        wanted = {prompt: self._vectors.get(prompt, {}) for prompt in group.texts}
        self._vectors = {
            prompt: {text: held[text] for text in group.texts[prompt] if text in held}
            for prompt, held in wanted.items()
        }
        for prompt, texts in group.texts.items():
            held = self._vectors[prompt]
            missing = [text for text in texts if text not in held]
            self._tell(len(texts) - len(missing))
            try:
                self._encode(missing, group.asked[prompt], prompt, held)
            except HumeError:
                # Whoever asks for the text at fault is told.
                return

    def _encode(self, missing: Sequence[str], asked: Asked, prompt: str, held: Vectors) -> None:
        """Add the texts' vectors to those that are held."""
        card = self._backend.card
        if self._cache is not None and missing:
            known = self._cache.get(card, prompt, missing)
            held.update(known)
            self._tell(len(known))
        longest_first = sorted((text for text in missing if text not in held), key=lambda text: (-len(text), text))
        for portion in _portions(longest_first, PORTION.get(card.device, PORTION[""])):
            vectors = self._backend.embed(portion, asked)
            held.update(zip(portion, vectors, strict=True))
            self.n_texts += len(portion)
            self._keep(portion, vectors, prompt)
            self._tell(len(portion))

    def _keep(self, texts: Sequence[str], vectors: NDArray[np.float32], prompt: str) -> None:
        """Put into the cache what is finite: a NaN today need not be one tomorrow, on another device."""
        if self._cache is not None:
            finite = np.isfinite(vectors).all(axis=1)
            kept = [texts[row] for row in np.flatnonzero(finite).tolist()]
            self._cache.put(self._backend.card, prompt, kept, vectors[finite])

    def _tell(self, n: int) -> None:
        if n:
            self._done += n
            self._total = max(self._total, self._done)
            self._on_texts(self._done, self._total)


class SubsetEncoder:
    """The `hume.tasks.base.Encoder` of one subset."""

    def __init__(self, encodings: Encodings, task: Task, subset: Subset) -> None:
        self._encodings = encodings
        self._task = task
        self._subset = subset

    def encode(self, texts: Sequence[str], role: Role) -> NDArray[np.float32]:
        """One row a text, in the texts' order: float32, shape (n, dimensions)."""
        return self._encodings.vectors(texts, Asked(self._task, self._subset, role))

    def similarity(self, a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
        """The model's own similarity of every row of a with every row of b: float32, shape (n, m)."""
        return self._encodings.similarity(a, b)


def _groups(backend: EmbeddingBackend, wanted: Iterable[Wanted]) -> Iterator[tuple[list[Place], _Group]]:
    """Subsets in their order, as many together as have `MOST_TEXTS` distinct texts, and one at least."""
    by_subset: dict[Place, list[Wanted]] = {}
    for asked, texts in wanted:
        by_subset.setdefault((asked.task.name, asked.subset.name), []).append((asked, texts))
    places: list[Place] = []
    group = _Group({}, {})
    for place, of_subset in by_subset.items():
        own = _Group({}, {})
        for asked, texts in of_subset:
            prompt = backend.prompt(asked)
            own.asked.setdefault(prompt, asked)
            own.texts.setdefault(prompt, {}).update(dict.fromkeys(texts))
        if places and group.n_texts + own.n_texts > MOST_TEXTS:
            yield places, group
            places, group = [], _Group({}, {})
        places.append(place)
        group.asked.update({prompt: asked for prompt, asked in own.asked.items() if prompt not in group.asked})
        for prompt, distinct in own.texts.items():
            group.texts.setdefault(prompt, {}).update(distinct)
    if places:
        yield places, group


def _portions(texts: Sequence[str], characters: int) -> Iterator[list[str]]:
    """Runs of texts that have so many characters together, and one text at least."""
    portion: list[str] = []
    size = 0
    for text in texts:
        if portion and size + len(text) > characters:
            yield portion
            portion, size = [], 0
        portion.append(text)
        size += len(text)
    if portion:
        yield portion
