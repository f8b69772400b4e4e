"""A clock that was ahead by days, and is right again: it locks nobody out, and puts nothing out of order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import four_tasks
import pytest
from sqlalchemy import Engine, select

from db import tables as t
from db.columns import utc_now
from db.session import reading, transaction
from db.store import answers as store
from db.store.accounts import create_invitation, redeem
from db.store.answers import own_answer, save_answers
from db.store.assignments import lease, open_items, shorten_leases
from db.store.sessions import account_of
from db.store.throttle import FREE_BY_ACCOUNT, LONGEST_WAIT, WINDOW, attempt, by_account, by_address
from hume.records import Account, Answer
from hume.server import nightly
from hume.settings import Settings

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
AHEAD = timedelta(days=10)
KEYS = (by_account("Aisha"), by_address("192.0.2.1"))


def enter(engine: Engine, name: str) -> tuple[Account, str]:
    with transaction(engine) as session:
        return redeem(session, create_invitation(session, name, "annotator"))


def tried(engine: Engine, moment: datetime) -> timedelta:
    with transaction(engine) as session:
        return attempt(session, KEYS, moment)


def test_one_wrong_password_in_the_future_has_no_consequence(engine):
    assert tried(engine, NOW + AHEAD) == timedelta()
    assert tried(engine, NOW) == timedelta()


def test_a_wait_from_the_future_is_no_longer_than_waits_are(engine):
    for _ in range(FREE_BY_ACCOUNT):
        tried(engine, NOW + AHEAD)
    assert tried(engine, NOW + AHEAD) > timedelta()
    assert timedelta() < tried(engine, NOW) <= LONGEST_WAIT
    assert tried(engine, NOW + LONGEST_WAIT) == timedelta()
    assert tried(engine, NOW + LONGEST_WAIT + 3 * WINDOW) == timedelta()  # and the count is forgotten as any other


def test_a_clock_that_is_behind_lets_nobody_try_more_often(engine):
    for _ in range(FREE_BY_ACCOUNT):
        tried(engine, NOW)
    assert tried(engine, NOW - AHEAD) > timedelta()


def test_leases_from_the_future_end_like_others(engine, database_url):
    four_tasks.store(database_url, overlap=1)
    here, elsewhere = enter(engine, "Aisha")[0], enter(engine, "Bo")[0]
    with transaction(engine) as session:
        subset_id = session.scalars(select(t.Subset.id).order_by(t.Subset.id)).first()
        items = [one.item_id for one in open_items(session, here.rater_id, subset_id, NOW) if one.purpose == "judgment"]
        lease(session, here.rater_id, items[:2], NOW + AHEAD)
        lease(session, here.rater_id, items[2:3], NOW + timedelta(hours=1))
        assert shorten_leases(session, NOW + timedelta(hours=2)) == 2
        assert shorten_leases(session, NOW + timedelta(hours=2)) == 0
    for hours, n_free in ((0, len(items) - 3), (1.5, len(items) - 2), (2.5, len(items))):
        with transaction(engine) as session:
            found = open_items(session, elsewhere.rater_id, subset_id, NOW + timedelta(hours=hours))
            assert len([one for one in found if one.item_id in items]) == n_free


def test_the_latest_answer_is_the_last_one_whatever_the_clock_said(engine, database_url, monkeypatch):
    four_tasks.store(database_url)
    account = enter(engine, "Aisha")[0]
    with reading(engine) as session:
        item = session.scalars(select(t.Item).where(t.Item.split == "test").order_by(t.Item.id)).first()
    for score, moment in ((1, NOW + AHEAD), (2, NOW), (3, NOW - AHEAD)):
        monkeypatch.setattr(store, "utc_now", lambda moment=moment: moment)
        with transaction(engine) as session:
            save_answers(session, account.rater_id, [(item.id, Answer(item.key, "given", {"score": score}))])
    with reading(engine) as session:
        latest = own_answer(session, account.rater_id, item.id)
    assert (latest.revision, latest.payload) == (3, {"score": 3})


@pytest.mark.parametrize("jump", [timedelta(days=-30), timedelta(days=13)])
def test_nobody_is_signed_out(engine, monkeypatch, jump):
    _, token = enter(engine, "Aisha")
    moment = utc_now() + jump
    monkeypatch.setattr("db.store.sessions.utc_now", lambda: moment)
    with reading(engine) as session:
        assert account_of(session, token) is not None


def test_todays_backup_is_kept_beside_those_of_days_to_come(tmp_path: Path, monkeypatch):
    folder = tmp_path / "backups"
    folder.mkdir()
    for name in ("2026-01-02", "2026-01-03", "2999-01-01", "2999-01-02", "2999-01-03"):
        (folder / f"nightly-{name}.backup").touch()
    monkeypatch.setattr(nightly, "backup", lambda _, file: file.touch())
    monkeypatch.setattr(nightly, "engine", lambda: None)
    made = nightly.back_up_today(Settings(home=tmp_path, backups=3))
    kept = sorted(file.name for file in folder.iterdir())
    assert kept == ["nightly-2026-01-02.backup", "nightly-2026-01-03.backup", made.name]
