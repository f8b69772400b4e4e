"""An item has one hash, whether a database, a file or another machine holds it."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine, select

from db import tables as t
from db.session import reading, transaction
from db.store.tasks import save_document
from hume.content_hash import content_hash
from hume.ingest.hume_jsonl import read_hume_jsonl
from hume.ingest.options import Options
from hume.records import Item

SAMPLES = Path(__file__).parents[1] / "data" / "samples"


def test_it_is_the_one_that_the_database_keeps(engine: Engine) -> None:
    documents = [read_hume_jsonl(path, Options()) for path in sorted(SAMPLES.glob("*.jsonl"))]
    with transaction(engine) as session:
        for document in documents:
            save_document(session, document)
    with reading(engine) as session:
        stored = sorted(session.scalars(select(t.Item.content_hash)))
    items = [item for document in documents for _, items in document.subsets for item in items]
    assert sorted(content_hash(item) for item in items) == stored


def test_it_goes_by_content_and_gold_and_nothing_else() -> None:
    item = Item("a", {"x": 1, "y": [2.0]}, 4)
    assert content_hash(item) == content_hash(Item("b", {"y": [2], "x": 1.0}, 4.0, "train", 7, 3))
    assert content_hash(item) != content_hash(Item("a", {"x": 1, "y": [2.0]}, 5))
    assert content_hash(item) != content_hash(Item("a", {"x": 1, "y": [2.5]}, 4))
