"""People's results in mteb's format: mteb itself loads them, and finds our figures in them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import mteb
import numpy as np
import pytest
from four_tasks import KINDS, document
from mteb.models.model_meta import ModelMeta
from mteb.results import TaskResult

from hume.baseline import baselines
from hume.export.mteb_results import mteb_results, write_results
from hume.ingest.results import read_results
from hume.parsed import parse
from hume.records import Answer, AnswerSheet, Item, Rater, SubsetRecord
from hume.report import build_report
from hume.tasks import task_type

REVISION = "2026_11_23"


def record(kind: str, place: int, raters: tuple[Rater, ...], **task: object) -> SubsetRecord:
    """A subset that every rater has answered, each with mistakes of their own."""
    given = document(kind, **task)
    subset, every = given.subsets[place]
    items = tuple(item for item in every if item.split == "test")
    of = task_type(kind)
    settings = of.parse_settings(given.task.settings)
    rng = np.random.default_rng(7)

    def answer(item: Item) -> Answer:
        said = of.simulate(of.parse_item(item.raw, settings), settings, 0.3, rng)
        return Answer(item.key, "given", said.model_dump(exclude_unset=True), milliseconds=1500)

    sheets = tuple(AnswerSheet(rater, {item.key: answer(item) for item in items}) for rater in raters)
    return SubsetRecord(given.task, subset, items, sheets=sheets)


@pytest.fixture(scope="module")
def records() -> list[SubsetRecord]:
    """Four tasks in two languages, by two people, a simulated rater, and a sample task besides."""
    raters = (Rater("human", "Ann Quux", id=1), Rater("human", "Bea Quux", id=2), Rater("simulated", "Quux 3", id=3))
    found = [record(kind, place, raters, revision="abc123") for kind in KINDS for place in (0, 1)]
    sample = record("sts", 0, raters, is_sample=True)
    return [*found, replace(sample, task=replace(sample.task, name="ASample"))]


@pytest.fixture(scope="module")
def folder(records: list[SubsetRecord], tmp_path_factory: pytest.TempPathFactory) -> Path:
    results = tmp_path_factory.mktemp("results")
    write_results(mteb_results(records, REVISION), results)
    return results


def test_mteb_loads_every_file_and_finds_our_scores(records, folder):
    ours = {
        (row.task, row.subset): row.score
        for one in records
        for row in baselines(parse(one))
        if row.kind == "human" and row.aggregation == "consensus"
    }
    files = sorted((folder / "baseline__Human" / REVISION).glob("Small*.json"))
    assert len(files) == 4
    for file in files:
        result = TaskResult.from_disk(file)
        assert result.dataset_revision == "abc123"
        assert result.evaluation_time == 2 * 2 * 6 * 1.5  # subsets, people, items, seconds
        for entry in result.scores["test"]:
            assert entry["main_score"] == pytest.approx(ours[result.task_name, entry["hf_subset"]], abs=1e-12)
            assert entry["ci_low"] <= entry["main_score"] <= entry["ci_high"]
            assert entry["n_annotators"] == 2
            assert entry["agreement"]["value"] == entry["agreement"][entry["agreement"]["metric"]]


def test_mteb_s_cache_takes_the_folder_for_a_results_repository(folder, tmp_path):
    (tmp_path / "results").symlink_to(folder)
    found = mteb.ResultCache(tmp_path).load_results(include_remote=False)
    by_revision = {one.model_revision: one for one in found.model_results}
    assert set(by_revision) == {REVISION, f"annotator_{REVISION}_1", f"annotator_{REVISION}_2"}
    assert {one.model_name for one in found.model_results} == {"baseline/Human"}
    assert all(len(one.task_results) == 4 for one in found.model_results)


def test_the_metadata_are_what_mteb_asks_of_a_model(folder):
    for file in folder.rglob("model_meta.json"):
        meta = ModelMeta.model_validate(json.loads(file.read_text("utf-8")))
        assert (meta.name, meta.revision) == ("baseline/Human", file.parent.name)


def test_what_goes_out_comes_back_as_published_figures(records, folder):
    read = read_results(folder).published
    rows = {(row.task, row.subset, row.metric): row for row in read.scores if row.aggregation == "aggregate"}
    report = build_report(records, read)
    own = [
        row
        for row in report.baselines
        if (row.source, row.kind, row.aggregation, row.is_sample) == ("computed", "human", "consensus", False)
    ]
    assert len(own) == 8
    for row in own:
        assert rows[row.task, row.subset, row.metric].score == pytest.approx(row.score, abs=1e-12)
    people = {row.rater for row in read.scores if row.aggregation == "annotator"}
    assert len(people) == 2


def test_nobody_s_name_no_simulation_and_no_sample_goes_out(folder):
    written = "".join(path.read_text("utf-8") + str(path.relative_to(folder)) for path in folder.rglob("*.json"))
    assert "Quux" not in written
    assert "ASample" not in written
    assert len(list(folder.glob("*/*"))) == 3  # the consensus, and a folder a person


def test_nothing_is_exported_where_no_person_answered(records):
    bare = [replace(one, sheets=tuple(s for s in one.sheets if s.rater.kind != "human")) for one in records]
    assert mteb_results(bare, REVISION) == {}


def test_every_entry_has_what_mteb_reports_of_its_task_type(folder):
    """Without vectors there are no distances, and without a model's scores nothing says how sure it was of them."""
    expected = {
        "sts": {"pearson", "spearman"},
        "classification": {"accuracy", "f1", "f1_weighted", "precision_weighted", "recall"},
        "clustering": {"v_measure", "v_measure_std", "v_measures"},
        "reranking": {"map_at_3", "map_at_1000", "ndcg_at_1", "recall_at_5", "precision_at_1", "hit_rate_at_1"},
    }
    files = list(folder.rglob("Small*.json"))
    assert len(files) == 3 * 4
    for file in files:
        kind = next(kind for kind in expected if kind in file.name.lower())
        for entry in TaskResult.from_disk(file).scores["test"]:
            assert expected[kind] <= set(entry), file
            assert not [name for name in entry if name.startswith(("nauc_", "cosine_", "manhattan_"))]


def test_a_sub_metric_resolves_ties_as_the_main_score_does(folder):
    for file in folder.rglob("Small*eranking.json"):
        for entry in json.loads(file.read_text("utf-8"))["scores"]["test"]:
            assert entry["policy"] == "ties=expected"
            assert entry["map_at_1000"] == pytest.approx(entry["main_score"], abs=1e-12)
            assert entry["map_at_1"] <= entry["map_at_3"] <= entry["map_at_1000"]
