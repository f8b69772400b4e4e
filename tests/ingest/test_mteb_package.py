"""Tasks through the mteb package: small ones defined here on local folders, so that no network is needed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from task_files import CLASSIFICATION, CLUSTERING, RERANKING, STS, lay_out

from hume.errors import InvalidItem, MissingExtra, NotFound
from hume.ingest.known import HUME_V1, known_settings
from hume.ingest.mteb_layout import read_folder
from hume.ingest.mteb_package import TYPES, from_mteb_task, read_mteb
from hume.ingest.options import Options, read_options
from hume.records import TaskDocument

MULTILINGUAL = {"en": ["eng-Latn"], "da": ["dan-Latn"]}


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No network, and a cache of its own: datasets knows local folders by their base name only."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    datasets = pytest.importorskip("datasets", reason="the extra mteb is not installed")
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    pytest.importorskip("mteb", reason="the extra mteb is not installed")


def defined(base: str, folder: Path, main_score: str, kind: str, languages: Any = None, **attributes: Any) -> Any:
    """An mteb task on a local folder."""
    from mteb import abstasks
    from mteb.abstasks.clustering_legacy import AbsTaskClusteringLegacy
    from mteb.abstasks.task_metadata import TaskMetadata

    prompt = attributes.pop("prompt", None)
    metadata = TaskMetadata(
        name=folder.name,
        dataset={"path": str(folder), "revision": "r1"},
        description="A tiny task.",
        reference="https://example.org/tiny",
        type=kind,
        category="t2t",
        modalities=["text"],
        eval_splits=["test"],
        eval_langs=languages or ["eng-Latn"],
        main_score=main_score,
        date=("2024-01-01", "2024-01-02"),
        domains=["Web"],
        task_subtypes=[],
        license="cc-by-4.0",
        annotations_creators="human-annotated",
        dialect=[],
        sample_creation="created",
        bibtex_citation="",
        prompt=prompt,
    )
    parent = AbsTaskClusteringLegacy if base == "AbsTaskClusteringLegacy" else getattr(abstasks, base)
    return type(folder.name, (parent,), {"metadata": metadata, **attributes})()


def same_items(one: TaskDocument, other: TaskDocument) -> bool:
    def of(document: TaskDocument) -> dict[str, Any]:
        return {subset.name: items for subset, items in document.subsets}

    return of(one) == of(other)


def test_pairs_in_two_languages(tmp_path: Path) -> None:
    readme = "---\nconfigs:\n" + "".join(
        f"- config_name: {name}\n  data_files:\n  - split: test\n    path: {name}/test.jsonl\n" for name in MULTILINGUAL
    )
    folder = lay_out(tmp_path / "TinyPairs", STS, readme=f"{readme}---\n")
    task = defined("AbsTaskSTS", folder, "cosine_spearman", "STS", MULTILINGUAL, min_score=0, max_score=5)
    document = from_mteb_task(task, Options())
    assert same_items(document, read_folder(folder, Options()))
    assert {subset.name: subset.languages for subset, _ in document.subsets} == {
        "en": ("eng-Latn",),
        "da": ("dan-Latn",),
    }
    told = document.task
    assert (told.name, told.license, told.revision) == ("TinyPairs", "cc-by-4.0", "r1")
    assert (told.source, told.settings) == ("https://example.org/tiny", {"min": 0, "max": 5})


def test_labels_and_the_train_split(tmp_path: Path) -> None:
    folder = lay_out(tmp_path / "TinyMoods", CLASSIFICATION)
    task = defined(
        "AbsTaskClassification", folder, "accuracy", "Classification", samples_per_label=4, prompt="Name the mood."
    )
    document = from_mteb_task(task, Options())
    assert same_items(document, read_folder(folder, Options()))
    assert document.task.settings == {"labels": [{"name": "anger"}, {"name": "joy"}], "samples_per_label": 4}
    assert document.task.instruction == "Name the mood."


def test_sets(tmp_path: Path) -> None:
    folder = lay_out(tmp_path / "TinySets", CLUSTERING)
    task = defined("AbsTaskClusteringLegacy", folder, "v_measure", "Clustering")
    document = from_mteb_task(task, read_options(name="Sets", languages=["dan-Latn"]))
    assert same_items(document, read_folder(folder, Options()))
    assert document.task.name == "Sets"


def test_a_reranking(tmp_path: Path) -> None:
    tables = {name.removeprefix("en-"): rows for name, rows in RERANKING.items()}
    parts = "".join(
        f"- config_name: {part}\n  data_files:\n  - split: test\n    path: {part}/test.jsonl\n"
        for part in ("corpus", "queries", "qrels", "top_ranked", "instruction")
    )
    folder = lay_out(tmp_path / "TinyTowns", tables, readme=f"---\nconfigs:\n{parts}---\n")
    task = defined("AbsTaskRetrieval", folder, "map_at_1000", "Reranking", prompt={"query": "Find towns."})
    document = from_mteb_task(task, Options())
    assert same_items(document, read_folder(folder, Options()))
    assert document.task.instruction == "Find towns."


def test_other_types_are_refused(tmp_path: Path) -> None:
    folder = lay_out(tmp_path / "TinyRetrieval", CLUSTERING)
    task = defined("AbsTaskRetrieval", folder, "ndcg_at_10", "Retrieval")
    with pytest.raises(InvalidItem, match=r"mteb:TinyRetrieval: tasks of type Retrieval on text"):
        from_mteb_task(task, Options())


def test_data_that_cannot_be_loaded(tmp_path: Path) -> None:
    task = defined("AbsTaskSTS", tmp_path / "Gone", "cosine_spearman", "STS", min_score=0, max_score=5)
    with pytest.raises(InvalidItem, match=r"mteb:Gone: its data cannot be loaded: .*Check the network"):
        from_mteb_task(task, Options())


def test_names_are_looked_up_in_mteb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = lay_out(tmp_path / "TinyOnes", {"test": STS["en/test"]})
    task = defined("AbsTaskSTS", folder, "cosine_spearman", "STS", min_score=0, max_score=5)
    monkeypatch.setitem(sys.modules["mteb.get_tasks"]._TASKS_REGISTRY, "TinyOnes", type(task))
    assert read_mteb("TinyOnes", Options()).task.task_type == "sts"
    with pytest.raises(NotFound, match="Did you mean: 'TinyOnes'"):
        read_mteb("TinyOne", Options())


def test_without_the_extra_the_message_is_the_install_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mteb", None)
    with pytest.raises(MissingExtra, match=r"pip install 'hume-bench\[mteb\]'"):
        read_mteb("STS12", Options())


@pytest.mark.parametrize("name", HUME_V1)
def test_what_is_known_of_hume_s_tasks_is_what_mteb_says(name: str) -> None:
    import mteb

    task = mteb.get_task(name)
    assert TYPES[task.metadata.type] == HUME_V1[name]
    known = known_settings(name, HUME_V1[name])
    if HUME_V1[name] == "sts":
        scale = {"min": 0, "max": 5, **known}
        assert (task.min_score, task.max_score) == (scale["min"], scale["max"])
    if HUME_V1[name] == "classification":
        assert task.samples_per_label == known.get("samples_per_label", 8)
