"""`hume study` through the real entry point."""

from __future__ import annotations

import csv
import io

import four_tasks
import pytest

from db.session import open_engine, reading, transaction
from db.store import studies
from db.store.accounts import create_invitation, redeem
from db.store.answers import save_answers
from db.store.joining import join
from db.store.participants import note_completed, participations
from db.store.tasks import subset_records
from hume.records import Answer

EVIL = '=HYPERLINK("http://evil.test","pay me")'


@pytest.fixture
def engine(sqlite_url, monkeypatch):
    monkeypatch.setenv("HUME_DATABASE_URL", sqlite_url)
    four_tasks.store(sqlite_url)
    opened = open_engine(sqlite_url)
    yield opened
    opened.dispose()


@pytest.fixture
def text(tmp_path):
    """A file with a text to agree to."""
    file = tmp_path / "consent.txt"
    file.write_text("Who we are.\n\nأوافق", encoding="utf-8")
    return str(file)


@pytest.fixture
def study(run, engine, text):
    """A study of one task."""
    code, out, _ = run("study", "add", "alike", "--title", "How alike?", "--consent", text, "--task", "SmallSts",
                       "--items", "5", "--completion-url", "https://app.prolific.com/submissions/complete?cc=C0DE",
                       "--until", "2126-12-31")  # fmt: skip
    assert code == 0
    assert out.strip().endswith("/join/alike?PROLIFIC_PID=...")
    return find(engine)


def find(engine, name="alike"):
    with reading(engine) as session:
        return studies.find_study(session, name)


def test_a_study_is_made_shown_changed_closed_and_opened(run, engine, study, tmp_path):
    assert (study.places, study.items, study.tasks, f"{study.expires_at:%F}") == (100, 5, ("SmallSts",), "2127-01-01")
    shown = run("study", "show", "alike")[1]
    for part in ("How alike?", "/join/alike?PROLIFIC_PID=...", "0 of 100", "cc=C0DE", "Who we are.\n\nأوافق"):
        assert part in shown
    code, out, _ = run("study", "set", "alike", "--items", "0", "--places", "7", "--until", "none",
                       "--task", "SmallSts", "--task", "SmallReranking", "--language", "ara",
                       "--completion-code", "XY")  # fmt: skip
    assert (code, out) == (0, "alike is changed.\n")
    changed = find(engine)
    assert (changed.items, changed.places, changed.expires_at, changed.tasks, changed.languages) == (
        None, 7, None, ("SmallReranking", "SmallSts"), ("ara",))  # fmt: skip
    assert (changed.consent, changed.completion_url, changed.completion_code) == (
        study.consent, study.completion_url, "XY")  # fmt: skip
    (tmp_path / "new.txt").write_text("Another text.")
    assert "asked to agree again" in run("study", "set", "alike", "--consent", str(tmp_path / "new.txt"))[1]
    assert run("study", "close", "alike")[:2] == (0, "alike is closed. To open it: hume study open alike\n")
    assert " closed " in run("study", "list")[1]
    assert run("study", "open", "alike")[:2] == (0, "alike is open.\n")
    assert run("study", "set", "alike", "--language", "all")[0] == 0
    assert find(engine).languages == ()


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["alike", "--task", "SmallSts"], "no text to agree to"),
        (["Alike!", "--task", "SmallSts"], "cannot stand in a link"),
        (["alike", "--task", "Nothing"], "There is no task 'Nothing'"),
        (["alike"], "no task is named"),
        (["alike", "--task", "SmallSts", "--places", "0"], "no number of places"),
        (["alike", "--task", "SmallSts", "--completion-url", "http://app.prolific.com/"], "begins with https://"),
        (["alike", "--task", "SmallSts", "--completion-url", "javascript:alert(1)"], "begins with https://"),
        (["alike", "--task", "SmallSts", "--completion-url", 'https://a.b/"><script>'], "begins with https://"),
        (["alike", "--task", "SmallSts", "--until", "soon"], "is no date"),
        (["alike", "--task", "SmallSts", "--language", "Arabic"], "no language code"),
        (["alike", "--task", "SmallSts", "--parameter", "a&b"], "no name of a parameter"),
    ],
)
def test_what_cannot_be_is_said_and_makes_no_study(run, engine, text, options, why):
    consent = [] if "no text" in why else ["--consent", text]
    code, _, error = run("study", "add", *options, *consent)
    assert code == 2
    assert why in " ".join(error.split())
    assert "There is no study yet" in run("study", "list")[1]


def test_a_second_study_of_a_name_is_refused(run, study, text):
    code, _, error = run("study", "add", "alike", "--consent", text, "--task", "SmallSts")
    assert (code, "hume study set alike" in error) == (2, True)
    assert "There are: alike" in run("study", "show", "other")[2]


def test_people_are_listed_for_paying_and_a_spreadsheet_runs_nothing(run, engine, study):
    with transaction(engine) as session:
        account, _ = join(session, "alike", EVIL, study.consent_digest, "f")
        items = [item.id for record in subset_records(session, ["SmallSts"]) for item in record.items]
        said = [(items[0], Answer("", "given", {"score": 2})), (items[1], Answer("", "skipped", reason="unclear"))]
        save_answers(session, account.rater_id, said)
        note_completed(session, account.id, ["alike"])
    code, out, _ = run("study", "participants", "alike")
    (row,) = csv.DictReader(io.StringIO(out))
    assert code == 0
    assert row["external_id"] == f"'{EVIL}"
    assert (row["account"], row["pseudonym"]) == (account.name, f"annotator-{account.rater_id}")
    assert (row["answered"], row["skipped"], row["agreed_to_text_now"]) == ("1", "1", "true")
    assert row["consented_at"] <= row["completed_at"]


def test_people_who_have_an_account_or_an_invitation_take_part(run, engine, study):
    with transaction(engine) as session:
        ann, _ = redeem(session, create_invitation(session, "Ann", "annotator"))
    assert run("study", "enrol", "alike", "Ann")[:2] == (0, "Ann takes part in alike.\n")
    link = run("people", "invite", "--name", "Bo", "--study", "alike")[1].strip()
    with transaction(engine) as session:
        bo, _ = redeem(session, link.partition("token=")[2])
        for account in (ann, bo):
            assert [one.has_agreed for one in participations(session, account)] == [False]
    assert run("study", "withdraw", "alike", "Ann")[0] == 0
    assert len(run("study", "participants", "alike")[1].splitlines()) == 2
    assert run("people", "invite", "--name", "Chi", "--study", "other")[0] == 2
