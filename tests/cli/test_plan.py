"""`hume plan` through the real entry point: from answers, from published scores, and the order of tasks."""

from __future__ import annotations

import json

import answered_pairs
import pytest
from commands import Run

from hume.planning import width_curve


@pytest.fixture
def url(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("HUME_DATABASE_URL", sqlite_url)
    answered_pairs.store(sqlite_url)
    return sqlite_url


def test_a_plan_from_answers_is_the_stage_s(run: Run, url: str) -> None:
    code, out, _ = run("plan", "items", "Pairs", "--width", "8", "--format", "json")
    plan = json.loads(out)
    assert code == 0
    assert [one["width"]["needed"] for one in plan["plans"]] == [
        width_curve(one, 0.08).needed for one in answered_pairs.simulated_from(url)
    ]
    assert (plan["most_raters"], plan["n_answered"]) == (2, 40)


def test_a_table_says_what_it_assumes_and_what_is_not_known(run: Run, url: str) -> None:
    code, out, _ = run("plan", "items", "Pairs")
    assert code == 0
    assert "no model has answered" in out
    assert "of more people than 2 an item nothing is known yet" in out
    assert "not known" in run("plan", "items", "clustering")[1]
    assert "binomial" in run("plan", "items", "classification")[1]


def test_the_order_of_tasks_from_published_scores(run: Run, url: str) -> None:
    code, out, _ = run("plan", "tasks", "--format", "json")
    order = json.loads(out)
    assert (code, len(order["tasks"]), order["n_models"]) == (0, 16, 18)
    assert "HUMEMultilingualSentimentClassification" in run("plan", "tasks")[1]
    assert "fewer than two tasks" in run("plan", "tasks", "--source", "computed")[1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("Absent",), "There is no task 'Absent'"),
        (("Pairs", "--subset", "fra"), "There are: eng"),
        (("Pairs", "--model", "gpt"), "Those that did: none"),
        (("Pairs", "--kind", "llm"), "human, simulated"),
    ],
)
def test_what_is_not_there_is_said_with_what_is(run: Run, url: str, arguments, message) -> None:
    code, _, err = run("plan", "items", *arguments)
    assert code == 2
    assert message in err
