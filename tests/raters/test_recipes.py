"""Every family of the field is run as it is meant to be: against plain transformers, and against mteb's own loaders."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers
from safetensors.torch import load_file

from hume.raters.backends import Asked, Loading, load
from hume.raters.backends.saved import Saved
from hume.raters.backends.sentence_transformers import _precision
from hume.raters.recipes import INSTRUCTIONS, MTEB_TYPES, OWN, RECIPES, put_before, recipe_for
from hume.records import Subset, Task
from hume.tasks import TASKS as TASK_TYPES
from tests.raters.tiny_models import FAMILIES, TEXTS, save

PASSAGES = "Represent this sentence for searching relevant passages: "
ROLES = {"sts": ["plain"], "classification": ["plain"], "clustering": ["plain"], "reranking": ["query", "document"]}


def asked(kind: str, role: str, name: str = "Made up", instruction: str = "") -> Asked:
    return Asked(Task(name, kind, instruction=instruction), Subset("default"), role)


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """Threads cost more than they save on models of this size."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """The folder of a family's tiny checkpoint, made once."""
    folder, saved = tmp_path_factory.mktemp("models"), {}

    def of(family: str):
        saved[family] = saved.get(family) or save(family, folder)
        return saved[family]

    return of


@pytest.fixture(scope="module")
def loaded(tiny):
    """The backend of a family, loaded once."""
    kept = {}

    def of(family: str):
        kept[family] = kept.get(family) or load(str(tiny(family)), Loading("cpu", trust_remote_code=True))
        return kept[family]

    return of


# -- embeddings by hand ---------------------------------------------------------------------------------


