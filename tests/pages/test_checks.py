"""Checks of raters on the pages: an admin sets them up, researchers see how they went, annotators see neither."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import four_tasks
import pytest
from serving import ROOT, sign_in
from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from db import tables as t
from db.session import open_engine, reading, transaction
from db.store.accounts import accounts
from db.store.annotators import annotators_of
from db.store.answers import save_answers
from db.store.checks import check_records, counts_by_purpose
from db.store.events import events
from db.store.task_setup import TaskChange, change_task
from db.store.tasks import find_task, items_of
from hume.export import EXPORTERS
from hume.quality import rater_checks
from hume.records import Answer
from pages.parts import access

Open = Callable[..., AppTest]
TASKS, PROGRESS = "pages/admin/tasks.py", "pages/researcher/progress.py"


@pytest.fixture
def open_page(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Runs app.py at a page, for somebody of a role, on the four tasks with two annotators."""
    four_tasks.store(sqlite_url)
    for name in ("Ann", "Bo"):
        sign_in(sqlite_url, name)
    monkeypatch.setenv("HUME_DATABASE_URL", sqlite_url)

    def run(file: str, role: str, **state: object) -> AppTest:
        token = sign_in(sqlite_url, f"the {role}", role)
        monkeypatch.setattr(access, "session_token", lambda: token)
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
        app.switch_page(file).run()
        for key, value in state.items():
            app.session_state[key] = value
        app.run()
        assert not app.exception
        return app

    return run


def said(app: AppTest) -> str:
    return "\n".join(one.value for one in [*app.title, *app.caption, *app.success, *app.error, *app.subheader])


def table(app: AppTest, *columns: str) -> list[dict[str, object]]:
    """The rows of the table that has these columns."""
    return next(one.value for one in app.dataframe if set(columns) <= set(one.value.columns)).to_dict("records")


# -- the page of tasks --------------------------------------------------------------------------------


def test_an_admin_names_people_and_sets_items_apart_in_one_step_that_is_recorded(open_page, sqlite_url):
    app = open_page(TASKS, "admin", **{"setup-SmallSts": True})
    assert "which then leave all figures" in said(app)
    assert "Now 12 to be judged, 0 for training and 0 for attention, in 2 subsets." in said(app)
    (ann,) = _raters(sqlite_url, "Ann")
    app.multiselect(key="people-SmallSts").set_value([ann])
    app.number_input(key="shared-SmallSts").set_value(50)
    app.number_input(key="attention-SmallSts").set_value(2)
    app.button(key="save-SmallSts").click().run()
    assert not app.exception
    assert "4 items that were to be judged are set apart" in said(app)
    assert "for 1 named person · 50% for everybody · 4 for attention" in said(app)
    engine = open_engine(sqlite_url)
    with reading(engine) as session:
        assert annotators_of(session, "SmallSts") == [ann]
        assert find_task(session, "SmallSts").shared_share == 0.5
        assert [(one.judgment, one.attention) for one in counts_by_purpose(session) if one.task == "SmallSts"] == [
            (4, 2),
            (4, 2),
        ]
        detail = {"task": "SmallSts", "shared_share": 0.5, "attention": 2, "annotators": ["Ann"]}
        assert [dict(one.detail) for one in events(session) if one.kind == "task"] == [detail]
    engine.dispose()


def test_saving_what_is_there_already_does_nothing(open_page, sqlite_url):
    app = open_page(TASKS, "admin", **{"setup-SmallSts": True})
    app.button(key="save-SmallSts").click().run()
    assert "Nothing to save" in said(app)
    engine = open_engine(sqlite_url)
    with reading(engine) as session:
        assert [one for one in events(session) if one.kind == "task"] == []
    engine.dispose()


