"""`hume import` through the real entry point: what it stores, and that bad input is refused whole, saying where."""

from __future__ import annotations

import json
import re
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from commands import Run
from malformed_imports import CASES, GOOD, KEYED, OTHER, PAIR, RESULT, Case, Files, lines

from db.session import open_engine, reading
from db.store.answers import all_answers
from db.store.published import published
from db.store.tasks import subset_records
from hume.records import AnswerRecord, SubsetRecord


@pytest.fixture
def run(run: Run, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command line on a new database, in a folder that holds nothing else."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setenv("HUME_DATABASE_URL", sqlite_url)
    return run


def write(files: Files) -> None:
    for name, content in files.items():
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def dump(url: str) -> list[str]:
    """The whole database as SQL."""
    connection = sqlite3.connect(url.removeprefix("sqlite:///"))
    try:
        return list(connection.iterdump())
    finally:
        connection.close()


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_bad_input_is_refused_whole(case: Case, run: Run, sqlite_url: str) -> None:
    write({**GOOD, **case.files})
    for arguments in case.before:
        assert run("import", *arguments)[0] == 0
    before = dump(sqlite_url)
    code, _, message = run("import", *case.arguments)
    assert code == 2
    assert case.place in message
    assert case.says in message
    assert "Traceback" not in message
    assert dump(sqlite_url) == before


def test_there_is_a_case_for_every_way_of_importing() -> None:
    assert len(CASES) >= 100
    assert {case.arguments[0] for case in CASES.values()} == {"tasks", "results", "answers"}


def records(url: str, *names: str) -> list[SubsetRecord]:
    engine = open_engine(url)
    try:
        with reading(engine) as session:
            return subset_records(session, names)
    finally:
        engine.dispose()


def counts(out: str) -> list[list[int]]:
    """The numbers in each row of the table that a command prints."""
    return [[int(cell) for cell in re.findall(r"│ +(\d+) ", row)] for row in out.splitlines() if row.startswith("│")]


def test_importing_the_same_again_changes_nothing(run: Run, sqlite_url: str) -> None:
    write(GOOD)
    assert counts(run("import", "tasks", "good")[1]) == [[1, 2, 0, 0, 0]]
    before = dump(sqlite_url)
    assert counts(run("import", "tasks", "good")[1]) == [[1, 0, 0, 2, 0]]
    assert dump(sqlite_url) == before


def test_a_changed_item_is_a_new_version_and_a_lost_one_retires(run: Run, sqlite_url: str) -> None:
    write(KEYED)
    run("import", "tasks", "keyed")
    write({"keyed/test.jsonl": lines({"id": "p1", **PAIR, "score": 3}, {"id": "p3", **OTHER})})
    assert counts(run("import", "tasks", "keyed")[1]) == [[1, 1, 1, 0, 1]]
    (record,) = records(sqlite_url, "keyed")
    assert [(item.key, item.version, item.gold) for item in record.items] == [("p1", 2, 3.0), ("p3", 1, 0.5)]


def test_options_win_over_what_the_files_say(run: Run, sqlite_url: str) -> None:
    write({"good/README.md": "---\nlicense: mit\nlanguage: da\n---\n", **GOOD})
    options = ["--name", "Pairs", "--language", "nob-Latn", "--setting", "max=10", "--setting", "license=CC0-1.0"]
    assert run("import", "tasks", "good", *options)[0] == 0
    (record,) = records(sqlite_url)
    assert (record.task.name, record.task.license) == ("Pairs", "CC0-1.0")
    assert record.task.settings == {"max": 10}
    assert record.subset.languages == ("nob-Latn",)


def test_warnings_are_printed_and_do_not_forbid(run: Run) -> None:
    write({"good/test.jsonl": lines(PAIR, PAIR, {**OTHER, "sentence1": ""})})
    code, _, message = run("import", "tasks", "good")
    assert code == 0
    assert "warning: good: default: 1 item(s) hold an empty text" in message
    assert "2 items repeat one another" in message


def test_limit_and_seed_draw_the_same_sample_again(run: Run, sqlite_url: str) -> None:
    write({"many/test.jsonl": lines(*({**PAIR, "id": f"p{n}", "sentence1": f"Cat {n}."} for n in range(50)))})
    run("import", "tasks", "many", "--limit", "20", "--seed", "7")
    keys = [item.key for item in records(sqlite_url)[0].items]
    assert len(keys) == 20
    assert counts(run("import", "tasks", "many", "--limit", "20", "--seed", "7")[1]) == [[1, 0, 0, 20, 0]]
    run("import", "tasks", "many", "--limit", "20", "--seed", "8")
    assert [item.key for item in records(sqlite_url)[0].items] != keys


def test_published_results_replace_what_the_path_gave_before(run: Run, sqlite_url: str) -> None:
    write({"org__model/rev/HUMESTS12.json": json.dumps(RESULT)})
    assert "stored" in run("import", "results", "org__model")[1]
    assert "unchanged" in run("import", "results", "org__model")[1]
    write({"org__model/rev/HUMESTS12.json": json.dumps(RESULT).replace("0.5", "0.6")})
    assert "stored" in run("import", "results", "org__model")[1]
    engine = open_engine(sqlite_url)
    with reading(engine) as session:
        assert [(row.rater, row.score) for row in published(session).scores] == [("org/model", 0.6)]
    engine.dispose()


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_answers_come_back_from_every_format(run: Run, sqlite_url: str, ending: str) -> None:
    write({**KEYED, "first.csv": FIRST_ANSWERS})
    run("import", "tasks", "keyed")
    assert counts(run("import", "answers", "first.csv")[1]) == [[2, 2, 0]]
    before, stored = dump(sqlite_url), stored_answers(sqlite_url)
    assert run("export", "answers", f"out.{ending}", "--names")[0] == 0
    assert counts(run("import", "answers", f"out.{ending}")[1]) == [[2, 0, 2]]
    assert dump(sqlite_url) == before
    connection = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))
    connection.execute("delete from answer")
    connection.commit()
    connection.close()
    assert counts(run("import", "answers", f"out.{ending}")[1]) == [[2, 2, 0]]
    assert stored_answers(sqlite_url) == stored


FIRST_ANSWERS = (
    "task,subset,item,rater,kind,status,payload,reason,comment,confidence,milliseconds,created_at\n"
    'keyed,default,p1,ann,human,given,"{""score"": 4}",,"=1+1, said \'she\'",2,1234,2026-03-01T12:00:00.5+00:00\n'
    "keyed,default,p2,ann,human,skipped,,unclear,-,,,2026-03-01T12:00:01+00:00\n"
)


def stored_answers(url: str) -> list[AnswerRecord]:
    engine = open_engine(url)
    try:
        with reading(engine) as session:
            return [replace(one, rater=replace(one.rater, id=None)) for one in all_answers(session)]
    finally:
        engine.dispose()


def test_answers_to_an_old_version_come_back_too(run: Run, sqlite_url: str) -> None:
    write({**KEYED, "first.csv": FIRST_ANSWERS})
    run("import", "tasks", "keyed")
    run("import", "answers", "first.csv")
    write({"keyed/test.jsonl": lines({"id": "p1", **PAIR, "sentence1": "A dog sleeps."}, {"id": "p2", **OTHER})})
    run("import", "tasks", "keyed")
    assert run("export", "answers", "out.csv")[0] == 0
    assert counts(run("import", "answers", "out.csv")[1]) == [[2, 0, 2]]
    assert len(stored_answers(sqlite_url)) == 2
