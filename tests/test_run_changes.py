"""Two runs of a model held against each other: what differs, and what it did to the scores."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from hume.records import Rater, Run, ScoreRow
from hume.run_changes import Difference, differences, score_changes

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
RUN = Run(
    1, "m", (), {"protocol": "mteb"}, Rater("embedding", "org/m", "r1", "mteb"), "done", "cpu", {"torch": "2.13"},
    {"query": "q: "}, {"precision": "fp32", "protocol": "mteb"}, "", NOON, NOON, NOON, 1.0, worker="here", n_texts=5,
)  # fmt: skip


def row(subset: str, score: float | None, n: int = 10, metric: str = "accuracy", is_main: bool = True) -> ScoreRow:
    return ScoreRow("T", "classification", subset, "eng-Latn", "org/m", "embedding", metric, is_main, score, n)


def test_the_same_conditions_differ_in_nothing_whatever_the_queue_did():
    assert differences(RUN, replace(RUN, id=2, seconds=9.0, worker="there", n_texts=0, attempts=2, model="org/m")) == []


def test_everything_that_may_change_a_score_is_named():
    after = replace(
        RUN,
        rater=Rater("embedding", "org/m", "r2", "human-like"),
        device="NVIDIA H100",
        versions={"torch": "2.14", "transformers": "5"},
        prompts={},
        settings={"precision": "bf16", "protocol": "human-like"},
    )
    assert differences(RUN, after) == [
        Difference("revision", "r1", "r2"),
        Difference("protocol", "mteb", "human-like"),
        Difference("device", "cpu", "NVIDIA H100"),
        Difference("setting precision", "fp32", "bf16"),
        Difference("prompt query", "q: ", ""),
        Difference("package torch", "2.13", "2.14"),
        Difference("package transformers", "", "5"),
    ]


def test_a_run_that_never_loaded_its_model_is_compared_by_what_was_asked_for():
    assert Difference("model", "other", "org/m") in differences(replace(RUN, rater=None, model="other"), RUN)


def test_the_greatest_change_comes_first_and_what_is_missing_is_no_change():
    before = [row("a", 0.5), row("b", 0.5), row("c", None), row("gone", 0.5), row("a", 0.1, metric="f1", is_main=False)]
    after = [row("a", 0.4), row("b", 0.9, n=12), row("c", 0.3), row("new", 0.7)]
    changes = score_changes(before, after)
    assert [one.subset for one in changes] == ["b", "a", "c", "gone", "new"]
    assert [one.difference for one in changes] == [pytest.approx(0.4), pytest.approx(-0.1), None, None, None]
    assert [one.is_other_items for one in changes] == [True, False, False, False, False]
    assert (changes[3].before, changes[3].after, changes[3].n_after) == (0.5, None, None)
