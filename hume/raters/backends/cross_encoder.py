"""Cross-encoders through sentence-transformers: two texts in, one score out."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hume.errors import HumeError
from hume.raters.backends import Loading, ModelCard, causal_reranker, weights
from hume.raters.backends.pair_batches import MOST_TOKENS, scored
from hume.records import Subset, Task

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

N_SPECIAL = 4
"""Tokens around and between two texts, at most."""
MARGIN = 32
"""Tokens kept beyond those that are read: where a text is cut, the last ones may be others."""
TOKENISED_AT_ONCE = 1024
"""Texts."""
MENDS = "Give a folder with a saved cross-encoder, or a name that can be reached from here."


class CrossEncoderBackend:
    """A loaded CrossEncoder with one label."""

    def __init__(self, model: CrossEncoder, card: ModelCard, loading: Loading) -> None:
        self.card = card
        self._model = model
        self._max_tokens = loading.max_batch_tokens or MOST_TOKENS[model.device.type]

    def score_pairs(self, pairs: Sequence[tuple[str, str]], task: Task, subset: Subset) -> NDArray[np.float32]:
        """The model's own score through its own activation, shape (n,); equal pairs are read once.

        A model with a chat template is given the task's instruction where the task has one.
        """
        distinct = list(dict.fromkeys(pairs))
        prompt = {"prompt": task.instruction} if task.instruction and self._reads_instructions else {}
        read = Lengths(self._model.tokenizer, self._model.max_seq_length, distinct)

        def score(batch: Sequence[int]) -> NDArray[np.float32]:
            predict: Callable[..., Any] = self._model.predict
            some = [read.cut(*distinct[index]) for index in batch]
            return np.asarray(predict(some, batch_size=len(some), show_progress_bar=False, **prompt), dtype=np.float32)

        scores = scored([read.n_tokens(*pair) for pair in distinct], score, self._max_tokens)
        place = {pair: index for index, pair in enumerate(distinct)}
        return scores[[place[pair] for pair in pairs]]

    @property
    def _reads_instructions(self) -> bool:
        return "message" in getattr(self._model[0], "modality_config", {})


class Lengths:
    """How many tokens texts have; each is tokenised once for it, however many pairs it is in.

    Two long texts are cut here to little more than a tokenizer would leave of them: it takes a time that grows with the
    square of what it cuts off, minutes for two articles.
    """

    def __init__(self, tokenizer: Any, max_length: int | None, pairs: Sequence[tuple[str, str]]) -> None:
        texts = list(dict.fromkeys(text for pair in pairs for text in pair))
        self._most = max_length or sys.maxsize
        self._n: dict[str, int] = {}
        self._ends: dict[str, Sequence[int]] = {}
        for start in range(0, len(texts), TOKENISED_AT_ONCE):
            some = texts[start : start + TOKENISED_AT_ONCE]
            tokens = tokenizer(some, add_special_tokens=False, return_offsets_mapping=tokenizer.is_fast, verbose=False)
            for text, ids, offsets in zip(some, tokens["input_ids"], tokens.get("offset_mapping", some), strict=True):
                self._n[text] = len(ids)
                if tokenizer.is_fast and len(ids) > self._most // 2:
                    self._ends[text] = [end for _, end in offsets[: self._most + MARGIN]]

    def n_tokens(self, first: str, second: str) -> int:
        """Tokens of the pair as it is read."""
        return min(self._n[first] + self._n[second] + N_SPECIAL, self._most)

    def cut(self, first: str, second: str) -> tuple[str, str]:
        """The pair without what is not read in any case: the longer text loses its end, or both do."""
        if self._n[first] + self._n[second] <= self._most:
            return first, second
        return self._cut(first, self._n[second]), self._cut(second, self._n[first])

    def _cut(self, text: str, n_other: int) -> str:
        kept = max(self._most // 2, self._most - n_other) + MARGIN
        ends = self._ends.get(text, ())
        return text[: ends[kept]] if kept < len(ends) else text


def load(name: str, loading: Loading) -> CrossEncoderBackend | causal_reranker.CausalReranker:
    """Load `name`: a folder or a name on the hub, with or without its organisation.

    A language model that sentence-transformers has no prompt for goes to `causal_reranker`. HumeError for a model of
    several labels: which of them is closeness, nothing says.
    """
    weights.require_models("Running a cross-encoder")
    found = weights.find(name, "cross-encoder", loading)
    if causal_reranker.is_one(found.name, _config(found), _has_modules(found)):
        return causal_reranker.loaded(found, loading)
    model = _loaded(found, loading, weights.device_for(loading))
    if model.num_labels != 1:
        raise HumeError(
            f"{name} gives {model.num_labels} scores a pair, such as those of contradiction, entailment and neutral, "
            "and nothing says which of them is closeness. Take a cross-encoder with one label."
        )
    _score_in_full_precision(model)
    card = ModelCard(
        name=found.name,
        revision=found.revision,
        device=weights.device_name(model.device),
        versions=weights.versions(),
        prompts={key: prompt for key, prompt in model.prompts.items() if prompt},
        settings={
            "precision": weights.precision_of(next(model.parameters()).dtype),
            "max_length": model.max_seq_length,
            "activation": type(model.activation_fn).__name__,
        },
    )
    return CrossEncoderBackend(model, card, loading)


def _config(found: weights.Weights) -> Any:
    from transformers import AutoConfig

    try:
        return AutoConfig.from_pretrained(found.source, **found.options)
    except (OSError, ValueError, RuntimeError) as fault:
        raise weights.unreadable(found.name, fault, MENDS) from fault


def _has_modules(found: weights.Weights) -> bool:
    """Whether sentence-transformers' own modules, and with them its prompt, lie beside the weights."""
    from transformers.utils.hub import cached_file

    where = {key: value for key, value in found.options.items() if key != "trust_remote_code"}
    return cached_file(found.source, "modules.json", _raise_exceptions_for_missing_entries=False, **where) is not None


