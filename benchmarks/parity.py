"""HUME's numbers beside those of an installed mteb, for any task folder in MTEB's layout and any embedding model.

`python -m benchmarks.parity [--tasks FOLDER ...] [--model MODEL] [--device cpu]` runs both programs on the same folders
with the same weights, and prints every main score and every sub-metric that mteb reports: ours, mteb's and the
difference. Its last line is one JSON object. The exit code is 1 where a number differs by more than 1e-4, or is there
or defined on one side alone.

What is held against mteb are HUME's answers as they are stored, scored by mteb's rule for ties. HUME's own main score
of a reranking resolves ties in expectation (docs/decisions/ties.md): the same where no two candidates tie.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.runner_hume import records
from benchmarks.runner_mteb import task
from hume.parsed import parse
from hume.raters.backends import Device, EmbeddingBackend, Loading, load
from hume.raters.backends.sentence_transformers import PACKAGED
from hume.raters.encoding import Encodings
from hume.raters.parity import Compared, compared, mteb_entry
from hume.records import SubsetRecord

TASKS = Path(__file__).parents[2] / "shared" / "data" / "mteb_dev" / "tasks"
MODEL = "sentence-transformers/all-MiniLM-L6-v2"
TOLERANCE = 1e-4
Entries = Mapping[tuple[str, str], Mapping[str, Any]]
"""mteb's score entries, or ours like them, by task and subset."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the comparison; 0 where all numbers agree, else 1."""
    given = _parsed(arguments)
    folders = given.tasks or sorted(path for path in TASKS.glob("*") if path.is_dir())
    if not folders:
        sys.exit(f"There is no task folder in {TASKS}. Name some: --tasks FOLDER ...")
    ours = of_hume(given.model, given.device, [record for folder in folders for record in records(folder)])
    theirs = of_mteb(given.model, given.device, folders)
    lines = [(place, one) for place in {**theirs, **ours} for one in _compared(ours.get(place), theirs.get(place))]
    for place, one in lines:
        print(_line(place, one))
    apart = sum(_is_apart(one) for _, one in lines)
    finite = [one.difference for _, one in lines if one.ours is not None and one.theirs is not None]
    print(json.dumps({"numbers": len(lines), "apart": apart, "max_abs_diff": max(finite, default=None)}))
    return 1 if apart or not lines else 0


def of_hume(model: str, device: Device, wanted: Sequence[SubsetRecord]) -> Entries:
    """Our numbers of each subset."""
    backend = load(model, Loading(device=device, precision="fp32"))
    if not isinstance(backend, EmbeddingBackend):
        sys.exit(f"{model} gives no embeddings: only of embedding models has mteb numbers of every task type.")
    encodings = Encodings(backend)
    return {
        (record.task.name, record.subset.name): mteb_entry(parse(record), encodings.encoder(record.task, record.subset))
        for record in wanted
    }


def of_mteb(model: str, device: Device, folders: Sequence[Path]) -> Entries:
    """mteb's numbers of each subset."""
    import datasets
    import mteb

    tasks = [task(folder) for folder in folders]
    # datasets knows local folders by their base names: another folder's rows must not be taken for these.
    with tempfile.TemporaryDirectory() as cache:
        datasets.config.HF_DATASETS_CACHE = Path(cache)
        found = mteb.evaluate(_model_for_mteb(model, device), tasks, cache=None, show_progress_bar=False)
    return {
        (result.task_name, entry["hf_subset"]): entry
        for result in found.task_results
        for entries in result.scores.values()
        for entry in entries
    }


def _model_for_mteb(model: str, device: Device) -> Any:
    """The same weights: from a folder as sentence-transformers loads them, else by mteb's registry."""
    import mteb
    from sentence_transformers import SentenceTransformer

    where = None if device == "auto" else device
    package = PACKAGED.get(model if "/" in model else f"sentence-transformers/{model}")
    spec = find_spec(package) if package else None
    folder = Path(spec.origin).parent / "model" if spec and spec.origin else Path(model).expanduser()
    if folder.is_dir():
        return SentenceTransformer(str(folder), device=where)
    return mteb.get_model(model.removeprefix("mteb:"), device=where)


def _compared(ours: Mapping[str, Any] | None, theirs: Mapping[str, Any] | None) -> list[Compared]:
    """All numbers of mteb's entry; where a subset is missing on one side, its main score alone."""
    if ours is not None and theirs is not None:
        return compared(ours, theirs)
    return [Compared("main_score", *(entry["main_score"] if entry else None for entry in (ours, theirs)))]


def _is_apart(one: Compared) -> bool:
    return not one.difference <= TOLERANCE


def _line(place: tuple[str, str], one: Compared) -> str:
    ours, theirs = (f"{'-':>9}" if value is None else f"{value:9.6f}" for value in (one.ours, one.theirs))
    return f"{'/'.join(place):<36} {one.name:<36} {ours} {theirs} {one.difference:8.1e}{' APART' * _is_apart(one)}"


def _parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.parity", description="HUME's numbers beside mteb's.")
    parser.add_argument("--tasks", nargs="+", type=Path, metavar="FOLDER", help="task folders in MTEB's layout")
    parser.add_argument("--model", default=MODEL, help="a folder, or a name as `hume score` takes it")
    parser.add_argument("--device", default="cpu", choices=("auto", "cpu", "cuda"))
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
