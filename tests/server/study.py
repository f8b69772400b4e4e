"""A study of two small tasks, with rows for every table: people, a model, published figures, checks, a run."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import uuid4

import four_tasks
from sqlalchemy import text

from db.session import open_current, open_engine, transaction
from db.store.accounts import create_invitation, redeem
from db.store.answers import save_answers
from db.store.checks import check_records
from db.store.published import save_published
from db.store.purposes import set_apart
from db.store.queue import enqueue
from db.store.raters import ensure_rater
from db.store.tasks import save_document, subset_records
from db.store.verdicts import save_verdict
from hume.ingest.results import hume_v1
from hume.records import Answer, Item, Rater

PEOPLE = {"Amina": 0, "Bo": 0, "Chi": 1, "Dana": 0}
"""What each adds to the scores that gold has; all of them doubt the last item."""


def administer(server: str, statement: str) -> None:
    """Run a statement that PostgreSQL refuses inside a transaction."""
    engine = open_engine(server)
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def store(url: str) -> None:
    """Store the study in a database, which is made where it is not there."""
    engine = open_current(url)
    with transaction(engine) as session:
        save_published(session, hume_v1(), "hume_v1")
        for task_type in ("sts", "classification"):
            save_document(session, four_tasks.document(task_type))
        accounts = {name: redeem(session, create_invitation(session, name, "annotator"))[0] for name in PEOPLE}
        set_apart(session, four_tasks.name("sts"), attention=1)
        asked = [item for record in check_records(session) for item in record.items.values()]
        items = [item for record in subset_records(session, [four_tasks.name("sts")]) for item in record.items]
        for name, shift in PEOPLE.items():
            save_answers(session, accounts[name].rater_id, list(_said([*items, *asked], shift)))
        model = ensure_rater(session, Rater("embedding", "tiny-model", "r1", "human-like")).stored_id
        save_answers(session, model, list(_said(items, 1)))
        save_verdict(session, items[0].id or 0, accounts["Bo"].id, "ambiguous", "hard to say")
        enqueue(session, "tiny-model", ["SmallSts"], {}, accounts["Dana"].id)
    engine.dispose()


def _said(items: Iterable[Item], shift: int) -> Iterable[tuple[int, Answer]]:
    for item in items:
        doubt = 3 if item.position == 5 else 0
        payload = {"score": (item.gold + shift + doubt) % 6}
        yield item.id or 0, Answer(item.key, "given", payload, client_id=str(uuid4()), milliseconds=1500)
