"""What `SentenceTransformer.encode` does, with texts tokenised once, ahead, and in batches of as many tokens as fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from hume.raters.backends import packed_linear
from hume.raters.batches import in_batches
from hume.tasks.base import Role

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

MOST_TOKENS = {"cpu": 2048, "cuda": 32_768}
"""Tokens embedded at once, padding included, where the user has not said: on a CPU what stays in its caches."""

_FLATTENS = "can_flatten_inputs"
Side = Literal["left", "right", ""]


@dataclass(frozen=True)
class Tokenised:
    """Texts as the model's own `preprocess` gives them, on its device, padded to the longest."""

    features: Mapping[str, Any]
    n_tokens: Sequence[int]
    padding: Side
    """Where the padding lies; empty for a model whose texts lie in one row (a static one), which go together."""

    def batch(self, rows: Sequence[int]) -> dict[str, Any]:
        """Some of the texts, padded to the longest of these."""
        if not self.padding:
            return dict(self.features)
        n, width = self.features["attention_mask"].shape
        longest = max(self.n_tokens[row] for row in rows)
        columns = slice(longest) if self.padding == "right" else slice(width - longest, None)
        whole = len(rows) == n and list(rows) == list(range(n))
        batch = {}
        for name, value in self.features.items():
            if hasattr(value, "shape") and value.shape[:1] == (n,):
                value = value if whole else value[list(rows)]
                value = value[:, columns] if value.shape[1:2] == (width,) else value
            batch[name] = value
        return batch


def embed(
    model: SentenceTransformer, texts: Sequence[str], prompt: str, role: Role, max_tokens: int
) -> NDArray[np.float32]:
    """The values of `model.encode`, `encode_query` or `encode_document`: one row a text, shape (n, dimensions).

    `texts` lie in falling order of length. `max_tokens`: see `MOST_TOKENS`, which 0 stands for. HumeError names a text
    that does not fit into memory alone.
    """
    import torch

    device = model.device
    task = {} if role == "plain" else {"task": role}

    def tokenize(part: Sequence[str]) -> Tokenised:
        features = model.preprocess(list(part), prompt=prompt or None, **task)
        n_tokens, padding = _lengths(features, len(part))
        return Tokenised({name: _moved(value, device) for name, value in features.items()}, n_tokens, padding)

    @torch.inference_mode()
    def vectors(tokens: Tokenised, rows: Sequence[int]) -> Any:
        found = model(tokens.batch(rows), **task)["sentence_embedding"][:, : model.truncate_dim]
        return found if tokens.padding else found[list(rows)]

    def gather(parts: list[Any]) -> NDArray[np.float32]:
        return np.asarray(torch.cat(parts).float().cpu().numpy())

    _prepare(model)
    return in_batches(texts, tokenize, vectors, gather, max_tokens or MOST_TOKENS[_kind(device)])


def _prepare(model: SentenceTransformer) -> None:
    model.eval()
    if model.device.type == "cpu":
        packed_linear.pack(model)
    for module in model.modules():
        # Texts in one row have no places of their own; flash attention leaves padding out of padded ones as well.
        if hasattr(module, _FLATTENS):
            setattr(module, _FLATTENS, False)


def _lengths(features: Mapping[str, Any], n: int) -> tuple[list[int], Side]:
    """How many columns each text needs, and on which side the others lie."""
    mask = features.get("attention_mask")
    if mask is None or mask.ndim != 2 or len(mask) != n:
        return [0] * n, ""
    read = mask.numpy() != 0
    width = read.shape[1]
    if read[:, 0].all() or not read[:, -1].all():
        return (width - read[:, ::-1].argmax(axis=1)).tolist(), "right"
    return (width - read.argmax(axis=1)).tolist(), "left"


def _moved(value: Any, device: Any) -> Any:
    if not hasattr(value, "to"):
        return value
    return value.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else value.to(device)


def _kind(device: Any) -> str:
    return device.type if device.type in MOST_TOKENS else "cuda"
