"""A bundle: all that a report is made of in one zip, so that every figure can be computed again elsewhere.

docs/formats.md says what is in it. The same study gives the same bytes: no file has a time, and all have an order.
"""

from __future__ import annotations

import hashlib
import json
import platform
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from hume.export.answers import answer_rows
from hume.export.files import json_text, replacing
from hume.records import REPEAT, AnswerRecord, Item, Json, Published, Rater, Subset, Task
from hume.score import DRAWS
from hume.tasks import classification, kmeans

FORMAT = 1
PACKAGES = ("hume-bench", "numpy", "scipy", "scikit-learn", "pandas", "pydantic", "sqlalchemy", "pyarrow", "plotly")
"""What the figures may depend on to the last digit."""
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time of every file in the zip; the earliest that the format knows."""

TASKS, RATERS, ANSWERS = "tasks.jsonl", "raters.jsonl", "answers.jsonl"
PUBLISHED, REPORT, MANIFEST = "published.json", "report.json", "manifest.json"


@dataclass(frozen=True)
class Study:
    """What goes into a bundle."""

    subsets: Sequence[tuple[Task, Subset, Sequence[Item]]]
    """Every subset with all its current items, by task, then in stored order; copies for asking twice included."""
    raters: Sequence[Rater]
    """In the order of their numbers, which is the order that figures take them in."""
    answers: Iterable[AnswerRecord]
    published: Published
    report: str
    """The report of just this, as `hume report --format json` has it."""


def write_bundle(study: Study, path: Path, texts: bool, named: bool) -> int:
    """Write the zip, whole or not at all; returns the number of answers.

    Without `texts` items have their ids and hashes alone. `named` says that people go by their names in the study.
    """
    answers = [json_text(row) for row in answer_rows(_current(study))]
    files = {
        TASKS: _lines(json_text(line) for line in _task_lines(study.subsets, texts)),
        RATERS: _lines(json_text(_rater(rater)) for rater in study.raters),
        ANSWERS: _lines(answers),
        PUBLISHED: json_text(asdict(study.published)) + "\n",
        REPORT: study.report + "\n",
    }
    files[MANIFEST] = json.dumps(_manifest(files, texts, named), ensure_ascii=False, indent=1) + "\n"
    with replacing(path) as part, zipfile.ZipFile(part, "w") as archive:
        for name, text in sorted(files.items()):
            info = zipfile.ZipInfo(name, EPOCH)
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(info, text)
    return len(answers)


def item_hash(item: Item) -> str:
    """SHA-256 of an item's content and gold, whatever the order of their keys."""
    canonical = json.dumps([dict(item.content), item.gold], sort_keys=True, ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def versions() -> dict[str, str]:
    """The versions of Python and of the packages that figures may depend on, of those that are installed."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _current(study: Study) -> Iterator[AnswerRecord]:
    """The answers to current items: no figure is made of others."""
    current = {
        (task.name, subset.name, item.split, item.key, item.version)
        for task, subset, items in study.subsets
        for item in items
    }
    for record in study.answers:
        if (record.task, record.subset, record.split, record.answer.item, record.answer.item_version) in current:
            yield record


def _task_lines(subsets: Sequence[tuple[Task, Subset, Sequence[Item]]], texts: bool) -> Iterator[Json]:
    named: set[str] = set()
    for task, subset, items in subsets:
        if task.name not in named:
            named.add(task.name)
            yield {"record": "task", **asdict(task)}
        yield {"record": "subset", "task": task.name, **asdict(subset)}
        for item in items:
            if item.split != REPEAT:
                yield _item(item, texts)


def _item(item: Item, texts: bool) -> Json:
    about = {"id": item.key, "split": item.split, "position": item.position, "version": item.version}
    said = {"content": dict(item.content), "gold": item.gold} if texts else {}
    return {"record": "item", **about, "purpose": item.purpose, "hash": item_hash(item), **said}


def _rater(rater: Rater) -> Json:
    return {"kind": rater.kind, "name": rater.name, "revision": rater.revision, "protocol": rater.protocol}


def _manifest(files: Mapping[str, str], texts: bool, named: bool) -> Json:
    return {
        "format": FORMAT,
        "about": "Every figure of this HUME report again: hume report --bundle FILE",
        "versions": versions(),
        "machine": {"system": platform.system(), "processor": platform.machine()},
        "bootstrap": {"resamples": DRAWS.resamples, "seed": DRAWS.seed},
        "seeds": {"classification": classification.SEED, "clustering": kmeans.SEED},
        "texts": texts,
        "names": named,
        "sha256": {name: hashlib.sha256(text.encode()).hexdigest() for name, text in sorted(files.items())},
    }


def _lines(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
