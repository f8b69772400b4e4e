"""Baselines: BM25 and random against mteb's, spelling against scikit-learn's, and what none of them may do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from hume.errors import HumeError
from hume.ingest.mteb_layout import read_folder
from hume.ingest.options import Options
from hume.parsed import parse
from hume.raters.backends import Asked, EmbeddingBackend, PairBackend, load
from hume.raters.backends.bm25 import LANGUAGES
from hume.records import Item, Subset, SubsetRecord, Task
from hume.runner.answering import PAIRS_AT_ONCE, answered

RERANKING = Task("T", "reranking")
ENGLISH = Subset("default", ("eng-Latn",))
ASKED = Asked(Task("T", "sts"), ENGLISH, "plain")
SHARED = Path(__file__).parents[3] / "shared" / "data" / "mteb_dev" / "tasks"
RERANKINGS = ("AnswerMiniReranking", "AnswerInstrMiniReranking", "WikiMiniReranking")
LONG = "the cat sat on the mat " * 4_400


@pytest.fixture(scope="module")
def bm25():
    pytest.importorskip("Stemmer", reason="PyStemmer is not installed")
    return load("bm25")


# -- BM25 ------------------------------------------------------------------------------------------


def test_bm25_by_hand(bm25):
    """Lucene: idf = ln(1 + (N - n + 0.5) / (n + 0.5)), tf saturated by k1 = 1.5 and length by b = 0.75."""
    documents = ["zebra grazing", "zebra zebra lion", "lion", "nothing here"]
    scores = bm25.score_pairs([("zebra", document) for document in documents], RERANKING, ENGLISH)
    lengths = np.array([2, 3, 1, 2])
    counts = np.array([1, 2, 0, 0])
    idf = np.log(1 + (4 - 2 + 0.5) / (2 + 0.5))
    expected = idf * counts / (counts + 1.5 * (1 - 0.75 + 0.75 * lengths / lengths.mean()))
    np.testing.assert_allclose(scores, expected, rtol=1e-6)
    assert scores.dtype == np.float32


def test_a_document_counts_once_however_often_it_is_asked_about(bm25):
    documents = ["a zebra on the plain", "a lion on a hill", "a hill and a plain"]
    once = bm25.score_pairs([("zebra plain", document) for document in documents], RERANKING, ENGLISH)
    pairs = [(query, document) for query in ("zebra plain", "lion") for document in documents * 2]
    np.testing.assert_array_equal(bm25.score_pairs(pairs, RERANKING, ENGLISH)[:6], [*once, *once])


def test_english_is_stemmed_and_stop_words_say_nothing(bm25):
    pairs = [("running", "he runs"), ("the", "the the the"), ("running", "a walk")]
    runs, stop, walk = bm25.score_pairs(pairs, RERANKING, ENGLISH)
    assert runs > 0
    assert stop == walk == 0


def test_chinese_is_read_by_character(bm25):
    chinese = Subset("zh", ("zho-Hans",))
    near, far = bm25.score_pairs([("猫在哪里", "一只猫睡觉"), ("猫在哪里", "天气很好")], RERANKING, chinese)
    assert near > far


@pytest.mark.parametrize(
    "pairs",
    [
        [],
        [("", "")],
        [("", "a zebra")],
        [("zebra", "")],
        [("the", "the of and")],
        [("?!", "..."), ("zebra", "a zebra")],
    ],
)
def test_texts_without_words_score_nothing(bm25, pairs):
    scores = bm25.score_pairs(pairs, RERANKING, ENGLISH)
    assert scores.shape == (len(pairs),)
    assert [score > 0 for score in scores] == [pair == ("zebra", "a zebra") for pair in pairs]


def test_a_hundred_thousand_characters(bm25):
    scores = bm25.score_pairs([("cat", LONG), ("cat", "a dog"), (LONG, "a cat")], RERANKING, ENGLISH)
    assert np.isfinite(scores).all()
    assert scores[0] > scores[1] == 0


@pytest.mark.parametrize("task_type", ["sts", "classification", "clustering"])
def test_bm25_answers_rerankings_alone(bm25, task_type):
    with pytest.raises(HumeError, match=f"does not answer the task type {task_type}"):
        bm25.score_pairs([("a", "b")], Task("T", task_type), ENGLISH)


def test_every_language_has_its_stemmer_and_its_list(bm25):
    import Stemmer
    from bm25s import tokenization

    assert {language.stemmer for language in LANGUAGES.values()} - {""} <= set(Stemmer.algorithms())
    assert all(getattr(tokenization, language.stop_words) for language in LANGUAGES.values() if language.stop_words)


def test_the_languages_are_mtebs():
    theirs = pytest.importorskip("mteb.models.model_implementations.bm25")._ISO3_TO_LANG
    assert {code: (bool(of.stop_words), of.stemmer or None, of.by_character) for code, of in LANGUAGES.items()} == {
        code: (stop is not None, stemmer, split == "char") for code, (stop, stemmer, split) in theirs.items()
    }


@pytest.mark.parametrize("name", RERANKINGS)
@pytest.mark.parametrize("languages", [None, ("zho-Hans",), ("jpn-Jpan",), ("dan-Latn",), ("eng-Latn", "dan-Latn")])
def test_bm25_is_mtebs(bm25, name, languages):
    """Every score, on the same corpus: its own language, and others for their ways of splitting."""
    search = pytest.importorskip("mteb.models.model_implementations.bm25").BM25Search
    from datasets import Dataset

    if not (SHARED / name).is_dir():
        pytest.skip("the development tasks (../shared/data/mteb_dev) are not here")
    document = read_folder(SHARED / name, Options())
    for subset, items in document.subsets:
        of = subset if languages is None else replace(subset, languages=languages)
        record = parse(SubsetRecord(document.task, of, tuple(items)))
        scorer = SimpleNamespace(score_pairs=lambda pairs, of=of: bm25.score_pairs(pairs, document.task, of))
        ours = record.type.answer_by_pairs(record.items, record.settings, scorer)
        corpus = {c.content.text: f"d{n}" for n, c in enumerate(c for i in record.items.values() for c in i.candidates)}
        about = {
            "task_metadata": SimpleNamespace(eval_langs={of.name: list(of.languages)}),
            "hf_split": "test",
            "hf_subset": of.name,
            "encode_kwargs": {},
        }
        model = search()
        model.index(Dataset.from_list([{"id": i, "title": "", "text": text} for text, i in corpus.items()]), **about)
        queries = [
            {"id": key, "text": f"{item.query.text} {item.instruction}" if item.instruction else item.query.text}
            for key, item in record.items.items()
        ]
        theirs = model.search(Dataset.from_list(queries), top_k=len(corpus), **about)
        for key, item in record.items.items():
            for candidate in item.candidates:
                expected = theirs[key][corpus[candidate.content.text]]
                assert ours[key].scores[candidate.id] == pytest.approx(expected, abs=1e-6)


# -- random ----------------------------------------------------------------------------------------


def test_random_depends_on_the_text_alone():
    first, second = load("random"), load("baseline/random")
    vectors = first.embed(["a", "b", "", LONG], ASKED)
    assert vectors.shape == (4, 32)
    assert vectors.dtype == np.float32
    np.testing.assert_array_equal(second.embed([LONG, "a"], replace(ASKED, role="query")), vectors[[3, 0]])
    assert len(np.unique(vectors[:, 0])) == 4
    assert first.embed([], ASKED).shape == (0, 32)
    assert first.prompt(ASKED) == ""


def test_random_is_mtebs():
    theirs = pytest.importorskip("mteb.models.model_implementations.random_baseline").RandomEncoderBaseline("r", "2")
    texts = ["a", "b", "", "наука", LONG]
    loader = type("Loader", (list,), {"dataset": SimpleNamespace(features={"text": None})})([{"text": texts}])
    expected = theirs.encode(loader, task_metadata=None, hf_split="test", hf_subset="default")
    np.testing.assert_array_equal(load("random").embed(texts, ASKED), expected)


# -- character n-grams -----------------------------------------------------------------------------


def test_like_spelling_is_alike():
    backend = load("char-ngrams")
    vectors = backend.embed(["agreement", "agreements", "zebra", "", "AGREEMENT"], ASKED)
    similarity = backend.similarity(vectors, vectors)
    assert similarity[0, 1] > 0.8 > 0.2 > abs(similarity[0, 2])
    assert similarity[0, 4] == pytest.approx(1)
    np.testing.assert_array_equal(similarity[3], np.zeros(5))
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), [1, 1, 1, 0, 1], atol=1e-6)


def test_ngrams_are_counted_by_hand():
    """One word of three letters has three trigrams ` ab`, `abc`, `bc ` with its spaces, two 4-grams and one 5-gram."""
    backend = load("char-ngrams")
    (vector,) = backend.embed(["abc"], ASKED)
    assert np.count_nonzero(vector) == 6
    np.testing.assert_allclose(np.abs(vector[vector != 0]), 1 / np.sqrt(6), atol=1e-6)


def test_ngrams_of_nothing_and_of_a_hundred_thousand_characters():
    backend = load("char-ngrams")
    assert backend.embed([], ASKED).shape == (0, 2048)
    vectors = backend.embed([LONG, "the cat sat on the mat"], ASKED)
    assert backend.similarity(vectors[:1], vectors[1:])[0, 0] == pytest.approx(1, abs=1e-4)
    assert backend.card.settings["dimensions"] == 2048
    assert backend.card.settings["n"] == [3, 5]


# -- all -------------------------------------------------------------------------------------------


def test_names_and_kinds(bm25):
    assert bm25.card.name == "baseline/bm25"
    assert isinstance(bm25, PairBackend)
    assert not isinstance(bm25, EmbeddingBackend)
    for name in ("random", "char-ngrams"):
        backend = load(name)
        assert backend.card.name == f"baseline/{name}"
        assert isinstance(backend, EmbeddingBackend)
        assert not isinstance(backend, PairBackend)


def many_queries(n):
    """Queries with three candidates each; all documents of the subset make BM25's frequencies."""
    words = ["zebra", "lion", "plain", "hill", "river", "tree", "grass", "cloud"]
    for number in range(n):
        texts = [" ".join(words[(number * step + shift) % 8] for shift in range(3)) for step in (1, 3, 5)]
        candidates = [{"id": f"d{place}", "content": f"{text} {number}x"} for place, text in enumerate(texts)]
        yield Item(f"q{number}", {"query": f"{words[number % 8]} {number}x", "candidates": candidates}, {"d0": 1})


