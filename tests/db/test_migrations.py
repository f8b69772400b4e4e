"""What an upgrade does to a database that people have worked in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, MetaData, select, text
from sqlalchemy.exc import IntegrityError

from db import tables as t
from db.session import MIGRATIONS, head, open_engine, reading, revision, transaction, upgrade
from db.store.accounts import accounts
from db.store.answers import all_answers
from db.store.people import invited, people
from db.store.runs import runs, scores_of
from db.store.tasks import subset_records
from hume.records import Answer, Task

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgres"])
def first_schema(request: pytest.FixtureRequest, tmp_path: object) -> Iterator[Engine]:
    """A database of the first schema with a task, two items, an answer to each and an account."""
    is_sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path}/old.db" if is_sqlite else request.getfixturevalue("empty_postgres_url")
    engine = open_engine(url)
    with engine.begin() as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(MIGRATIONS))
        command.upgrade(config, "0001")
        _fill(connection)
    yield engine
    engine.dispose()


def _fill(connection: Connection) -> None:
    found = MetaData()
    found.reflect(connection)
    words = dict.fromkeys(("description", "license", "source", "revision", "instruction", "guidelines"), "")
    task = {"name": "Old", "task_type": "sts", "settings": {}, "state": "open", "overlap": 3, **words}
    item = {"subset_id": 1, "version": 1, "content": {}, "gold": 2, "content_hash": "h", "retired": False}
    said = {"rater_id": 1, "revision": 1, "status": "given", "payload": {"score": 4}, "order_shown": ["a"]}
    said |= {"reason": "", "comment": "mine", "created_at": NOON}
    ran = {"device": "cpu", "versions": {}, "prompts": {}, "settings": {}, "n_texts": 7, "error": "", "started": NOON}
    score = {"run_id": 2, "task": "Old", "task_type": "sts", "subset": "eng", "language": "eng-Latn", "score": 0.5}
    score |= {"rater": "Aisha", "kind": "human", "metric": "spearman", "is_main": True, "is_sample": False}
    score |= dict.fromkeys(("rater_revision", "protocol", "aggregation", "policy", "reason"), "")
    links = {"created_at": NOON, "expires_at": NOON + timedelta(days=36_500)}
    rows = {
        "task": [{"is_sample": False, "changes": 0, **task}],
        "subset": [{"task_id": 1, "name": "eng", "languages": ["eng-Latn"], "guidelines": "", "settings": {}}],
        "item": [{**item, "split": split, "key": split, "position": 0} for split in ("test", "train")],
        "rater": [{"kind": "human", "name": "Aisha", "revision": "", "protocol": ""}],
        "run": [{"rater_id": 1, "state": state, **ran} for state in ("running", "done")],
        "answer": [{**said, "item_id": n, "client_id": f"c{n}", "run_id": run} for n, run in ((1, 2), (2, None))],
        "score": [score],
        "invitation": [{"token_hash": "i", "name": "Bo", "role": "admin", "languages": [], **links}],
        "account": [{"name": "Aisha", "role": "admin", "languages": [], "rater_id": 1, "created_at": NOON}],
        "session": [{"token_hash": "s", "account_id": 1, "last_seen_at": NOON, **links}],
    }
    for name, values in rows.items():
        connection.execute(found.tables[name].insert(), values)


def test_an_upgrade_of_a_used_database_loses_nothing(first_schema: Engine) -> None:
    assert revision(first_schema) == "0001"
    upgrade(first_schema)
    assert revision(first_schema) == head()
    with reading(first_schema) as session:
        first, second = all_answers(session)
        (record,) = subset_records(session)
        (account,), (person,), waiting = accounts(session), people(session), invited(session)
        browsers = list(session.scalars(select(t.Session.browser)))
        ended, interrupted = runs(session)
        (score,) = scores_of(session, 2)
    assert first.answer == Answer(
        "test", "given", {"score": 4}, client_id="c1", comment="mine", order_shown=("a",), created_at=NOON
    )
    assert (second.split, second.answer.client_id, second.purpose) == ("train", "c2", "judgment")
    assert record.task == Task("Old", "sts")
    assert [item.key for item in record.items] == ["test"]
    assert [item.key for item in record.train] == ["train"]
    assert [list(sheet.answers) for sheet in record.sheets] == [["test"]]
    assert account.locale == ""
    assert (person.account, person.has_password, person.is_disabled) == (account, False, False)
    assert person.last_seen_at == NOON
    assert [one.name for one in waiting] == ["Bo"]
    assert browsers == [""]
    assert (ended.state, ended.model, ended.n_texts, ended.queued, ended.started) == ("done", "Aisha", 7, NOON, NOON)
    assert (interrupted.state, interrupted.error) == ("failed", "interrupted")
    assert (score.subset, score.score) == ("eng", 0.5)


def test_new_constraints_hold_after_an_upgrade(first_schema: Engine) -> None:
    upgrade(first_schema)
    for change in ("UPDATE item SET purpose = 'fun'", "UPDATE item SET repeats_id = 4711", "DELETE FROM run"):
        with pytest.raises(IntegrityError), transaction(first_schema) as session:
            session.execute(text(change))
    with pytest.raises(IntegrityError), transaction(first_schema) as session:
        session.add_all([t.TaskAnnotator(task_id=1, rater_id=1), t.TaskAnnotator(task_id=1, rater_id=1)])
    with first_schema.connect() as connection:
        if first_schema.dialect.name == "sqlite":
            assert connection.execute(text("PRAGMA foreign_key_check")).all() == []
