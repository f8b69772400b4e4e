"""Tiny tasks as tables, and writers that lay them out in a folder as MTEB does."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pyarrow
import pyarrow.parquet

Rows = Sequence[Mapping[str, object]]

STS: Mapping[str, Rows] = {
    "en/test": [
        {"id": "p1", "sentence1": "A cat sleeps.", "sentence2": "A cat, asleep.", "score": 4.8},
        {"id": "p2", "sentence1": "Rain falls.", "sentence2": "The train is late.", "score": 0.0},
    ],
    "da/test": [{"id": "p1", "sentence1": "En kat sover.", "sentence2": "En sovende kat.", "score": 4.6}],
}
CLASSIFICATION: Mapping[str, Rows] = {
    "train": [
        {"text": "Hooray!", "label": 1, "label_text": "joy"},
        {"text": "How dare you!", "label": 0, "label_text": "anger"},
    ],
    "test": [
        {"text": "At last!", "label": 1, "label_text": "joy"},
        {"text": "Not again.", "label": 0, "label_text": "anger"},
        {"text": "Splendid.", "label": 1, "label_text": "joy"},
    ],
}
CLUSTERING: Mapping[str, Rows] = {
    "test": [
        {"sentences": ["Goal!", "Penalty!", "Rain, again"], "labels": ["sport", "sport", "weather"]},
        {"sentences": ["Sun", "Match"], "labels": ["weather", "sport"]},
    ]
}
RERANKING: Mapping[str, Rows] = {
    "en-corpus/test": [
        {"_id": "d1", "title": "Oslo", "text": "Capital of Norway. "},
        {"_id": "d2", "title": "", "text": "A town"},
        {"_id": "d3", "title": "Rome", "text": "Old"},
    ],
    "en-queries/test": [{"_id": "q1", "text": "Norway's capital?"}, {"_id": "q2", "text": "Which towns?"}],
    "en-qrels/test": [
        {"query-id": "q1", "corpus-id": "d1", "score": 1},
        {"query-id": "q1", "corpus-id": "d3", "score": 1},
        {"query-id": "q2", "corpus-id": "d2", "score": 2},
    ],
    "en-top_ranked/test": [
        {"query-id": "q2", "corpus-ids": ["d3", "d2"]},
        {"query-id": "q1", "corpus-ids": ["d2", "d1"]},
    ],
    "en-instruction/test": [
        {"query-id": "q1", "instruction": "Be strict."},
        {"query-id": "q2", "instruction": "Be mild."},
    ],
}
TASKS = {"sts": STS, "classification": CLASSIFICATION, "clustering": CLUSTERING, "reranking": RERANKING}


def _jsonl(rows: Rows, path: Path) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def _json(rows: Rows, path: Path) -> None:
    path.write_text(json.dumps(rows, indent=2), encoding="utf-8")


def _csv(rows: Rows, path: Path, delimiter: str = ",") -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(rows[0])
        writer.writerows([json.dumps(v) if isinstance(v, list) else v for v in row.values()] for row in rows)


def _parquet(rows: Rows, path: Path) -> None:
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist([dict(row) for row in rows]), path)


WRITERS: Mapping[str, Callable[[Rows, Path], None]] = {
    "jsonl": _jsonl,
    "json": _json,
    "csv": _csv,
    "tsv": lambda rows, path: _csv(rows, path, "\t"),
    "parquet": _parquet,
}


def lay_out(folder: Path, tables: Mapping[str, Rows], ending: str = "jsonl", readme: str = "") -> Path:
    """Write tables to `<folder>/<name>.<ending>`; the folder."""
    for name, rows in tables.items():
        path = folder / f"{name}.{ending}"
        path.parent.mkdir(parents=True, exist_ok=True)
        WRITERS[ending](rows, path)
    if readme:
        (folder / "README.md").write_text(readme, encoding="utf-8")
    return folder
