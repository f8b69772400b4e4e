"""Every act that has a secret in it, at a server and in commands, and with an error in its middle: none is logged."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from browsing import browser, context, page  # noqa: F401
from oidc_provider import CLIENT_SECRET, COOKIE_SECRET, Provider, running_provider, secrets_file
from playwright.sync_api import Page
from serving import ROOT, Server, free_port, running_server
from sqlalchemy import text

from db.session import open_engine, transaction
from hume.server.guard import COOKIE

HUME = str(Path(sys.executable).with_name("hume"))
UVICORN = (sys.executable, "-m", "uvicorn", "--app-dir", str(ROOT), "app:app", "--timeout-graceful-shutdown", "1")
RIGHT, WRONG = "seven green umbrellas 5309", "eight green umbrellas 8675"
PARTICIPANT = "5f7a9c2e1b8d4a3061c9e0ff"
TRACEBACK = "Traceback (most recent call last)"


@dataclass
class Heard:
    """What must be in no log, by what it is; and what the commands wrote, of which the first line is their result."""

    secrets: dict[str, str] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)

    def keep(self, what: str, secret: str) -> str:
        assert secret, what
        self.secrets[what] = secret
        return secret

    def found_in(self, log: str) -> list[str]:
        return [what for what, secret in self.secrets.items() if secret in log]


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with running_provider() as running:
        yield running


def command(heard: Heard, environment: Mapping[str, str], *arguments: str, stdin: str = "", shows: str = "") -> str:
    """Runs `hume`; its result, which `shows` a secret of that name. All else that it wrote is to be looked through."""
    done = subprocess.run(
        [HUME, *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        input=stdin,
        capture_output=True,
        text=True,
        timeout=120,
    )
    result = done.stdout.strip()
    if shows:
        heard.keep(shows, result.partition("token=")[2] or result)
        heard.commands.append(done.stderr)
    else:
        heard.commands.append(done.stdout + done.stderr)
    return result


def by_provider(heard: Heard, client: httpx.Client, what: str, person: str) -> httpx.Response:
    begun = client.get("/auth/oidc/uni")
    heard.keep(f"{what}: provider token", parse_qs(urlsplit(begun.headers["location"]).query)["provider"][0])
    at = urlsplit(client.get(begun.headers["location"]).headers["location"])
    asked = {name: values[0] for name, values in parse_qs(at.query).items()}
    chosen = httpx.get(f"{at.scheme}://{at.netloc}/chosen", params={**asked, "person": person})
    way_back = parse_qs(urlsplit(chosen.headers["location"]).query)
    for name in ("code", "state"):
        heard.keep(f"{what}: {name}", way_back[name][0])
    heard.keep(f"{what}: nonce", asked["nonce"])
    return client.get(chosen.headers["location"])


def acts(heard: Heard, server: Server, what: str, invitation: str, api_token: str) -> list[httpx.Response]:
    """Everything that a request can have a secret in."""
    with server.client(Accept="text/html") as client:
        answers = [
            client.get("/auth/link", params={"token": invitation}),
            client.post("/auth/sign-in", data={"account": "Aisha", "password": WRONG}),
            client.post("/auth/sign-in", data={"account": WRONG, "password": RIGHT}),
            client.post("/auth/sign-in", data={"account": "Aisha", "password": RIGHT}),
        ]
        if COOKIE in client.cookies:
            heard.keep(f"{what}: session", client.cookies[COOKIE])
        answers += [
            client.get("/account/data"),
            client.post("/auth/password", data={"current": WRONG, "new": RIGHT}),
            client.get("/api/v1/tasks", headers={"Authorization": f"Bearer {api_token}"}),
            client.get("/api/v1/tasks", headers={"Authorization": f"Bearer not-{api_token}"}),
            client.get("/join/study", params={"PROLIFIC_PID": PARTICIPANT, "SESSION_ID": PARTICIPANT[::-1]}),
            client.get(f"/join/study/{PARTICIPANT}"),
            by_provider(heard, client, f"{what}, known", "aisha"),
            by_provider(heard, client, f"{what}, unknown", "stranger"),
            client.get("/oauth2callback", params={"code": PARTICIPANT, "state": PARTICIPANT, "error": "denied"}),
        ]
    return answers


def break_it(url: str) -> None:
    """From now on nothing can be read of an account, nor written of a session or a failure."""
    engine = open_engine(url)
    with transaction(engine) as session:
        session.execute(text("UPDATE account SET languages = '[broken'"))
        for table in ("session", "sign_in_failure", "event"):
            when = f"BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'broken'); END"
            session.execute(text(f"CREATE TRIGGER broken_{table} {when}"))
    engine.dispose()


def invite_on_the_page(heard: Heard, server: Server, page: Page) -> None:
    page.context.add_cookies([server.cookie(heard.keep("admin's session", server.sign_in("the admin", "admin")))])
    page.goto(f"{server.base_url}/people")
    page.get_by_label("Name", exact=True).fill("Bo")
    page.get_by_role("button", name="Make a link").click()
    shown = page.get_by_text("/auth/link?token=").first
    shown.wait_for()
    heard.keep("invitation of the page", shown.inner_text().partition("token=")[2].strip())


@pytest.mark.browser
@pytest.mark.parametrize("form", ["text", "json"])
def test_no_secret_is_logged(form: str, provider: Provider, migrated_sqlite: Path, tmp_path: Path, page: Page) -> None:
    port = free_port()
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "secrets.toml").write_text(secrets_file(provider, f"http://127.0.0.1:{port}"))
    shutil.copy(migrated_sqlite, tmp_path / "hume.db")
    url = f"sqlite:///{tmp_path / 'hume.db'}"
    heard, environment = Heard(), {"HUME_LOG": form, "HUME_DATABASE_URL": url}
    for what, secret in {
        "right password": RIGHT, "wrong password": WRONG, "participant": PARTICIPANT, "of the client": CLIENT_SECRET,
        "of cookies": COOKIE_SECRET,
    }.items():  # fmt: skip
        heard.keep(what, secret)

    command(heard, environment, "people", "add", "--name", "Aisha", "--role", "researcher", stdin=f"{RIGHT}\n")
    command(heard, environment, "people", "link", "Aisha", "--email", "aisha@uni.example")
    api_token = command(heard, environment, "people", "token", "Aisha", "--title", "test", shows="API token")
    first = command(heard, environment, "people", "invite", "--name", "Cai", shows="invitation").partition("token=")[2]
    second = command(heard, environment, "people", "invite", "--name", "Di", shows="2nd invitation").partition(
        "token="
    )[2]

    with running_server(url, cwd=tmp_path, port=port, command=UVICORN, environment=environment) as server:
        with server.client() as client:
            assert client.get("/auth/link", params={"token": server.owner_token}).status_code == 303
            heard.keep("owner's session", client.cookies[COOKIE])
        assert {answer.status_code for answer in acts(heard, server, "well", first, api_token)} >= {200, 303, 401, 403}
        invite_on_the_page(heard, server, page)
        break_it(url)
        broken = acts(heard, server, "broken", second, api_token)
        numbers = [answer.headers["x-request-id"] for answer in broken if answer.status_code == 500]
        assert len(numbers) >= 6
        page.goto(f"{server.base_url}/work")
        said = page.get_by_text("tell whoever runs this server this number").inner_text()
        numbers.append(said.rpartition(" ")[2].strip(".\u2068\u2069"))
        log = server.log.read_text()

    assert log.count(TRACEBACK) >= len(numbers)
    assert [number for number in numbers if number not in log] == []
    assert log.count(server.owner_token) == 1  # as it is meant to be: printed for whoever started the server
    assert heard.found_in(log) == []
    assert [output for output in heard.commands if heard.found_in(output)] == []
    assert re.findall(r"access-[\w-]{20,}|eyJ[\w-]{8,}", log) == []
    if form == "json":
        lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
        others = [line for line in log.splitlines() if line.strip() and not line.startswith("{")]
        assert len(others) == 2, others  # what is said to the owner, and the link
        assert all({"time", "level", "logger", "message"} <= set(line) for line in lines)
        of_requests = [line for line in lines if line["logger"] == "hume.requests"]
        assert {"method", "path", "status", "milliseconds", "request_id"} <= set(of_requests[-1])
        assert any("account" in line for line in of_requests)


def test_an_id_that_a_proxy_gave_is_kept_and_any_other_replaced(migrated_sqlite: Path, tmp_path: Path) -> None:
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route
    from starlette.testclient import TestClient

    from hume.server.logs import RequestLog, request_id

    async def own(_: object) -> PlainTextResponse:
        return PlainTextResponse(request_id())

    client = TestClient(Starlette(routes=[Route("/", own)], middleware=[Middleware(RequestLog)]))
    for given in ("0123456789abcdef", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"):
        answered = client.get("/", headers={"X-Request-Id": given})
        assert answered.text == answered.headers["x-request-id"] == given
    for given in ("", "short", "a b c d e f g", "x" * 65, "<script>alert(1)</script>", "abcdefgh\\n"):
        answered = client.get("/", headers={"X-Request-Id": given})
        assert answered.text == answered.headers["x-request-id"] != given
        assert len(answered.text) == 16
