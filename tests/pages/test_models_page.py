"""Models, through app.py: runs that wait, run and ended, a new one, and two side by side."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import four_tasks
import pytest
from serving import sign_in
from sqlalchemy import Engine
from streamlit.testing.v1 import AppTest

from db.session import open_engine, reading, transaction
from db.store.queue import Progress, enqueue, finish, note_progress, take
from db.store.runs import find_run, note_model, runs, save_scores
from hume.records import Rater, Run, ScoreRow
from pages.parts import access

ROOT = Path(__file__).parents[2]
NASTY = "<b>org</b>/[m](http://x)"


@pytest.fixture
def engine(sqlite_url: str):
    opened = open_engine(sqlite_url)
    yield opened
    opened.dispose()


@pytest.fixture
def open_page(sqlite_url: str, monkeypatch: pytest.MonkeyPatch):
    """Runs app.py at the page."""
    monkeypatch.setenv("HUME_DATABASE_URL", sqlite_url)

    def run(role: str = "researcher", **state: object) -> AppTest:
        token = sign_in(sqlite_url, f"the {role}", role)
        monkeypatch.setattr(access, "session_token", lambda: token)
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
        app.switch_page("pages/researcher/models.py").run()
        for key, value in state.items():
            app.session_state[key] = value
        app.run()
        assert not app.exception
        return app

    return run


def ended(engine: Engine, score: float, revision: str, state: str = "done", error: str = "") -> int:
    """A run from the queue to its end, with one score."""
    with transaction(engine) as session:
        run_id = enqueue(session, NASTY, ("T",))
        take(session, "w", 60.0, run_id)
        note_model(
            session, run_id, Rater("embedding", NASTY, revision, "mteb"), "cpu", {"torch": "2"}, {}, {"p": revision}
        )
        note_progress(session, run_id, "w", Progress(n_done=1, n_total=1, n_texts=30, peak_mb=4096.0), ["it began"])
        row = ScoreRow(
            "T", "sts", "eng", "eng-Latn", NASTY, "embedding", "spearman", True, score, 10, 10, 0, 0, 0.1, 0.9
        )
        save_scores(session, run_id, [row])
        finish(session, run_id, "w", state, error, 3.0)  # type: ignore[arg-type]
    return run_id


def said(app: AppTest) -> str:
    words = [*app.title, *app.subheader, *app.markdown, *app.caption, *app.info, *app.warning, *app.error, *app.code]
    return "\n".join([*(one.value for one in words), *(one.proto.body for one in app.get("html"))])


def stored(engine: Engine) -> list[Run]:
    with reading(engine) as session:
        return runs(session)


def test_a_run_of_no_task_is_not_queued(open_page, engine):
    app = open_page()
    app.text_input[0].set_value("bm25")
    next(one for one in app.button if one.label == "Queue").click().run()
    assert "There is no task yet" in said(app)
    assert stored(engine) == []


def test_an_empty_page_says_how_to_begin(open_page):
    assert "hume score MODEL" in said(open_page())


def test_a_run_is_queued_with_what_was_chosen_and_by_whom(open_page, engine, sqlite_url):
    four_tasks.store(sqlite_url)
    app = open_page()
    app.text_input[0].set_value("bm25")
    app.button_group[0].set_value("human-like")
    next(one for one in app.button if one.label == "Queue").click().run()
    (run,) = stored(engine)
    assert (run.model, run.tasks, run.request, run.requested_by) == (
        "bm25", (), {"protocol": "human-like"}, "the researcher",
    )  # fmt: skip
    assert "hume worker" in said(app)


def test_a_model_must_be_named(open_page, engine):
    app = open_page()
    next(one for one in app.button if one.label == "Queue").click().run()
    assert "Name the model" in said(app)
    assert stored(engine) == []


def test_a_run_under_way_shows_how_far_it_is_and_can_be_cancelled(open_page, engine):
    with transaction(engine) as session:
        run_id = enqueue(session, NASTY)
        take(session, "gpu-7", 60.0)
        how_far = Progress(n_done=2, n_total=9, n_texts=100, n_texts_total=400, texts_per_s=2.0)
        note_progress(session, run_id, "gpu-7", how_far, ["<i>first</i> line"])
    app = open_page()
    words = said(app)
    assert "on gpu\\-7" in words
    assert "<i>first</i> line" in words
    assert r"\<b\>org\</b\>" in words
    (bar,) = app.get("progress")
    assert bar.proto.value == 25
    assert bar.proto.text == "2 of 9 subsets · 100 of 400 texts · 2 texts/s · about 2 min left"
    app.button(key=f"cancel-{run_id}").click().run()
    with reading(engine) as session:
        assert find_run(session, run_id).cancel_requested
    assert app.button(key=f"cancel-{run_id}").label == "Stopping"


def test_a_run_whose_worker_is_gone_says_so(open_page, engine):
    with transaction(engine) as session:
        enqueue(session, "m")
        take(session, "gpu-7", -1.0)
    assert "its worker is gone" in said(open_page())


def test_one_run_in_full_and_again(open_page, engine):
    run_id = ended(engine, 0.5, "r1", "failed", "T/ara: <b>no</b> *train* split")
    app = open_page(run=run_id)
    words = said(app)
    assert r"\<b\>no\</b\> \*train\* split" in words
    assert "it began" in words
    assert "&lt;b&gt;org&lt;/b&gt;" in words
    scores = next(one.value for one in app.dataframe if "95% interval" in one.value)
    assert scores["95% interval"][0] == "[10.0, 90.0]"
    app.button(key=f"retry-{run_id}").click().run()
    again = stored(engine)[0]
    assert (again.repeats, again.state, again.requested_by) == (run_id, "queued", "the researcher")


def test_a_run_of_a_language_model_is_tried_again_by_its_command(open_page, engine):
    with transaction(engine) as session:
        run_id = enqueue(session, "m", (), {"kind": "llm"})
        take(session, "w", 60.0, run_id)
        finish(session, run_id, "w", "failed", "the key is refused")
    app = open_page(run=run_id)
    assert "`hume annotate-llm`" in said(app)
    assert not [button for button in app.button if button.key == f"retry-{run_id}"]


def test_two_runs_side_by_side(open_page, engine):
    before, after = ended(engine, 0.5, "r1"), ended(engine, 0.4, "r2")
    app = open_page(before=before, after=after)
    what = next(one.value for one in app.dataframe if "What differs" in one.value)
    assert what.values.tolist() == [["revision", "r1", "r2"], ["setting p", "r1", "r2"]]
    change = next(one.value for one in app.dataframe if "Change" in one.value)
    assert change["Change"][0] == pytest.approx(-0.1)
    assert "1 of 1 score changed" in said(app)


def test_two_runs_that_can_be_compared_are_compared_at_first(open_page, engine):
    first, second = ended(engine, 0.5, "r1"), ended(engine, 0.4, "r2")
    ended(engine, 0.3, "r3", "failed", "no GPU\nall of it")
    app = open_page()
    assert [one.value for one in app.selectbox if one.label in ("Before", "After")] == [first, second]


def test_why_a_run_failed_is_in_the_table_of_runs_where_one_did(open_page, engine):
    ended(engine, 0.5, "r1")
    assert "Why" not in open_page().dataframe[0].value
    ended(engine, 0.3, "r3", "failed", "no GPU\nall of it")
    shown = open_page().dataframe[0].value
    assert shown["Why"].tolist() == ["no GPU", ""]
    assert shown.columns.tolist()[:3] == ["Run", "State", "Model"]


def test_memory_and_time_are_shown_as_people_read_them(open_page, engine):
    ended(engine, 0.5, "r1")
    table = open_page().dataframe[0].value
    assert (table["Memory"][0], table["Took"][0], table["State"][0]) == ("4.0 GiB", "3.0 s", "done")


def test_annotators_neither_see_it_nor_can_they_press_its_buttons(open_page, engine):
    with transaction(engine) as session:
        run_id = enqueue(session, "m")
    app = open_page("annotator")
    assert "Not for this account" in said(app)
    assert not app.button
    assert stored(engine)[0].state == "queued"
    assert run_id


def test_a_button_that_is_pressed_after_the_role_was_lost_does_nothing(open_page, engine, sqlite_url, monkeypatch):
    with transaction(engine) as session:
        run_id = enqueue(session, "m")
    app = open_page()
    lesser = sign_in(sqlite_url, "somebody else", "annotator")
    monkeypatch.setattr(access, "session_token", lambda: lesser)
    app.button(key=f"cancel-{run_id}").click().run()
    assert stored(engine)[0].state == "queued"


def test_times_are_of_the_database_and_in_utc(open_page, engine):
    ended(engine, 0.5, "r1")
    assert open_page().dataframe[0].value["Ended"][0].startswith(f"{datetime.now(UTC):%Y-%m-%d}")
