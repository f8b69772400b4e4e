"""`hume export` and `hume report` through the real entry point, on a real database."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import four_tasks
import pytest

from db.session import open_engine, reading, transaction
from db.store.answers import all_answers, save_answers
from db.store.published import save_published
from db.store.raters import ensure_rater
from db.store.tasks import subset_records
from hume.answers import checked
from hume.export.tables import ROWS
from hume.ingest.results import hume_v1
from hume.parsed import parse
from hume.raters import simulated
from hume.records import Answer, Rater


@pytest.fixture
def url(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The four tasks with a person, a simulated rater and a model, and HUME v1's published figures."""
    four_tasks.store(sqlite_url)
    engine = open_engine(sqlite_url)
    with transaction(engine) as session:
        save_published(session, hume_v1(), "hume_v1")
        for record in subset_records(session):
            for kind, name, noise in (("human", "=Ada", 0.2), ("simulated", "sim", 0.9), ("embedding", "m", 0.5)):
                rater_id = ensure_rater(session, Rater(kind, name)).stored_id
                answers = simulated.answer(parse(record), Rater("simulated", name), noise)
                ids = {item.key: item.id for item in record.items}
                save_answers(session, rater_id, [(ids[answer.item], answer) for answer in answers])
            first, second = record.items[:2]
            given = Answer(second.key, "given", four_tasks.PAYLOADS[record.task.task_type])
            bo = [
                (first.id, Answer(first.key, "skipped", reason="unclear", comment="-1+1")),
                (second.id, checked(record.task, record.subset, second, given)),
            ]
            save_answers(session, ensure_rater(session, Rater("human", "Bo")).stored_id, bo)
    engine.dispose()
    monkeypatch.setenv("HUME_DATABASE_URL", sqlite_url)
    return sqlite_url


def stored(url: str) -> list[object]:
    engine = open_engine(url)
    with reading(engine) as session:
        found = list(all_answers(session))
    engine.dispose()
    return found


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_answers_go_into_another_database_and_come_out_the_same(
    run, url, migrated_sqlite, tmp_path, monkeypatch, suffix
):
    code, out, _ = run("export", "answers", f"a.{suffix}")
    assert (code, out) == (0, f"a.{suffix}: {len(stored(url))} rows\n")
    (tmp_path / "other.db").write_bytes(migrated_sqlite.read_bytes())
    other = f"sqlite:///{tmp_path / 'other.db'}"
    four_tasks.store(other)
    monkeypatch.setenv("HUME_DATABASE_URL", other)
    assert run("import", "answers", f"a.{suffix}")[0] == 0
    assert run("export", "answers", f"b.{suffix}")[0] == 0
    assert Path(f"b.{suffix}").read_bytes() == Path(f"a.{suffix}").read_bytes()
    assert {row.rater.name for row in stored(other) if row.rater.kind == "human"} == {"annotator-1", "annotator-4"}


@pytest.mark.parametrize("names", [(), ("--names",)], ids=["pseudonyms", "names"])
def test_one_s_own_export_changes_nothing(run, url, names):
    before = stored(url)
    assert run("export", "answers", "a.jsonl", *names)[0] == 0
    assert ("=Ada" in Path("a.jsonl").read_text("utf-8")) == bool(names)
    assert run("import", "answers", "a.jsonl")[0] == 0
    assert stored(url) == before


