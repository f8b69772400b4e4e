"""mteb's side of `benchmarks.runner`: the same folders as tasks of mteb's own, through `mteb.evaluate` as it comes.

A process of its own: `python -m benchmarks.runner_mteb OUT MODEL DEVICE FOLDER ...` writes JSON to OUT: the main scores
by task and subset, how many texts the model was given, and the seconds of CPU.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hume.ingest.known import known_settings
from hume.ingest.mteb_layout import read_folder
from hume.ingest.options import Options

BASES = {
    "sts": ("AbsTaskSTS", "STS", "cosine_spearman"),
    "classification": ("AbsTaskClassification", "Classification", "accuracy"),
    "clustering": ("AbsTaskClusteringLegacy", "Clustering", "v_measure"),
    "reranking": ("AbsTaskRetrieval", "Reranking", "map_at_1000"),
}
"""mteb's class, type and main metric by our task type."""


def task(folder: Path) -> Any:
    """The folder as a task of mteb's, with the settings that mteb has for a task of that name."""
    from mteb import abstasks
    from mteb.abstasks.clustering_legacy import AbsTaskClusteringLegacy

    document = read_folder(folder, Options())
    kind = document.task.task_type
    base, mteb_type, main_score = BASES[kind]
    languages = {subset.name: list(subset.languages) or ["eng-Latn"] for subset, _ in document.subsets}
    parent = AbsTaskClusteringLegacy if kind == "clustering" else getattr(abstasks, base)
    known = known_settings(folder.name, kind)
    own = {"min_score": 0, "max_score": 5} if kind == "sts" else {}
    own |= {name: known[name] for name in ("samples_per_label",) if name in known}
    metadata = _metadata(folder, mteb_type, main_score, languages)
    return type(folder.name, (parent,), {"metadata": metadata, **own})()


def _metadata(folder: Path, mteb_type: str, main_score: str, languages: dict[str, list[str]]) -> Any:
    from mteb.abstasks.task_metadata import TaskMetadata

    unknown = ("date", "domains", "task_subtypes", "license", "annotations_creators", "dialect", "sample_creation")
    return TaskMetadata(
        name=folder.name,
        dataset={"path": str(folder), "revision": "local"},
        description=folder.name,
        reference=None,
        type=mteb_type,
        category="t2t",
        modalities=["text"],
        eval_splits=["test"],
        eval_langs=languages["default"] if list(languages) == ["default"] else languages,
        main_score=main_score,
        bibtex_citation="",
        **dict.fromkeys(unknown),
    )


class Counted:
    """Counts what a SentenceTransformer is given to encode."""

    def __init__(self, model: Any) -> None:
        self.n_texts = 0
        self._inference = model._inference
        model._inference = self

    def __call__(self, inputs: Sequence[Any], **kwargs: Any) -> Any:
        self.n_texts += len(inputs)
        return self._inference(inputs, **kwargs)


def main(out: str, model: str, device: str, *folders: str) -> None:
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    import datasets
    import mteb
    from sentence_transformers import SentenceTransformer

    # datasets knows local folders by their base names: another folder's rows must not be taken for these.
    with tempfile.TemporaryDirectory() as cache:
        datasets.config.HF_DATASETS_CACHE = Path(cache)
        loaded = SentenceTransformer(model, device=device)
        counted = Counted(loaded)
        found = mteb.evaluate(loaded, [task(Path(folder)) for folder in folders], cache=None, show_progress_bar=False)
    scores = {
        f"{result.task_name}/{entry['hf_subset']}": entry["main_score"]
        for result in found.task_results
        for entry in result.scores["test"]
    }
    told = {"scores": scores, "n_texts": counted.n_texts, "cpu_s": time.process_time()}
    Path(out).write_text(json.dumps(told), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
