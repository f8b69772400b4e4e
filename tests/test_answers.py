"""The gate: what an answer must be before it is stored, and in which form it is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from four_tasks import KINDS, PAYLOADS, document

from hume.answers import SKIP_REASONS, checked
from hume.errors import InvalidAnswer, NotFound
from hume.records import Answer


def first(task_type: str):
    found = document(task_type)
    subset, items = found.subsets[0]
    return found.task, subset, items[0]


@pytest.mark.parametrize("task_type", KINDS)
def test_a_right_answer_goes_through_and_again_through_unchanged(task_type):
    answer = Answer("test0", "given", PAYLOADS[task_type], client_id="c", comment="hm", milliseconds=12)
    stored = checked(*first(task_type), answer)
    assert stored.payload == PAYLOADS[task_type]
    assert replace(stored, payload=answer.payload) == answer
    assert checked(*first(task_type), stored) == stored


@pytest.mark.parametrize("task_type", KINDS)
@pytest.mark.parametrize("payload", [{}, [], "3", 3, {"nonsense": 1}, {"score": float("nan")}, {"label": "sorrow"}])
def test_a_wrong_payload_is_refused(task_type, payload):
    with pytest.raises(InvalidAnswer):
        checked(*first(task_type), Answer("test0", "given", payload))


def test_defaults_are_left_out_so_that_equal_answers_are_stored_alike():
    plain = checked(*first("sts"), Answer("test0", "given", {"score": 3}))
    explicit = checked(*first("sts"), Answer("test0", "given", {"score": 3.0, "scale": "task"}))
    assert plain.payload == explicit.payload == {"score": 3.0}


def test_a_given_answer_without_a_payload_is_refused():
    with pytest.raises(InvalidAnswer, match="no payload"):
        checked(*first("sts"), Answer("test0", "given"))


@pytest.mark.parametrize("reason", SKIP_REASONS)
def test_a_skip_keeps_its_reason_and_no_payload(reason):
    stored = checked(*first("sts"), Answer("test0", "skipped", {"score": 3}, reason=reason))
    assert (stored.payload, stored.reason) == (None, reason)


@pytest.mark.parametrize("reason", ["", "boring", "Unclear"])
def test_a_skip_needs_a_known_reason(reason):
    with pytest.raises(InvalidAnswer, match="wrong language"):
        checked(*first("sts"), Answer("test0", "skipped", reason=reason))


def test_a_reason_of_a_given_answer_is_dropped():
    assert checked(*first("sts"), Answer("test0", "given", {"score": 1}, reason="unclear")).reason == ""


def test_the_subsets_settings_win_over_the_tasks():
    task, subset, item = first("sts")
    answer = Answer("test0", "given", {"score": 2.5})
    with pytest.raises(InvalidAnswer):
        checked(task, subset, item, answer)
    assert checked(task, replace(subset, settings={"step": 0.5}), item, answer).payload == {"score": 2.5}


def test_a_task_type_that_is_not_there_is_named():
    task, subset, item = first("sts")
    with pytest.raises(NotFound, match="tagging"):
        checked(replace(task, task_type="tagging"), subset, item, Answer("test0", "given", {}))


@pytest.mark.parametrize(
    ("task_type", "payload"),
    [
        ("sts", {"score": 900, "scale": "similarity"}),
        ("classification", {"experiments": [PAYLOADS["classification"]["label"]]}),
        ("classification", {"tied": [PAYLOADS["classification"]["label"]]}),
    ],
)
@pytest.mark.parametrize("kind", ["human", "llm", "simulated"])
def test_only_embedding_models_answer_as_models_do(task_type, payload, kind):
    answer = Answer("test0", "given", payload)
    assert checked(*first(task_type), answer, "embedding").payload == payload
    with pytest.raises(InvalidAnswer, match="Only an embedding model"):
        checked(*first(task_type), answer, kind)


def test_the_order_shown_names_each_part_once():
    task, subset, item = first("reranking")
    parts = [candidate["id"] for candidate in item.content["candidates"]]
    answer = Answer("test0", "given", PAYLOADS["reranking"], order_shown=tuple(parts[::-1]))
    assert checked(task, subset, item, answer) == answer
    for wrong in (("zzz",), tuple(parts[1:]), (*parts, parts[0])):
        with pytest.raises(InvalidAnswer, match="order shown"):
            checked(task, subset, item, replace(answer, order_shown=wrong))
