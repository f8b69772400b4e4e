"""Embeddings from an endpoint that speaks OpenAI's protocol: OpenAI's own, or vLLM, TEI, Ollama and others at home."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from importlib.util import find_spec
from itertools import chain
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from hume.errors import HumeError, MissingExtra, NotFound
from hume.raters.backends import Asked, Loading, ModelCard
from hume.raters.backends.similarities import cosine

if TYPE_CHECKING:
    from openai import OpenAI, OpenAIError

MOST_TEXTS = 128
MOST_CHARACTERS = 200_000
"""Of one request: OpenAI takes 300,000 tokens, and most are longer than a character. What is too much is halved."""
AT_ONCE = 4
"""Requests under way at a time."""
RETRIES = 6
SECONDS = 120.0
"""After which a request counts as lost."""
REFUSALS = (400, 413, 422)
"""What endpoints say to a text, or a batch, that they do not take."""
OPENAI = "https://api.openai.com/v1"


class OpenAIEmbeddings:
    """A model behind an endpoint. `n_tokens` counts the tokens that it says it has read so far, for the bill."""

    def __init__(self, client: OpenAI, model: str, card: ModelCard, max_characters: int) -> None:
        self.card = card
        self.n_tokens = 0
        self._client = client
        self._model = model
        self._max_characters = max_characters
        self._n_dimensions = 0
        self._counting = Lock()

    def prompt(self, asked: Asked) -> str:
        """None: what an endpoint puts before texts is its own matter."""
        return ""

    def embed(self, texts: Sequence[str], asked: Asked) -> NDArray[np.float32]:
        """One row a text, shape (n, dimensions). Blank texts, which endpoints refuse, are all 0, as in mteb.

        HumeError for a text that the endpoint does not take, for numbers that are not finite, for rows of unlike
        length, and for an endpoint that does not answer after all retries.
        """
        worded = [index for index, text in enumerate(texts) if text.strip()]
        found = self._ask([texts[index] for index in worded])
        rows = np.zeros((len(texts), self.n_dimensions), dtype=np.float32)
        if worded:
            rows[worded] = found
        return rows

    def similarity(self, a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
        """Cosines; 0 with a blank text."""
        return cosine(a, b)

    @property
    def n_dimensions(self) -> int:
        """Numbers in a vector; to know it before any text was embedded costs a request."""
        if not self._n_dimensions:
            self._ask(["dimensions"])
        return self._n_dimensions

    def _ask(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The vectors of texts that have words, shape (n, dimensions)."""
        with ThreadPoolExecutor(AT_ONCE) as threads:
            replies = list(chain.from_iterable(threads.map(self._replies, self._batches(texts))))
        for vectors in replies:
            self._n_dimensions = self._n_dimensions or vectors.shape[1]
            if vectors.shape[1] != self._n_dimensions:
                raise self._unreadable(f"{vectors.shape[1]} numbers a text, {self._n_dimensions} before")
        return np.concatenate([np.empty((0, self._n_dimensions), np.float32), *replies])

    def _batches(self, texts: Sequence[str]) -> Iterator[list[str]]:
        batch: list[str] = []
        n_characters = 0
        for text in texts:
            if batch and (len(batch) == MOST_TEXTS or n_characters + len(text) > self._max_characters):
                yield batch
                batch, n_characters = [], 0
            batch.append(text)
            n_characters += len(text)
        if batch:
            yield batch

    def _replies(self, texts: list[str]) -> list[NDArray[np.float32]]:
        """The vectors of one reply; of several where the endpoint refused the texts together, and they were halved."""
        from openai import APIResponseValidationError, OpenAIError

        try:
            answer: Any = self._client.embeddings.create(model=self._model, input=texts, encoding_format="float")
            return [self._reply(answer, texts)]
        except APIResponseValidationError as fault:
            raise self._unreadable(str(fault)) from None
        except OpenAIError as fault:
            if getattr(fault, "status_code", 0) not in REFUSALS:
                raise self._failure(fault) from None
            if len(texts) == 1:
                raise HumeError(
                    f"{self._where} refuses the text {texts[0][:60]!r} ({len(texts[0]):,} characters): "
                    f"{self._said(fault)} Leave the item out, or take an endpoint that reads it."
                ) from None
        # What the SDK makes of a body that is no answer at all.
        except (ValueError, AttributeError, TypeError) as fault:
            raise self._unreadable(str(fault)) from None
        half = len(texts) // 2
        return [*self._replies(texts[:half]), *self._replies(texts[half:])]

    def _reply(self, answer: Any, texts: Sequence[str]) -> NDArray[np.float32]:
        with self._counting:
            self.n_tokens += int(getattr(answer.usage, "total_tokens", 0) or 0)
        rows = {row.index: row.embedding for row in answer.data}
        if sorted(rows) != list(range(len(texts))) or len(answer.data) != len(texts):
            raise self._unreadable(f"vectors {sorted(rows)[:5]} ... for {len(texts)} texts")
        vectors = np.array([rows[index] for index in range(len(texts))], dtype=np.float32)
        if vectors.ndim != 2:
            raise self._unreadable("vectors that are no lists of numbers")
        faulty = np.flatnonzero(~np.isfinite(vectors).all(axis=1))
        if len(faulty):
            raise HumeError(
                f"{self._where} gave numbers that are not finite for {len(faulty)} of {len(texts)} texts, the first of "
                f"them {texts[faulty[0]][:60]!r}. It may run in too low a precision."
            )
        return vectors

    def _failure(self, fault: OpenAIError) -> HumeError:
        """What to do about an endpoint that gave no answer."""
        status = getattr(fault, "status_code", None)
        said = self._said(fault)
        if status in (401, 403):
            return HumeError(f"{self._where} does not take the key: {said} Set OPENAI_API_KEY.")
        if status == 404:
            return NotFound(f"{self._where} has no such model or path: {said} A base URL mostly ends in /v1.")
        return HumeError(
            f"{self._where} gave no answer in {RETRIES + 1} attempts: {said} Run it again: embeddings are kept."
        )

    def _unreadable(self, problem: str) -> HumeError:
        return HumeError(f"{self._where} does not answer as OpenAI's embeddings do: {self._redacted(problem)}.")

    def _said(self, fault: OpenAIError) -> str:
        text = self._redacted(getattr(fault, "message", "") or str(fault)).strip()
        return f"{text[:300].rstrip('.')}."

    def _redacted(self, text: str) -> str:
        """Without the key, which some endpoints quote."""
        return text.replace(self._client.api_key, "[key]") if len(self._client.api_key) > 3 else text

    @property
    def _where(self) -> str:
        return f"{self._model} at {self.card.settings['endpoint']}"


