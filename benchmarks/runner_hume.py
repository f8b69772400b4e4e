"""HUME's side of `benchmarks.runner`: read the folders, load the model, answer, score with intervals.

A process of its own: `python -m benchmarks.runner_hume OUT MODEL DEVICE CACHE FOLDER ...` writes JSON to OUT: the main
scores by task and subset, how many texts the model has read, and the seconds of CPU.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from hume.ingest.mteb_layout import read_folder
from hume.ingest.options import Options
from hume.raters.backends import Loading, load
from hume.raters.cache import EmbeddingCache
from hume.records import TRAIN, SubsetRecord
from hume.runner.answering import answered, rater_of, scored
from hume.runner.request import Request


def records(folder: Path) -> list[SubsetRecord]:
    """The folder's subsets as the runner takes them."""
    document = read_folder(folder, Options())
    return [
        SubsetRecord(
            document.task,
            subset,
            tuple(item for item in items if item.split != TRAIN),
            tuple(item for item in items if item.split == TRAIN),
        )
        for subset, items in document.subsets
    ]


def main(out: str, model: str, device: str, cache_folder: str, *folders: str) -> None:
    wanted = [record for folder in folders for record in records(Path(folder))]
    backend = load(model, Loading(device=device))
    n_texts = 0
    scores = {}
    with EmbeddingCache(Path(cache_folder)) as cache:
        for one in answered(backend, wanted, "mteb", cache):
            if one.fault:
                raise SystemExit(one.fault)
            n_texts = one.n_texts
            main = next(row for row in scored(one, rater_of(backend, Request())) if row.is_main)
            scores[f"{main.task}/{main.subset}"] = main.score
    told = {"scores": scores, "n_texts": n_texts, "cpu_s": time.process_time()}
    Path(out).write_text(json.dumps(told), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
