"""`hume people token`, `tokens`, `revoke-token`."""

from __future__ import annotations

import pytest
from commands import Run
from serving import sign_in

from db.session import open_engine, reading
from db.store.tokens import account_of_token


@pytest.fixture
def people(database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of a database with a researcher."""
    monkeypatch.setenv("HUME_DATABASE_URL", database_url)
    sign_in(database_url, "Rana", "researcher")
    return database_url


def works(url: str, token: str) -> bool:
    engine = open_engine(url)
    try:
        with reading(engine) as session:
            return account_of_token(session, token) is not None
    finally:
        engine.dispose()


def test_a_token_is_shown_once_listed_and_revoked(people: str, run: Run) -> None:
    assert run("people", "tokens") == (0, "There is no token yet. Make one: hume people token NAME --title TITLE\n", "")
    code, printed, _ = run("people", "token", "Rana", "--title", "nightly [bold]figures", "--days", "2")
    token = printed.strip()
    assert (code, works(people, token)) == (0, True)
    code, listed, _ = run("people", "tokens")
    assert code == 0
    assert token not in listed
    assert {"Rana", "live", "never", "[bold]figures"} <= set(listed.split())
    assert run("people", "revoke-token", "1")[:2] == (0, "The token 1 of Rana (nightly [bold]figures) is revoked.\n")
    assert not works(people, token)
    assert "revoked" in run("people", "tokens")[1]


def test_mistakes_say_what_to_do(people: str, run: Run) -> None:
    for arguments, said in [
        (("token", "Nobody", "--title", "x"), "There is no account 'Nobody'. There are: Rana."),
        (("token", "Rana", "--title", " "), "needs a title"),
        (("token", "Rana"), "--title"),
        (("token", "Rana", "--title", "x", "--days", "0"), "--days"),
        (("revoke-token", "9"), "List them with: hume people tokens"),
    ]:
        code, _, told = run("people", *arguments)
        assert code == 2
        assert said in told
