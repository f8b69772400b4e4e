"""Forty sentence pairs that two people answered, beside HUME v1's published figures, for tests of plans."""

from __future__ import annotations

from db.session import open_engine, transaction
from db.store.answers import save_answers
from db.store.published import save_published
from db.store.raters import ensure_rater
from db.store.tasks import save_document, subset_records
from hume.ingest.results import hume_v1
from hume.parsed import parse
from hume.planning import Simulated, pilot
from hume.raters import simulated
from hume.records import Item, Rater, Subset, Task, TaskDocument


def store(url: str) -> None:
    """Store them in the database."""
    pairs = [Item(f"i{n}", {"sentence1": f"one {n}", "sentence2": f"two {n}"}, n % 6, position=n) for n in range(40)]
    engine = open_engine(url)
    with transaction(engine) as session:
        save_published(session, hume_v1(), "hume_v1")
        save_document(session, TaskDocument(Task("Pairs", "sts"), ((Subset("eng", ("eng-Latn",)), tuple(pairs)),)))
        (record,) = subset_records(session, ["Pairs"])
        ids = {item.key: item.id for item in record.items}
        for name in ("Ada", "Bo"):
            made = simulated.answer(parse(record), Rater("simulated", name), 0.5)
            rater = ensure_rater(session, Rater("human", name)).stored_id
            save_answers(session, rater, [(ids[one.item], one) for one in made])
    engine.dispose()


def simulated_from(url: str) -> tuple[Simulated, ...]:
    """What the stage simulates from the answers."""
    engine = open_engine(url)
    with transaction(engine) as session:
        found = pilot(parse(subset_records(session, ["Pairs"])[0]))
    engine.dispose()
    return found.by_raters