def test_somebody_else_s_annotator_1_is_not_ours(run, url):
    run("export", "answers", "a.jsonl")
    rows = [json.loads(line) for line in Path("a.jsonl").read_text("utf-8").splitlines()]
    theirs = [row | {"client_id": "", "created_at": "2020-01-01T00:00:00Z"} for row in rows if row["kind"] == "human"]
    Path("b.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in theirs), "utf-8")
    before = stored(url)
    code, _, message = run("import", "answers", "b.jsonl")
    assert code == 2
    assert "b.jsonl, line 1, field 'rater': annotator-1 of this file answered otherwise" in message
    assert "--of NAME" in message
    assert stored(url) == before
    assert run("import", "answers", "b.jsonl", "--of", "Oslo")[0] == 0
    new = {row.rater.name for row in stored(url)} - {row.rater.name for row in before}
    assert new == {"Oslo/annotator-1", "Oslo/annotator-4"}


def test_tables_are_written_a_file_each_and_name_nobody(run, url):
    assert run("export", "tables", "t", "--format", "jsonl")[0] == 0
    assert {path.stem for path in Path("t").iterdir()} == set(ROWS)
    text = "".join(path.read_text("utf-8") for path in Path("t").iterdir())
    assert "annotator-1" in text
    assert '"Bo"' not in text
    assert "Ada" not in text
    assert run("export", "tables", "named", "--names")[0] == 0
    assert "Ada" in Path("named/scores.csv").read_text("utf-8")


def test_baselines_have_people_and_simulated_raters_and_published_figures_apart(run, url):
    assert run("export", "baselines", "b.csv")[0] == 0
    with Path("b.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    n = {(row["source"], row["kind"]): 0 for row in rows}
    for row in rows:
        n[row["source"], row["kind"]] += 1
    assert n.pop(("published", "human")) == 26
    assert set(n) == {("computed", "human"), ("computed", "simulated")}
    assert n["computed", "human"] == n["computed", "simulated"]
    row = next(row for row in rows if row["task"] == four_tasks.name("sts") and row["kind"] == "human")
    assert (row["n_items"], row["n_answers"], row["n_skipped"]) == ("6", "7", "1")


def test_gaps_are_exported(run, url):
    code, out, _ = run("export", "gaps", "g.csv")
    assert (code, out.startswith("g.csv: ")) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("export", "answers", "a.xlsx"),
            "a.xlsx: Answers cannot be written as .xlsx. Name a file that ends in one of",
        ),
        (("export", "baselines", "b"), "Human baselines cannot be written as a file without a suffix."),
        (("export", "gaps", "none/g.csv"), "none/g.csv: The file cannot be written"),
        (("report", "--task", "Nothing"), "There is no task 'Nothing'. There are: HUMEArxiv"),
    ],
)
def test_mistakes_are_said_in_a_sentence(run, url, arguments, message):
    code, out, error = run(*arguments)
    assert (code, out) == (2, "")
    assert message in error
    assert "Traceback" not in error


# -- the report ---------------------------------------------------------------------------------------

SCORE = {"task", "task_type", "subset", "language", "rater", "kind", "metric", "is_main", "score", "n_items", "source"}
LEADERBOARD = {"rank", "rater", "kind", "mean_score", "n_subsets", "source"}


def report(run, *arguments: str) -> dict[str, list[dict[str, object]]]:
    code, out, error = run("report", "--format", "json", *arguments)
    assert (code, error) == (0, "")
    return json.loads(out)


def test_the_report_holds_the_published_figures(run, url):
    found = report(run)
    assert set(found["scores"][0]) >= SCORE
    assert set(found["leaderboard"][0]) >= LEADERBOARD
    board = [row for row in found["leaderboard"] if row["source"] == "published"]
    (people,) = (row for row in board if row["kind"] == "human")
    assert (people["rank"], round(people["mean_score"], 4), people["n_subsets"]) == (4, 0.7764, 26)
    assert round(board[0]["mean_score"], 4) == 0.8014
    assert any(row["rank"] is None for row in board)


def test_source_and_task_choose_what_is_reported(run, url):
    published = report(run, "--source", "published")
    assert {row["source"] for name in ("scores", "baselines", "agreement", "gaps") for row in published[name]} == {
        "published"
    }
    assert published["progress"] == published["raters"] == []
    small = four_tasks.name("sts")
    one = report(run, "--task", small, "--task", "HUMESTS22")
    assert {row["task"] for row in one["scores"]} == {small, "HUMESTS22"}
    assert {row["n_subsets_total"] for row in one["leaderboard"] if row["source"] == "computed"} == {2}
    assert {row["source"] for row in report(run, "--source", "computed")["scores"]} == {"computed"}


def test_every_format_says_the_same_score(run, url):
    (row,) = (row for row in report(run)["leaderboard"] if row["source"] == "published" and row["kind"] == "human")
    for form in ("table", "markdown"):
        code, out, _ = run("report", "--format", form)
        assert code == 0
        assert f"{100 * row['mean_score']:.1f}" in out
        assert "baseline/Human" in out


def test_simulated_raters_are_called_so_everywhere(run, url):
    found = report(run, "--source", "computed")
    for name in ("scores", "progress", "raters"):
        assert {row["kind"] for row in found[name] if row.get("rater") == "sim"} <= {"simulated"}
    assert {row["kind"] for row in found["baselines"]} == {"human", "simulated"}
    assert any(row["rater"].startswith("simulated") for row in found["leaderboard"])


def test_an_empty_database_has_an_empty_report(run, sqlite_url, monkeypatch):
    monkeypatch.setenv("HUME_DATABASE_URL", sqlite_url)
    assert all(rows == [] for rows in report(run).values())
    assert "Nothing to report yet" in run("report")[1]
    assert run("export", "answers", "a.csv")[1] == "a.csv: 0 rows\n"
