"""A database of made-up answers, of HUME v1's shape and of any size: 26 subsets, 20 raters, 20 models.

Answers are drawn from a few that each task type simulates for an item, and written straight into SQLite: a million of
them are there in a minute. Raters are simulated ones, and say so; only benchmarks see them.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count, groupby
from pathlib import Path
from typing import Any

import numpy as np

from db.session import open_current, transaction
from db.store.raters import ensure_rater
from db.store.tasks import save_document, subset_records
from hume.ingest.results import hume_v1
from hume.parsed import ParsedSubset, parse
from hume.records import Item, Json, Rater, ScoreRow, Subset, Task, TaskDocument

PEOPLE, MODELS = 20, 20
POOL = 12
"""Answers that are simulated for an item; raters draw theirs from them."""
NOISE = 0.4
SKIPPED = 0.02
"""The share of items that a person skips, so that no two have the same; models answer all."""
UNPUBLISHED = 40
"""Items of a subset whose number was not published."""
N_TEXTS, N_CANDIDATES, N_RELEVANT, N_EXPERIMENTS = 30, 7, 3, 10
LABELS = ("sadness", "joy", "love", "anger", "fear", "surprise")
SETTINGS: dict[str, dict[str, Json]] = {
    "classification": {"labels": [{"name": name} for name in LABELS]},
    "clustering": {},
    "reranking": {},
    "sts": {"min": 0, "max": 5, "step": 1},
}
SENTENCE = "The ferry to the islands leaves at noon if the weather allows it, and those from far away call first"
MOMENT = "2026-01-02 03:04:05.000000"


@dataclass(frozen=True)
class Size:
    """How many times as many items as HUME v1 has, and how many answers that makes."""

    scale: float
    n_answers: int


def size_of(n_answers: int) -> Size:
    """The size that has about so many answers."""
    scale = n_answers / (sum(n for *_, n in _subsets(1.0)) * (PEOPLE + MODELS))
    return Size(scale, sum(n for *_, n in _subsets(scale)) * (PEOPLE + MODELS))


def fill(home: Path, size: Size) -> str:
    """A new database in the folder `home` with the answers of everybody to everything; its URL."""
    url = f"sqlite:///{home / 'hume.db'}"
    engine = open_current(url)
    who = [Rater("simulated", f"simulated-{n + 1}") for n in range(PEOPLE)]
    who += [Rater("embedding", f"made-up/model-{n + 1}", "0" * 40, "mteb") for n in range(MODELS)]
    with transaction(engine) as session:
        for document in _documents(size.scale):
            save_document(session, document)
        raters = [ensure_rater(session, rater) for rater in who]
        records = subset_records(session, answers=False)
    engine.dispose()
    rng, numbers = np.random.default_rng(0), count()
    with sqlite3.connect(home / "hume.db") as connection:
        connection.execute("PRAGMA synchronous = OFF")
        for record in records:
            ids = {item.key: item.id for item in record.items}
            rows = _rows(parse(record), ids, raters, rng, numbers)
            connection.executemany(
                "INSERT INTO answer (item_id, rater_id, revision, client_id, status, payload, reason, comment, "
                "milliseconds, order_shown, created_at, surplus) VALUES (?, ?, 1, ?, ?, ?, ?, '', ?, ?, ?, 0)",
                rows,
            )
        connection.execute("ANALYZE")
    connection.close()
    return url


# -- what is asked ------------------------------------------------------------------------------------------


def _subsets(scale: float) -> list[tuple[str, str, str, str, int]]:
    """Type, task, subset and language of HUME v1's subsets, and how many items there are to be; sets are one each."""
    cells: dict[tuple[str, str, str, str], list[ScoreRow]] = {}
    for row in hume_v1().scores:
        if row.kind == "human":
            cells.setdefault((row.task_type, row.task, row.subset, row.language), []).append(row)
    found = []
    for cell, rows in sorted(cells.items()):
        n = next((row.n_items for row in rows if row.n_items), UNPUBLISHED)
        found.append((*cell, max(1, round(scale * (1 if cell[0] == "clustering" else n)))))
    return found


def _documents(scale: float) -> Iterator[TaskDocument]:
    rng = np.random.default_rng(0)
    for (task_type, name), cells in groupby(_subsets(scale), key=lambda cell: cell[:2]):
        subsets = tuple(
            (Subset(subset, (language,)), tuple(_item(task_type, number, rng) for number in range(n)))
            for *_, subset, language, n in cells
        )
        yield TaskDocument(Task(f"MadeUp{name}", task_type, settings=SETTINGS[task_type], overlap=PEOPLE), subsets)


