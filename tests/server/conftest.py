"""The routes on a database with four small tasks, asked as nobody, annotator, researcher or admin."""

from __future__ import annotations

from collections.abc import Callable

import four_tasks
import pytest
from serving import sign_in
from starlette.applications import Starlette
from starlette.testclient import TestClient

from hume.server import ROUTES
from hume.server.guard import COOKIE

Ask = Callable[..., TestClient]


@pytest.fixture
def stored_url(sqlite_url: str) -> str:
    """The URL of a database that holds the four tasks."""
    four_tasks.store(sqlite_url)
    return sqlite_url


@pytest.fixture
def as_(stored_url: str, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Gives a client that is signed in with a role, under a name; '' is signed out."""
    monkeypatch.setenv("HUME_DATABASE_URL", stored_url)
    return lambda role="annotator", name="": signed_in(stored_url, role, name)


def signed_in(url: str, role: str, name: str = "", languages: tuple[str, ...] = ()) -> TestClient:
    cookies = {COOKIE: sign_in(url, name or f"the {role}", role, languages)} if role else {}
    return TestClient(Starlette(routes=ROUTES), "http://hume.test", cookies=cookies, follow_redirects=False)
