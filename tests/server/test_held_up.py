"""While another program holds the database nothing is lost, and a link that works once still does; who is believed."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing

import pytest
from serving import Server, running_server

from hume.errors import HumeError
from hume.settings import Settings

SERVE = (sys.executable, "-c", "from hume.cli import main; main()", "serve")
FROM_A_PROXY = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"}


@pytest.fixture
def server(sqlite_url: str) -> Iterator[Server]:
    with running_server(sqlite_url, command=SERVE, environment={"HUME_PROXIES": ""}) as running:
        yield running


def test_a_link_is_as_good_as_it_was_and_no_proxy_is_believed_where_none_is_named(server: Server) -> None:
    file = server.database_url.removeprefix("sqlite:///")
    path = f"/auth/link?token={server.owner_token}"
    with closing(sqlite3.connect(file, isolation_level=None)) as other, server.client(**FROM_A_PROXY) as client:
        other.execute("BEGIN IMMEDIATE")
        told = client.get(path)
        assert (told.status_code, "retry-after" in told.headers) == (503, True)
        assert "locked" not in told.text
        other.execute("ROLLBACK")
        signed_in = client.get(path)
    assert signed_in.status_code == 303
    assert "secure" not in signed_in.headers["set-cookie"].lower()
    assert "Traceback" not in server.log.read_text()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HUME_PROXIES", "*"),
        ("HUME_PROXIES", "127.0.0.1,nginx"),
        ("HUME_PUBLIC_URL", "hume.example.org"),
        ("HUME_PUBLIC_URL", "javascript:alert(1)"),
        ("HUME_DATABASE_POOL", "1"),
    ],
)
def test_a_setting_that_cannot_be_meant_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(HumeError, match=f"{name} is '"):
        Settings()


def test_networks_of_proxies_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUME_PROXIES", "10.0.0.0/8, ::1")
    monkeypatch.setenv("HUME_PUBLIC_URL", "https://hume.example.org/")
    assert Settings().proxies == "10.0.0.0/8, ::1"
    assert Settings().public_url == "https://hume.example.org"
