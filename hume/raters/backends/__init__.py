"""What loads a model. To add a backend: a module here, a line in BACKENDS. Nothing heavy is imported before use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Literal, Protocol

from hume.errors import NotFound
from hume.tasks.base import Encoder

Device = Literal["auto", "cpu", "cuda"]


@dataclass(frozen=True)
class ModelCard:
    """What must be known to run a model again."""

    name: str
    revision: str
    device: str
    versions: Mapping[str, str] = field(default_factory=dict)
    prompts: Mapping[str, str] = field(default_factory=dict)
    """The prompt put before texts, by role; roles without one are left out."""


class Backend(Encoder, Protocol):
    """A loaded model."""

    @property
    def card(self) -> ModelCard: ...

    @property
    def n_texts(self) -> int:
        """How many texts it has encoded so far."""
        ...


#: Backend by prefix (`prefix:model`), as the module that loads it; a model without prefix takes the first.
BACKENDS: Mapping[str, str] = {
    "sentence-transformers": "hume.raters.backends.sentence_transformers",
}


def load(model: str, device: Device = "auto", batch_size: int = 32) -> Backend:
    """The model, loaded: `name`, `folder`, or `backend:name`. NotFound or MissingExtra say what to do."""
    prefix, colon, rest = model.partition(":")
    name, module = (rest, BACKENDS[prefix]) if colon and prefix in BACKENDS else (model, next(iter(BACKENDS.values())))
    if not name:
        raise NotFound(f"{model!r} names no model. Give a sentence-transformers name or a folder.")
    backend: Backend = import_module(module).load(name, device, batch_size)
    return backend
