"""`hume db` and `hume people` on both databases."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
import typer
from sqlalchemy import Engine
from typer.testing import CliRunner

from db.session import head, open_engine, reading, revision, transaction
from db.store.accounts import redeem
from db.store.events import events
from hume.cli import database, people
from hume.errors import DatabaseBehind, HumeError, InvalidInput

app = typer.Typer()
for group in (database, people):
    app.add_typer(group.app, name=group.NAME)


def hume(*words: str) -> str:
    """What the command prints; its exception, where it has one, is raised."""
    result = CliRunner().invoke(app, words, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture
def configured(database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("HUME_DATABASE_URL", database_url)
    return database_url


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest, tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> str:
    """The configured database, without a schema."""
    is_sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path}/new/hume.db" if is_sqlite else request.getfixturevalue("empty_postgres_url")
    monkeypatch.setenv("HUME_DATABASE_URL", url)
    return url


def test_upgrade_says_what_it_did(empty_url: str) -> None:
    assert "none yet" in hume("db", "status")
    assert "behind, run: hume db upgrade" in hume("db", "status")
    assert f"upgraded from schema none to {head()}" in hume("db", "upgrade")
    assert f"up to date: schema {head()}" in hume("db", "upgrade")
    assert "state     up to date" in hume("db", "status")
    engine = open_engine(empty_url)
    assert revision(engine) == head()
    engine.dispose()


def test_commands_on_a_postgres_that_is_behind_are_refused(
    empty_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUME_DATABASE_URL", empty_postgres_url)
    with pytest.raises(DatabaseBehind, match="hume db upgrade"):
        hume("people", "list")


def test_password_is_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUME_DATABASE_URL", "postgresql://someone:secret@127.0.0.1:9/nowhere")
    for command in ("upgrade", "status"):
        with pytest.raises(HumeError, match="cannot be used") as caught:
            hume("db", command)
        assert "secret" not in str(caught.value)


def test_invited_person_signs_in_by_the_link_and_is_listed(configured: str, engine: Engine) -> None:
    assert "Nobody has signed in yet" in hume("people", "list")
    words = ["--name", "Aïsha [b]", "--role", "researcher", "--language", "ara-Arab", "--language", "dan"]
    link = urlsplit(hume("people", "invite", *words).strip())
    assert (link.scheme, link.netloc, link.path) == ("http", "127.0.0.1:8501", "/auth/link")
    (token,) = parse_qs(link.query)["token"]
    with transaction(engine) as session:
        account, _ = redeem(session, token)
    assert (account.name, account.role, account.languages) == ("Aïsha [b]", "researcher", ("ara-Arab", "dan"))
    listed = hume("people", "list").splitlines()[1].split()
    assert listed[:6] == ["Aïsha", "[b]", "researcher", "ara-Arab", "dan", "link"]
    with reading(engine) as session:
        assert [(event.kind, event.detail["name"]) for event in events(session)] == [("invited", "Aïsha [b]")]


@pytest.mark.parametrize("code", ["ar", "arabic", "ara_Arab", "ara-arab", ""])
def test_language_that_is_no_code(configured: str, code: str) -> None:
    with pytest.raises(InvalidInput, match="is no language code"):
        hume("people", "invite", "--name", "A", "--language", code)