def load(name: str, loading: Loading) -> OpenAIEmbeddings:
    """The model `name` of the endpoint at `loading.base_url`, else at OPENAI_BASE_URL, else of OpenAI.

    The key is OPENAI_API_KEY; endpoints at home often want none. No endpoint tells which revision of a model it serves:
    the card's is `loading.revision`, else says unknown, and where.
    """
    if find_spec("openai") is None:
        raise MissingExtra("llm", "An embeddings endpoint")
    from openai import OpenAI

    if loading.max_length:
        raise HumeError("An endpoint decides by itself how much of a text it reads. Run it without --max-length.")
    address = loading.base_url or os.environ.get("OPENAI_BASE_URL") or OPENAI
    key = os.environ.get("OPENAI_API_KEY", "")
    if not key and address == OPENAI:
        raise HumeError("OpenAI wants a key: set OPENAI_API_KEY, or give the --base-url of another endpoint.")
    url = urlsplit(address)
    if url.scheme not in ("http", "https") or not url.hostname:
        raise HumeError(f"{address!r} is no address of an endpoint. Give one such as http://localhost:8000/v1.")
    host = url.netloc.rpartition("@")[2]
    card = ModelCard(
        name=name,
        revision=loading.revision or f"unknown@{host}",
        device=f"endpoint {host}",
        versions={"openai": version("openai")},
        settings={"endpoint": f"{url.scheme}://{host}{url.path}"},
    )
    client = OpenAI(api_key=key or "-", base_url=address, max_retries=RETRIES, timeout=SECONDS)
    return OpenAIEmbeddings(client, name, card, loading.max_batch_tokens or MOST_CHARACTERS)
