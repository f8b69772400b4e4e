"""Potato (PyPI `potato-annotation`) as `potato start` starts it, in an environment of its own.

It is given its fastest way: one digit answers and goes on (`review_mode`) without its usual pause of 350 ms.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from playwright.sync_api import BrowserContext

from benchmarks.installing import await_start, installed
from benchmarks.pairs import SCALE, Pair
from benchmarks.tool import Who
from tests.serving import free_port

VERSION = "2.12.1"
START_S = 120


@dataclass
class PotatoTool:
    """A running Potato; everybody there judges pairs."""

    base_url: str
    items: int
    folder: Path
    process: subprocess.Popen[bytes]
    name: str = "Potato"
    version: str = VERSION
    selector: str = "#instance-text"
    acknowledging: str = ""
    ready: str = "document.readyState === 'complete' && !isLoading"
    _numbers: Iterator[int] = field(default_factory=count)

    def enter(self, context: BrowserContext, base_url: str, person: str) -> str:
        signed_in = context.request.post(f"{base_url}/auth", form={"email": person.replace(" ", "-"), "pass": ""})
        if not signed_in.ok:
            raise RuntimeError(f"Potato does not let {person} in: {signed_in.status} {signed_in.text()[:200]}")
        return f"{base_url}/annotate"

    def others(self, count: int) -> list[Who]:
        return [{"tool": "potato", "person": f"other-{next(self._numbers)}", "items": self.items} for _ in range(count)]

    def stored(self) -> set[str]:
        """What its files hold by now: `person item` for each answer, as `benchmarks.others` tells of it."""
        return {
            f"{file.parent.name} {item}"
            for file in (self.folder / "answers").glob("*/user_state.json")
            for item in json.loads(file.read_text())["instance_id_to_label_to_value"]
        }


@contextmanager
def serving_potato(pairs: list[Pair]) -> Iterator[PotatoTool]:
    """Potato with the pairs to judge; installed first, where it is not yet."""
    program = installed("potato", f"potato-annotation=={VERSION}", VERSION)
    with tempfile.TemporaryDirectory(prefix="potato-benchmark-") as name:
        folder, port = Path(name), free_port()
        _write_project(folder, pairs)
        with (folder / "log").open("wb") as log:
            command = [str(program), "start", "config.yaml", "--port", str(port), "--host", "127.0.0.1"]
            process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            base_url = f"http://127.0.0.1:{port}"
            await_start(process, base_url, folder / "log", START_S)
            yield PotatoTool(base_url, len(pairs), folder, process)
        finally:
            process.terminate()
            process.wait(30)


def _write_project(folder: Path, pairs: list[Pair]) -> None:
    labels = [{"name": str(score), "key_value": str(score)} for score in SCALE]
    config = {
        "annotation_task_name": "Pairs",
        "task_dir": ".",
        "output_annotation_dir": "answers",
        "data_files": ["pairs.jsonl"],
        "item_properties": {"id_key": "id", "text_key": "text"},
        "list_as_text": {"text_list_prefix_type": "alphabet", "horizontal": True},
        "annotation_schemes": [
            {
                "annotation_type": "radio",
                "name": "similarity",
                "description": "How close in meaning are they?",
                "labels": labels,
                "label_requirement": {"required": True},
            }
        ],
        "review_mode": {"enabled": True, "delay_ms": 0},
        "assignment_strategy": "fixed_order",
        "require_password": False,
        "user_config": {"allow_all_users": True, "users": []},
    }
    rows = [{"id": f"{pair.number:04}", "text": [pair.sentence1, pair.sentence2]} for pair in pairs]
    (folder / "pairs.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    (folder / "config.yaml").write_text(json.dumps(config))  # JSON is YAML
