"""A database that is full, busy or gone: told as such, with a status that means "again", and never as a mistake."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import four_tasks
import pytest
from conftest import Ask
from sqlalchemy import event, text

from db.session import open_engine, transaction
from db.troubles import room, trouble_of
from hume.errors import DatabaseBusy, HumeError
from hume.server import health, sign_in, troubles
from hume.server.database import engine
from hume.server.guard import COOKIE

PAIRS = {"task": four_tasks.name("sts"), "subset": "eng", "count": 1}


@pytest.fixture
def full(as_: Ask) -> Iterator[None]:
    """SQLite is told that the file may not grow by one page: what it says then is what it says of a full disk."""

    def fill(connection: sqlite3.Connection, *_: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")

    event.listen(engine(), "checkout", fill)
    yield
    event.remove(engine(), "checkout", fill)
    troubles._full_at = None


def sent(item: int, number: int = 0) -> dict[str, object]:
    answer = {"client_id": f"00000000-{number:04}", "item": item, "status": "given", "payload": {"score": 3}}
    return {"answers": [{**answer, "comment": "x" * 4_900}]}


def fill_up(client, item: int):
    """The first reply that is not 200."""
    for number in range(50):
        reply = client.post("/deck/answers", json=sent(item, number))
        if reply.status_code != 200:
            return reply
    raise AssertionError("it does not fill up")


def test_a_full_disk_is_told_in_the_annotators_language_and_nothing_is_stored(as_, request):
    client = as_("annotator")
    item = client.get("/deck/work", params=PAIRS).json()["items"][0]["id"]
    request.getfixturevalue("full")
    reply = fill_up(client, item)
    assert reply.status_code == 507
    assert reply.headers["retry-after"] == "5"
    assert reply.json() == {"error": "The server's disk is full. Ask whoever runs this server to free some space."}
    danish = client.post("/deck/answers", json=sent(item, 99), headers={"Accept-Language": "da"})
    assert danish.status_code == 507
    assert "disk er fuld" in danish.json()["error"]
    with engine().connect() as connection:
        assert connection.scalar(text("PRAGMA integrity_check")) == "ok"
        assert not connection.scalar(text("select count(*) from answer where client_id = '00000000-0099'"))


def test_what_was_refused_for_want_of_room_is_taken_once_there_is_some(as_, request):
    client = as_("annotator")
    item = client.get("/deck/work", params=PAIRS).json()["items"][0]["id"]
    request.getfixturevalue("full")
    fill_up(client, item)
    event.listen(engine(), "checkout", lambda connection, *_: connection.execute("PRAGMA max_page_count = 100000"))
    assert client.post("/deck/answers", json=sent(item, 99)).json()["results"][0]["state"] == "saved"


def test_nobody_is_sent_to_a_server_without_room(as_, monkeypatch):
    client = as_("")
    assert client.get("/readyz").text == "ready"
    monkeypatch.setattr(troubles, "LEAST_ROOM", (room(engine()) or 0) * 2)
    reply = client.get("/readyz")
    assert (reply.status_code, reply.text) == (503, health.FULL)
    assert client.get("/healthz").status_code == 200  # restarting it would not help


def test_a_form_is_answered_by_a_page(as_, monkeypatch):
    def busy(*_: object) -> None:
        raise DatabaseBusy("others write")

    monkeypatch.setattr("hume.server.sign_in._sign_in", busy)
    form = {"account": "Aisha", "password": "whatever"}
    reply = as_("").post("/auth/sign-in", data=form, headers={"Accept": "text/html,*/*"})
    assert reply.status_code == 503
    assert '<p role="alert">The server is busy. Try again in a moment.</p>' in reply.text


def test_a_mistake_of_our_own_is_none_of_the_databases(as_, monkeypatch):
    def mistake(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("hume.server.sign_in._sign_in", mistake)
    with pytest.raises(ZeroDivisionError):
        as_("").post("/auth/sign-in", data={"account": "Aisha", "password": "whatever"})


def test_who_cannot_be_noted_is_let_in_all_the_same(as_, monkeypatch):
    def busy(*_: object) -> None:
        raise DatabaseBusy("others write")

    client = as_("researcher")
    monkeypatch.setattr(sign_in, "is_sight_unnoted", lambda *_: True)
    monkeypatch.setattr(sign_in, "note_seen", busy)
    assert sign_in.account_here(client.cookies[COOKIE]).role == "researcher"


def test_kinds_of_trouble(sqlite_url):
    made = open_engine(sqlite_url)
    with pytest.raises(Exception, match="no such table") as mistaken, transaction(made) as session:
        session.execute(text("select * from nowhere"))
    made.dispose()
    assert trouble_of(DatabaseBusy("others write")) == "busy"
    assert trouble_of(HumeError("no")) is None
    assert trouble_of(ValueError()) is None
    wrapped = HumeError("cannot be used")
    wrapped.__cause__ = mistaken.value
    assert trouble_of(mistaken.value) is None
    assert trouble_of(wrapped) is None


def test_a_postgresql_that_nobody_runs_is_gone():
    made = open_engine("postgresql://nobody@127.0.0.1:1/nothing")
    with pytest.raises(Exception, match="refused") as gone:
        made.connect()
    assert trouble_of(gone.value) == "gone"
    assert room(made) is None
