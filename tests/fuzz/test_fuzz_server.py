"""Malformed requests and frames to a real server: refused, and the server goes on. benchmarks/fuzz.py makes more."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest

from benchmarks import fuzz_frames, fuzz_schema
from benchmarks.fuzz_server import FORM, JSON, SURFACES, Sent, Target, fuzz, target
from benchmarks.mutations import json_text
from hume.server.guard import COOKIE, DEEPEST


@pytest.fixture(scope="module")
def place() -> Iterator[Target]:
    with target() as made:
        yield made
        assert made.is_healthy()


@pytest.mark.parametrize("surface", SURFACES)
def test_malformed_requests_are_refused_and_nothing_is_stored(place: Target, surface: str) -> None:
    counts = fuzz(place, surface, 30, seed=7)
    assert counts.is_clean, counts.faults[:3]
    assert counts.refused


def test_malformed_frames_end_the_socket_and_nothing_else(place: Target) -> None:
    counts = fuzz_frames.fuzz(place, 40, seed=7)
    assert counts.is_clean, counts.faults[:3]


@pytest.mark.parametrize("with_token", [True, False])
def test_the_api_is_as_its_description_says(place: Target, with_token: bool) -> None:
    counts = fuzz_schema.fuzz(place, 60, with_token)
    assert counts.is_clean, counts.faults[:3]
    assert bool(counts.accepted) is with_token


# -- what the fuzzer found ------------------------------------------------------------------------------


def ask(place: Target, sent: Sent) -> httpx.Response:
    cookie = {"cookie": f"{COOKIE}={place.sessions[sent.asker]}"}
    return place.client.request(sent.method, sent.path, headers={**cookie, **sent.headers}, content=sent.content)


@pytest.mark.parametrize("origin", [b"http://[::1", b"http://a]b", b"\xff"])
@pytest.mark.parametrize(("path", "kind"), [("/deck/draft", JSON), ("/auth/language?locale=ar", FORM)])
def test_an_origin_that_is_no_address_is_another_sites(
    place: Target, path: str, kind: dict[str, bytes], origin: bytes
) -> None:
    assert ask(place, Sent("POST", path, {**kind, "origin": origin}, b"{}")).status_code == 403


@pytest.mark.parametrize(
    ("draft", "status"),
    [
        ("1e999", 400),
        ("-1e999", 400),
        ("NaN", 400),
        ("[" * DEEPEST + "]" * DEEPEST, 400),
        ("[" * 5_000 + "]" * 5_000, 400),
        ("9" * 5_000, 400),
        ('"\\u0000 \\ud800"', 204),
    ],
)
def test_a_draft_is_what_every_database_can_store(place: Target, draft: str, status: int) -> None:
    body = f'{{"item": {place.items[0]}, "draft": {{"note": {draft}}}}}'.encode()
    assert ask(place, Sent("POST", "/deck/draft", JSON, body)).status_code == status
    own = ask(place, Sent("GET", "/account/data"))
    assert own.status_code == 200
    json.loads(own.content)


def test_half_a_surrogate_pair_in_an_answer_reaches_the_exports_as_a_replacement(place: Target) -> None:
    """It stands for a character that a browser cut in two; no file could be written with it in."""
    groups = {f"t{at:02}": "a\ud800" for at in range(8)}
    item = place.items[2 * 14]  # the first of the clustering
    one = {"client_id": "half-a-surrogate-pair", "item": item, "status": "given", "payload": {"groups": groups}}
    reply = ask(place, Sent("POST", "/deck/answers", JSON, json_text({"answers": [one]}).encode()))
    assert reply.json()["results"][0]["state"] == "saved"
    found = ask(place, Sent("GET", "/download/answers.jsonl", asker="researcher"))
    assert found.status_code == 200
    assert "a\ufffd" in found.text
