"""MiniLM's scores against mteb's own, for every task type and language of the development tasks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hume.ingest.mteb_layout import read_folder
from hume.ingest.options import Options
from hume.parsed import parse
from hume.raters import embedding
from hume.raters.backends import load
from hume.records import TRAIN, AnswerSheet, Rater, SubsetRecord
from hume.score import scores

SHARED = Path(__file__).parents[3] / "shared" / "data" / "mteb_dev"
REFERENCE = SHARED / "reference" / "all-MiniLM-L6-v2"
TASKS = sorted(path.stem for path in REFERENCE.glob("*.json"))
MTEB_NAMES = {
    "spearman": "cosine_spearman",
    "pearson": "cosine_pearson",
    "map": "map_at_1000",
    "f1_macro": "f1",
    "precision_macro": "precision",
    "recall_macro": "recall",
}
pytestmark = pytest.mark.skipif(not TASKS, reason="the development tasks (shared/data/mteb_dev) are not here")


@pytest.fixture(scope="module")
def minilm():
    return load("all-MiniLM-L6-v2", "cpu")


@pytest.mark.parametrize("name", TASKS)
def test_scores_equal_mtebs(name, minilm):
    document = read_folder(SHARED / "tasks" / name, Options())
    reference = json.loads((REFERENCE / f"{name}.json").read_text())["scores"]["test"]
    expected = {entry["hf_subset"]: entry for entry in reference}
    assert {subset.name for subset, _ in document.subsets} == set(expected)
    for subset, items in document.subsets:
        record = SubsetRecord(
            document.task,
            subset,
            tuple(item for item in items if item.split != TRAIN),
            tuple(item for item in items if item.split == TRAIN),
        )
        answers = embedding.answer(parse(record), minilm)
        sheet = AnswerSheet(Rater("embedding", "MiniLM"), {answer.item: answer for answer in answers})
        answered = SubsetRecord(document.task, subset, record.items, record.train, (sheet,))
        rows = {row.metric: row for row in scores(parse(answered))}
        compared = 0
        for metric, row in rows.items():
            theirs = expected[subset.name].get(MTEB_NAMES.get(metric, metric))
            if theirs is not None:
                assert row.score == pytest.approx(theirs, abs=1e-4), (subset.name, metric)
                compared += 1
        assert compared
        main = next(row for row in rows.values() if row.is_main)
        assert main.score == pytest.approx(expected[subset.name]["main_score"], abs=1e-4)
