"""Rerankers that are language models: they read a prompt with both texts and say yes or no.

Each family was trained on one wording, and gives other numbers on any other; TEMPLATES has them letter by letter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hume.errors import HumeError
from hume.raters.backends import Loading, ModelCard, weights
from hume.raters.backends.pair_batches import MOST_TOKENS, scored
from hume.records import Subset, Task


@dataclass(frozen=True)
class Template:
    """What a family of rerankers reads, and how its word is turned into a score."""

    opening: tuple[str, ...]
    """Before the texts; never cut. Here and below each part is tokenised by itself."""
    texts: tuple[str, ...]
    """With {instruction}, {query}, {document}. They are cut together at the end; a part that others follow takes three
    quarters of the room at most."""
    closing: tuple[str, ...]
    """After the texts; never cut."""
    yes: str
    no: str
    """Empty where the score is the logit of `yes` alone; else it is the probability of `yes` among the two."""
    begins_with_bos: bool
    max_length: int
    """Tokens read, opening and closing included."""
    instruction: str = ""
    """Where the task has none."""


QWEN3 = Template(
    opening=(
        "<|im_start|>system\nJudge whether the Document meets the requirements based on the Query and the Instruct "
        'provided. Note that the answer can only be "yes" or "no".<|im_end|>\n<|im_start|>user\n',
    ),
    texts=("<Instruct>: {instruction}\n<Query>: {query}\n<Document>: {document}",),
    closing=("<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n",),
    yes="yes",
    no="no",
    begins_with_bos=False,
    max_length=8192,
    instruction="Given the user query, retrieval the relevant passages",
)
"""Qwen's examples/qwen3_reranker_transformers.py, as mteb has it."""

BGE_GEMMA = Template(
    opening=(),
    texts=("A: {query}", "\n", "B: {document}"),
    closing=(
        "\n",
        "Given a query A and a passage B, determine whether the passage contains an answer to the query by "
        "providing a prediction of either 'Yes' or 'No'.",
    ),
    yes="Yes",
    no="",
    begins_with_bos=True,
    max_length=1024,
)
"""FlagEmbedding's FlagLLMReranker for BAAI/bge-reranker-v2-gemma."""

#: Template by the architecture that the weights' configuration names.
TEMPLATES: Mapping[str, Template] = {"Qwen3ForCausalLM": QWEN3, "GemmaForCausalLM": BGE_GEMMA}

FAMILIES = ("qwen3-reranker", "bge-reranker-v2-gemma")
"""In the names of models whose prompt is in TEMPLATES."""
TOKENISED_AT_ONCE = 1024
"""Pairs; Python's lists of tokens take far more memory than arrays of them."""