def _loaded(found: weights.Weights, loading: Loading, device: str) -> CrossEncoder:
    from sentence_transformers import CrossEncoder

    try:
        model: CrossEncoder = CrossEncoder(
            found.source,
            device=device,
            max_length=loading.max_length or None,
            model_kwargs={"dtype": weights.dtype_for(loading, device)},
            **found.options,
        )
    except (OSError, ValueError, RuntimeError) as fault:
        raise weights.unreadable(found.name, fault, MENDS) from fault
    model.eval()
    return model


def _score_in_full_precision(model: CrossEncoder) -> None:
    """Let the last layer compute in 32 bits, as mteb does: sixteen round near scores to one, and make ties."""
    import torch

    if torch.finfo(next(model.parameters()).dtype).bits == 32:
        return
    words = [word for part in model for word in _words(part)]
    if words:
        language_model: Any = model.model
        _words_in_full_precision(language_model.get_output_embeddings(), words)
        return
    heads = [part for part in model.modules() if isinstance(part, torch.nn.Linear) and part.out_features == 1]
    if heads:
        heads[-1].float()
        heads[-1].register_forward_pre_hook(lambda _, states: (states[0].float(),))


def _words(part: Any) -> list[int]:
    """The tokens that a module of sentence-transformers reads a score from."""
    tokens = (getattr(part, "true_token_id", None), getattr(part, "false_token_id", None))
    return [token for token in tokens if token is not None]


def _words_in_full_precision(head: Any, words: Sequence[int]) -> None:
    """Of all the vocabulary, only the words that are read: 32 bits of the rest would double the weights."""
    from torch.nn.functional import linear

    def exact(layer: Any, states: Any, logits: Any) -> Any:
        logits = logits.float()
        logits[..., words] = linear(states[0].float(), layer.weight[words].float())
        return logits

    head.register_forward_hook(exact)
