"""Items in doubt written out: safe to open in a spreadsheet, without names, and through the command line."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from pathlib import Path

import four_tasks
import pytest
from commands import Run
from serving import sign_in

from db.session import open_engine, reading, transaction
from db.store.accounts import accounts
from db.store.answers import save_answers
from db.store.raters import ensure_rater
from db.store.tasks import subset_records
from db.store.verdicts import content_hashes, save_verdict
from hume.export import EXPORTERS
from hume.export.defuse import restore
from hume.records import Answer, ItemFinding, ItemRow, Rater, Verdict

NASTY = '=HYPERLINK("http://x")'


def finding(**changes: object) -> ItemFinding:
    row = ItemRow(
        "T", "classification", "eng", "eng-Latn", "test", NASTY, 1, 7, "human", 3, 0, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0,
        n_models=2, n_models_right=1, model_accord=0.5,
    )  # fmt: skip
    verdict = Verdict(7, "people-right", f"{NASTY}\nand more", "Rosa", datetime(2026, 3, 1, 12, tzinfo=UTC))
    return ItemFinding(
        **{"row": row, "gold": "@joy", "content_hash": "ab", "said": (("=fear", 3),), "verdict": verdict, **changes}
    )


def test_cells_that_a_spreadsheet_would_run_are_defused_and_come_back(tmp_path: Path) -> None:
    assert EXPORTERS["items"].write([finding(), finding(verdict=None)], tmp_path / "items.csv") == 2
    with (tmp_path / "items.csv").open(encoding="utf-8", newline="") as file:
        first, second = csv.DictReader(file)
    for cell in first.values():
        assert cell[:1] not in set("=+-@\t\r")
    assert (restore(first["item"]), restore(first["note"])) == (NASTY, f"{NASTY}\nand more")
    assert (first["verdict"], first["verdict_at"]) == ("people-right", "2026-03-01T12:00:00+00:00")
    assert json.loads(first["said"]) == [{"answer": "=fear", "n": 3}]
    assert (json.loads(first["gold"]), first["suspicion"], first["n_raters"]) == ("@joy", "1.0", "3")
    assert (second["verdict"], second["note"], second["verdict_at"]) == ("", "", "")
    assert "Rosa" not in "".join([*first.values(), *second.values()])


def test_json_lines_hold_values_as_they_are(tmp_path: Path) -> None:
    EXPORTERS["items"].write([finding()], tmp_path / "items.jsonl")
    (line,) = (tmp_path / "items.jsonl").read_text("utf-8").splitlines()
    row = json.loads(line)
    assert (row["item"], row["gold"], row["said"]) == (NASTY, "@joy", [{"answer": "=fear", "n": 3}])
    assert list(row) == list(EXPORTERS["items"].columns)


# -- the command --------------------------------------------------------------------------------------


@pytest.fixture
def url(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Two people who say joy of everything, and a simulated rater who says fear; a verdict where gold is joy."""
    four_tasks.store(sqlite_url)
    sign_in(sqlite_url, "Rosa", "researcher")
    engine = open_engine(sqlite_url)
    with transaction(engine) as session:
        rosa = next(one.id for one in accounts(session) if one.name == "Rosa")
        record = subset_records(session, ["SmallClassification"])[0]
        for kind, name, label in (("human", "Ada", "joy"), ("human", "Bo", "joy"), ("simulated", "sim", "fear")):
            rater = ensure_rater(session, Rater(kind, name)).stored_id
            given = [(item.id, Answer(item.key, "given", {"label": label})) for item in record.items]
            save_answers(session, rater, given)
        joy = next(item.id for item in record.items if item.gold == "joy")
        save_verdict(session, joy, rosa, "ambiguous", "could be fear")
    engine.dispose()
    monkeypatch.setenv("HUME_DATABASE_URL", sqlite_url)
    return sqlite_url


def test_the_command_writes_what_people_doubt_and_what_was_decided(run: Run, url: str, tmp_path: Path) -> None:
    file = tmp_path / "items.jsonl"
    assert run("export", "items", str(file)) == (0, f"{file}: 5 rows\n", "")
    rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert {row["kind"] for row in rows} == {"human"}
    assert [(row["suspicion"], row["verdict"]) for row in rows] == [(1.0, "")] * 4 + [(0.0, "ambiguous")]
    assert all(row["said"] == [{"answer": {"label": "joy"}, "n": 2}] for row in rows)
    assert {row["gold"] for row in rows[:4]} == {"anger", "fear"}
    engine = open_engine(url)
    with reading(engine) as session:
        items = {item.key: item.id for item in subset_records(session, ["SmallClassification"])[0].items}
        hashes = content_hashes(session, list(items.values()))
    engine.dispose()
    assert [row["content_hash"] for row in rows] == [hashes[items[row["item"]]] for row in rows]
    assert not any(name in file.read_text("utf-8") for name in ("Ada", "Bo", "Rosa"))


def test_the_command_takes_a_task_and_refuses_what_it_cannot_write(run: Run, url: str, tmp_path: Path) -> None:
    file = tmp_path / "items.csv"
    assert run("export", "items", str(file), "--task", "SmallSts")[:2] == (0, f"{file}: 0 rows\n")
    code, _, said = run("export", "items", str(tmp_path / "items.parquet"))
    assert (code, ".csv, .jsonl" in said) == (2, True)
    code, _, said = run("export", "items", str(file), "--task", "Nothing")
    assert (code, "Nothing" in said) == (2, True)