def _item(task_type: str, number: int, rng: np.random.Generator) -> Item:
    content, gold = _CONTENT[task_type](number, rng)
    return Item(f"item-{number}", content, gold, position=number)


def _text(number: int, rng: np.random.Generator) -> tuple[dict[str, Json], Json]:
    return {"text": f"[{number}] {SENTENCE}."}, str(rng.choice(LABELS))


def _pair(number: int, rng: np.random.Generator) -> tuple[dict[str, Json], Json]:
    content = {"sentence1": f"[{number}] {SENTENCE}.", "sentence2": f"[{number}] {SENTENCE[:60]}."}
    return content, float(np.round(rng.uniform(0, 5), 1))


def _query(number: int, rng: np.random.Generator) -> tuple[dict[str, Json], Json]:
    ids = [f"doc-{number}-{place}" for place in range(N_CANDIDATES)]
    candidates = [{"id": one, "content": f"{one} {SENTENCE}."} for one in ids]
    relevant = {str(one): 1.0 for one in rng.choice(ids, N_RELEVANT, replace=False)}
    return {"query": f"[{number}] when does the ferry leave?", "candidates": candidates}, relevant


def _set(number: int, rng: np.random.Generator) -> tuple[dict[str, Json], Json]:
    ids = [f"t{place}" for place in range(N_TEXTS)]
    texts = [{"id": one, "content": f"[{number}] {one} {SENTENCE}."} for one in ids]
    return {"texts": texts}, {one: LABELS[place % len(LABELS)] for place, one in enumerate(ids)}


_CONTENT = {"classification": _text, "clustering": _set, "reranking": _query, "sts": _pair}


# -- what was said ------------------------------------------------------------------------------------------


def _rows(
    subset: ParsedSubset,
    ids: dict[str, int | None],
    raters: Sequence[Rater],
    rng: np.random.Generator,
    numbers: Iterator[int],
) -> Iterator[tuple[Any, ...]]:
    for key, item in subset.items.items():
        simulated = [subset.type.simulate(item, subset.settings, NOISE, rng) for _ in range(POOL)]
        said = [json.dumps(answer.model_dump(mode="json", exclude_defaults=True)) for answer in simulated]
        by_models = [json.dumps(_BY_MODEL[subset.type.name](item, rng)) for _ in range(POOL)]
        order = json.dumps(subset.type.order(item, rng))
        drawn, skipped = rng.integers(0, POOL, len(raters)), rng.random(len(raters)) < SKIPPED
        for rater, place, is_skipped in zip(raters, drawn.tolist(), skipped.tolist(), strict=True):
            is_person = rater.kind == "simulated"
            is_skipped &= is_person
            yield (
                ids[key],
                rater.id,
                f"made-up-{next(numbers)}",
                "skipped" if is_skipped else "given",
                None if is_skipped else (said if is_person else by_models)[place],
                "unclear" if is_skipped else "",
                4_000 + 100 * place if is_person else None,
                order if is_person else "[]",
                MOMENT,
            )


def _probes(item: Any, rng: np.random.Generator) -> Json:
    right = rng.random(N_EXPERIMENTS) < 0.7
    return {"experiments": [item.gold if one else LABELS[rng.integers(0, len(LABELS))] for one in right]}


def _cosine(item: Any, rng: np.random.Generator) -> Json:
    return {"score": float(np.tanh(item.gold / 5 + rng.normal(0, 0.2))), "scale": "similarity"}


def _similarities(item: Any, rng: np.random.Generator) -> Json:
    return {"scores": {one: item.gold.get(one, 0.0) / 3 + rng.normal(0.3, 0.2) for one in item.ids}}


def _groups(item: Any, rng: np.random.Generator) -> Json:
    strayed = rng.random(len(item.ids)) < NOISE
    groups = rng.choice(LABELS, len(item.ids)).tolist()
    return {
        "groups": {
            text: group if stray else item.gold[text]
            for text, group, stray in zip(item.ids, groups, strayed.tolist(), strict=True)
        }
    }


_BY_MODEL = {"classification": _probes, "clustering": _groups, "reranking": _similarities, "sts": _cosine}
