"""Models of mteb's registry, through a real local cache of the hub, with tiny weights under the real names."""

from __future__ import annotations

import contextlib
import warnings

import numpy as np
import pytest
import transformers

from hume.errors import HumeError, NotFound
from hume.raters.backends import Asked, EmbeddingBackend, Loading, PairBackend, load
from hume.raters.backends.mteb_registry import _code_allowed, metadata_of
from hume.records import Subset, Task
from tests.raters.tiny_models import TEXTS, save, save_with_code

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    mteb = pytest.importorskip("mteb")

pytestmark = pytest.mark.filterwarnings("ignore")
DEFAULT = Subset("default", ("eng-Latn",))
STS = Asked(Task("Made up", "sts"), DEFAULT, "plain")
QUERY = Asked(Task("Made up", "reranking", instruction="Find the answer"), DEFAULT, "query")
DOCUMENT = Asked(Task("Made up", "reranking", instruction="Find the answer"), DEFAULT, "document")


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """A cache of the hub that has tiny models at the registry's revisions, and a hub that cannot be reached."""
    from huggingface_hub import constants

    hub, made = tmp_path_factory.mktemp("hub"), tmp_path_factory.mktemp("made")
    for name in ("intfloat/multilingual-e5-small", "Qwen/Qwen3-Embedding-0.6B", "nvidia/NV-Embed-v2"):
        organisation, family = name.split("/")
        commit = mteb.get_model_meta(name).revision
        folder = hub / f"models--{organisation}--{family}"
        (folder / "snapshots").mkdir(parents=True)
        (folder / "refs").mkdir()
        (folder / "refs" / "main").write_text(commit)
        save(family, made).rename(folder / "snapshots" / commit)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(constants, "HF_HUB_CACHE", str(hub))
        patch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
        yield hub


@pytest.mark.parametrize("name", ["intfloat/multilingual-e5-small", "Qwen/Qwen3-Embedding-0.6B"])
@pytest.mark.parametrize("asked", [STS, QUERY, DOCUMENT], ids=["sts", "query", "document"])
def test_it_gives_the_vectors_of_our_own_recipe(name, asked, cache):
    ours, theirs = load(name, Loading("cpu")), load(f"mteb:{name}", Loading("cpu"))
    assert isinstance(theirs, EmbeddingBackend)
    assert theirs.card.revision == ours.card.revision == mteb.get_model_meta(name).revision
    assert theirs.card.settings["precision"] == "fp32"
    vectors = theirs.embed(TEXTS, asked)
    np.testing.assert_allclose(vectors, ours.embed(TEXTS, asked), atol=1e-5)
    np.testing.assert_allclose(theirs.similarity(vectors, vectors), ours.similarity(vectors, vectors), atol=1e-5)


def test_the_prompt_tells_tasks_apart_where_the_model_does(cache):
    instructed = load("mteb:Qwen/Qwen3-Embedding-0.6B", Loading("cpu"))
    other = Asked(Task("Another", "reranking", instruction="Find another"), DEFAULT, "query")
    assert instructed.prompt(QUERY) != instructed.prompt(other)
    assert instructed.prompt(DOCUMENT) == instructed.prompt(Asked(other.task, DEFAULT, "document"))
    plain = load("mteb:intfloat/multilingual-e5-small", Loading("cpu"))
    assert plain.prompt(QUERY) == plain.prompt(other)
    assert plain.prompt(QUERY) != plain.prompt(DOCUMENT)


def test_a_wrapper_of_another_kind_is_taken_to_depend_on_the_task():
    random = load("mteb:mteb/baseline-random-encoder", Loading("cpu"))
    other = Asked(Task("Another", "sts"), DEFAULT, "plain")
    assert random.prompt(STS) != random.prompt(other)
    vectors = random.embed(["a", "b", "a"], STS)
    assert vectors.dtype == np.float32
    np.testing.assert_array_equal(vectors[0], vectors[2])
    assert random.similarity(vectors, vectors).shape == (3, 3)


def test_a_cross_encoder_of_the_registry_scores_pairs():
    pairs = load("mteb:mteb/baseline-random-cross-encoder", Loading("cpu"))
    assert isinstance(pairs, PairBackend)
    assert not isinstance(pairs, EmbeddingBackend)
    scores = pairs.score_pairs([("a", "b"), ("c", "d")], QUERY.task, DEFAULT)
    assert scores.shape == (2,)
    assert scores.dtype == np.float32
    assert pairs.score_pairs([], QUERY.task, DEFAULT).shape == (0,)


def test_code_beside_weights_needs_the_flag(cache):
    with pytest.raises(HumeError, match="--trust-remote-code"):
        load("mteb:nvidia/NV-Embed-v2", Loading("cpu"))


@pytest.mark.parametrize("trusts", [False, True])
def test_a_loader_that_trusts_code_by_itself_is_held_to_the_flag(trusts, tmp_path):
    """Some loaders of the registry run what lies beside the weights, whatever their arguments are."""
    folder = save_with_code(tmp_path, "odd")
    meta = mteb.get_model_meta("intfloat/multilingual-e5-small")
    with contextlib.nullcontext() if trusts else pytest.raises(HumeError, match="--trust-remote-code"):
        with _code_allowed(meta, Loading("cpu", trust_remote_code=trusts)):
            loaded = transformers.AutoModel.from_pretrained(folder, trust_remote_code=True)
        assert type(loaded).__name__ == "OddModel"


@pytest.mark.parametrize(
    ("name", "loading", "said"),
    [
        ("mteb:intfloat/multilingual-e5-smal", Loading("cpu"), "Did you mean: 'intfloat/multilingual-e5-small'"),
        ("mteb:intfloat/multilingual-e5-small", Loading("cpu", revision="f" * 40), "leave|Leave --revision out"),
        ("mteb:intfloat/e5-base-v2", Loading("cpu"), "cannot be reached"),
    ],
)
def test_what_is_not_there_is_said(name, loading, said, cache):
    with pytest.raises(NotFound, match=said):
        load(name, loading)


def test_a_wrapper_that_takes_no_length_says_so():
    with pytest.raises(HumeError, match="--max-length"):
        load("mteb:mteb/baseline-random-encoder", Loading("cpu", max_length=12))


def test_metadata_are_mtebs_where_it_knows_the_task():
    known = metadata_of(Task("HUMEEmotionClassification", "classification"), DEFAULT)
    assert known.prompt.startswith("Classify the emotion")
    changed = metadata_of(Task("HUMEEmotionClassification", "classification", instruction="Say how it feels"), DEFAULT)
    assert (changed.prompt, changed.domains) == ("Say how it feels", known.domains)
    ours = metadata_of(Task("Ours", "clustering"), Subset("ar", ("ara-Arab", "nonsense")))
    assert (ours.name, ours.type, ours.prompt) == ("Ours", "Clustering", "Identify categories in user passages.")
    assert ours.eval_langs == {"ar": ["ara-Arab"]}
