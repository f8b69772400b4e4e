"""What a saved embedding model says of itself, read from its small JSON files: no weights are loaded for it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hume.errors import NotFound
from hume.raters.backends.hub import Pinned, first_line
from hume.records import Json

#: Reads one of the model's JSON files by its path inside the model; None where it is not there.
Read = Callable[[str], Json | None]

_MODES = {
    "pooling_mode_cls_token": "cls",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens": "weightedmean",
    "pooling_mode_lasttoken": "lasttoken",
}


@dataclass(frozen=True)
class Saved:
    """A model's own configuration, in sentence-transformers' reading of it."""

    prompts: Mapping[str, str] = field(default_factory=dict)
    default_prompt: str | None = None
    """The name of the prompt that stands where no other does."""
    similarity: str = "cosine"
    pooling: str = ""
    """Such as `mean`, `cls`, `lasttoken`; '' where the model has no such module."""
    max_length: int | None = None
    """Tokens that are read; None where only its tokenizer knows."""
    dimensions: int | None = None
    dtype: str = ""
    """Of the weights, such as `bfloat16`; '' where it is not said."""
    routed: bool = False
    """Whether queries and documents go through different weights."""
    foreign: tuple[str, ...] = ()
    """Its modules that are not sentence-transformers' own: code that lies beside the weights."""
    config: Mapping[str, Json] = field(default_factory=dict)
    """The transformer's configuration; {} for a model without one."""


def from_folder(folder: Path) -> Read:
    """Reads the files of a saved folder."""

    def read(path: str) -> Json | None:
        return _parsed(folder / path) if (folder / path).is_file() else None

    return read


def from_hub(name: str, pinned: Pinned) -> Read:
    """Reads the files of a model on the hub, at one commit; NotFound where it stops answering."""
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import EntryNotFoundError, HfHubHTTPError, LocalEntryNotFoundError

    def read(path: str) -> Json | None:
        try:
            file = hf_hub_download(name, path, revision=pinned.commit, local_files_only=pinned.cached)
        except EntryNotFoundError as fault:
            if isinstance(fault, LocalEntryNotFoundError) and not pinned.cached:
                raise NotFound(
                    f"{path} of {name} could not be fetched: the hub no longer answers. Try again."
                ) from fault
            return None
        except HfHubHTTPError as fault:
            raise NotFound(f"{path} of {name} could not be fetched: {first_line(fault)}") from fault
        return _parsed(Path(file))

    return read


def _parsed(file: Path) -> Json:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except ValueError as fault:
        raise NotFound(f"{file} cannot be read: {fault}. Save or fetch the model again.") from fault


def described(read: Read, name: str) -> Saved:
    """What the model says of itself; NotFound where there is none."""
    modules = read("modules.json")
    first = f"{modules[0]['path']}/".lstrip("/") if modules else ""
    config = read(f"{first}config.json") or {}
    if modules is None and not config:
        raise NotFound(
            f"{name} holds no model: neither modules.json nor config.json is there. Give the folder that "
            "sentence-transformers or transformers saved it to, or a name on the hub."
        )
    of_model = read("config_sentence_transformers.json") or {}
    kinds = [str(module["type"]) for module in modules or ()]
    pooling, wide = _pooling(read, modules, config)
    length = _length(read, first, config)
    return Saved(
        prompts=_prompts(of_model),
        default_prompt=of_model.get("default_prompt_name"),
        similarity=of_model.get("similarity_fn_name") or "cosine",
        pooling=pooling,
        max_length=length,
        dimensions=of_model.get("truncate_dim") or wide,
        dtype=str(config.get("dtype") or config.get("torch_dtype") or ""),
        routed=any(kind.endswith((".Router", ".Asym")) for kind in kinds),
        foreign=tuple(kind for kind in kinds if not kind.startswith("sentence_transformers.")),
        config=config,
    )


def _prompts(of_model: Mapping[str, Json]) -> dict[str, str]:
    """As sentence-transformers has them: `query` and `document` are always there, empty where not saved."""
    saved = of_model.get("prompts") or {}
    return {"query": "", "document": "", **{name: prompt or "" for name, prompt in saved.items()}}


def _pooling(
    read: Read, modules: Sequence[Mapping[str, str]] | None, config: Mapping[str, Json]
) -> tuple[str, int | None]:
    """How token vectors become one, and the dimensions that come out at the end."""
    wide = config.get("hidden_size")
    if modules is None:
        causal = str((config.get("architectures") or [""])[0]).endswith("ForCausalLM") and config.get("is_causal", True)
        return "lasttoken" if causal else "mean", wide
    pooling = ""
    for module in modules:
        of_module = read(f"{module['path']}/config.json") if module["path"] else None
        if module["type"].endswith(".Pooling") and of_module:
            modes = of_module.get("pooling_mode") or [mode for key, mode in _MODES.items() if of_module.get(key)]
            pooling = modes if isinstance(modes, str) else "+".join(modes)
            wide = (of_module.get("word_embedding_dimension") or of_module["embedding_dimension"]) * (
                1 + pooling.count("+")
            )
        elif module["type"].endswith(".Dense") and of_module:
            wide = of_module["out_features"]
    return pooling, wide


def _length(read: Read, first: str, config: Mapping[str, Json]) -> int | None:
    # Older models have their own kind in the file's name.
    names = dict.fromkeys(("bert", str(config.get("model_type", "bert"))))
    of_transformer: Json = next(filter(None, (read(f"{first}sentence_{name}_config.json") for name in names)), {})
    of_tokenizer = read(f"{first}tokenizer_config.json") or {}
    said = of_transformer.get("max_seq_length") or min(
        config.get("max_position_embeddings") or 10**9, of_tokenizer.get("model_max_length") or 10**9
    )
    return int(said) if said < 10**9 else None