def test_what_cannot_be_set_apart_is_said_and_what_was_typed_stays(open_page, sqlite_url):
    app = open_page(TASKS, "admin", **{"setup-SmallSts": True})
    app.number_input(key="attention-SmallSts").set_value(50)
    app.button(key="save-SmallSts").click().run()
    assert not app.exception
    assert "too few items" in said(app)
    assert app.number_input(key="attention-SmallSts").value == 50
    engine = open_engine(sqlite_url)
    with reading(engine) as session:
        assert sum(one.attention for one in counts_by_purpose(session)) == 0
    engine.dispose()


def test_a_closed_panel_draws_no_form(open_page):
    app = open_page(TASKS, "admin")
    assert not app.multiselect
    assert len(app.number_input) == len(four_tasks.KINDS)


# -- the page of progress -----------------------------------------------------------------------------


def _raters(url: str, *names: str) -> list[int]:
    engine = open_engine(url)
    with reading(engine) as session:
        ids = {account.name: account.rater_id for account in accounts(session)}
    engine.dispose()
    return [ids[name] for name in names]


def _answer_checks(url: str, who: str) -> None:
    """Give the tasks checks; `who` answers every item of SmallClassification and its copies with its gold label."""
    (rater_id,) = _raters(url, who)
    engine = open_engine(url)
    with transaction(engine) as session:
        change_task(session, "SmallClassification", TaskChange(training=1, attention=2, repeat_share=1))
        items = select(t.Item.id).join(t.Subset).join(t.Task).where(t.Task.name == "SmallClassification")
        asked = items.where((t.Item.split != "train") | (t.Item.purpose != "judgment"))
        found = items_of(session, list(session.scalars(asked.order_by(t.Item.id))))
        given = [
            (item_id, Answer(item.key, "given", {"label": item.gold}, milliseconds=2500))
            for item_id, (_, _, item) in found.items()
        ]
        save_answers(session, rater_id, given)
    engine.dispose()


def test_a_researcher_sees_how_each_rater_did_and_takes_it_away(open_page, sqlite_url):
    app = open_page(PROGRESS, "researcher")
    assert "Checks" not in said(app)
    _answer_checks(sqlite_url, "Ann")
    app.run()
    assert not app.exception
    (row,) = table(app, "Task type")
    assert (row["Rater"], row["Training right"], row["Attention right"]) == ("Ann", "2 of 2 (few)", "4 of 4 (few)")
    assert (row["Given twice"], row["Same answer"]) == (8, "1.00")
    by_subset = table(app, "Subset", "Training right")
    assert {str(row["Subset"]): (row["Training right"], row["Given twice"]) for row in by_subset} == {
        "SmallClassification · ara": ("1 of 1 (few)", 4),
        "SmallClassification · eng": ("1 of 1 (few)", 4),
    }
    (pace,) = table(app, "Rater", "Surplus")
    assert (pace["Rater"], pace["Answers"], pace["Surplus"], pace["Seconds"]) == ("Ann", 8, 0, 2500)
    assert "No score is made of them" in said(app)


def test_the_download_has_every_number_of_the_table(sqlite_url, open_page):
    open_page(PROGRESS, "researcher")
    _answer_checks(sqlite_url, "Bo")
    engine = open_engine(sqlite_url)
    with reading(engine) as session:
        rows = rater_checks(check_records(session))
    engine.dispose()
    read = list(csv.DictReader(io.StringIO("".join(EXPORTERS["checks"].csv(rows)))))
    assert [(row["rater"], row["subset"], row["n_attention_right"], row["self_accord"]) for row in read] == [
        ("Bo", "ara", "2", "1.0"),
        ("Bo", "eng", "2", "1.0"),
    ]


@pytest.mark.parametrize(("page", "role"), [(PROGRESS, "annotator"), (TASKS, "annotator"), (TASKS, "researcher")])
def test_those_whom_it_does_not_concern_see_nothing_of_checks(open_page, sqlite_url, page, role):
    app = open_page(page, role)
    _answer_checks(sqlite_url, "Ann")
    app.run()
    assert app.title[0].value == "Not for this account"
    assert not app.dataframe
    assert not app.number_input
