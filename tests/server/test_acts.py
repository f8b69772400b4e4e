"""An open page acts for nobody but who clicks: every act, once the role, the account or the session is gone."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path

import pytest
import study
from serving import ROOT, sign_in
from sqlalchemy import Engine, delete, select
from streamlit.testing.v1 import AppTest

from db import tables as t
from db.session import open_engine, reading, transaction
from db.store import people
from db.store.queue import enqueue, finish, take
from db.store.sessions import end_sessions
from db.store.studies import save_study
from hume.records import Study
from hume.studies import checked_study
from pages.parts import access

Act = Callable[[AppTest], object]
UNCOUNTED = {"session", "event"}
"""Tables that change by themselves: when a session was seen, and what this test does to the account."""


def _widget(app: AppTest, kind: str, key: str):
    return next(one for one in getattr(app, kind) if (one.key or "").startswith(key))


def _submit(app: AppTest, label: str, **values: object) -> None:
    """Fill in a form by the keys of its fields, and send it."""
    for key, value in values.items():
        kind, _, key = key.partition("__")
        _widget(app, kind, key.replace("_", "-")).set_value(value)
    next(one for one in app.button if one.label == label).click().run()


def _queue(app: AppTest) -> None:
    app.text_input[0].set_value("bm25")
    next(one for one in app.button if one.label == "Queue").click().run()


def _make_study(app: AppTest) -> None:
    fields = {"text_input__study_name": "other", "text_input__study_title": "T", "text_area__study_consent": "Agree?"}
    _submit(app, "Make the study", **fields, multiselect__study_tasks=["SmallSts"])


def _erase(app: AppTest) -> None:
    key = _widget(app, "button", "erase-").key.removeprefix("erase-")
    app.text_input(key=f"name-{key}").set_value("Amina")
    app.button(key=f"erase-{key}").click().run()


ACTS: dict[str, tuple[str, dict[str, Act]]] = {
    "admin/tasks.py": (
        "admin",
        {
            "overlap": lambda app: app.number_input(key="overlap-SmallSts").set_value(9).run(),
            "state": lambda app: app.button_group(key="state-SmallSts").set_value("closed").run(),
            "setup": lambda app: _submit(app, "Save", number_input__repeats_SmallSts=50),
        },
    ),
    "admin/people.py": (
        "admin",
        {
            "invite": lambda app: _submit(app, "Make a link", text_input__invite_name="Newcomer"),
            "role": lambda app: _widget(app, "selectbox", "role-").set_value("researcher").run(),
            "reset": lambda app: _widget(app, "button", "reset-").click().run(),
            "state": lambda app: _widget(app, "button", "state-").click().run(),
            "erase": _erase,
        },
    ),
    "admin/studies.py": (
        "admin",
        {"make": _make_study, "close": lambda app: _widget(app, "button", "state-").click().run()},
    ),
    "researcher/models.py": (
        "researcher",
        {
            "queue": _queue,
            "cancel": lambda app: _widget(app, "button", "cancel-").click().run(),
            "retry": lambda app: _widget(app, "button", "retry-").click().run(),
        },
    ),
    "researcher/items.py": (
        "researcher",
        {"verdict": lambda app: (app.radio[0].set_value("ambiguous"), _submit(app, "Save verdict"))},
    ),
}
WITHIN = {"parts/task_setup.py", "parts/runs.py", "parts/verdicts.py"}
"""Parts of those pages that act."""
NO_ACT = {"parts/taking_part.py"}
"""Notes what follows from one's own answers, whoever looks."""


@pytest.fixture
def engine(sqlite_url: str) -> Iterator[Engine]:
    study.store(sqlite_url)
    sign_in(sqlite_url, "Root", "admin")
    opened = open_engine(sqlite_url)
    with transaction(opened) as session:
        run = take(session, "w", 60.0)
        finish(session, run.id, "w", "failed", "it failed", 3.0)
        asked = {"name": "one", "title": "One", "consent": "Agree?", "tasks": ("SmallSts",)}
        save_study(session, checked_study(Study(**asked)))
    yield opened
    opened.dispose()


def kept(engine: Engine) -> dict[str, list[object]]:
    """Every row of every table but those that change by themselves."""
    with reading(engine) as session:
        tables = [table for table in t.Base.metadata.sorted_tables if table.name not in UNCOUNTED]
        return {table.name: sorted(map(repr, session.execute(select(table)))) for table in tables}


def _take_role(session, account_id: int) -> None:
    people.change_role(session, "Rex", "annotator")


def _disable(session, account_id: int) -> None:
    people.disable(session, "Rex")


WAYS = {_take_role: "Not for this account", _disable: "Sign in to HUME", end_sessions: "Sign in to HUME"}


@pytest.mark.parametrize("file", ACTS)
def test_an_open_page_acts_for_who_clicks_and_nobody_else(engine, sqlite_url, monkeypatch, file):
    role, acts = ACTS[file]
    monkeypatch.setenv("HUME_DATABASE_URL", sqlite_url)
    holder = {"token": sign_in(sqlite_url, "Rex", role)}
    monkeypatch.setattr(access, "session_token", lambda: holder["token"])
    with reading(engine) as session:
        rex = session.scalar(select(t.Account.id).where(t.Account.name == "Rex"))
        item, run = session.scalar(select(t.Item.id)), session.scalar(select(t.Run.id).where(t.Run.state == "failed"))

    def opened() -> AppTest:
        """The page as it is drawn for somebody who may, with everything open that acts."""
        with transaction(engine) as session:
            people.enable(session, "Rex")
            people.change_role(session, "Rex", role)
            enqueue(session, "another-model", [], {}, rex)
        holder["token"] = sign_in(sqlite_url, "Rex", role)
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
        app.switch_page(f"pages/{file}").run()
        app.session_state["setup-SmallSts"] = True
        if file == "researcher/items.py":
            app.query_params["item"] = str(item)
        if file == "researcher/models.py":
            app.selectbox(key="run").set_value(run)
        return app.run()

    ways = cycle(WAYS.items())
    for act in acts.values():
        (take_away, title), app = next(ways), opened()
        assert not app.exception
        assert app.title[0].value not in WAYS.values()
        with transaction(engine) as session:
            take_away(session, rex)
        before = kept(engine)
        act(app)
        assert kept(engine) == before
        assert app.title[0].value == title  # that it has no exception is shown by test_access_walk.py: AppTest
        # forgets between two runs which pages there are, so that the refusal's link back to work has no page
        # In the hands of somebody who may, the same click is an act.
        app = opened()
        before = kept(engine)
        act(app)
        assert not app.exception
        assert kept(engine) != before
        with transaction(engine) as session:
            session.execute(delete(t.Verdict))


def test_who_acts_is_looked_up_where_the_act_is():
    """Every function of a page that writes calls `require`; and each module that has one is among those above."""
    found, wrong = set(), []
    for path in sorted((ROOT / "pages").rglob("*.py")):
        for function in _functions(path):
            called = {ast.unparse(node.func) for node in ast.walk(function) if isinstance(node, ast.Call)}
            name = path.relative_to(ROOT / "pages").as_posix()
            if "transaction" in called and name not in NO_ACT:
                found.add(name)
                if "require" not in called:
                    wrong.append(f"{name}: {function.name}")
    assert wrong == []
    assert WITHIN <= found <= {*ACTS, *WITHIN}


def _functions(path: Path) -> Iterator[ast.FunctionDef]:
    tree = ast.parse(path.read_text("utf-8"))
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
