"""Small models whose faults a test chooses, and tasks for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics.pairwise import cosine_similarity
from sqlalchemy import Engine

from db.session import transaction
from db.store.tasks import save_document
from hume.ingest.hume_jsonl import read_hume_jsonl
from hume.ingest.options import Options
from hume.raters.backends import Asked, Backend, Loading, ModelCard
from hume.records import Item, Subset, SubsetRecord, Task, TaskDocument
from hume.runner.answer_file import subsets_of

SAMPLES = Path(__file__).parents[2] / "data" / "samples"
LETTERS = "abcdefghijklmnopqrstuvwxyz "


@dataclass
class Letters:
    """Embeds a text as the counts of its letters; `before` is called with the texts of each batch."""

    before: Callable[[Sequence[str]], None] = lambda texts: None
    card: ModelCard = field(default_factory=lambda: ModelCard("letters", "r1", "cpu", {"letters": "1"}))
    read: list[str] = field(default_factory=list)
    """All texts that it was given, in order."""

    def prompt(self, asked: Asked) -> str:
        return ""

    def embed(self, texts: Sequence[str], asked: Asked) -> NDArray[np.float32]:
        self.before(texts)
        self.read += texts
        counts = [[text.lower().count(letter) for letter in LETTERS] for text in texts]
        vectors = np.array(counts, dtype=np.float32).reshape(len(texts), len(LETTERS))
        vectors[["not a number" in text for text in texts]] = np.nan
        return vectors

    def similarity(self, a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(cosine_similarity(a, b), dtype=np.float32)


@dataclass
class Pairs:
    """Scores a pair by the words that both texts have."""

    card: ModelCard = field(default_factory=lambda: ModelCard("pairs", "r1", "cpu"))
    portions: list[int] = field(default_factory=list)

    def score_pairs(self, pairs: Sequence[tuple[str, str]], task: Task, subset: Subset) -> NDArray[np.float32]:
        self.portions.append(len(pairs))
        return np.array([len(set(a.split()) & set(b.split())) for a, b in pairs], dtype=np.float32)


def loading(backend: Backend) -> Callable[[str, Loading], Backend]:
    """A loader that has loaded it already."""
    return lambda model, how: backend


def pair(key: str, first: str, second: str, gold: float) -> Item:
    return Item(key, {"sentence1": {"text": first}, "sentence2": {"text": second}}, gold)


def sts(subset: str, *texts: str) -> tuple[Subset, tuple[Item, ...]]:
    """A subset of five pairs, and one more of each of the texts with itself."""
    pairs = [pair(f"{subset}{n}", f"{subset} one {'x' * n}", f"{subset} other {'y' * n}", n) for n in range(5)]
    more = [pair(f"{subset}-more{n}", text, text, 5) for n, text in enumerate(texts)]
    return Subset(subset, ("eng-Latn",)), (*pairs, *more)


def pairs_task(*subsets: tuple[Subset, tuple[Item, ...]], **task: Any) -> TaskDocument:
    return TaskDocument(Task("Pairs", "sts", settings={"min": 0, "max": 5}, **task), tuple(subsets))


def many(n: int) -> TaskDocument:
    """A task of so many subsets, s00, s01, ..."""
    return pairs_task(*(sts(f"s{number:02}") for number in range(n)))


def sample(name: str) -> TaskDocument:
    return read_hume_jsonl(SAMPLES / f"{name}.jsonl", Options())


def records(*documents: TaskDocument) -> list[SubsetRecord]:
    return subsets_of(documents)


def store(engine: Engine, *documents: TaskDocument) -> None:
    with transaction(engine) as session:
        for document in documents:
            save_document(session, document)
