"""`hume people export` and `hume people erase` through the real entry point."""

from __future__ import annotations

import io
import json

import pytest

from db.session import open_engine, reading, transaction
from db.store.accounts import create_invitation, redeem
from db.store.people import people


@pytest.fixture
def engine(sqlite_url, monkeypatch):
    """A database with the admin Ada and the annotator Amina."""
    monkeypatch.setenv("HUME_DATABASE_URL", sqlite_url)
    opened = open_engine(sqlite_url)
    with transaction(opened) as session:
        for name, role in (("Ada", "admin"), ("Amina", "annotator")):
            redeem(session, create_invitation(session, name, role))
    yield opened
    opened.dispose()


def names(engine) -> list[str]:
    with reading(engine) as session:
        return [one.account.name for one in people(session)]


def test_a_persons_data_go_to_the_output_or_into_a_file(run, engine, tmp_path):
    code, out, _ = run("people", "export", "Amina")
    assert (code, json.loads(out)["account"]["role"]) == (0, "annotator")
    code, out, _ = run("people", "export", "Amina", "--out", str(tmp_path / "amina.json"))
    assert code == 0
    assert json.loads((tmp_path / "amina.json").read_text("utf-8"))["name"] == "Amina"
    code, _, err = run("people", "export", "Chi")
    assert code != 0
    assert "no person 'Chi'" in err


def test_erasing_asks_for_the_name_first(run, engine, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("Ada\n"))
    code, _, err = run("people", "erase", "Amina")
    assert (code != 0, "Nothing was erased" in err, names(engine)) == (True, True, ["Ada", "Amina"])
    monkeypatch.setattr("sys.stdin", io.StringIO("Amina\n"))
    code, out, _ = run("people", "erase", "Amina")
    assert (code, names(engine)) == (0, ["Ada"])
    assert "Amina is erased; the answers are those of erased-" in out
    assert "Backups" in out
    code, _, err = run("people", "erase", "Ada", "--yes")
    assert code != 0
    assert "last admin" in err
