"""The examples of docs/api.md work as they stand there, against a real server."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import study
from serving import running_server, sign_in

from db.session import open_engine, transaction
from db.store.tokens import create_token

MANUAL = (Path(__file__).parents[2] / "docs" / "api.md").read_text("utf-8")


def example(section: str, language: str, number: int = 0) -> str:
    (text,) = re.findall(rf"^## {section}$(.*?)(?=^## |\Z)", MANUAL, re.M | re.S)
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.M | re.S)[number]


@pytest.fixture(scope="module")
def environment(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """What the examples expect: HUME_URL, where the study is served, and HUME_TOKEN."""
    path = tmp_path_factory.mktemp("manual") / "hume.db"
    shutil.copy(migrated_sqlite, path)
    url = f"sqlite:///{path}"
    study.store(url)
    sign_in(url, "Rana", "researcher")
    engine = open_engine(url)
    with transaction(engine) as session:
        token = create_token(session, "Rana", "the manual", timedelta(days=1))
    engine.dispose()
    with running_server(url, environment={"HUME_HOME": str(path.parent), "HUME_BACKUPS": "0"}) as server:
        yield {**os.environ, "HUME_URL": server.base_url, "HUME_TOKEN": token}


def run(command: list[str], environment: dict[str, str], folder: Path) -> str:
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_python(environment, tmp_path):
    lines = run([sys.executable, "-c", example("With Python", "python")], environment, tmp_path).splitlines()
    assert any(
        line.startswith("SmallSts eng consensus 1.0") or line.startswith("SmallSts eng consensus 0.") for line in lines
    )
    assert lines[-1].endswith(f"answers of {len(study.PEOPLE)} people")


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_curl(environment, tmp_path):
    page = json.loads(run(["bash", "-c", example("With curl", "bash")], environment, tmp_path))
    assert page["data"]
    assert {(row["kind"], row["aggregation"]) for row in page["data"]} == {("human", "consensus")}
    assert list(page) == list(json.loads(example("With curl", "json")))
    shown = json.loads(example("With curl", "json"))["data"][0]
    assert set(shown) - {"..."} <= set(page["data"][0])


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_curl_with_etags(environment, tmp_path):
    command = ["bash", "-c", example("With curl", "bash", 1)]
    run(command, environment, tmp_path)
    first = (tmp_path / "gaps.json").read_bytes()
    assert json.loads(first)["data"]
    run([*command[:2], command[2].replace("--fail", "--fail --write-out '%{http_code}' ")], environment, tmp_path)
    assert (tmp_path / "gaps.json").read_bytes() == first
    code = run(
        [*command[:2], command[2].replace("--fail", "--fail --write-out '%{http_code}' ")], environment, tmp_path
    )
    assert code == "304"
