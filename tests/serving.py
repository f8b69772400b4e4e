"""A real server for tests: `uvicorn app:app` in a process of its own, on a free port of 127.0.0.1."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx

from db.session import open_engine, transaction
from db.store.accounts import create_invitation, redeem
from hume.server.guard import COOKIE

ROOT = Path(__file__).resolve().parents[1]
START_S = 180
LINK = re.compile(r"https?://\S+/auth/link\?token=\S+")


@dataclass(frozen=True)
class Server:
    """Where a server listens, the link that it printed for its owner, and what else it printed, so far."""

    base_url: str
    owner_link: str
    database_url: str
    log: Path
    process: subprocess.Popen[bytes]

    @property
    def owner_token(self) -> str:
        return parse_qs(urlsplit(self.owner_link).query)["token"][0]

    def client(self, session_token: str = "", **headers: str) -> httpx.Client:
        """An HTTP client, signed in with a session token where there is one."""
        cookies = {COOKIE: session_token} if session_token else {}
        # It is plain HTTP: to load the certificates that are not needed takes longer than a request.
        return httpx.Client(base_url=self.base_url, cookies=cookies, headers=headers, timeout=30, verify=False)

    def sign_in(self, name: str, role: str = "annotator", languages: tuple[str, ...] = ()) -> str:
        """The session token of an account of that name."""
        return sign_in(self.database_url, name, role, languages)

    def cookie(self, session_token: str) -> dict[str, str]:
        """The session's cookie as Playwright's `context.add_cookies` takes it."""
        return {"name": COOKIE, "value": session_token, "url": self.base_url}


def sign_in(database_url: str, name: str, role: str = "annotator", languages: tuple[str, ...] = ()) -> str:
    """The token of a new session of an account, which is made where it is not there."""
    engine = open_engine(database_url)
    try:
        with transaction(engine) as session:
            return redeem(session, create_invitation(session, name, role, languages))[1]  # type: ignore[arg-type]
    finally:
        engine.dispose()


@contextmanager
def running_server(
    database_url: str,
    *,
    cwd: Path = ROOT,
    command: tuple[str, ...] = (),
    environment: Mapping[str, str] | None = None,
    port: int = 0,
) -> Iterator[Server]:
    """A server on that database from a fresh process, up and healthy; stopped at the end.

    `command` replaces `python -m uvicorn app:app`; it is given `--host` and `--port`, which is a free one unless named.
    """
    port, started = (
        port or free_port(),
        command or (sys.executable, "-m", "uvicorn", "app:app", "--timeout-graceful-shutdown", "1"),
    )
    with tempfile.TemporaryDirectory(prefix="hume-server-") as folder:
        log = Path(folder) / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [*started, "--host", "127.0.0.1", "--port", str(port)],
                cwd=cwd,
                env={**os.environ, **(environment or {}), "HUME_DATABASE_URL": database_url},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            base_url = f"http://127.0.0.1:{port}"
            _await_health(process, base_url, log)
            yield Server(base_url, LINK.findall(log.read_text())[0], database_url, log, process)
        finally:
            _stop(process)


def free_port() -> int:
    """A port that nothing listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _await_health(process: subprocess.Popen[bytes], base_url: str, log: Path) -> None:
    give_up = time.monotonic() + START_S
    while process.poll() is None and time.monotonic() < give_up:
        try:
            if httpx.get(f"{base_url}/healthz").text == "ok":
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise RuntimeError(f"The server did not start (exit code {process.poll()}):\n{log.read_text()}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
