"""Language models that say yes or no: prompts letter by letter, scores of a forward pass by hand."""

from __future__ import annotations

import numpy as np
import pytest
from tiny_rerankers import bert_cross_encoder, causal_reranker

from hume.errors import HumeError
from hume.raters.backends import Loading, PairBackend, load
from hume.raters.backends.causal_reranker import CausalReranker
from hume.raters.backends.cross_encoder import CrossEncoderBackend
from hume.records import Subset, Task

RERANKING, SUBSET = Task("T", "reranking"), Subset("default")
INSTRUCTED = Task("T", "sts", instruction="Retrieve semantically similar text.")
PAIRS = [
    ("how many people live in berlin", "berlin is the capital of germany"),
    ("the cat", "a dog sat on the mat in the house and the cat lies on the rug"),
    ("", ""),
    ("the {query}", "{document} and {0}"),
    ("the cat", "a dog sat on the mat in the house and the cat lies on the rug"),
]


@pytest.fixture(scope="module")
def qwen(tmp_path_factory):
    return causal_reranker(tmp_path_factory.mktemp("models") / "Qwen3-Reranker-tiny")


@pytest.fixture(scope="module")
def gemma(tmp_path_factory):
    return causal_reranker(tmp_path_factory.mktemp("models") / "bge-reranker-v2-gemma-tiny", "gemma")


@pytest.fixture(scope="module")
def backend(qwen):
    return load(f"qwen3-reranker:{qwen}", Loading(device="cpu"))


def last_logits(folder, tokens):
    import torch
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    with torch.inference_mode():
        return model(input_ids=torch.tensor([tokens])).logits[0, -1]


def by_hand(folder, pairs, instruction="Given the user query, retrieval the relevant passages"):
    """Qwen's published usage, one pair at a time."""
    import torch
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    found = []
    for query, document in pairs:
        prompt = (
            "<|im_start|>system\nJudge whether the Document meets the requirements based on the Query and the Instruct "
            'provided. Note that the answer can only be "yes" or "no".<|im_end|>\n<|im_start|>user\n'
            f"<Instruct>: {instruction}\n<Query>: {query}\n<Document>: {document}"
            "<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n"
        )
        logits = last_logits(folder, tokenizer.encode(prompt, add_special_tokens=False))
        yes, no = (logits[tokenizer.convert_tokens_to_ids(word)] for word in ("yes", "no"))
        found.append(torch.softmax(torch.stack([yes, no]), dim=0)[0].item())
    return np.array(found)


def test_qwens_scores_are_those_of_transformers(qwen, backend):
    assert isinstance(backend, PairBackend)
    scores = backend.score_pairs(PAIRS, RERANKING, SUBSET)
    assert scores.dtype == np.float32
    np.testing.assert_allclose(scores, by_hand(qwen, PAIRS), atol=1e-5)
    assert scores[1] == scores[4]
    assert len(np.unique(scores)) == 4


def test_the_tasks_instruction_is_read(qwen, backend):
    scores = backend.score_pairs(PAIRS, INSTRUCTED, SUBSET)
    np.testing.assert_allclose(scores, by_hand(qwen, PAIRS, INSTRUCTED.instruction), atol=1e-5)
    assert not np.allclose(scores, backend.score_pairs(PAIRS, RERANKING, SUBSET), atol=1e-3)


@pytest.mark.filterwarnings("ignore:.*max_length. is ignored")
def test_qwens_scores_are_mtebs(qwen, backend):
    wrapper = pytest.importorskip("mteb.models.model_implementations.qwen3_reranker").Qwen3RerankerWrapper
    import torch

    mtebs = wrapper(str(qwen), device="cpu", dtype=torch.float32)
    prompts = [mtebs.format_instruction(None, query, document) for query, document in PAIRS]
    theirs = mtebs.compute_logits(mtebs.process_inputs(prompts))
    np.testing.assert_allclose(backend.score_pairs(PAIRS, RERANKING, SUBSET), theirs, atol=1e-5)


@pytest.mark.parametrize("budget", [1, 900, 1_000_000])
def test_batches_change_nothing(qwen, backend, budget):
    other = load(f"qwen3-reranker:{qwen}", Loading(device="cpu", max_batch_tokens=budget))
    np.testing.assert_allclose(
        other.score_pairs(PAIRS, RERANKING, SUBSET), backend.score_pairs(PAIRS, RERANKING, SUBSET), atol=1e-5
    )


def test_texts_are_cut_and_the_question_is_not(qwen, backend):
    n_prompt = len(backend._opening) + len(backend._closing)
    short = load(f"qwen3-reranker:{qwen}", Loading(device="cpu", max_length=n_prompt + 100))
    long = "the cat sat on the mat " * 5_000
    (read,) = short._read([("cat", long)], "Find it.")
    assert len(read) == n_prompt + 100
    assert read[-len(short._closing) :].tolist() == short._closing
    assert np.isfinite(short.score_pairs([("cat", long), (long, "cat")], RERANKING, SUBSET)).all()
    with pytest.raises(HumeError, match="no room for texts"):
        load(f"qwen3-reranker:{qwen}", Loading(device="cpu", max_length=n_prompt))


