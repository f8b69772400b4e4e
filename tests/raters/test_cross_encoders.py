"""Cross-encoders: the scores of a forward pass by hand, whatever the batches."""

from __future__ import annotations

import numpy as np
import pytest
from tiny_rerankers import bert_cross_encoder

from hume.errors import HumeError, NotFound
from hume.raters.backends import Loading, PairBackend, cross_encoder, load
from hume.raters.backends.cross_encoder import Lengths
from hume.raters.backends.pair_batches import scored
from hume.raters.backends.recognising import reads_pairs
from hume.records import Subset, Task

RERANKING, SUBSET = Task("T", "reranking"), Subset("default")
PAIRS = [
    ("how many people live in berlin", "berlin is the capital of germany"),
    ("the cat", "a dog sat on the mat in the house and the cat lies on the rug"),
    ("", "paris"),
    ("", ""),
    ("the cat sat", "the cat sat"),
    ("the cat", "a dog sat on the mat in the house and the cat lies on the rug"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return bert_cross_encoder(tmp_path_factory.mktemp("bert"))


@pytest.fixture(scope="module")
def backend(folder):
    return load(f"cross-encoder:{folder}", Loading(device="cpu"))


def by_hand(folder, pairs):
    """Each pair alone through transformers, and the sigmoid that a single label has."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    found = []
    for first, second in pairs:
        tokens = tokenizer([first], [second], truncation="longest_first", max_length=64, return_tensors="pt")
        with torch.inference_mode():
            found.append(torch.sigmoid(model(**tokens).logits[0, 0]).item())
    return np.array(found)


def test_scores_are_those_of_transformers(folder, backend):
    assert isinstance(backend, PairBackend)
    scores = backend.score_pairs(PAIRS, RERANKING, SUBSET)
    assert scores.dtype == np.float32
    np.testing.assert_allclose(scores, by_hand(folder, PAIRS), atol=1e-5)
    assert scores[1] == scores[5]
    assert len(np.unique(scores)) == 5


@pytest.mark.parametrize("budget", [1, 24, 100_000])
def test_batches_change_nothing(folder, backend, budget):
    other = load(f"cross-encoder:{folder}", Loading(device="cpu", max_batch_tokens=budget))
    np.testing.assert_allclose(
        other.score_pairs(PAIRS, RERANKING, SUBSET), backend.score_pairs(PAIRS, RERANKING, SUBSET), atol=1e-5
    )


def test_a_text_beyond_all_length_is_cut(folder, backend):
    long = "the cat sat on the mat in paris and " * 12
    pairs = [("cat", long), (long, "cat"), (long, long), (long, f"dog {long}"), ("dog " * 40, long)]
    np.testing.assert_allclose(backend.score_pairs(pairs, RERANKING, SUBSET), by_hand(folder, pairs), atol=1e-5)


def test_two_texts_of_a_hundred_thousand_characters_take_no_longer(backend):
    """A tokenizer alone needs minutes to cut such a pair."""
    long = "the cat sat on the mat " * 4_400
    read = Lengths(backend._model.tokenizer, 64, [(long, f"a {long}")]).cut(long, f"a {long}")
    assert max(map(len, read)) < 1_000
    short = "the cat sat on the mat " * 44
    found = backend.score_pairs([(long, f"a {long}"), (short, f"a {short}")], RERANKING, SUBSET)
    assert found[0] == pytest.approx(found[1], abs=1e-6)


def test_a_tokenizer_without_a_limit_stops_where_positions_end(tmp_path):
    endless = load(str(bert_cross_encoder(tmp_path / "bert", longest=10**30)), Loading(device="cpu"))
    assert endless.card.settings["max_length"] == 64
    assert np.isfinite(endless.score_pairs([("cat " * 30_000, "dog")], RERANKING, SUBSET)).all()


def test_a_shorter_length_is_kept_to(folder):
    short = load(f"cross-encoder:{folder}", Loading(device="cpu", max_length=8))
    assert short.card.settings["max_length"] == 8
    first, second = short.score_pairs(
        [("cat", "the dog sat on the mat"), ("cat", "the dog sat on a rug in paris")], RERANKING, SUBSET
    )
    assert first == pytest.approx(second, abs=1e-6)


def test_no_pair_and_one_pair(backend):
    assert backend.score_pairs([], RERANKING, SUBSET).shape == (0,)
    assert backend.score_pairs(PAIRS[:1], RERANKING, SUBSET).shape == (1,)


def test_the_card_says_what_ran(folder, backend):
    assert backend.card.name == folder.name
    assert backend.card.revision.startswith("weights-")
    assert backend.card.device == "cpu"
    assert backend.card.settings == {"precision": "fp32", "max_length": 64, "activation": "Sigmoid"}


def test_the_activation_is_the_models_own(tmp_path):
    import torch
    from sentence_transformers import CrossEncoder

    folder = bert_cross_encoder(tmp_path / "bert")
    CrossEncoder(str(folder), device="cpu", activation_fn=torch.nn.Identity()).save_pretrained(str(tmp_path / "saved"))
    raw = load(f"cross-encoder:{tmp_path / 'saved'}", Loading(device="cpu"))
    assert raw.card.settings["activation"] == "Identity"
    logits = raw.score_pairs(PAIRS, RERANKING, SUBSET)
    np.testing.assert_allclose(1 / (1 + np.exp(-logits)), by_hand(folder, PAIRS), atol=1e-5)


def test_low_precision_does_not_round_the_scores(folder):
    low = load(f"cross-encoder:{folder}", Loading(device="cpu", precision="bf16"))
    assert low.card.settings["precision"] == "bf16"
    scores = low.score_pairs(PAIRS, RERANKING, SUBSET)
    np.testing.assert_allclose(scores, by_hand(folder, PAIRS), atol=0.05)
    # Sixteen bits would have left eight significant ones.
    logits = np.log(scores / (1 - scores))
    rounded = (logits.view(np.int32) & ~0xFFFF).view(np.float32)
    assert (np.abs(logits - rounded) > 1e-4).any()


def test_several_labels_are_refused(tmp_path):
    folder = bert_cross_encoder(tmp_path / "nli", n_labels=3)
    with pytest.raises(HumeError, match="3 scores a pair"):
        load(f"cross-encoder:{folder}", Loading(device="cpu"))


def test_a_folder_without_a_model_is_said(tmp_path):
    with pytest.raises(NotFound, match="could not be loaded"):
        load(f"cross-encoder:{tmp_path}", Loading(device="cpu"))


def test_no_gpu_is_said(folder):
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a GPU here")
    with pytest.raises(HumeError, match="no CUDA device"):
        load(f"cross-encoder:{folder}", Loading(device="cuda"))


def test_what_reads_pairs_is_recognised(folder, tmp_path):
    assert isinstance(load(str(folder), Loading(device="cpu")), cross_encoder.CrossEncoderBackend)
    pairs = ("cross-encoder/stsb-roberta-base", "BAAI/bge-reranker-v2-m3", "Qwen/Qwen3-Reranker-0.6B")
    for name in (*pairs, "ms-marco-MiniLM-L6-v2", "ms-marco-MiniLM-L-6-v2"):
        assert reads_pairs(name)
    texts = ("all-MiniLM-L6-v2", "Qwen/Qwen3-Embedding-0.6B", "sentence-transformers/msmarco-distilbert-base-v4")
    for name in (*texts, "sentence-transformers/msmarco-MiniLM-L6-cos-v5"):
        assert not reads_pairs(name)
    embedder = tmp_path / "trained-with-a-reranker"
    embedder.mkdir()
    (embedder / "modules.json").write_text("[]")
    assert not reads_pairs(str(embedder))


# -- batches ---------------------------------------------------------------------------------------


def test_a_batch_keeps_to_its_budget_longest_first():
    lengths, seen = [3, 9, 1, 9, 4, 2], []

    def score(batch):
        seen.append([lengths[index] for index in batch])
        return np.array(batch, dtype=np.float32)

    assert scored(lengths, score, 18).tolist() == [0, 1, 2, 3, 4, 5]
    assert seen == [[9, 9], [4, 3, 2, 1]]


def test_out_of_memory_halves_the_batch_and_goes_on():
    sizes = []

    def score(batch):
        sizes.append(len(batch))
        if len(batch) > 3:
            raise MemoryError
        return np.array(batch, dtype=np.float32)

    found = scored([5] * 10, score, 50)
    assert found.tolist() == list(range(10))
    assert sizes == [10, 5, 2, 2, 2, 2, 2]


def test_what_fits_nowhere_and_other_faults_are_raised():
    def full(batch):
        raise MemoryError

    with pytest.raises(HumeError, match="a pair of 7 tokens does not fit into memory"):
        scored([5, 7], full, 14)

    def broken(batch):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        scored([5, 5], broken, 10)


def test_torchs_lack_of_memory_is_known(backend, monkeypatch):
    import torch

    predict, sizes = backend._model.predict, []

    def scarce(pairs, **settings):
        sizes.append(len(pairs))
        if len(pairs) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory (simulated)")
        return predict(pairs, **settings)

    expected = backend.score_pairs(PAIRS, RERANKING, SUBSET)
    monkeypatch.setattr(backend._model, "predict", scarce)
    np.testing.assert_allclose(backend.score_pairs(PAIRS, RERANKING, SUBSET), expected, atol=1e-5)
    assert sizes[0] == 5
    assert 2 in sizes
