"""`hume people` through the real entry point."""

from __future__ import annotations

import io

import pytest

from db.session import open_engine, reading, transaction
from db.store import people
from db.store.accounts import redeem
from db.store.passwords import matches, password_of
from db.store.sessions import account_of

GOOD = "seven green umbrellas"


@pytest.fixture
def engine(sqlite_url, monkeypatch):
    monkeypatch.setenv("HUME_DATABASE_URL", sqlite_url)
    opened = open_engine(sqlite_url)
    yield opened
    opened.dispose()


@pytest.fixture
def typed(monkeypatch):
    """Puts a line into the standard input, as a script does."""
    return lambda text: monkeypatch.setattr("sys.stdin", io.StringIO(text))


def enter(engine, link: str) -> str:
    with transaction(engine) as session:
        return redeem(session, link.strip().partition("token=")[2])[1]


def test_an_account_with_a_password_from_a_script(run, engine, typed):
    typed(f"{GOOD}\n")
    code, out, _ = run("people", "add", "--name", "سارة", "--role", "researcher", "--language", "ara-Arab")
    assert (code, out) == (0, "سارة can sign in as researcher, by name and password.\n")
    with reading(engine) as session:
        assert matches(password_of(session, "سارة")[1], GOOD)
    assert "ara-Arab" in run("people", "list")[1]


@pytest.mark.parametrize(("password", "why"), [("", "too short"), ("password123", "too easy to guess")])
def test_a_weak_password_makes_no_account(run, engine, typed, password, why):
    typed(password)
    code, _, error = run("people", "add", "--name", "Bo")
    assert code == 2
    assert why in " ".join(error.split())
    assert "Nobody has signed in yet" in run("people", "list")[1]


def test_a_name_that_is_taken_and_a_language_that_is_none(run, engine, typed):
    for expected, name, language in ((0, "Bo", "eng"), (2, "Bo", "eng"), (2, "Chi", "English")):
        typed(GOOD)
        assert run("people", "add", "--name", name, "--language", language)[0] == expected


def test_who_is_invited_disabled_enabled_and_reset_is_listed_as_such(run, engine, typed):
    link = run("people", "invite", "--name", "Bo")[1]
    assert "invited until" in run("people", "list")[1]
    token = enter(engine, link)
    assert " link " in run("people", "list")[1]
    assert run("people", "disable", "Bo")[1] == "Bo is disabled. To undo it: hume people enable Bo\n"
    assert " disabled " in run("people", "list")[1]
    code, _, error = run("people", "invite", "--name", "Bo")
    assert code == 2
    assert "is disabled" in error
    assert run("people", "enable", "Bo")[0] == 0
    fresh = run("people", "reset", "Bo", "--days", "1")[1]
    with reading(engine) as session:
        assert account_of(session, token) is None
        (person,) = people.people(session)
        assert not person.is_disabled
    assert enter(engine, fresh)


def test_the_last_admin_and_a_name_that_is_not_there(run, engine, typed):
    typed(GOOD)
    run("people", "add", "--name", "Ada", "--role", "admin")
    for command, name, why in (
        ("disable", "Ada", "last admin"),
        ("disable", "Nobody", "There is no account 'Nobody'"),
        ("enable", "Nobody", "There is no account 'Nobody'"),
        ("reset", "Nobody", "There is no account 'Nobody'"),
    ):
        code, _, error = run("people", command, name)
        assert code == 2
        assert why in " ".join(error.split())
