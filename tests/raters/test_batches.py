"""Token budgets, tokenising once, and memory that does not suffice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from hume.errors import HumeError
from hume.raters import batches
from hume.raters.batches import in_batches, is_out_of_memory


@dataclass(frozen=True)
class Words:
    """Texts as words."""

    texts: list[list[str]]

    @property
    def n_tokens(self) -> list[int]:
        return [len(words) for words in self.texts]


class Reader:
    """Embeds a text as its numbers of words and characters; memory for `room` tokens, padding included."""

    def __init__(self, room: int = 1_000_000) -> None:
        self.room = room
        self.tokenised: list[str] = []
        self.sizes: list[int] = []

    def tokenize(self, texts):
        self.tokenised += texts
        return Words([text.split() for text in texts])

    def embed(self, words, rows):
        some = [words.texts[row] for row in rows]
        size = len(some) * max(map(len, some))
        if size > self.room:
            raise RuntimeError("CUDA out of memory. Tried to allocate 20.00 GiB.")
        self.sizes.append(size)
        return np.array([[len(text), len("".join(text))] for text in some], dtype=np.float32)

    def __call__(self, texts, max_tokens=100):
        return in_batches(texts, self.tokenize, self.embed, np.concatenate, max_tokens)


def texts_of(n: int) -> list[str]:
    """Longest first in characters, but not in words."""
    rng = np.random.default_rng(0)
    texts = {" ".join("w" * int(rng.integers(1, 9)) for _ in range(rng.integers(1, 12))) for _ in range(n)}
    return sorted(texts, key=len, reverse=True)


def expected(texts: list[str]) -> np.ndarray:
    return np.array([[len(text.split()), len(text.replace(" ", ""))] for text in texts], dtype=np.float32)


@pytest.mark.parametrize("together", [7, 1024])
def test_rows_are_in_the_texts_order_and_each_is_tokenised_once(together, monkeypatch):
    monkeypatch.setattr(batches, "TOGETHER", together)
    texts, reader = texts_of(300), Reader()
    np.testing.assert_array_equal(reader(texts), expected(texts))
    assert reader.tokenised == texts


def test_batches_fill_the_budget_padding_included():
    texts, reader = texts_of(300), Reader()
    reader(texts, 100)
    assert max(reader.sizes) <= 100
    assert np.median(reader.sizes) > 85
    used = sum(len(text.split()) for text in texts)
    assert sum(reader.sizes) < 1.05 * used


def test_a_text_longer_than_the_budget_goes_alone():
    reader = Reader()
    reader(["w " * 50, "w " * 3], 10)
    assert reader.sizes == [50, 3]


def test_out_of_memory_halves_the_budget_for_good_and_loses_nothing():
    texts, reader = texts_of(300), Reader(room=30)
    np.testing.assert_array_equal(reader(texts, 100), expected(texts))
    assert max(reader.sizes) <= 30
    assert reader.tokenised == texts


def test_a_text_that_does_not_fit_alone_is_named():
    with pytest.raises(HumeError, match=r"a text of 40 tokens does not fit .* 'huge huge"):
        Reader(room=30)(["huge " * 40, "w"], 100)


def test_other_faults_pass():
    reader = Reader()
    reader.embed = lambda words, rows: (_ for _ in ()).throw(RuntimeError("sizes do not match"))
    with pytest.raises(RuntimeError, match="sizes do not match"):
        reader(["a b"])


def test_a_fault_in_the_thread_that_tokenises_is_raised():
    reader = Reader()
    reader.tokenize = lambda texts: 1 / 0
    with pytest.raises(ZeroDivisionError):
        reader(["a b"])


def test_texts_without_a_budget_go_together():
    reader = Reader()

    class Static(Words):
        n_tokens = property(lambda self: [0] * len(self.texts))

    reader.tokenize = lambda texts: Static([text.split() for text in texts])
    texts = texts_of(50)
    np.testing.assert_array_equal(reader(texts, 1), expected(texts))
    assert len(reader.sizes) == 1


def test_no_texts_have_no_rows():
    assert Reader()([]).shape == (0, 0)


def test_what_is_lack_of_memory():
    torch = pytest.importorskip("torch")
    assert is_out_of_memory(torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"))
    cpu = "[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: can't allocate memory: you tried to get 9 bytes"
    assert is_out_of_memory(RuntimeError(cpu))
    assert is_out_of_memory(RuntimeError("[enforce fail] DefaultCPUAllocator: not enough memory: you tried 9 bytes"))
    assert is_out_of_memory(MemoryError())
    assert not is_out_of_memory(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
    assert not is_out_of_memory(ValueError("out of memory"))
