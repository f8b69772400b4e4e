"""How the embedding models of the field are meant to be run, where their own configuration does not say it.

The facts are mteb's, so that scores are comparable with its leaderboard: `tests/raters/test_recipes.py` holds them
against the installed mteb. A model without a recipe runs by its own `config_sentence_transformers.json`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from hume.records import Json, Task
from hume.tasks.base import Role

#: MTEB's spelling of our task types: models have prompts under these names.
MTEB_TYPES: Mapping[str, str] = {
    "sts": "STS",
    "classification": "Classification",
    "clustering": "Clustering",
    "reranking": "Reranking",
}
#: What mteb tells instruction models where a task has no instruction of its own.
INSTRUCTIONS: Mapping[str, str] = {
    "sts": "Retrieve semantically similar text.",
    "classification": "Classify user passages.",
    "clustering": "Identify categories in user passages.",
    "reranking": "Retrieve text based on user query.",
}


@dataclass(frozen=True)
class Recipe:
    """What a family of models needs besides its own configuration. Empty fields leave that as it is."""

    family: str
    names: str = ""
    """A regular expression that the whole name must match, without organisation and in lower case."""
    model_type: str = ""
    """`model_type` of a configuration that no other family has: tells a folder that was renamed."""
    prompts: Mapping[str, str] | None = None
    """In place of the model's own, by task, task type or role in MTEB's spelling."""
    template: str = ""
    """What is put before texts, around the task's `{instruction}`."""
    instructs_documents: bool = False
    """Whether `template` stands before documents too, not before queries and plain texts alone."""
    needs_code: bool = False
    """Whether the code beside the weights must run: without it the model does not load, or gives other vectors."""
    precision: Literal["", "bf16", "fp16"] = ""
    """On a GPU, where the weights were saved in another."""
    max_length: int = 0
    """Tokens that are read."""
    tokenizer: Mapping[str, Json] = field(default_factory=dict)
    """Padding side, and tokens put before or after every text."""
    config: Mapping[str, Json] = field(default_factory=dict)
    """Overrides of the model's configuration."""
    normalises: bool = False
    """Whether vectors are brought to length 1 after the model's own modules."""


#: A model that needs nothing besides its own configuration.
OWN = Recipe("its own configuration")

_INSTRUCT = "Instruct: {instruction}\nQuery: "
_ENDS_WITH_EOS: Mapping[str, Json] = {"add_eos_token": True}

