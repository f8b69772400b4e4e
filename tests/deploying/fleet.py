"""nginx and the processes behind it: started, asked each by itself, killed, started again."""

from __future__ import annotations

import os
import re
import ssl
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
from serving import ROOT, Server, free_port, running_server, sign_in

from db.session import open_engine, transaction
from db.store.tasks import save_document
from hume.records import Item, Subset, Task, TaskDocument
from hume.server.guard import COOKIE

EXAMPLE = ROOT / "docs" / "examples" / "nginx.conf"
COMMAND = (sys.executable, "-c", "from hume.cli import main; main()", "serve")
N_ITEMS = 12
LANGUAGES = ("eng-Latn",)
PATIENCE_S = 60.0
MAIN = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
{user}
worker_processes 1;
events {{ worker_connections 1024; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/hume.conf;
}}
"""


class Fleet:
    """Two processes and nginx before them; `base_url` is where browsers come in."""

    #: Debian puts nginx where only root looks.
    PATH = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"))

    def __init__(self, database_url: str, folder: Path) -> None:
        self.database_url, self.folder = database_url, folder
        self.ports = [free_port(), free_port()]
        self.plain_port, self.tls_port = free_port(), free_port()
        self.base_url = f"https://localhost:{self.tls_port}"
        self.servers: list[Server] = []
        self._running: list[AbstractContextManager[Server]] = []
        self._nginx: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._certify()
        self._running = [self._process(port) for port in self.ports]
        with ThreadPoolExecutor() as pool:
            self.servers = list(pool.map(lambda one: one.__enter__(), self._running))
        self._start_nginx()

    def close(self) -> None:
        if self._nginx:
            self._nginx.terminate()
            self._nginx.wait(30)
        for one in self._running[: len(self.servers)]:
            one.__exit__(None, None, None)

    # -- the processes ------------------------------------------------------------------------------

    def kill(self, number: int) -> None:
        """kill -9: it has no time to finish anything, and nginx is not told."""
        self.servers[number].process.kill()
        self.servers[number].process.wait(30)

    def restart(self, number: int) -> None:
        """The process again, at the port where it was."""
        self._running[number].__exit__(None, None, None)
        self._running[number] = self._process(self.ports[number])
        self.servers[number] = self._running[number].__enter__()

    def revive(self) -> None:
        for number, server in enumerate(self.servers):
            if server.process.poll() is not None:
                self.restart(number)
                self.eventually(lambda number=number: self._is_reached(number))  # type: ignore[misc]

    def served(self, number: int, route: str = "/deck/work") -> int:
        """How many requests to that route one process has answered."""
        told = httpx.get(f"http://127.0.0.1:{self.ports[number]}/metrics").text
        pattern = rf'^hume_requests_total{{method="\w+",route="{re.escape(route)}",status="\d+"}} (\S+)$'
        return int(sum(float(count) for count in re.findall(pattern, told, re.MULTILINE)))

    def _is_reached(self, number: int) -> bool:
        """Whether nginx sends the process its share again: of twenty browsers it has some."""
        before = self.served(number)
        for stranger in range(20):
            with self.client(f"stranger {stranger}") as client:
                client.get("/deck/work?task=Pairs&subset=eng")
        return self.served(number) > before

    def _process(self, port: int) -> AbstractContextManager[Server]:
        settings = {"HUME_METRICS": "public", "HUME_PUBLIC_URL": self.base_url, "HUME_DATABASE_POOL": "5"}
        return running_server(self.database_url, command=COMMAND, environment=settings, port=port)

    # -- nginx ----------------------------------------------------------------------------------------

    def _start_nginx(self) -> None:
        (self.folder / "hume.conf").write_text(self.configuration())
        user = "user root;" if os.geteuid() == 0 else ""
        (self.folder / "nginx.conf").write_text(MAIN.format(folder=self.folder, user=user))
        command = ["nginx", "-p", str(self.folder), "-e", str(self.folder / "error.log"), "-c", "nginx.conf"]
        self._nginx = subprocess.Popen(command, env={**os.environ, "PATH": self.PATH})
        self.eventually(self._is_up)

    def configuration(self) -> str:
        """The example with the addresses, the name and the files of this machine; all else is as it stands."""
        text = EXAMPLE.read_text("utf-8")
        certificate = "/etc/letsencrypt/live/hume.example.org/"
        for found, put, times in (
            ("127.0.0.1:8501", f"127.0.0.1:{self.ports[0]}", 1),
            ("127.0.0.1:8502", f"127.0.0.1:{self.ports[1]}", 1),
            ("    listen [::]:80;\n", "", 1),
            ("    listen [::]:443 ssl http2;\n", "", 1),
            ("    listen [::]:443 ssl http2 default_server;\n", "", 1),
            ("listen 80;", f"listen 127.0.0.1:{self.plain_port};", 1),
            ("listen 443 ", f"listen 127.0.0.1:{self.tls_port} ", 2),
            (f"{certificate}fullchain.pem", f"{self.folder}/cert.pem", 1),
            (f"{certificate}privkey.pem", f"{self.folder}/key.pem", 1),
            ("https://hume.example.org$", f"https://localhost:{self.tls_port}$", 1),
            ("server_name hume.example.org;", "server_name localhost;", 2),
            ("/var/log/nginx/hume-error.log", f"{self.folder}/error.log", 1),
            ("/var/log/nginx/hume.log", f"{self.folder}/access.log", 1),
        ):
            assert text.count(found) == times, f"docs/examples/nginx.conf has {found!r} {text.count(found)} times"
            text = text.replace(found, put)
        return text

    def _certify(self) -> None:
        command = (
            "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
        )
        files = ["-addext", "subjectAltName=DNS:localhost", "-keyout", "key.pem", "-out", "cert.pem"]
        subprocess.run([*command.split(), *files], cwd=self.folder, check=True, capture_output=True)

    def _is_up(self) -> bool:
        assert self._nginx is not None
        assert self._nginx.poll() is None, (self.folder / "error.log").read_text()
        try:
            with self.client() as client:
                return client.get("/_stcore/health").status_code == 200
        except httpx.TransportError:
            return False

    # -- who comes in ---------------------------------------------------------------------------------

    @property
    def tls(self) -> ssl.SSLContext:
        """Trusts the fleet's own certificate, and no other."""
        return ssl.create_default_context(cafile=str(self.folder / "cert.pem"))

    def client(self, session_token: str = "", address: str = "127.0.0.1") -> httpx.Client:
        """A program that comes in by nginx, from that address, signed in where there is a token."""
        transport = httpx.HTTPTransport(verify=self.tls, local_address=address)
        cookies = {COOKIE: session_token} if session_token else {}
        return httpx.Client(base_url=self.base_url, transport=transport, cookies=cookies, timeout=PATIENCE_S)

    def sign_in(self, name: str) -> str:
        return sign_in(self.database_url, name, languages=LANGUAGES)

    def eventually(self, happened: Callable[[], bool]) -> None:
        give_up = time.monotonic() + PATIENCE_S
        while not happened():
            assert time.monotonic() < give_up, f"it has not happened in {PATIENCE_S:.0f} s"
            time.sleep(0.05)


def store_pairs(database_url: str, name: str, overlap: int, n_items: int) -> None:
    """An open task of sentence pairs, with one subset `eng`."""
    pairs = tuple(
        Item(f"s{number:02}", {"sentence1": f"eng one {number}", "sentence2": f"eng other {number}"}, 3, "test", number)
        for number in range(1, n_items + 1)
    )
    task = Task(name, "sts", settings={"min": 0, "max": 5, "step": 1}, overlap=overlap)
    engine = open_engine(database_url)
    with transaction(engine) as session:
        save_document(session, TaskDocument(task, ((Subset("eng", LANGUAGES), pairs),)))
    engine.dispose()
