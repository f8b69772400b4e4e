"""`hume score` and `hume worker`: into the database, into the queue, and into a file that is imported elsewhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from commands import Run
from sqlalchemy import Engine

from db.session import open_engine, reading, transaction
from db.store.answers import all_answers
from db.store.tasks import save_document, subset_records
from hume.cli.bundles import task_documents
from hume.ingest.hume_jsonl import read_hume_jsonl
from hume.ingest.options import Options
from hume.records import AnswerRecord

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "data" / "samples"
STS, RERANKING = str(SAMPLES / "sts.jsonl"), str(SAMPLES / "reranking.jsonl")


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder of HUME's own without a database."""
    monkeypatch.setenv("HUME_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("HUME_DATABASE_URL", raising=False)
    return tmp_path / "home"


def database(home: Path) -> Engine:
    return open_engine(f"sqlite:///{home / 'hume.db'}")


def answers(home: Path) -> list[AnswerRecord]:
    engine = database(home)
    with reading(engine) as session:
        found = list(all_answers(session))
    engine.dispose()
    return found


def said(records: list[AnswerRecord]) -> dict[tuple[str, ...], Any]:
    return {
        (one.task, one.subset, one.answer.item, one.rater.name, one.rater.protocol): one.answer.payload
        for one in records
    }


def test_several_models_under_both_protocols(home: Path, run: Run) -> None:
    run("import", "tasks", STS, RERANKING)
    code, out, err = run("score", "char-ngrams", "random", "--protocol", "both", "--task", "SampleSTS", "--no-cache")
    assert (code, err) == (0, "")
    assert [line.strip() for line in out.splitlines() if line.strip().startswith("baseline")] == [
        f"baseline/{model}, {protocol}" for model in ("char-ngrams", "random") for protocol in ("mteb", "human-like")
    ]
    found = answers(home)
    assert len(found) == 4 * 75
    assert {one.task for one in found} == {"SampleSTS"}


def test_a_queued_run_waits_for_a_worker(home: Path, run: Run) -> None:
    run("import", "tasks", STS)
    code, out, _ = run("score", "random", "--queue", "--protocol", "both")
    assert (code, out.splitlines()) == (0, ["Run 1 is queued: random, mteb", "Run 2 is queued: random, human-like"])
    assert answers(home) == []
    code, out, _ = run("worker", "--once", "--device", "cpu")
    assert code == 0
    assert "Run 1, random: done, 5 of 5 subsets" in out
    assert "Run 2, random: done, 5 of 5 subsets" in out
    assert len(answers(home)) == 150


def test_faults_are_told_and_the_exit_code_says_so(home: Path, run: Run, tmp_path: Path) -> None:
    lines = (SAMPLES / "classification.jsonl").read_text("utf-8").splitlines()
    (tmp_path / "no_train.jsonl").write_text("\n".join(line for line in lines if '"train"' not in line), "utf-8")
    run("import", "tasks", str(tmp_path / "no_train.jsonl"), STS)
    code, out, err = run("score", "char-ngrams")
    assert code == 2
    assert "SampleSTS" in out
    assert "run 1 failed. SampleClassification/eng: " in err
    assert "train" in err


def test_a_file_of_answers_is_imported_like_a_persons(
    home: Path, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("import", "tasks", STS, RERANKING)
    run("score", "char-ngrams", "--protocol", "both")
    direct = said(answers(home))
    code, out, _ = run("export", "tasks", str(tmp_path / "tasks"))
    assert code == 0
    away, file = tmp_path / "away", tmp_path / "answers.jsonl"
    monkeypatch.setenv("HUME_HOME", str(away))
    code, out, err = run(
        "score", "char-ngrams", "--protocol", "both", "--data", str(tmp_path / "tasks"), "--out", str(file)
    )
    assert (code, err) == (0, "")
    assert out.strip() == f"{file}: 250 answers added"
    assert not (away / "hume.db").exists()
    run("import", "tasks", STS, RERANKING)
    assert run("import", "answers", str(file))[0] == 0
    assert said(answers(away)) == direct
    again = run("import", "answers", str(file))[1]
    assert "250" in again
    assert len(answers(away)) == 250


def interrupted(file: Path, keep: int, half: bytes) -> None:
    """Leave so many lines of a file, and the beginning of the next."""
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(lines[:keep]) + half)


@pytest.mark.parametrize(
    ("keep", "half", "left"), [(0, b'{"ta', 0), (15, b'{"task": "Sam', 15), (22, b"", 15), (75, b"", 75)]
)
def test_an_interrupted_file_goes_on_where_it_stopped(
    home: Path, run: Run, tmp_path: Path, keep: int, half: bytes, left: int
) -> None:
    file = tmp_path / "answers.jsonl"
    run("score", "random", "--data", STS, "--out", str(file))
    whole = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    interrupted(file, keep, half)
    before = file.read_bytes().splitlines()[:left]
    code, out, _ = run("score", "random", "--data", STS, "--out", str(file))
    assert (code, out.strip()) == (0, f"{file}: {75 - left} answers added")
    assert file.read_bytes().splitlines()[:left] == before
    again = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert [{**row, "created_at": ""} for row in again] == [{**row, "created_at": ""} for row in whole]


def changed_sts(folder: Path) -> str:
    """The sample with one sentence of its first item changed."""
    lines = (SAMPLES / "sts.jsonl").read_text("utf-8").splitlines()
    first = next(number for number, line in enumerate(lines) if '"item"' in line)
    lines[first] = json.dumps({**json.loads(lines[first]), "sentence1": "Another sentence."})
    (folder / "changed.jsonl").write_text("\n".join(lines), "utf-8")
    return str(folder / "changed.jsonl")


def test_answers_to_an_item_that_has_changed_are_to_the_version_that_was_answered(
    home: Path, run: Run, tmp_path: Path
) -> None:
    file, changed = tmp_path / "answers.jsonl", changed_sts(tmp_path)
    run("score", "random", "--data", STS, "--out", str(file))
    run("import", "tasks", changed)
    code, _, err = run("import", "answers", str(file))
    assert code == 2
    assert f"{file}, line 1, field 'item'" in err
    assert "is another one here than was answered" in err
    assert answers(home) == []
    run("import", "tasks", STS)
    assert run("import", "answers", str(file))[0] == 0
    assert {one.answer.item_version for one in answers(home) if one.subset == "eng"} == {1, 2}
    engine = database(home)
    with reading(engine) as session:
        assert all(len(sheet.answers) == 15 for one in subset_records(session) for sheet in one.sheets)
    engine.dispose()
    code, _, err = run("score", "random", "--data", changed, "--out", str(file))
    assert code == 2
    assert "are to other items than these" in err


def test_answers_to_tasks_or_items_that_are_not_there_are_refused(home: Path, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "answers.jsonl"
    run("score", "random", "--data", STS, "--out", str(file))
    run("import", "tasks", RERANKING)
    code, _, err = run("import", "answers", str(file))
    assert code == 2
    assert "There is no task" in err
    shorter = [line for line in Path(STS).read_text("utf-8").splitlines() if '"id": "s01"' not in line]
    (tmp_path / "shorter.jsonl").write_text("\n".join(shorter), "utf-8")
    run("import", "tasks", str(tmp_path / "shorter.jsonl"))
    code, _, err = run("import", "answers", str(file))
    assert code == 2
    assert "there is no item" in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--out", "a.jsonl"], "--out and --data belong together"),
        (["--data", STS], "--out and --data belong together"),
        (["--data", STS, "--out", "a.jsonl", "--queue"], "Leave one of them out"),
        (["--data", STS, "--out", "a.csv"], "Name a .jsonl file"),
        (["--data", STS, "--out", "no/such/folder/a.jsonl"], "Name a folder that exists"),
        (["--data", STS, "--out", "a.jsonl", "--task", "Gone"], "There is no task 'Gone'"),
    ],
)
def test_what_cannot_be_asked_is_said(
    home: Path, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, err = run("score", "random", *arguments)
    assert code == 2
    assert message in err


@pytest.mark.parametrize("sample", sorted(SAMPLES.glob("*.jsonl")), ids=lambda path: path.stem)
def test_tasks_come_back_as_they_were_exported(home: Path, run: Run, tmp_path: Path, sample: Path) -> None:
    document = read_hume_jsonl(sample, Options())
    run("import", "tasks", str(sample))
    run("task", "set", document.task.name, "--overlap", "2", "--training", "1", "--repeats", "0.5")
    file = tmp_path / "task.jsonl"
    code, out, _ = run("export", "tasks", str(file), "--task", document.task.name)
    assert (code, out.strip()) == (0, f"{file}: {sum(len(items) for _, items in document.subsets)} items")
    engine = database(home)
    with transaction(engine) as session:
        (stored,) = task_documents(session)
        done = save_document(session, read_hume_jsonl(file, Options()))
        (again,) = task_documents(session)
    engine.dispose()
    assert (done.added, done.changed, done.retired) == (0, 0, 0)
    assert again == stored
    assert {item.purpose for _, items in stored.subsets for item in items} == {"judgment", "training", "repeat"}