#: The first that a model's name, or its folder's configuration, matches.
RECIPES: tuple[Recipe, ...] = (
    Recipe(
        "E5, multilingual-E5",
        r"(multilingual-)?e5-(small|base|large)(-v2)?",
        prompts={"query": "query: ", "document": "passage: "},
    ),
    Recipe("multilingual-E5-instruct", r"multilingual-e5-large-instruct", template=_INSTRUCT, precision="fp16"),
    Recipe(
        "E5-Mistral",
        r"e5-mistral-7b-instruct",
        template=_INSTRUCT,
        precision="fp16",
        tokenizer={"add_bos_token": True, **_ENDS_WITH_EOS},
    ),
    Recipe(
        "BGE, English",
        r"bge-(small|base|large)-en(-v1\.5)?",
        prompts={"query": "Represent this sentence for searching relevant passages: "},
    ),
    Recipe(
        "BGE, Chinese",
        r"bge-(small|base|large)-zh(-v1\.5)?",
        prompts={"query": "为这个句子生成表示以用于检索相关文章："},
    ),
    Recipe("BGE-M3", r"bge-m3(-unsupervised)?"),
    Recipe(
        "GTE-Qwen2-instruct 7B",
        r"gte-qwen2-7b-instruct",
        template=_INSTRUCT,
        precision="bf16",
        tokenizer=_ENDS_WITH_EOS,
        config={"use_cache": False},
    ),
    Recipe(
        "GTE-Qwen2-instruct 1.5B, GTE-Qwen1.5-instruct",
        r"gte-(qwen2-1\.5b|qwen1\.5-7b)-instruct",
        template=_INSTRUCT,
        precision="fp16",
        tokenizer=_ENDS_WITH_EOS,
    ),
    Recipe("Qwen3-Embedding", r"qwen3-embedding-[0-9.]+b", template="Instruct: {instruction}\nQuery:"),
    Recipe(
        "NV-Embed",
        r"nv-embed-v[12]",
        model_type="nvembed",
        template=_INSTRUCT,
        instructs_documents=True,
        needs_code=True,
        max_length=32768,
        tokenizer={"padding_side": "right", **_ENDS_WITH_EOS},
    ),
    Recipe("LG-ANNA-Embedding (LGAI-Embedding-Preview)", r"lgai-embedding-preview|lg-anna-embedding"),
    Recipe("QZhou-Embedding", r"qzhou-embedding(-zh)?", template="Instruct: {instruction}\nQuery:"),
    Recipe(
        "Jasper",
        r"jasper_en_vision_language_v1",
        model_type="jasper_vl",
        template=_INSTRUCT,
        needs_code=True,
        precision="bf16",
        max_length=2048,
        config={"is_text_encoder": True, "vector_dim": 12288},
        normalises=True,
    ),
    Recipe(
        "Jasper-Token-Compression",
        r"jasper-token-compression-600m",
        template=_INSTRUCT,
        instructs_documents=True,
        needs_code=True,
        precision="bf16",
        max_length=1024,
        tokenizer={"padding_side": "left"},
    ),
    # As mteb runs it: the bare instruction, without the words around it that the model's own page has.
    Recipe("Stella v5", r"stella_en_(400m|1\.5b)_v5", template="{instruction}", needs_code=True),
    Recipe("EmbeddingGemma", r"embeddinggemma-300m.*"),
    Recipe("static models (model2vec, StaticEmbedding)", r"(potion|m2v)[-_].*|static-(retrieval|similarity)-.*"),
    Recipe("MiniLM, MPNet", r"(all|paraphrase|multi-qa)-.*(minilm|mpnet).*"),
)


def recipe_for(name: str, config: Mapping[str, Json]) -> Recipe:
    """The recipe of a model by its name (`organisation/name`, or a folder's own); `OWN` where there is none.

    A copy is also known by its transformer's configuration: by the name that it was saved from, and by a `model_type`
    that one family alone has.
    """
    names = [name, str(config.get("_name_or_path", ""))]
    for recipe in RECIPES:
        if any(_matches(recipe, of) for of in names):
            return recipe
    kind = config.get("model_type")
    return next((recipe for recipe in RECIPES if recipe.model_type and recipe.model_type == kind), OWN)


def _matches(recipe: Recipe, name: str) -> bool:
    return bool(recipe.names and re.fullmatch(recipe.names, name.rsplit("/", 1)[-1].lower()))


def put_before(recipe: Recipe, own: Mapping[str, str | None], default: str | None, task: Task, role: Role) -> str:
    """What stands before a text of the task in that role: '' for nothing.

    `own` are the model's own prompts, and `default` names the one among them that stands where nothing else does.
    """
    if recipe.template:
        if role == "document" and not recipe.instructs_documents:
            return own.get(default or "") or ""
        return recipe.template.format(instruction=instruction_of(task))
    prompts = own if recipe.prompts is None else recipe.prompts
    found = _by_name(prompts, task, role)
    return (prompts.get(default or "") if found is None else found) or ""


def instruction_of(task: Task) -> str:
    """The task's own instruction, or mteb's for tasks of its type that have none."""
    return task.instruction or INSTRUCTIONS[task.task_type]


def _by_name(prompts: Mapping[str, str | None], task: Task, role: Role) -> str | None:
    """mteb's order: task and role, task, task type and role, task type, role. None where there is none of them."""
    kind = MTEB_TYPES[task.task_type]
    keys = [task.name, kind] if role == "plain" else [f"{task.name}-{role}", task.name, f"{kind}-{role}", kind, role]
    return next((prompts[key] for key in keys if key in prompts), None)
