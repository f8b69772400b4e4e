"""What a backend with weights asks first: where they lie, which they are, on what device and how precisely to run."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from hume.errors import HumeError, MissingExtra, NotFound
from hume.raters.backends import Loading
from hume.raters.backends.hub import pinned

PRECISIONS: Mapping[str, str] = {"float32": "fp32", "bfloat16": "bf16", "float16": "fp16"}
"""HUME's names by torch's."""
_READ = frozenset({".safetensors", ".bin", ".json", ".py", ".txt", ".model", ".jinja"})
"""What vectors and scores may depend on: weights, settings, code, and what tokenizers are made of."""


def require_models(purpose: str) -> None:
    """MissingExtra where the packages that run weights are not installed."""
    if find_spec("sentence_transformers") is None:
        raise MissingExtra("models", purpose)
    from transformers.utils.logging import disable_progress_bar

    # Its bar would run through HUME's own.
    disable_progress_bar()  # type: ignore[no-untyped-call]


def device_for(loading: Loading) -> Literal["cpu", "cuda"]:
    """Where to run; HumeError where a GPU is asked for and there is none."""
    import torch

    if loading.device == "cuda" and not torch.cuda.is_available():
        raise HumeError("There is no CUDA device here that torch can use. Run it with --device cpu, or auto.")
    if loading.device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    return loading.device


def dtype_for(loading: Loading, device: str) -> Any:
    """torch's dtype of `loading.precision`; `auto` on a GPU, for that of the saved weights."""
    import torch

    if loading.precision == "auto":
        return torch.float32 if device == "cpu" else "auto"
    return getattr(torch, next(name for name, short in PRECISIONS.items() if short == loading.precision))


def precision_of(dtype: Any) -> str:
    """A torch dtype by HUME's name of it, else by torch's."""
    name = str(dtype).removeprefix("torch.")
    return PRECISIONS.get(name, name)


@dataclass(frozen=True)
class Weights:
    """Weights that are there, or were there when the hub was last asked."""

    name: str
    source: str
    """What transformers loads: a folder, or a name on the hub."""
    revision: str
    """The hub's commit; of a folder a hash of weights and settings: it tells two models of one name apart."""
    options: Mapping[str, Any]
    """What transformers must be told besides, such as the commit."""


def find(name: str, organisation: str, loading: Loading) -> Weights:
    """The weights that `name` means: a folder, or a name on the hub with or without its organisation; else NotFound."""
    trusted = {"trust_remote_code": loading.trust_remote_code}
    folder = Path(name).expanduser()
    if folder.is_dir():
        return Weights(folder.resolve().name, str(folder), _hash_of(folder), trusted)
    full_name = name if "/" in name else f"{organisation}/{name}"
    there = pinned(full_name, loading.revision)
    options = {**trusted, "revision": there.commit, "local_files_only": there.cached}
    return Weights(full_name, full_name, there.commit, options)


def _hash_of(folder: Path) -> str:
    digest = hashlib.blake2b(digest_size=8)
    for file in sorted(file for file in folder.rglob("*") if _is_read(file)):
        digest.update(file.relative_to(folder).as_posix().encode())
        with file.open("rb") as content:
            while chunk := content.read(1 << 20):
                digest.update(chunk)
    return f"weights-{digest.hexdigest()}"


def _is_read(file: Path) -> bool:
    """Weights in both formats are read as safetensors; a module beside them may have the other alone."""
    is_twice = file.suffix == ".bin" and any(file.parent.glob("*.safetensors"))
    return file.suffix in _READ and file.is_file() and not is_twice


def device_name(device: Any) -> str:
    """A GPU's product name, else `cpu`."""
    import torch

    return torch.cuda.get_device_name(device) if torch.device(device).type == "cuda" else str(device)


def versions() -> dict[str, str]:
    """The packages that the numbers may depend on."""
    return {package: version(package) for package in ("sentence-transformers", "transformers", "torch")}


def unreadable(name: str, fault: Exception, mend: str) -> NotFound:
    """The error for weights that cannot be read."""
    lines = str(fault).strip().splitlines()
    reason = f"{lines[0].rstrip('.')}." if lines else f"{type(fault).__name__}."
    return NotFound(f"The model {name!r} could not be loaded: {reason} {mend}")