def by_hand(folder, texts, pool: str, ends_with_eos: bool = False, normalises: bool = True):
    """Text by text, without padding or batches: tokens, forward pass, pooling, dense layers, length 1."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModel.from_pretrained(folder, dtype=torch.float32).eval()
    dense = [load_file(file) for file in sorted(folder.glob("*_Dense/model.safetensors"))]
    rows = []
    for text in texts:
        most = tokenizer.model_max_length - ends_with_eos
        ids = tokenizer(text, truncation=True, max_length=most)["input_ids"] + [tokenizer.eos_token_id] * ends_with_eos
        with torch.inference_mode():
            states = model(input_ids=torch.tensor([ids])).last_hidden_state[0]
        row = {"mean": states.mean(dim=0), "cls": states[0], "last": states[-1]}[pool]
        for layer in dense:
            row = layer["linear.weight"] @ row + layer.get("linear.bias", 0)
        rows.append(row / row.norm() if normalises else row)
    return torch.stack(rows).numpy()


@pytest.mark.parametrize(
    ("family", "kind", "role", "before", "how"),
    [
        ("e5-base-v2", "reranking", "query", "query: ", {"pool": "mean"}),
        ("e5-base-v2", "reranking", "document", "passage: ", {"pool": "mean"}),
        ("e5-base-v2", "sts", "plain", "", {"pool": "mean"}),
        ("multilingual-e5-small", "reranking", "document", "passage: ", {"pool": "mean"}),
        ("multilingual-e5-large-instruct", "clustering", "plain",
         "Instruct: Identify categories in user passages.\nQuery: ", {"pool": "mean"}),
        ("bge-small-en-v1.5", "reranking", "query", PASSAGES, {"pool": "cls"}),
        ("bge-small-en-v1.5", "reranking", "document", "", {"pool": "cls"}),
        ("bge-m3", "reranking", "query", "", {"pool": "mean"}),
        ("gte-Qwen2-1.5B-instruct", "sts", "plain",
         "Instruct: Retrieve semantically similar text.\nQuery: ", {"pool": "last", "ends_with_eos": True}),
        ("gte-Qwen2-1.5B-instruct", "reranking", "document", "", {"pool": "last", "ends_with_eos": True}),
        ("QZhou-Embedding", "classification", "plain", "Instruct: Classify user passages.\nQuery:", {"pool": "last"}),
        ("Qwen3-Embedding-0.6B", "reranking", "query",
         "Instruct: Retrieve text based on user query.\nQuery:", {"pool": "last"}),
        ("Qwen3-Embedding-0.6B", "reranking", "document", "", {"pool": "last"}),
        ("LGAI-Embedding-Preview", "sts", "plain", "", {"pool": "last"}),
        ("embeddinggemma-300m", "sts", "plain", "task: sentence similarity | query: ", {"pool": "mean"}),
        ("embeddinggemma-300m", "reranking", "document", "task: search result | query: ", {"pool": "mean"}),
        ("gte-modernbert-base", "sts", "plain", "", {"pool": "cls", "normalises": False}),
        ("stella_en_1.5B_v5", "sts", "plain", "Retrieve semantically similar text.",
         {"pool": "mean", "normalises": False}),
        ("jasper_en_vision_language_v1", "reranking", "query",
         "Instruct: Retrieve text based on user query.\nQuery: ", {"pool": "mean"}),
    ],
)  # fmt: skip
def test_vectors_are_those_of_a_forward_pass_by_hand(family, kind, role, before, how, tiny, loaded):
    expected = by_hand(tiny(family), [before + text for text in TEXTS if before + text], **how)
    texts = [text for text in TEXTS if before + text]
    backend, ask = loaded(family), asked(kind, role)
    assert backend.prompt(ask) == before
    np.testing.assert_allclose(backend.embed(texts, ask), expected, atol=1e-5)
    one_by_one = np.concatenate([backend.embed([text], ask) for text in texts])
    np.testing.assert_allclose(one_by_one, expected, atol=1e-5)


def test_a_static_model_is_the_mean_of_its_token_vectors(tiny, loaded):
    backend = loaded("static-retrieval-mrl-en-v1")
    table = load_file(next(tiny("static-retrieval-mrl-en-v1").rglob("model.safetensors")))["embedding.weight"].numpy()
    words = json.loads(next(tiny("static-retrieval-mrl-en-v1").rglob("tokenizer.json")).read_text())["model"]["vocab"]
    expected = np.mean([table[words[word]] for word in ("the", "cat", "sat")], axis=0)
    np.testing.assert_allclose(backend.embed(["the cat sat"], asked("sts", "plain"))[0], expected, atol=1e-5)


@pytest.mark.parametrize(
    ("family", "sees_what_follows"),
    [("gte-Qwen2-1.5B-instruct", True), ("embeddinggemma-300m", True), ("Qwen3-Embedding-0.6B", False)],
)
def test_attention_is_as_the_family_was_trained(family, sees_what_follows, loaded):
    """A decoder that was turned into an encoder reads in both directions; its configuration says so."""
    model = loaded(family)._model

    def first_state(text):
        return model.encode([text], prompt="", output_value="token_embeddings")[0][0]

    assert torch.allclose(first_state("the cat"), first_state("the dog"), atol=1e-6) is not sees_what_follows


@pytest.mark.parametrize("family", FAMILIES)
def test_the_card_tells_before_loading_what_the_loaded_model_is(family, loaded):
    backend = loaded(family)
    card, model = backend.card, backend._model
    length = model.max_seq_length
    assert card.settings.get("max_length") == (length if length and np.isfinite(length) else None)
    assert card.settings.get("dimensions", model.get_embedding_dimension()) == model.get_embedding_dimension()
    assert backend._saved.prompts == model.prompts
    assert card.settings["similarity"] == model.similarity_fn_name
    assert card.settings["precision"] == "fp32"
    assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}
    pooling = [module.pooling_mode for module in model if hasattr(module, "pooling_mode")]
    assert [card.settings.get("pooling")] == (pooling or [None])


@pytest.mark.parametrize(
    ("asked_for", "family", "dtype", "device", "precision"),
    [
        ("auto", "Qwen3-Embedding-0.6B", "bfloat16", "cuda", "bf16"),
        ("auto", "gte-Qwen2-7B-instruct", "float32", "cuda", "bf16"),
        ("auto", "all-MiniLM-L12-v2", "", "cuda", "fp32"),
        ("auto", "Qwen3-Embedding-0.6B", "bfloat16", "cpu", "fp32"),
        ("fp16", "Qwen3-Embedding-0.6B", "bfloat16", "cpu", "fp16"),
    ],
)
def test_precision_is_the_users_else_the_familys_else_the_weights(asked_for, family, dtype, device, precision):
    recipe = recipe_for(family, {})
    assert _precision(Loading(precision=asked_for), recipe, Saved(dtype=dtype), device) == precision


# -- prompts and vectors beside mteb's -----------------------------------------------------------------

HUBS = {
    "e5-base-v2": "intfloat",
    "multilingual-e5-small": "intfloat",
    "multilingual-e5-large-instruct": "intfloat",
    "e5-mistral-7b-instruct": "intfloat",
    "bge-small-en-v1.5": "BAAI",
    "bge-small-zh-v1.5": "BAAI",
    "bge-m3": "BAAI",
    "gte-Qwen2-1.5B-instruct": "Alibaba-NLP",
    "gte-Qwen2-7B-instruct": "Alibaba-NLP",
    "gte-modernbert-base": "Alibaba-NLP",
    "QZhou-Embedding": "Kingsoft-LLM",
    "Qwen3-Embedding-0.6B": "Qwen",
    "LGAI-Embedding-Preview": "annamodels",
    "NV-Embed-v2": "nvidia",
    "embeddinggemma-300m": "google",
    "stella_en_1.5B_v5": "NovaSearch",
    "jasper_en_vision_language_v1": "NovaSearch",
    "Jasper-Token-Compression-600M": "infgrad",
    "static-retrieval-mrl-en-v1": "sentence-transformers",
    "all-MiniLM-L12-v2": "sentence-transformers",
}
#: With and without an instruction of their own, of every task type.
TASKS = [
    "HUMESTS12",
    "HUMEEmotionClassification",
    "HUMEWikiCitiesClustering",
    "HUMEWikipediaRerankingMultilingual",
]


@pytest.fixture(scope="module")
def mteb():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield pytest.importorskip("mteb")


def in_full_precision(kwargs):
    """A loader's arguments, with the weights in 32 bits: mteb's are for GPUs."""
    given = dict(kwargs)
    given["model_kwargs"] = {"dtype": torch.float32}
    return {**given, "trust_remote_code": True}


@pytest.fixture(scope="module")
def theirs(mteb, tiny):
    """A family's tiny checkpoint as mteb's own loader for that family loads it, and the prompts that it was given."""
    kept = {}

    def of(family: str):
        if family not in kept:
            meta = mteb.get_model_meta(f"{HUBS[family]}/{family}")
            kwargs = in_full_precision(meta.loader_kwargs)
            model = meta.loader(str(tiny(family)), revision=None, device="cpu", **kwargs)
            prompts = []
            inference = model.model._inference

            def noting(texts, *, prompt, **options):
                prompts.append(prompt or "")
                return inference(texts, prompt=prompt, **options)

            model.model._inference = noting
            kept[family] = model, prompts
        return kept[family]

    return of


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", TASKS)
@pytest.mark.parametrize("family", HUBS)
def test_prompts_and_vectors_are_those_of_mtebs_loader(family, name, mteb, theirs, loaded):
    from mteb._create_dataloaders import _create_dataloader_from_texts
    from mteb.types import PromptType

    metadata = mteb.get_task(name).metadata
    kind = next(ours for ours, said in MTEB_TYPES.items() if said == metadata.type)
    own = metadata.prompt.get("query", "") if isinstance(metadata.prompt, dict) else metadata.prompt
    model, prompts = theirs(family)
    for role in ROLES[kind]:
        prompt_type = None if role == "plain" else PromptType(role)
        inputs = _create_dataloader_from_texts(TEXTS[:3])
        options = {"task_metadata": metadata, "hf_split": "test", "hf_subset": "default", "prompt_type": prompt_type}
        expected = np.asarray(model.encode(inputs, **options, show_progress_bar=False))
        ask = asked(kind, role, name, own or "")
        assert loaded(family)._before(ask) == prompts[-1]
        np.testing.assert_allclose(loaded(family).embed(TEXTS[:3], ask), expected, atol=1e-5)
    assert prompts


def test_every_task_type_has_its_name_and_instruction_in_mteb():
    assert set(MTEB_TYPES) == set(INSTRUCTIONS) == set(TASK_TYPES)


def test_instructions_of_task_types_are_mtebs(mteb):
    for kind, name in (("sts", "STS12"), ("classification", "Banking77Classification"), ("reranking", "SciDocsRR")):
        assert INSTRUCTIONS[kind] == mteb.get_task(name).abstask_prompt
    assert INSTRUCTIONS["clustering"] == mteb.get_task("HUMEWikiCitiesClustering").abstask_prompt


# -- recognising ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "config", "family"),
    [
        ("intfloat/e5-small-v2", {}, "E5, multilingual-E5"),
        ("INTFLOAT/E5-Large", {}, "E5, multilingual-E5"),
        ("someone/e5-large-finetuned", {}, "its own configuration"),
        ("my-copy", {"_name_or_path": "BAAI/bge-base-en-v1.5"}, "BGE, English"),
        ("my-copy", {"model_type": "nvembed"}, "NV-Embed"),
        ("my-copy", {"model_type": "bert"}, "its own configuration"),
        ("Alibaba-NLP/gte-Qwen1.5-7B-instruct", {}, "GTE-Qwen2-instruct 1.5B, GTE-Qwen1.5-instruct"),
        ("Qwen/Qwen3-Embedding-8B", {}, "Qwen3-Embedding"),
        ("Qwen/Qwen3-Reranker-8B", {}, "its own configuration"),
        ("LGAI/LG-ANNA-Embedding", {}, "LG-ANNA-Embedding (LGAI-Embedding-Preview)"),
        ("minishlab/potion-base-8M", {}, "static models (model2vec, StaticEmbedding)"),
    ],
)
def test_a_family_is_known_by_name_or_configuration(name, config, family):
    assert recipe_for(name, config).family == family


def test_prompts_go_from_the_most_particular_to_the_least():
    task = Task("T", "reranking")
    prompts = {"T-query": "a", "T": "b", "Reranking-query": "c", "Reranking": "d", "query": "e", "other": "f"}
    found = []
    while any(key != "other" for key in prompts):
        best = put_before(OWN, prompts, "other", task, "query")
        found.append(best)
        prompts = {key: text for key, text in prompts.items() if text != best}
    assert found == ["a", "b", "c", "d", "e"]
    assert put_before(OWN, prompts, "other", task, "query") == "f"
    assert put_before(OWN, prompts, None, task, "query") == ""
    assert put_before(OWN, {"query": ""}, "other", task, "query") == ""


def test_every_family_is_in_the_docs():
    said = (Path(__file__).parents[2] / "docs" / "models.md").read_text(encoding="utf-8")
    assert [recipe.family for recipe in RECIPES if f"| {recipe.family} |" not in said] == []
