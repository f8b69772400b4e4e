"""What loads a model. To add a backend: a module here, a line in BACKENDS. Nothing heavy is imported before use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from hume.errors import NotFound
from hume.raters.backends.recognising import reads_pairs
from hume.records import Json, Subset, Task
from hume.tasks.base import Role

Device = Literal["auto", "cpu", "cuda"]
Precision = Literal["auto", "fp32", "bf16", "fp16"]


@dataclass(frozen=True)
class Loading:
    """How a model is to be loaded: all that its user may choose."""

    device: Device = "auto"
    precision: Precision = "auto"
    """`auto`: what the weights were saved in on a GPU, fp32 on a CPU."""
    revision: str = ""
    """The hub's commit or tag; empty for the latest, which the card then pins."""
    trust_remote_code: bool = False
    """Whether code that lies beside the weights may run."""
    max_batch_tokens: int = 0
    """Tokens embedded at once, padding included; 0 for the backend's choice."""
    max_length: int = 0
    """Tokens of a text that are read; 0 for the model's own limit."""
    base_url: str = ""
    """Where an endpoint listens, for backends that ask one."""


@dataclass(frozen=True)
class ModelCard:
    """What must be known to run a model again."""

    name: str
    revision: str
    device: str
    versions: Mapping[str, str] = field(default_factory=dict)
    prompts: Mapping[str, str] = field(default_factory=dict)
    """What is put before texts, by role or by task; those without one are left out."""
    settings: Mapping[str, Json] = field(default_factory=dict)
    """Precision, pooling, length read, and what else changes the numbers."""


@dataclass(frozen=True)
class Asked:
    """What texts are encoded for: models put other prompts before them for other tasks and roles."""

    task: Task
    subset: Subset
    role: Role


@runtime_checkable
class EmbeddingBackend(Protocol):
    """A loaded model that gives each text a vector."""

    @property
    def card(self) -> ModelCard: ...

    def prompt(self, asked: Asked) -> str:
        """What is put before the texts; or, of a model that does so itself, what tells one text's embeddings apart."""
        ...

    def embed(self, texts: Sequence[str], asked: Asked) -> NDArray[np.float32]:
        """One row a text, in the texts' order: float32, shape (n, dimensions)."""
        ...

    def similarity(self, a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
        """The model's own similarity of every row of a with every row of b: float32, shape (n, m)."""
        ...


@runtime_checkable
class PairBackend(Protocol):
    """A loaded model that reads two texts together and says how close they are.

    One whose scores depend on the subset's other pairs has `reads_all_at_once = True`, and gets them in one call.
    """

    @property
    def card(self) -> ModelCard: ...

    def score_pairs(self, pairs: Sequence[tuple[str, str]], task: Task, subset: Subset) -> NDArray[np.float32]:
        """One number a pair, in the pairs' order, greater for closer, on any scale: float32, shape (n,)."""
        ...


Backend = EmbeddingBackend | PairBackend

#: Backend by prefix (`prefix:model`), as the module that loads it; a model without prefix takes the first.
BACKENDS: Mapping[str, str] = {
    "sentence-transformers": "hume.raters.backends.sentence_transformers",
    "cross-encoder": "hume.raters.backends.cross_encoder",
    "qwen3-reranker": "hume.raters.backends.causal_reranker",
    "mteb": "hume.raters.backends.mteb_registry",
    "openai": "hume.raters.backends.openai_embeddings",
}

#: Baselines, which have a name (also as `baseline/bm25`) and nothing to choose.
BASELINES: Mapping[str, str] = {
    "bm25": "hume.raters.backends.bm25",
    "random": "hume.raters.backends.random_baseline",
    "char-ngrams": "hume.raters.backends.char_ngrams",
}


def load(model: str, loading: Loading = Loading()) -> Backend:
    """The model, loaded: `name`, `folder`, or `backend:name`. NotFound or MissingExtra say what to do."""
    baseline = BASELINES.get(model.removeprefix("baseline/"))
    prefix, colon, rest = model.partition(":")
    if baseline:
        name, module = model, baseline
    elif colon and prefix in BACKENDS:
        name, module = rest, BACKENDS[prefix]
    elif colon and not Path(model).exists():
        raise NotFound(f"There is no backend {prefix!r}. There are {', '.join(BACKENDS)}; and {', '.join(BASELINES)}.")
    else:
        name, module = model, BACKENDS["cross-encoder" if reads_pairs(model) else next(iter(BACKENDS))]
    if not name:
        raise NotFound(f"{model!r} names no model. Give a sentence-transformers name or a folder.")
    backend: Backend = import_module(module).load(name, loading)
    return backend