def test_gemmas_scores_are_those_of_transformers(gemma):
    """FlagEmbedding's tokens: bos, query, line break, document, line break, question; each by itself."""
    from transformers import AutoTokenizer

    backend = load(f"cross-encoder:{gemma}", Loading(device="cpu"))
    tokenizer = AutoTokenizer.from_pretrained(gemma)
    question = (
        "Given a query A and a passage B, determine whether the passage contains an answer to the query by providing a "
        "prediction of either 'Yes' or 'No'."
    )
    expected = []
    for query, document in PAIRS:
        parts = (f"A: {query}", "\n", f"B: {document}", "\n", question)
        tokens = [token for part in parts for token in tokenizer.encode(part, add_special_tokens=False)]
        logits = last_logits(gemma, [tokenizer.bos_token_id, *tokens])
        expected.append(logits[tokenizer.convert_tokens_to_ids("Yes")].item())
    np.testing.assert_allclose(backend.score_pairs(PAIRS, RERANKING, SUBSET), expected, atol=1e-5)


def test_a_long_query_leaves_room_for_the_document(gemma):
    backend = load(f"cross-encoder:{gemma}", Loading(device="cpu", max_length=400))
    (read,) = backend._read([("q" * 1000, "d" * 1000)], "")
    letters = [backend._tokenizer.decode([token]) for token in read]
    assert len(read) == 400
    assert letters.count("d") > 20
    assert letters.count("q") >= backend._room * 3 // 4 - 3


def test_rerankers_are_recognised_by_name_and_by_configuration(qwen, tmp_path):
    for model in (f"cross-encoder:{qwen}", str(qwen)):
        assert isinstance(load(model, Loading(device="cpu")), CausalReranker)


def test_no_pair_and_one_pair(backend):
    assert backend.score_pairs([], RERANKING, SUBSET).shape == (0,)
    assert backend.score_pairs(PAIRS[:1], RERANKING, SUBSET).shape == (1,)


def test_low_precision_does_not_round_the_scores(qwen):
    low = load(f"qwen3-reranker:{qwen}", Loading(device="cpu", precision="bf16"))
    assert low.card.settings["precision"] == "bf16"
    np.testing.assert_allclose(low.score_pairs(PAIRS, RERANKING, SUBSET), by_hand(qwen, PAIRS), atol=0.15)
    assert low._head.dtype.itemsize == 4


def test_the_card_has_the_prompt(qwen, backend):
    assert backend.card.name == qwen.name
    assert "<Instruct>: {instruction}\n<Query>: {query}\n<Document>: {document}" in backend.card.prompts["pair"]
    assert backend.card.settings["max_length"] == 8192
    assert backend.card.settings["score"] == "P(yes)"


def test_a_family_without_a_known_prompt_is_refused(tmp_path):
    folder = bert_cross_encoder(tmp_path / "bert")
    with pytest.raises(HumeError, match=r"BertForSequenceClassification.*Qwen3ForCausalLM"):
        load(f"qwen3-reranker:{folder}", Loading(device="cpu"))


# -- those that sentence-transformers saved --------------------------------------------------------


@pytest.fixture(scope="module")
def own_template(tmp_path_factory):
    """A language model with sentence-transformers' modules and a chat template of its own."""
    from sentence_transformers import CrossEncoder
    from transformers import AutoTokenizer

    folder = causal_reranker(tmp_path_factory.mktemp("models") / "lm")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.chat_template = (
        "{% for message in messages %}<|im_start|>{{ message['role'] }}: {{ message['content'] }}<|im_end|>{% endfor %}"
    )
    tokenizer.save_pretrained(folder)
    CrossEncoder(str(folder), device="cpu").save_pretrained(str(folder.parent / "saved"))
    return folder.parent / "saved"


def test_a_saved_chat_template_is_used_with_the_tasks_instruction(own_template):
    from sentence_transformers import CrossEncoder

    backend = load(f"cross-encoder:{own_template}", Loading(device="cpu"))
    assert isinstance(backend, CrossEncoderBackend)
    model, pairs = CrossEncoder(str(own_template), device="cpu"), PAIRS[:2]
    plain = backend.score_pairs(pairs, RERANKING, SUBSET)
    instructed = backend.score_pairs(pairs, INSTRUCTED, SUBSET)
    np.testing.assert_allclose(plain, model.predict(pairs), atol=1e-5)
    np.testing.assert_allclose(instructed, model.predict(pairs, prompt=INSTRUCTED.instruction), atol=1e-5)
    assert not np.allclose(plain, instructed, atol=1e-3)


def test_its_words_are_read_in_full_precision(own_template):
    low = load(f"cross-encoder:{own_template}", Loading(device="cpu", precision="bf16"))
    full = load(f"cross-encoder:{own_template}", Loading(device="cpu"))
    scores = low.score_pairs(PAIRS, RERANKING, SUBSET)
    np.testing.assert_allclose(scores, full.score_pairs(PAIRS, RERANKING, SUBSET), atol=0.15)
    logits = np.log(scores / (1 - scores))
    rounded = (logits.view(np.int32) & ~0xFFFF).view(np.float32)
    assert (np.abs(logits - rounded) > 1e-4).any()
