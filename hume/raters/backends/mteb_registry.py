"""Models of mteb's own registry, `mteb:organisation/name`: prompts, instructions and arguments as mteb has them."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hume.errors import HumeError, MissingExtra, NotFound
from hume.raters.backends import Asked, Loading, ModelCard, weights
from hume.raters.backends.hub import Pinned, pinned
from hume.raters.batches import is_out_of_memory
from hume.raters.recipes import MTEB_TYPES, instruction_of
from hume.records import Json, Subset, Task
from hume.tasks.base import Role

#: Texts or pairs at once; halved where they do not fit into memory.
BATCH = 32
MEND = "Look at what mteb's page of the model asks for, or load it without `mteb:`."


class MtebEncoder:
    """A bi-encoder as mteb loads it."""

    def __init__(self, model: Any, card: ModelCard) -> None:
        self.card = card
        self._model = model

    def prompt(self, asked: Asked) -> str:
        """The model's prompt for the task and role where mteb's wrapper tells it, else all that it may go by."""
        metadata, role = metadata_of(asked.task, asked.subset), _prompt_type(asked.role)
        said = _said_prompt(self._model, metadata, role)
        parts = (said,) if said is not None else (asked.task.name, asked.subset.name, str(metadata.prompt))
        return "\0".join([asked.role, *parts])

    def embed(self, texts: Sequence[str], asked: Asked) -> NDArray[np.float32]:
        """One row a text: float32, shape (n, dimensions). HumeError for a model of several vectors a text."""

        def encode(batch_size: int) -> Any:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return self._model.encode(
                    _texts(texts, asked.role, batch_size),
                    task_metadata=metadata_of(asked.task, asked.subset),
                    hf_split="test",
                    hf_subset=asked.subset.name,
                    prompt_type=_prompt_type(asked.role),
                    batch_size=batch_size,
                    show_progress_bar=False,
                )

        vectors = _as_array(_in_memory(encode), self.card.name)
        if vectors.ndim != 2 or len(vectors) != len(texts):
            raise HumeError(f"{self.card.name} does not give one vector a text; HUME's tasks need one.")
        return vectors

    def similarity(self, a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
        """As mteb has it for the model."""
        return _as_array(self._model.similarity(a, b), self.card.name)


class MtebCrossEncoder:
    """A cross-encoder as mteb loads it."""

    def __init__(self, model: Any, card: ModelCard) -> None:
        self.card = card
        self._model = model

    def score_pairs(self, pairs: Sequence[tuple[str, str]], task: Task, subset: Subset) -> NDArray[np.float32]:
        """One number a pair, greater for closer: float32, shape (n,)."""

        def predict(batch_size: int) -> Any:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return self._model.predict(
                    _texts([first for first, _ in pairs], "query", batch_size),
                    _texts([second for _, second in pairs], "document", batch_size),
                    task_metadata=metadata_of(task, subset),
                    hf_split="test",
                    hf_subset=subset.name,
                    batch_size=batch_size,
                    show_progress_bar=False,
                )

        return _as_array(_in_memory(predict), self.card.name).reshape(-1) if pairs else np.empty(0, np.float32)


def load(name: str, loading: Loading) -> MtebEncoder | MtebCrossEncoder:
    """The model that mteb's registry has under `name`, at the revision that it has there.

    NotFound for names and revisions that the registry does not have; HumeError where code beside the weights would
    have to run and may not, and for models that only search.
    """
    if find_spec("mteb") is None:
        raise MissingExtra("mteb", "A model of mteb's registry")
    meta = _meta(name, loading)
    there = pinned(meta.name, meta.revision or "") if meta.open_weights and meta.framework else Pinned("")
    device = weights.device_for(loading)
    with warnings.catch_warnings(), _only_cached(there.cached), _code_allowed(meta, loading):
        warnings.simplefilter("ignore")
        model = _loaded(meta, loading, device)
    card = _card(meta, model, device, loading)
    if "cross-encoder" in (meta.model_type or ()):
        return MtebCrossEncoder(model, card)
    if not hasattr(model, "encode"):
        raise HumeError(f"{meta.name} only searches in mteb and gives no vectors. Take the baseline bm25 for BM25.")
    return MtebEncoder(model, card)


def metadata_of(task: Task, subset: Subset) -> Any:
    """mteb's own metadata of a task that it knows by name, else made from ours.

    An instruction that differs from mteb's wins: it is what the task was given here.
    """
    import mteb
    from mteb.abstasks.task_metadata import TaskMetadata

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            known = mteb.get_task(task.name)
        except KeyError:
            known = None
    if known is not None and known.metadata.type == MTEB_TYPES[task.task_type]:
        said = known.metadata.prompt
        own = said.get("query") if isinstance(said, Mapping) else said
        if task.instruction in ("", own, getattr(known, "abstask_prompt", "")):
            return known.metadata
        return known.metadata.model_copy(update={"prompt": task.instruction})
    return TaskMetadata(
        name=task.name,
        description=task.description,
        type=MTEB_TYPES[task.task_type],
        dataset={"path": task.name, "revision": task.revision or "none"},
        eval_langs={subset.name: [language for language in subset.languages if _is_language(language)]},
        main_score="main_score",
        prompt=instruction_of(task),
    )


def _is_language(code: str) -> bool:
    from mteb.languages import check_language_code

    try:
        check_language_code(code)
    except ValueError:
        return False
    return True


# -- loading --------------------------------------------------------------------------------------------


def _meta(name: str, loading: Loading) -> Any:
    import mteb

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return mteb.get_model_meta(name, loading.revision or None)
    except KeyError as fault:
        raise NotFound(f"{fault.args[0]} Without `mteb:` in front, {name} is loaded by its own files.") from fault
    except ValueError as fault:
        raise NotFound(f"{fault} Leave --revision out, or load the model without `mteb:`.") from fault


def _loaded(meta: Any, loading: Loading, device: str) -> Any:
    options: dict[str, Any] = {}
    if loading.precision != "auto":
        given = dict((meta.loader_kwargs or {}).get("model_kwargs") or {})
        given.pop("torch_dtype", None)
        options["model_kwargs"] = {**given, "dtype": weights.dtype_for(loading, device)}
    try:
        model = meta.load_model(device=device, **options)
    except (ImportError, NotImplementedError) as fault:
        raise HumeError(f"mteb cannot load {meta.name} here: {fault}") from fault
    except HumeError:
        raise
    except Exception as fault:  # mteb's loaders, and what they read, raise dozens of kinds
        raise weights.unreadable(meta.name, fault, MEND) from fault
    if loading.max_length:
        inner = getattr(model, "model", None)
        if inner is None or not hasattr(inner, "max_seq_length"):
            raise HumeError(f"mteb's wrapper of {meta.name} has no length to set: leave --max-length out.")
        inner.max_seq_length = min(loading.max_length, inner.max_seq_length or loading.max_length)
    return model


def _card(meta: Any, model: Any, device: str, loading: Loading) -> ModelCard:
    inner = getattr(model, "model", None)
    parameters: Callable[[], Iterator[Any]] = getattr(inner, "parameters", lambda: iter(()))
    precision = next((weights.precision_of(parameter.dtype) for parameter in parameters()), "")
    if loading.precision not in ("auto", precision):
        raise HumeError(f"mteb's wrapper of {meta.name} does not take --precision {loading.precision}: leave it out.")
    template = getattr(model, "instruction_template", None)
    prompts = {"instruction": template} if isinstance(template, str) else getattr(model, "model_prompts", None) or {}
    settings: dict[str, Json] = {
        "precision": precision,
        "max_length": getattr(inner, "max_seq_length", None),
        "dimensions": meta.embed_dim if isinstance(meta.embed_dim, int) else None,
        "wrapper": type(model).__name__,
        "code": "run" if loading.trust_remote_code else "",
    }
    return ModelCard(
        name=str(meta.name),
        revision=str(meta.revision or "unknown"),
        device="cpu" if device == "cpu" else weights.device_name(device),
        versions={"mteb": version("mteb"), **weights.versions()},
        prompts={name: prompt for name, prompt in prompts.items() if prompt},
        settings={name: value for name, value in settings.items() if value not in (None, "")},
    )


@contextmanager
def _only_cached(cached: bool) -> Iterator[None]:
    """While the hub does not answer, nothing asks it: each question would be asked five times."""
    from huggingface_hub import constants

    before = constants.HF_HUB_OFFLINE
    constants.HF_HUB_OFFLINE = before or cached
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE = before


@contextmanager
def _code_allowed(meta: Any, loading: Loading) -> Iterator[None]:
    """Lets code beside the weights run, or not: loaders of the registry allow it by themselves."""
    # Any: what is put in its place has another signature.
    dynamic_modules: Any = import_module("transformers.dynamic_module_utils")
    refusal = HumeError(
        f"{meta.name} runs Python code that lies beside its weights. Read that code, and if you trust it give "
        "--trust-remote-code."
    )
    if not loading.trust_remote_code and (meta.loader_kwargs or {}).get("trust_remote_code"):
        raise refusal

    def refuse(*_: object, **__: object) -> None:
        raise refusal

    before = dynamic_modules.get_class_in_module
    if not loading.trust_remote_code:
        dynamic_modules.get_class_in_module = refuse
    try:
        yield
    finally:
        dynamic_modules.get_class_in_module = before


# -- what mteb's models take and give -------------------------------------------------------------------


def _prompt_type(role: Role) -> Any:
    from mteb.types import PromptType

    return None if role == "plain" else PromptType(role)


def _said_prompt(model: Any, metadata: Any, role: Any) -> str | None:
    """What mteb's two general wrappers put before texts; None for a wrapper of another kind."""
    from mteb.models import SentenceTransformerEncoderWrapper
    from mteb.models.abs_encoder import get_prompt
    from mteb.models.instruct_wrapper import InstructSentenceTransformerModel

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if type(model) is SentenceTransformerEncoderWrapper:
            return str(get_prompt(model.model_prompts, metadata, role) or "")
        if type(model) is InstructSentenceTransformerModel:
            is_bare = role is not None and role.value == "document" and not model.apply_instruction_to_passages
            return "" if is_bare else str(model.get_task_instruction(metadata, role) or "")
    return None


def _texts(texts: Sequence[str], role: Role, batch_size: int) -> Any:
    """The texts in batches, in the columns that mteb has for queries and documents."""
    from datasets import Dataset
    from torch.utils.data import DataLoader

    columns = {"text": list(texts)}
    if role != "plain":
        columns["query" if role == "query" else "body"] = list(texts)
    return DataLoader(Dataset.from_dict(columns), batch_size=batch_size)


def _in_memory(run: Callable[[int], Any]) -> Any:
    """`run` with the largest batch that fits into memory."""
    size = BATCH
    while True:
        try:
            return run(size)
        except Exception as fault:
            if size == 1 or not is_out_of_memory(fault):
                raise
        size //= 2


def _as_array(values: Any, name: str) -> NDArray[np.float32]:
    if isinstance(values, list):
        raise HumeError(f"{name} does not give one vector a text; HUME's tasks need one.")
    dense = values.to_dense() if getattr(values, "is_sparse", False) else values
    array = dense.detach().cpu().float().numpy() if hasattr(dense, "detach") else dense
    return np.asarray(array, dtype=np.float32)
