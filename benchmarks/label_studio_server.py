"""Label Studio (PyPI `label-studio`) as `label-studio start` starts it, on SQLite, in an environment of its own.

It has one user, whose token all sessions send, and one project. Sessions have tasks of their own, which nobody else
answers: the kindest way, there is nothing to contend for but the database.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from benchmarks.installing import await_start, installed
from benchmarks.pairs import SCALE, pairs
from benchmarks.tool import Who
from tests.serving import free_port

VERSION = "1.23.2"
START_S = 600
AUTHORIZATION = f"Token {'0123456789abcdef' * 2}01234567"
CHOICES = "".join(f'<Choice value="{score}"/>' for score in SCALE)
CONFIG = (
    '<View><Text name="first" value="$sentence1"/><Text name="pair" value="$sentence2"/>'
    f'<Choices name="similarity" toName="pair">{CHOICES}</Choices></View>'
)
ALONE = {"collect_analytics": "False", "LATEST_VERSION_CHECK": "False", "SENTRY_DSN": "", "FRONTEND_SENTRY_DSN": ""}
"""It is to send nothing to anybody."""


@dataclass
class LabelStudio:
    """A running Label Studio with an empty project."""

    base_url: str
    file: Path
    process: subprocess.Popen[bytes]
    version: str = VERSION

    def people(self, count: int, items_each: int) -> list[Who]:
        """So many sessions, with so many new tasks for each."""
        texts = [{"sentence1": one.sentence1, "sentence2": one.sentence2} for one in pairs(count * items_each)]
        headers = {"Authorization": AUTHORIZATION}
        with httpx.Client(base_url=self.base_url, headers=headers, timeout=120) as client:
            reply = client.post("/api/projects/1/import?return_task_ids=true", json=texts).raise_for_status()
        tasks = reply.json()["task_ids"]
        return [
            {"tool": "label-studio", "authorization": AUTHORIZATION, "tasks": tasks[number::count]}
            for number in range(count)
        ]

    def stored(self) -> Counter[str]:
        """How often each answer is in its database, by the id that the session gave it."""
        with closing(sqlite3.connect(self.file)) as connection:
            rows = connection.execute("select result from task_completion").fetchall()
        return Counter(json.loads(result)[0]["id"] for (result,) in rows)


@contextmanager
def serving_label_studio() -> Iterator[LabelStudio]:
    """Label Studio with an empty project; installed first, where it is not yet."""
    program = installed("label-studio", f"label-studio=={VERSION}", VERSION)
    with tempfile.TemporaryDirectory(prefix="label-studio-benchmark-") as name:
        folder, port = Path(name), free_port()
        (folder / "config.xml").write_text(CONFIG)
        base_url = f"http://127.0.0.1:{port}"
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [str(program), *_options(folder, port), "--host", base_url],
                env={**os.environ, **ALONE, "XDG_DATA_HOME": name},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            await_start(process, f"{base_url}/health", folder / "log", START_S)
            yield LabelStudio(base_url, folder / "data" / "label_studio.sqlite3", process)
        finally:
            process.terminate()
            process.wait(30)


def _options(folder: Path, port: int) -> list[str]:
    user = ["--username", "owner@example.org", "--password", "a long enough password"]
    token = ["--user-token", AUTHORIZATION.removeprefix("Token "), "--enable-legacy-api-token"]
    project = ["start", "--init", "Pairs", "--label-config", str(folder / "config.xml")]
    place = ["--data-dir", str(folder / "data"), "--internal-host", "127.0.0.1", "--port", str(port)]
    return [*project, *place, *user, *token, "--no-browser", "--log-level", "WARNING"]
