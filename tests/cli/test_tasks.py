"""`hume task` through the real entry point: from a shell what the page of tasks does."""

from __future__ import annotations

import csv
import shutil

import four_tasks
import pytest
from serving import sign_in
from sqlalchemy import select

from db import tables as t
from db.session import open_engine, reading, transaction
from db.store.accounts import accounts
from db.store.annotators import annotators_of
from db.store.answers import all_answers, save_answers
from db.store.tasks import find_task
from hume.records import Answer, AnswerRecord


@pytest.fixture
def url(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The four tasks, and two annotators."""
    four_tasks.store(sqlite_url)
    monkeypatch.setenv("HUME_DATABASE_URL", sqlite_url)
    for name in ("ann", "سارة"):
        sign_in(sqlite_url, name)
    return sqlite_url


def answers(url: str) -> list[AnswerRecord]:
    engine = open_engine(url)
    with reading(engine) as session:
        found = list(all_answers(session))
    engine.dispose()
    return found


def test_everything_that_the_page_sets_can_be_set_from_a_shell(run, url):
    options = ["--state", "closed", "--overlap", "2", "--shared", "0.5", "--repeats", "0.25"]
    checks = ["--training", "1", "--attention", "2", "--annotators", "ann, سارة"]
    code, said, warned = run("task", "set", "SmallSts", *options, *checks)
    assert code == 0
    assert said.strip() == (
        "SmallSts: closed, overlap 2, 50% shared, 25% repeated; 8 judged, 2 training, 4 attention; for ann, سارة"
    )
    assert "4 items that were to be judged are set apart" in warned
    engine = open_engine(url)
    with reading(engine) as session:
        task, people = find_task(session, "SmallSts"), annotators_of(session, "SmallSts")
        assert people == sorted(account.rater_id for account in accounts(session))
    engine.dispose()
    assert (task.state, task.overlap, task.shared_share, task.repeat_share) == ("closed", 2, 0.5, 0.25)


def test_what_is_not_named_stays_and_nobody_named_is_everybody(run, url):
    run("task", "set", "SmallSts", "--annotators", "ann", "--training", "1")
    _, said, _ = run("task", "set", "SmallSts", "--annotators", "")
    assert said.endswith("12 judged, 2 training, 0 attention; for everybody\n")
    _, shown, _ = run("task", "set", "SmallSts")
    assert shown == said
    _, listed, _ = run("task", "list")
    assert said in listed
    assert len(listed.splitlines()) == len(four_tasks.KINDS)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["Nope"], "There is no task 'Nope'. There are: SmallClassification"),
        (["SmallSts", "--annotators", "ann,bo"], "There is no account 'bo'. There are: ann, سارة."),
        (["SmallSts", "--attention", "6"], "too few items for 6 more attention items"),
        (["SmallSts", "--shared", "1.5"], "--shared"),
        (["SmallSts", "--state", "ajar"], "--state"),
    ],
)
def test_what_cannot_be_is_said_and_changes_nothing(run, url, arguments, says):
    before = run("task", "list")
    code, _, complained = run("task", "set", *arguments)
    assert code == 2
    assert says in complained
    assert run("task", "list") == before


def test_answers_to_checks_are_exported_with_their_purpose_and_come_back(
    run, url, tmp_path, migrated_sqlite, monkeypatch
):
    run("task", "set", "SmallSts", "--training", "1", "--attention", "1", "--repeats", "1")
    engine = open_engine(url)
    with transaction(engine) as session:
        rater_id = accounts(session)[0].rater_id
        ids = list(session.scalars(select(t.Item.id).where(t.Item.retired.is_(False)).order_by(t.Item.id)))
        sts = select(t.Item.id).join(t.Subset).join(t.Task).where(t.Task.name == "SmallSts")
        given = Answer("", "given", four_tasks.PAYLOADS["sts"])
        save_answers(session, rater_id, [(one, given) for one in session.scalars(sts) if one in ids])
    engine.dispose()
    run("export", "answers", "all.csv")
    with (tmp_path / "all.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["purpose"] for row in rows} == {"judgment", "training", "attention", "repeat"}
    assert {row["surplus"] for row in rows} == {"false"}
    before = answers(url)
    assert run("import", "answers", "all.csv")[0] == 0
    assert answers(url) == before
    code, said, _ = run("export", "checks", "checks.csv")
    assert (code, said) == (0, "checks.csv: 2 rows\n")

    other = f"sqlite:///{shutil.copy(migrated_sqlite, tmp_path / 'other.db')}"
    four_tasks.store(other)
    monkeypatch.setenv("HUME_DATABASE_URL", other)
    assert run("import", "answers", "all.csv")[0] == 0
    came = {(one.split, one.answer.item, one.answer.client_id) for one in answers(other)}
    assert came == {(one.split, one.answer.item, one.answer.client_id) for one in before}
