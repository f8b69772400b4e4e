"""`hume people link` and `unlink` through the real entry point."""

from __future__ import annotations

import pytest

from db.session import open_engine, transaction
from db.store.identities import Vouched, admit


@pytest.fixture
def admitted(sqlite_url, monkeypatch):
    """The account's name that a provider's word opens; '' for none."""
    monkeypatch.setenv("HUME_DATABASE_URL", sqlite_url)
    engine = open_engine(sqlite_url)

    def name(*who: str) -> str:
        with transaction(engine) as session:
            account = admit(session, Vouched(*who))
        return account.name if account else ""

    yield name
    engine.dispose()


def test_an_address_makes_an_account_and_opens_it(run, admitted):
    code, out, _ = run(
        "people", "link", "سارة", "--email", "Sara@Uni.example", "--role", "researcher", "--language", "ara"
    )
    assert (code, out) == (0, "سارة can sign in as researcher, by a provider.\n")
    assert admitted("https://x.example", "1", "sara@uni.example") == "سارة"
    table = run("people", "list")[1].splitlines()
    assert table[1].split()[:4] == ["سارة", "researcher", "ara", "provider"]
    assert run("people", "unlink", "سارة")[1] == "سارة is linked to no provider any more.\n"
    assert run("people", "unlink", "سارة")[1] == "سارة is linked to no provider.\n"
    assert admitted("https://x.example", "1", "sara@uni.example") == ""


def test_a_subject_opens_an_account_that_is_there(run, admitted):
    run("people", "link", "Bo", "--issuer", "https://x.example", "--subject", "b-1")
    assert run("people", "link", "Bo", "--issuer", "https://y.example", "--subject", "b-2")[0] == 0
    assert admitted("https://y.example", "b-2") == admitted("https://x.example", "b-1") == "Bo"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("Bo",), "either --email"),
        (("Bo", "--email", "a@b.c", "--subject", "x"), "either --email"),
        (("Bo", "--issuer", "https://x.example"), "Give both"),
        (("Bo", "--email", "nobody"), "no e-mail address"),
        (("Bo", "--email", "a@b.c", "--language", "arabic"), "--language"),
    ],
)
def test_what_cannot_be_linked_is_said_and_makes_nothing(run, admitted, arguments, said):
    code, _, err = run("people", "link", *arguments)
    assert code == 2
    assert said in err
    assert "Nobody has signed in yet" in run("people", "list")[1]


def test_the_role_of_an_account_is_not_changed_by_linking_it(run, admitted):
    run("people", "link", "Bo", "--email", "a@b.c")
    code, _, err = run("people", "link", "Bo", "--email", "a@b.c", "--role", "admin")
    assert (code, "has the role annotator" in err) == (2, True)
