"""The two forms of the log, and what is taken out of every line."""

from __future__ import annotations

import io
import json
import logging
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest

from hume import logs

TOKEN = "Vh5cdgA1JLWhYVLsZ34gBm2DJSo3g-YEtv9N3GhraJk"


@pytest.fixture
def written(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[], str]]:
    """What was written to stderr; the loggers are afterwards as they were."""
    before, level = logging.root.handlers, logs.REQUESTS.level
    yield lambda: capsys.readouterr().err
    logging.root.handlers = before
    logs.REQUESTS.setLevel(level)
    logs.begin(None)


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        (f"GET /auth/link?token={TOKEN}&next=/work", "&next=/work"),
        ("GET /oauth2callback?code=abc-123&state=xyz HTTP/1.1", "HTTP/1.1"),
        ("postgresql+psycopg://hume:p@ss:w/rd@db.example/hume is away", "@db.example/hume is away"),
        ("Authorization: Bearer abc.def-0123456789", "Authorization: Bearer"),
        (f"Cookie: hume_session={TOKEN}; theme=dark", "; theme=dark"),
        ("Cookie: _streamlit_session=eyJhIjoxfQ.abc.def; theme=dark", "; theme=dark"),
        (f"token hume_{TOKEN} is revoked", "is revoked"),
        (f"('{TOKEN}', 7)", "', 7)"),
        ("id eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln of somebody", "of somebody"),
        ('{"password": 1} password=hunter2, x', ", x"),
    ],
)
def test_secrets_are_taken_out_and_the_rest_stays(line: str, kept: str) -> None:
    plain = logs.redacted(line)
    assert kept in plain
    assert "***" in plain
    found = [TOKEN, "abc-123", "xyz", "p@ss", "w/rd", "abc.def", "eyJ", "hunter2"]
    assert not [secret for secret in found if secret in plain]


@pytest.mark.parametrize(
    "line",
    [
        "an answer to item 12 of SampleSTS/eng took 12.5 ms",
        "http://127.0.0.1:8501/work?task=SampleSTS is open",
        "/root/a-very-long-folder-name-that-is-none-of-ours-at-all/hume.db",
        "item_version=sha256:abc; mail aisha@uni.example",
    ],
)
def test_what_is_no_secret_is_left_alone(line: str) -> None:
    assert logs.redacted(line) == line


def test_json_is_an_object_a_line_with_what_is_known(written: Callable[[], str]) -> None:
    logs.configure("json")
    logs.begin(logs.Facts("abcd1234"))
    logs.note_account(7)
    try:
        raise ValueError(f"no\nluck with token={TOKEN}")
    except ValueError:
        logging.getLogger("hume.x").exception("سارة could\nnot")
    logs.REQUESTS.info("GET /work", extra={"hume": {"method": "GET", "path": "/work", "status": 200}})
    first, second = map(json.loads, written().splitlines())
    moment = datetime.fromisoformat(first.pop("time"))
    assert moment.utcoffset() == timedelta(0)
    error = first.pop("exception")
    assert error.startswith("Traceback")
    assert error.endswith("luck with token=***")
    assert first == {
        "level": "error", "logger": "hume.x", "message": "سارة could\nnot", "request_id": "abcd1234", "account": 7,
    }  # fmt: skip
    assert (second["path"], second["status"], second["logger"]) == ("/work", 200, "hume.requests")


def test_text_has_the_id_and_a_name_forges_no_line(written: Callable[[], str]) -> None:
    logs.configure("text")
    logs.begin(logs.Facts("abcd1234"))
    logging.getLogger("hume.x").warning("the task %s", "a\n2026-01-01T00:00:00Z ERROR forged\u2028x")
    logs.REQUESTS.info("GET /work")
    (line,) = written().splitlines()
    assert line.endswith(r"WARNING hume.x: the task a\n2026-01-01T00:00:00Z ERROR forged\u2028x [abcd1234]")


def test_commands_tell_the_message_alone(written: Callable[[], str]) -> None:
    logs.configure("text", bare=True)
    logging.getLogger("hume.runner").warning("the run waits")
    assert written() == "the run waits\n"


def test_a_librarys_own_handlers_are_taken_over_and_uvicorns_requests_not_heard(written: Callable[[], str]) -> None:
    elsewhere = io.StringIO()
    loggers = [logging.getLogger(name) for name in ("somebodys.library", logs.UNHEARD)]
    for logger in loggers:
        logger.addHandler(logging.StreamHandler(elsewhere))
        logger.propagate = False
    logs.configure("json")
    for logger in loggers:
        logger.error("here")
    assert [json.loads(line)["logger"] for line in written().splitlines()] == ["somebodys.library"]
    assert elsewhere.getvalue() == ""


def test_each_thread_works_for_its_own_request() -> None:
    logs.begin(logs.Facts("abcd1234"))
    seen: list[logs.Facts | None] = []
    thread = threading.Thread(target=lambda: seen.append(logs.facts()))
    thread.start()
    thread.join()
    assert seen == [None]
    logs.begin(None)
