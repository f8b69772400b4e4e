"""Every number that mteb reports against ours, for every task type and language of the development tasks."""

from __future__ import annotations

import json
import os
from math import inf
from pathlib import Path

import pytest

from hume.ingest.mteb_layout import read_folder
from hume.ingest.options import Options
from hume.parsed import parse
from hume.raters import embedding
from hume.raters.backends import Loading, load
from hume.raters.encoding import Encodings
from hume.raters.parity import compared, mteb_entry
from hume.records import TRAIN, AnswerSheet, Rater, SubsetRecord
from hume.score import scores

SHARED = Path(__file__).parents[3] / "shared" / "data" / "mteb_dev"
TASKS = sorted(path.name for path in (SHARED / "tasks").glob("*"))
FOLDER = "HUME_TEST_MODELS"
"""Where saved models lie that no package has, each in a folder of its name."""
TOLERANCE = 1e-4
needs_tasks = pytest.mark.skipif(not TASKS, reason="the development tasks (../shared/data/mteb_dev) are not here")


@pytest.fixture(scope="module", params=["all-MiniLM-L6-v2", "all-mpnet-base-v2"])
def model(request):
    """A model's name, and its encodings, which all tasks share."""
    name = request.param
    saved = Path(os.environ.get(FOLDER, "")) / name
    if name != "all-MiniLM-L6-v2" and not saved.is_dir():
        pytest.skip(f"{name} is not here: name the folder that holds it in {FOLDER}")
    backend = load(str(saved) if saved.is_dir() else name, Loading("cpu", "fp32"))
    return name, Encodings(backend)


def subsets(task):
    document = read_folder(SHARED / "tasks" / task, Options())
    for subset, items in document.subsets:
        tested = tuple(item for item in items if item.split != TRAIN)
        yield parse(SubsetRecord(document.task, subset, tested, tuple(item for item in items if item.split == TRAIN)))


@needs_tasks
@pytest.mark.parametrize("task", TASKS)
def test_every_number_is_mtebs(task, model):
    name, encodings = model
    entries = json.loads((SHARED / "reference" / name / f"{task}.json").read_text())["scores"]["test"]
    expected = {entry["hf_subset"]: entry for entry in entries}
    for subset in subsets(task):
        theirs = expected.pop(subset.record.subset.name)
        encoder = encodings.encoder(subset.record.task, subset.record.subset)
        numbers = compared(mteb_entry(subset, encoder), theirs)
        assert len(numbers) >= len(theirs) - 3
        assert [one for one in numbers if not one.difference <= TOLERANCE] == []
        assert own_main_score(subset, encoder) == pytest.approx(theirs["main_score"], abs=TOLERANCE)
    assert not expected


def own_main_score(subset, encoder):
    """The main score that HUME shows: these rankings hold no ties, so that it is mteb's too."""
    answers = {answer.item: answer for answer in embedding.answer(subset, encoder)}
    record = subset.record
    sheet = AnswerSheet(Rater("embedding", "MiniLM"), answers)
    rows = scores(parse(SubsetRecord(record.task, record.subset, record.items, record.train, (sheet,))))
    return next(row.score for row in rows if row.is_main)


def test_a_number_that_is_missing_or_undefined_on_one_side_is_no_parity():
    ours = {"accuracy": 0.5, "ap": None, "v_measures": [0.1, 0.2]}
    theirs = {"accuracy": 0.75, "ap": float("nan"), "f1": 0.3, "v_measures": [0.1, float("nan")], "languages": ["x"]}
    assert {one.name: one.difference for one in compared(ours, theirs)} == {
        "accuracy": 0.25,
        "ap": 0.0,
        "f1": inf,
        "v_measures.0": 0.0,
        "v_measures.1": inf,
    }