class CausalReranker:
    """A loaded language model that judges pairs."""

    def __init__(self, model: Any, tokenizer: Any, template: Template, card: ModelCard, loading: Loading) -> None:
        self.card = card
        self._model = model
        self._tokenizer = tokenizer
        self._template = template
        self._max_length = loading.max_length or template.max_length
        self._max_tokens = loading.max_batch_tokens or MOST_TOKENS[model.device.type]
        bos = tokenizer.bos_token_id
        begins_with_bos = template.begins_with_bos and bos not in (None, tokenizer.pad_token_id)
        self._opening = [*([bos] if begins_with_bos else []), *chain.from_iterable(self._tokens(template.opening))]
        self._closing = list(chain.from_iterable(self._tokens(template.closing)))
        words = [self._word(word) for word in (template.yes, template.no) if word]
        # Sixteen bits round the logits of confident answers to one number, and the ranking to ties.
        self._head = model.get_output_embeddings().weight[words].detach().float()
        if self._room < 1:
            raise HumeError(
                f"A length of {self._max_length} tokens leaves no room for texts: the prompt alone has "
                f"{self._max_length - self._room}. Allow more."
            )

    def score_pairs(self, pairs: Sequence[tuple[str, str]], task: Task, subset: Subset) -> NDArray[np.float32]:
        """The probability of yes, 0 to 1 (of a template without a no: its logit), shape (n,).

        Equal pairs are read once. The task's instruction is given to models whose prompt has a place for one.
        """
        distinct = list(dict.fromkeys(pairs))
        read = list(self._read(distinct, task.instruction or self._template.instruction))
        scores = scored(
            [len(tokens) for tokens in read],
            lambda batch: self._score([read[index] for index in batch]),
            self._max_tokens,
        )
        place = {pair: index for index, pair in enumerate(distinct)}
        return scores[[place[pair] for pair in pairs]]

    @property
    def _room(self) -> int:
        return self._max_length - len(self._opening) - len(self._closing)

    def _tokens(self, texts: Sequence[str]) -> list[list[int]]:
        if not texts:
            return []
        tokens: list[list[int]] = self._tokenizer(list(texts), add_special_tokens=False)["input_ids"]
        return tokens

    def _word(self, word: str) -> int:
        tokens = self._tokens([word])[0]
        if len(tokens) != 1:
            raise HumeError(
                f"{self.card.name} has no token for {word!r}, so it cannot answer with it. "
                "Is it a reranker? Others have another backend: see docs/models.md."
            )
        return tokens[0]

    def _read(self, pairs: Sequence[tuple[str, str]], instruction: str) -> Iterator[NDArray[np.int32]]:
        """The tokens of each pair's whole prompt."""
        share = self._room * 3 // 4
        for start in range(0, len(pairs), TOKENISED_AT_ONCE):
            some = pairs[start : start + TOKENISED_AT_ONCE]
            *before, last = (
                self._tokens([part.format(instruction=instruction, query=a, document=b) for a, b in some])
                for part in self._template.texts
            )
            for index, tokens in enumerate(last):
                texts = [*chain.from_iterable(part[index][:share] for part in before), *tokens]
                yield np.array([*self._opening, *texts[: self._room], *self._closing], dtype=np.int32)

    def _score(self, read: Sequence[NDArray[np.int32]]) -> NDArray[np.float32]:
        import torch

        width = max(map(len, read))
        tokens = torch.full((len(read), width), self._tokenizer.pad_token_id or 0)
        mask = torch.zeros_like(tokens)
        for row, own in enumerate(read):
            # On the left, so that every prompt's last token is the last of its row.
            tokens[row, width - len(own) :] = torch.from_numpy(own)
            mask[row, width - len(own) :] = 1
        device = self._model.device
        with torch.inference_mode():
            states = self._model.base_model(
                input_ids=tokens.to(device), attention_mask=mask.to(device), use_cache=False
            ).last_hidden_state
            logits = states[:, -1].float() @ self._head.T
            said = torch.softmax(logits, dim=1)[:, 0] if self._template.no else logits[:, 0]
        return np.asarray(said.cpu().numpy(), dtype=np.float32)


def is_one(name: str, config: Any, has_modules: bool) -> bool:
    """Whether the model of this transformers configuration is a language model that needs a prompt from TEMPLATES.

    One that was saved with sentence-transformers' own modules brings its prompt along; of the families that are known
    by name, the prompt here is the published one whatever lies beside the weights.
    """
    return _architecture(config).endswith("ForCausalLM") and (
        not has_modules or any(family in name.lower() for family in FAMILIES)
    )


def load(name: str, loading: Loading) -> CausalReranker:
    """Load `name`: a folder or a name on the hub, of an architecture that TEMPLATES has."""
    weights.require_models("Running a reranker")
    return loaded(weights.find(name, "Qwen", loading), loading)


def loaded(found: weights.Weights, loading: Loading) -> CausalReranker:
    """As `load`, of weights that were found already."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    device = weights.device_for(loading)
    dtype = weights.dtype_for(loading, device)
    try:
        tokenizer = AutoTokenizer.from_pretrained(found.source, padding_side="left", **found.options)
        model: Any = AutoModelForCausalLM.from_pretrained(found.source, dtype=dtype, **found.options)
    except (OSError, ValueError, RuntimeError, KeyError) as fault:
        raise weights.unreadable(
            found.name, fault, "Give a folder with a saved reranker, or a name on the hub."
        ) from fault
    template = _template(found.name, model.config)
    model.to(device).eval()
    card = ModelCard(
        name=found.name,
        revision=found.revision,
        device=weights.device_name(model.device),
        versions=weights.versions(),
        prompts={"pair": "".join([*template.opening, *template.texts, *template.closing])},
        settings={
            "precision": weights.precision_of(model.dtype),
            "max_length": loading.max_length or template.max_length,
            "instruction": template.instruction,
            "score": f"P({template.yes})" if template.no else f"logit({template.yes})",
        },
    )
    return CausalReranker(model, tokenizer, template, card, loading)


def _architecture(config: Any) -> str:
    return next(iter(getattr(config, "architectures", None) or ()), type(config).__name__)


def _template(name: str, config: Any) -> Template:
    architecture = _architecture(config)
    if architecture not in TEMPLATES:
        raise HumeError(
            f"{name} is a {architecture}, and the prompt that its family was trained on is not known here. "
            f"Known are {', '.join(TEMPLATES)}."
        )
    return TEMPLATES[architecture]
