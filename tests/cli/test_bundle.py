"""A bundle: exported here, every figure computed again elsewhere, to the last digit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import four_tasks
import numpy as np
import pytest

from db.session import open_engine, transaction
from db.store.answers import save_answers
from db.store.checks import check_records
from db.store.published import save_published
from db.store.raters import ensure_rater
from db.store.task_setup import TaskChange, change_task
from db.store.tasks import subset_records
from hume.ingest.results import hume_v1
from hume.parsed import parse
from hume.raters import simulated
from hume.records import Answer, Rater

ROOT = Path(__file__).parents[2]
RATERS = (
    *(Rater("human", name) for name in ("Zoë", "=Ada", "Mo", "Bo", "Cy", "Abe")),
    *(Rater("simulated", "sim"), Rater("embedding", "m", "r1", "mteb"), Rater("llm", "talker")),
)


def hume(url: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, on the database of that URL."""
    environment = {**os.environ, "HUME_DATABASE_URL": url, "PYTHONPATH": str(ROOT), "COLUMNS": "200"}
    command = [sys.executable, "-c", "from hume.cli import main; main()", *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, encoding="utf-8"
    )


def empty(migrated: Path, to: Path) -> str:
    to.write_bytes(migrated.read_bytes())
    return f"sqlite:///{to}"


@pytest.fixture(scope="module")
def study(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """Four tasks with checks, by people, simulated raters and models; items changed since; published figures."""
    folder = tmp_path_factory.mktemp("study")
    url = empty(migrated_sqlite, folder / "a.db")
    four_tasks.store(url, shift=1)
    four_tasks.store(url)  # each item is in its second version
    engine = open_engine(url)
    with transaction(engine) as session:
        save_published(session, hume_v1(), "hume_v1")
        for kind in four_tasks.KINDS:
            change = TaskChange(overlap=4, repeat_share=0.4, shared_share=0.2, attention=1, training=1)
            change_task(session, four_tasks.name(kind), change)
        rng = np.random.default_rng(3)
        for record in subset_records(session):
            ids = {item.key: item.id for item in record.items}
            for rater in RATERS:
                stored = ensure_rater(session, rater).stored_id
                said = simulated.answer(parse(record), Rater("simulated", rater.name), float(rng.uniform(0.1, 0.7)))
                kept = [one for one in said if rng.random() > 0.1]
                save_answers(session, stored, [(ids[one.item], one) for one in kept])
        for check in check_records(session):
            payload = four_tasks.PAYLOADS[check.task.task_type]
            given = [(item_id, Answer(item.key, "given", payload)) for item_id, item in check.items.items()]
            for rater in RATERS[:3]:
                save_answers(session, ensure_rater(session, rater).stored_id, given)
    engine.dispose()
    assert hume(url, folder, "export", "bundle", "b.zip").returncode == 0
    return url, folder


@pytest.fixture(scope="module")
def report(study: tuple[str, Path]) -> str:
    url, folder = study
    done = hume(url, folder, "report", "--format", "json")
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_an_empty_database_gives_every_figure_to_the_last_digit(study, report, migrated_sqlite, tmp_path):
    url = empty(migrated_sqlite, tmp_path / "b.db")
    done = hume(url, tmp_path, "import", "bundle", str(study[1] / "b.zip"))
    assert done.returncode == 0, done.stderr
    again = hume(url, tmp_path, "report", "--format", "json")
    assert again.stdout == report
    assert {row["n_repeats"] for row in json.loads(report)["checks"]} != {0}
    assert {row["rater"] for row in json.loads(report)["raters"]} >= {f"annotator-{n}" for n in range(1, 7)}
    # What goes out again is what came in, but for the numbers of the items' versions.
    hume(url, tmp_path, "export", "bundle", "again.zip")
    first, second = (zipfile.ZipFile(path) for path in (study[1] / "b.zip", tmp_path / "again.zip"))
    for name in ("report.json", "raters.jsonl", "published.json"):
        assert first.read(name) == second.read(name)


def test_a_report_of_the_bundle_needs_no_database(study, report, tmp_path):
    done = hume(
        f"sqlite:///{tmp_path}/none.db", tmp_path, "report", "--bundle", str(study[1] / "b.zip"), "--format", "json"
    )
    assert done.stdout == report
    assert "every figure is the bundle's, to the last digit" in done.stderr


def test_the_same_study_gives_the_same_bytes_and_names_nobody(study):
    url, folder = study
    assert hume(url, folder, "export", "bundle", "again.zip").returncode == 0
    assert (folder / "again.zip").read_bytes() == (folder / "b.zip").read_bytes()
    with zipfile.ZipFile(folder / "b.zip") as archive:
        text = "".join(archive.read(name).decode() for name in archive.namelist())
    assert not [rater.name for rater in RATERS if rater.kind == "human" and f'"{rater.name}"' in text]
    assert '"talker"' in text


def test_without_texts_the_tasks_have_to_be_there(study, report, migrated_sqlite, tmp_path):
    url, folder = study
    assert hume(url, folder, "export", "bundle", "bare.zip", "--no-texts").returncode == 0
    with zipfile.ZipFile(folder / "bare.zip") as archive:
        assert "eng one 0" not in archive.read("tasks.jsonl").decode()
    bare, other = str(folder / "bare.zip"), empty(migrated_sqlite, tmp_path / "c.db")
    refused = hume(other, tmp_path, "import", "bundle", bare)
    assert (refused.returncode, "has no item" in refused.stderr) == (2, True)
    four_tasks.store(other, shift=1)
    changed = hume(other, tmp_path, "import", "bundle", bare)
    assert (changed.returncode, "is another one than that of the bundle" in changed.stderr) == (2, True)
    four_tasks.store(other)
    assert hume(other, tmp_path, "import", "bundle", bare).returncode == 0
    assert hume(other, tmp_path, "report", "--format", "json").stdout == report


def test_a_bundle_goes_into_no_database_with_answers(study):
    url, folder = study
    done = hume(url, folder, "import", "bundle", "b.zip")
    assert (done.returncode, "The database holds answers" in done.stderr) == (2, True)


def test_a_bundle_that_was_changed_is_refused(study, tmp_path):
    changed = tmp_path / "c.zip"
    with zipfile.ZipFile(study[1] / "b.zip") as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            text = old.read(name).decode()
            new.writestr(name, text.replace("annotator-1", "annotator-9") if name == "answers.jsonl" else text)
    done = hume(f"sqlite:///{tmp_path}/d.db", tmp_path, "report", "--bundle", str(changed))
    assert (done.returncode, "answers.jsonl is not as it was written" in done.stderr) == (2, True)
    (tmp_path / "no.zip").write_text("no zip")
    done = hume(f"sqlite:///{tmp_path}/d.db", tmp_path, "report", "--bundle", "no.zip")
    assert (done.returncode, "it is no bundle" in done.stderr) == (2, True)
