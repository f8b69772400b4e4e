"""Texts embedded in batches of like length, tokenised once, ahead of the model."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from hume.errors import HumeError

TOGETHER = 1024
"""Texts tokenised at once. They lie in falling order of length, so that they pad each other little."""

_OUT_OF_MEMORY = ("out of memory", "not enough memory", "can't allocate memory", "cannot allocate memory")


class Tokens(Protocol):
    """Some texts as tokens: what `tokenize` gives."""

    @property
    def n_tokens(self) -> Sequence[int]:
        """How many tokens each text has; 0 of texts that need no budget and are embedded together."""
        ...


TokensT = TypeVar("TokensT", bound=Tokens)
VectorsT = TypeVar("VectorsT")


def in_batches(
    texts: Sequence[str],
    tokenize: Callable[[Sequence[str]], TokensT],
    embed: Callable[[TokensT, Sequence[int]], VectorsT],
    gather: Callable[[list[VectorsT]], NDArray[np.float32]],
    max_tokens: int,
) -> NDArray[np.float32]:
    """One row a text, in the texts' order, shape (n, dimensions); the texts lie in falling order of length.

    `tokenize` is called once for every text, in a thread, for the next texts while `embed` computes these.
    `embed` gives the vectors, in whatever form the device has them, of some of the tokenised texts, by their places,
    longest first: as many as fit into `max_tokens` with each padded to the longest, and one at least. `gather` brings
    what several calls gave into one array. Out of memory halves the budget, for all that is to come, and the batch is
    tried again. Raises HumeError naming a text that does not fit alone.
    """
    budget = Budget(max_tokens)
    rows = []
    with ThreadPoolExecutor(1) as ahead:
        for part, tokens in _tokenised_ahead(texts, tokenize, ahead):
            order = np.argsort(-np.asarray(tokens.n_tokens), kind="stable")
            vectors = gather(list(_embedded(part, tokens, order, embed, budget)))
            rows.append(vectors[np.argsort(order)])
    return np.concatenate(rows) if rows else np.empty((0, 0), dtype=np.float32)


class Budget:
    """Tokens embedded at once, padding included: less after each time that memory did not suffice."""

    def __init__(self, tokens: int) -> None:
        self.tokens = tokens

    def batch(self, order: Sequence[int], n_tokens: Sequence[int]) -> Sequence[int]:
        """The first of `order`, longest first, that fit together."""
        longest = n_tokens[order[0]]
        return order[: max(1, self.tokens // longest)] if longest else order

    def halve(self, batch: Sequence[int], n_tokens: Sequence[int]) -> None:
        """Room for half of a batch that did not fit."""
        self.tokens = n_tokens[batch[0]] * (len(batch) // 2)


def is_out_of_memory(fault: BaseException) -> bool:
    """Whether a GPU or the CPU's allocator had no memory left. torch says so in classes and words of several kinds."""
    told = str(fault).lower()
    return isinstance(fault, MemoryError) or (
        isinstance(fault, RuntimeError) and any(words in told for words in _OUT_OF_MEMORY)
    )


def _tokenised_ahead(
    texts: Sequence[str], tokenize: Callable[[Sequence[str]], TokensT], ahead: ThreadPoolExecutor
) -> Iterator[tuple[Sequence[str], TokensT]]:
    parts = [texts[start : start + TOGETHER] for start in range(0, len(texts), TOGETHER)]
    coming = [ahead.submit(tokenize, part) for part in parts[:1]]
    for number, part in enumerate(parts):
        tokens = coming.pop().result()
        coming += [ahead.submit(tokenize, following) for following in parts[number + 1 : number + 2]]
        yield part, tokens


def _embedded(
    texts: Sequence[str],
    tokens: TokensT,
    order: NDArray[np.int64],
    embed: Callable[[TokensT, Sequence[int]], VectorsT],
    budget: Budget,
) -> Iterator[VectorsT]:
    left = order.tolist()
    while left:
        batch = budget.batch(left, tokens.n_tokens)
        vectors = _or_none(embed, tokens, batch)
        if vectors is not None:
            yield vectors
            left = left[len(batch) :]
        elif len(batch) > 1 and tokens.n_tokens[batch[0]]:
            budget.halve(batch, tokens.n_tokens)
        else:
            text, length = texts[batch[0]], tokens.n_tokens[batch[0]]
            raise HumeError(
                f"a text of {length} tokens does not fit into memory, the one that begins {text[:60]!r}. "
                "Let the model read less of it (--max-length), or run it with a lower --precision or on another device."
            )


def _or_none(embed: Callable[[TokensT, Sequence[int]], VectorsT], tokens: TokensT, batch: Sequence[int]) -> Any:
    """The vectors, or None where memory did not suffice: what the call held is let go of by then."""
    try:
        return embed(tokens, batch)
    except (RuntimeError, MemoryError) as fault:
        if not is_out_of_memory(fault):
            raise
    return None
