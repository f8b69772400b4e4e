"""Commands at a database that cannot be reached, or whose URL cannot be read: they say so, and never its password."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from commands import Run

QUOTED, PLAIN = "db-pass%2Fw%40rd-31415", "db-pass/w@rd-31415"
COMMANDS = (("doctor",), ("db", "status"), ("db", "upgrade"), ("people", "list"), ("serve", "--port", "0"))
URLS = {
    "away": f"postgresql://hume:{QUOTED}@127.0.0.1:1/hume",
    "away, in the query": f"postgresql://hume@127.0.0.1:1/hume?password={QUOTED}",
    "wrongly quoted": f"postgresql://hume:{PLAIN}@127.0.0.1:1/hume",
    "no URL": f"postgresql//hume:{PLAIN}@127.0.0.1:1/hume",
    "no port": f"postgresql://hume:{QUOTED}@127.0.0.1:port/hume",
    "another kind": f"mysql://hume:{QUOTED}@127.0.0.1:1/hume",
    "another kind, in the query": f"mysql://127.0.0.1:1/hume?user=hume&password={QUOTED}",
}


@pytest.fixture(autouse=True)
def loggers() -> Iterator[None]:
    """As they were, afterwards."""
    before = logging.root.handlers
    yield
    logging.root.handlers = before


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("url", URLS.values(), ids=URLS)
def test_no_command_tells_the_databases_password(
    url: str, form: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUME_LOG", form)
    monkeypatch.setenv("HUME_DATABASE_URL", url)
    for arguments in COMMANDS:
        code, out, err = run(*arguments)
        assert code in (1, 2), (arguments, out, err)
        assert not [secret for secret in (QUOTED, PLAIN, "31415") if secret in out + err], arguments
        assert "HUME_DATABASE_URL" in "".join((out + err).split()), arguments