def test_a_run_asks_for_a_whole_subset_at_once(bm25):
    items = tuple(many_queries(PAIRS_AT_ONCE // 3 + 20))
    record = SubsetRecord(RERANKING, ENGLISH, items)
    pairs = [(item.content["query"], of["content"]) for item in items for of in item.content["candidates"]]
    assert len(pairs) > PAIRS_AT_ONCE
    expected = iter(bm25.score_pairs(pairs, RERANKING, ENGLISH).tolist())
    (one,) = answered(bm25, [record], "mteb", None, lambda done, total: None)
    assert not one.fault
    for answer in one.answers:
        assert list(answer.payload["scores"].values()) == [pytest.approx(next(expected)) for _ in range(3)]


def test_a_subset_that_it_cannot_answer_stops_no_other(bm25):
    pair = Item("s1", {"sentence1": "a", "sentence2": "b"}, 1.0)
    sts = SubsetRecord(Task("S", "sts"), ENGLISH, (pair,))
    reranking = SubsetRecord(RERANKING, ENGLISH, tuple(many_queries(2)))
    refused, fine = answered(bm25, [sts, reranking], "mteb", None, lambda done, total: None)
    assert "does not answer the task type sts" in refused.fault
    assert not fine.fault
    assert len(fine.answers) == 2
