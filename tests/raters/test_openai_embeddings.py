"""Embeddings from an endpoint: order, batches, faults and the key, against a local server that speaks the protocol."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from chat_endpoint import Said, chat_server

from hume.errors import HumeError, NotFound
from hume.raters.backends import Asked, EmbeddingBackend, Loading, load, openai_embeddings
from hume.records import Subset, Task

KEY = "sk-secret-1234"
ASKED = Asked(Task("T", "sts"), Subset("default"), "plain")


def vector(text, n=3):
    return [float(len(text)), 1.0, *[0.5] * (n - 2)]


def reply(rows, n_tokens=7):
    """The body of an answer; `rows` are (index, vector)."""
    data = [{"object": "embedding", "index": index, "embedding": numbers} for index, numbers in rows]
    return Said(
        raw=json.dumps({"object": "list", "data": data, "model": "m", "usage": {"total_tokens": n_tokens}}).encode()
    )


def good(body, number):
    assert body["model"] == "tiny-embedding"
    rows = [(index, vector(text)) for index, text in enumerate(body["input"])]
    return reply(rows[::-1], n_tokens=len(rows))


@pytest.fixture(autouse=True)
def surroundings(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    monkeypatch.setattr(openai_embeddings, "RETRIES", 2)


def backend_of(server, **loading):
    return load("openai:tiny-embedding", Loading(base_url=server.base_url, **loading))


def fault_of(respond, texts=("a text",), kind=HumeError):
    with chat_server(respond) as server:
        backend = backend_of(server)
        with pytest.raises(kind) as raised:
            backend.embed(list(texts), ASKED)
    return str(raised.value), server


def test_rows_are_in_the_texts_order_whatever_the_answers():
    with chat_server(good) as server:
        backend = backend_of(server)
        assert isinstance(backend, EmbeddingBackend)
        vectors = backend.embed(["ccc", "bb", "a"], ASKED)
    assert vectors.dtype == np.float32
    np.testing.assert_array_equal(vectors, [vector("ccc"), vector("bb"), vector("a")])
    assert backend.n_tokens == 3
    assert server.keys == [f"Bearer {KEY}"]
    assert server.requests[0]["encoding_format"] == "float"


def test_batches_are_bounded_by_number_and_by_length():
    texts = ["x" * 40, "y" * 30, *(f"{number}" for number in range(300))]
    with chat_server(good) as server:
        vectors = backend_of(server, max_batch_tokens=50).embed(texts, ASKED)
    assert vectors[:, 0].tolist() == [len(text) for text in texts]
    sizes = [sum(map(len, body["input"])) for body in server.requests]
    assert max(sizes) <= 50
    with chat_server(good) as server:
        backend_of(server).embed(texts, ASKED)
    assert sorted(len(body["input"]) for body in server.requests) == [46, 128, 128]
    assert server.busiest <= openai_embeddings.AT_ONCE


def test_a_text_longer_than_a_batch_goes_alone():
    with chat_server(good) as server:
        vectors = backend_of(server).embed(["x" * 300_000, "y"], ASKED)
    assert vectors[:, 0].tolist() == [300_000, 1]
    assert sorted(len(body["input"]) for body in server.requests) == [1, 1]


def test_blank_texts_are_zeros_and_not_sent():
    with chat_server(good) as server:
        backend = backend_of(server)
        vectors = backend.embed(["a", "", " \n"], ASKED)
        np.testing.assert_array_equal(vectors, [vector("a"), [0, 0, 0], [0, 0, 0]])
        np.testing.assert_allclose(backend.similarity(vectors, vectors), [[1, 0, 0], [0, 0, 0], [0, 0, 0]], atol=1e-6)
        assert [body["input"] for body in server.requests] == [["a"]]


def test_nothing_but_blanks_and_nothing_at_all():
    with chat_server(good) as server:
        assert backend_of(server).embed([""], ASKED).tolist() == [[0, 0, 0]]
        assert backend_of(server).embed([], ASKED).shape == (0, 3)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_what_passes_is_tried_again(status):
    def respond(body, number):
        if number == 0:
            return Said("wait", status=status, headers={"retry-after-ms": "5"})
        return good(body, number)

    with chat_server(respond) as server:
        assert backend_of(server).embed(["a"], ASKED).tolist() == [vector("a")]
    assert server.n == 2


def test_retry_after_is_honoured():
    def respond(body, number):
        return good(body, number) if number else Said("wait", status=429, headers={"Retry-After": "1"})

    with chat_server(respond) as server:
        backend_of(server).embed(["a"], ASKED)
    assert server.times[1] - server.times[0] >= 1


def test_a_lost_connection_is_tried_again():
    def respond(body, number):
        answer = good(body, number)
        answer.drop = number == 0
        return answer

    with chat_server(respond) as server:
        assert backend_of(server).embed(["a"], ASKED).tolist() == [vector("a")]


def test_a_late_answer_is_tried_again(monkeypatch):
    monkeypatch.setattr(openai_embeddings, "SECONDS", 2.0)

    def respond(body, number):
        answer = good(body, number)
        answer.delay_s = 4.0 if number == 0 else 0.0
        return answer

    with chat_server(respond) as server:
        assert backend_of(server).embed(["a"], ASKED).tolist() == [vector("a")]


def test_an_endpoint_that_never_answers_is_said():
    said, server = fault_of(lambda body, number: Said("busy", status=503, headers={"retry-after-ms": "5"}))
    assert server.n == 3
    assert "no answer in 3 attempts" in said
    assert "busy" in said


def test_no_endpoint_is_said():
    with chat_server(good) as server:
        gone = server.base_url
    with pytest.raises(HumeError, match="no answer"):
        load("openai:tiny-embedding", Loading(base_url=gone)).embed(["a"], ASKED)


def test_a_text_that_is_refused_is_named_and_the_batch_halved():
    def respond(body, number):
        if any(len(text) > 1000 for text in body["input"]):
            return Said("maximum context length is 512 tokens", status=400)
        return good(body, number)

    said, _ = fault_of(respond, ["far too long " * 8_000, "fine", "also fine"])
    assert "'far too long far too long" in said
    assert "(104,000 characters)" in said
    assert "maximum context length is 512 tokens" in said


@pytest.mark.parametrize("status", [413, 422])
def test_an_endpoint_that_takes_fewer_texts_gets_fewer(status):
    def respond(body, number):
        return Said("batch size", status=status) if len(body["input"]) > 4 else good(body, number)

    texts = ["x" * length for length in range(20, 0, -1)]
    with chat_server(respond) as server:
        backend = backend_of(server)
        assert backend.embed(texts, ASKED)[:, 0].tolist() == list(range(20, 0, -1))
    assert backend.n_tokens == 20


def test_the_key_is_in_no_message_and_on_no_card():
    said, _ = fault_of(lambda body, number: Said(f"Incorrect API key provided: {KEY}", status=401))
    assert "OPENAI_API_KEY" in said
    assert KEY not in said
    with chat_server(good) as server:
        backend = load("openai:m", Loading(base_url=server.base_url.replace("//", f"//user:{KEY}@")))
    assert KEY not in repr(backend.card)
    assert backend.card.settings["endpoint"] == server.base_url


def test_a_model_that_is_not_there():
    said, _ = fault_of(lambda body, number: Said("The model does not exist", status=404), kind=NotFound)
    assert "The model does not exist" in said


@pytest.mark.parametrize("bad", [math.nan, math.inf, None])
def test_numbers_that_are_not_finite(bad):
    def respond(body, number):
        return reply([(index, [bad if text == "bad" else 1.0, 2.0]) for index, text in enumerate(body["input"])])

    said, _ = fault_of(respond, ["good", "bad"])
    assert "1 of 2 texts" in said
    assert "'bad'" in said


MALFORMED = {
    "one row too few": lambda body, number: reply([(0, [1.0, 2.0])]),
    "an index twice": lambda body, number: reply([(0, [1.0, 2.0]), (0, [1.0, 2.0])]),
    "rows of unlike length": lambda body, number: reply([(0, [1.0, 2.0]), (1, [1.0])]),
    "no numbers": lambda body, number: reply([(0, ["x"]), (1, ["y"])]),
    "no list of data": lambda body, number: Said(raw=b'{"object": "list"}'),
    "an empty list": lambda body, number: Said(raw=b'{"data": []}'),
    "an error as an answer": lambda body, number: Said(raw=b'{"error": {"message": "no"}}'),
    "no JSON": lambda body, number: Said(raw=b"<html>welcome</html>"),
}


@pytest.mark.parametrize("respond", MALFORMED.values(), ids=MALFORMED)
def test_an_answer_that_is_none(respond):
    said, _ = fault_of(respond, ["aa", "b"])
    assert "does not answer as OpenAI's embeddings do" in said


def test_another_dimension_than_before():
    def respond(body, number):
        return reply([(index, vector(text, 3 + number)) for index, text in enumerate(body["input"])])

    with chat_server(respond) as server:
        backend = backend_of(server)
        backend.embed(["a"], ASKED)
        with pytest.raises(HumeError, match="4 numbers a text, 3 before"):
            backend.embed(["b"], ASKED)


def test_the_card_says_where_and_that_nobody_knows_which():
    with chat_server(good) as server:
        host = server.base_url.split("/")[2]
        assert backend_of(server).card.name == "tiny-embedding"
        assert backend_of(server).card.revision == f"unknown@{host}"
        assert backend_of(server, revision="2026-11").card.revision == "2026-11"


def test_the_surroundings_may_name_the_endpoint(monkeypatch):
    with chat_server(good) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        monkeypatch.delenv("OPENAI_API_KEY")
        assert load("openai:tiny-embedding").embed(["a"], ASKED).tolist() == [vector("a")]
    assert KEY not in server.keys[0]


def test_what_cannot_be_asked_for_is_said(monkeypatch):
    with pytest.raises(HumeError, match="--max-length"):
        load("openai:m", Loading(base_url="http://localhost:1/v1", max_length=8))
    with pytest.raises(HumeError, match="no address"):
        load("openai:m", Loading(base_url="localhost:8000"))
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(HumeError, match="OPENAI_API_KEY"):
        load("openai:text-embedding-3-small")
