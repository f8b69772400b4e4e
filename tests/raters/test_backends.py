"""Loading models, and what the runner asks of them."""

from __future__ import annotations

import numpy as np
import pytest

from hume.errors import HumeError, NotFound
from hume.parsed import parse
from hume.raters import embedding
from hume.raters.backends import load
from hume.records import Item, Subset, SubsetRecord, Task

NAME = "sentence-transformers/all-MiniLM-L6-v2"


@pytest.fixture(scope="module")
def minilm():
    return load("all-MiniLM-L6-v2", "cpu")


def test_the_card_says_what_ran(minilm):
    assert minilm.card.name == NAME
    assert minilm.card.device == "cpu"
    assert minilm.card.revision.startswith("weights-")
    assert set(minilm.card.versions) == {"sentence-transformers", "transformers", "torch"}


def test_a_repeated_text_is_encoded_once_and_gives_the_same_row(minilm):
    before = minilm.n_texts
    vectors = minilm.encode(["a cat", "a dog", "a cat"], "plain")
    assert vectors.shape == (3, 384)
    assert vectors.dtype == np.float32
    assert minilm.n_texts == before + 2
    np.testing.assert_array_equal(vectors[0], vectors[2])


def test_a_saved_folder_is_the_same_model(minilm, tmp_path):
    minilm._model.save(str(tmp_path / "copy"))
    copy = load(str(tmp_path / "copy"), "cpu")
    assert copy.card.name == "copy"
    np.testing.assert_allclose(copy.encode(["x"], "query"), minilm.encode(["x"], "query"), atol=1e-6)


def test_a_model_that_is_not_there_is_said(monkeypatch, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(NotFound, match="could not be loaded"):
        load(str(tmp_path / "empty"), "cpu")


class Broken:
    """An encoder that gives NaN for one text."""

    def encode(self, texts, role):
        return np.array([[np.nan if "bad" in text else 1.0] for text in texts], dtype=np.float32)

    def similarity(self, a, b):
        return a @ b.T


def test_nan_is_no_answer():
    items = (Item("s1", {"sentence1": "fine", "sentence2": "a bad text"}, 1.0),)
    with pytest.raises(HumeError, match=r"1 of 1 texts.*a bad text"):
        embedding.answer(parse(SubsetRecord(Task("T", "sts"), Subset("default"), items)), Broken())
