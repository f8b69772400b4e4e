"""The main job, end to end, in a real Chromium against a real server: once on SQLite, once on PostgreSQL.

Tasks in, a person's answers in the browser, a model's answers from the runner, the gap on a page, a CSV out.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from browsing import browser, context, page  # noqa: F401  (fixtures)
from playwright.sync_api import Page, expect
from serving import ROOT, running_server

pytestmark = pytest.mark.browser

#: Keys that answer one item of the samples; a clustering set is 24 texts in two groups.
KEYS = {
    "SampleSTS": ["3"],
    "SampleClassification": ["2"],
    "SampleReranking": ["2", "0", "1", "0", "2", "0"],
    "SampleClustering": [*"12" * 12, "Enter"],
}
LANGUAGES = ("eng", "ara", "dan", "nob", "rus")
SAMPLES = sorted(str(path) for path in (ROOT / "data" / "samples").glob("*.jsonl"))


def hume(database_url: str, *arguments: str) -> str:
    """What the command prints; it must succeed."""
    done = subprocess.run(
        [sys.executable, "-c", "from hume.cli import main; main()", *arguments],
        cwd=ROOT,
        env={**os.environ, "HUME_DATABASE_URL": database_url, "TERM": "dumb", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def answer_one(page: Page, base_url: str, task: str, subset: str) -> None:
    page.goto(f"{base_url}/answer?task={task}&subset={subset}")
    page.locator(".form > *").first.wait_for()
    direction = page.locator(".form [lang]").first
    assert direction.get_attribute("lang") == {"eng": "en", "ara": "ar", "dan": "da", "nob": "nb", "rus": "ru"}[subset]
    for key in KEYS[task]:
        page.keyboard.press(key)
    expect(page.locator(".status")).to_have_text("All saved")
    expect(page.get_by_text("1 of ")).to_be_visible()


def test_tasks_in_answers_gap_out(database_url: str, page: Page, tmp_path: Path) -> None:
    hume(database_url, "import", "tasks", *SAMPLES)
    hume(database_url, "import", "results", str(ROOT / "data" / "hume_v1"))
    page.set_default_timeout(30_000)
    with running_server(database_url) as server:
        page.goto(server.owner_link)
        expect(page.get_by_text("4th of 19").first).to_be_visible()
        expect(page.get_by_text("77.6").first).to_be_visible()

        cells = [(task, subset) for task in KEYS for subset in LANGUAGES]
        for task, subset in cells:
            answer_one(page, server.base_url, task, subset)
        hume(database_url, "score", "all-MiniLM-L6-v2", "--device", "cpu", "--task", "SampleReranking")

        page.goto(f"{server.base_url}/gap?figures=Sample+tasks")
        expect(page.get_by_text("sentence-transformers/all-MiniLM-L6-v2").first).to_be_visible()
        page.goto(f"{server.base_url}/baselines?figures=Sample+tasks")
        with page.expect_download() as download:
            page.get_by_role("button", name="Download these baselines").click()
        download.value.save_as(tmp_path / "shown.csv")

    hume(database_url, "export", "answers", str(tmp_path / "answers.jsonl"))
    answers = [json.loads(line) for line in (tmp_path / "answers.jsonl").read_text().splitlines()]
    people = [answer for answer in answers if answer["kind"] == "human"]
    assert sorted((answer["task"], answer["subset"]) for answer in people) == sorted(cells)
    assert all(answer["status"] == "given" and answer["milliseconds"] for answer in people)

    hume(database_url, "export", "baselines", str(tmp_path / "baselines.csv"))
    for name in ("baselines.csv", "shown.csv"):
        rows = list(csv.DictReader((tmp_path / name).open(encoding="utf-8-sig")))
        of_people = [row for row in rows if row["kind"] == "human" and row["source"] == "computed"]
        assert {(row["task"], row["subset"]) for row in of_people} == set(cells)
        assert {row["n_raters"] for row in of_people if row["score"]} == {"1"}

    report = json.loads(hume(database_url, "report", "--format", "json"))
    gaps = [gap for gap in report["gaps"] if gap["source"] == "computed" and gap["aggregation"] == "consensus"]
    assert {(gap["task"], gap["n_items"]) for gap in gaps} == {("SampleReranking", 1)}
