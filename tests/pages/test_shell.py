"""The app around its pages: in a real browser against a real server, and through app.py with AppTest."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import four_tasks
import pytest
from browsing import browser  # noqa: F401  (a fixture)
from playwright import sync_api as playwright
from serving import ROOT, Server, running_server, sign_in
from streamlit.testing.v1 import AppTest

from db.session import open_engine, transaction
from db.store.accounts import accounts
from db.store.answers import save_answers
from db.store.tasks import find_task, set_task, subset_records
from hume.records import Answer
from pages.parts import access

WAIT_MS = 20_000


def entries() -> list[tuple[str, str]]:
    """(address, role) of every page in app.py."""
    tree = ast.parse((ROOT / "app.py").read_text("utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "shell.Entry"]
    return [(f"/{Path(call.args[1].value).stem}", call.args[4].value) for call in calls]


ENTRIES = entries()
HUME = str(Path(sys.executable).with_name("hume"))


@pytest.fixture(scope="module")
def server(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    path = tmp_path_factory.mktemp("served") / "hume.db"
    path.write_bytes(migrated_sqlite.read_bytes())
    four_tasks.store(f"sqlite:///{path}")
    with running_server(f"sqlite:///{path}") as running:
        yield running


@contextmanager
def page_of(browser, server: Server, session_token: str = "", **options) -> Iterator[playwright.Page]:
    """A new page, signed in or not; what the browser refused to do under the policy fails the test."""
    context = browser.new_context(**options)
    if session_token:
        context.add_cookies([server.cookie(session_token)])
    page = context.new_page()
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if "Content Security" in message.text else None)
    yield page
    context.close()
    assert refused == []


# -- signed out ---------------------------------------------------------------------------------------


@pytest.mark.browser
@pytest.mark.parametrize("path", ["/", "/nonsense", *dict(ENTRIES)])
def test_without_a_cookie_every_address_shows_the_sign_in_and_nothing_else(browser, server, path):
    with page_of(browser, server) as page:
        page.goto(server.base_url + path)
        page.get_by_role("heading", name="Sign in to HUME").wait_for(timeout=WAIT_MS)
        page.wait_for_load_state("networkidle")
        said = page.locator("[data-testid=stMain]").inner_text()
        assert "hume link" in said
        assert page.locator("[data-testid=stMain] h1").count() == 1
        assert page.locator("[data-testid=stSidebar]").count() == 0
        others = "[data-testid=stMain] :is(button, a):not(.languages button, .hume-form button):visible"
        assert page.locator(others).count() == 0
        for name in (four_tasks.name(task_type) for task_type in four_tasks.KINDS):
            assert name not in page.content()


@pytest.mark.browser
def test_the_first_request_to_a_fresh_process_is_no_way_around_the_sign_in(browser, sqlite_url):
    """Streamlit lists scripts of a folder `pages` by itself until a first run has told it not to."""
    with running_server(sqlite_url) as fresh, page_of(browser, fresh) as page:
        page.goto(f"{fresh.base_url}/gap")
        page.get_by_role("heading", name="Sign in to HUME").wait_for(timeout=WAIT_MS)
        assert page.locator("[data-testid=stMain] h1").count() == 1
        assert "does not seem to exist" not in page.content()


# -- signed in ----------------------------------------------------------------------------------------


@pytest.mark.browser
def test_the_owners_link_opens_the_app_and_signing_out_closes_it_in_every_tab(browser, server):
    with page_of(browser, server) as page:
        page.goto(server.owner_link)
        page.get_by_role("heading", name="Overview").wait_for(timeout=WAIT_MS)
        assert page.url == f"{server.base_url}/overview"
        (cookie,) = [one for one in page.context.cookies() if one["name"] == "hume_session"]
        assert (cookie["httpOnly"], cookie["sameSite"], cookie["secure"]) == (True, "Lax", False)
        assert "hume_session" not in page.evaluate("document.cookie")

        other = page.context.new_page()
        other.goto(f"{server.base_url}/work")
        other.get_by_role("button", name="Start").first.wait_for(timeout=WAIT_MS)
        page.get_by_role("button", name="Sign out").click()
        page.get_by_role("heading", name="Sign in to HUME").wait_for(timeout=WAIT_MS)
        other.get_by_role("button", name="Start").first.click()
        other.get_by_role("heading", name="Sign in to HUME").wait_for(timeout=WAIT_MS)


@pytest.mark.browser
@pytest.mark.parametrize("role", ["annotator", "researcher", "admin"])
def test_each_role_gets_its_pages_and_no_others(browser, server, role):
    ranks = ("annotator", "researcher", "admin")
    with page_of(browser, server, server.sign_in(f"the {role}", role)) as page:
        for path, needed in ENTRIES:
            page.goto(server.base_url + path)
            page.locator("[data-testid=stMain] h1").first.wait_for(timeout=WAIT_MS)
            refused = page.get_by_role("heading", name="Not for this account").count()
            assert bool(refused) == (ranks.index(role) < ranks.index(needed)), path
            menu = page.locator("[data-testid=stSidebarNavLink]").all_inner_texts()
            assert ("Tasks" in " ".join(menu)) == (role == "admin")


@pytest.mark.browser
def test_a_plotly_chart_draws_under_the_policy(browser, server):
    _answer(server.database_url, "Amina", "classification", "eng")
    with page_of(browser, server, server.sign_in("the researcher", "researcher")) as page:
        page.goto(f"{server.base_url}/baselines")
        page.locator(".js-plotly-plot .main-svg").first.wait_for(timeout=WAIT_MS)


@pytest.mark.browser
def test_work_fits_a_phone_and_leads_to_the_answer_page(browser, server):
    token = server.sign_in("Dina", languages=("ara-Arab",))
    with page_of(browser, server, token, viewport={"width": 360, "height": 740}) as page:
        page.goto(f"{server.base_url}/work")
        page.get_by_role("button", name="Start").first.wait_for(timeout=WAIT_MS)
        assert page.get_by_role("button", name="Start").count() == len(four_tasks.KINDS)
        assert page.evaluate("document.scrollingElement.scrollWidth") <= 360
        page.get_by_role("button", name="Start").first.click()
        page.wait_for_url(f"{server.base_url}/answer?task=SmallReranking&subset=ara", timeout=WAIT_MS)


@pytest.mark.browser
def test_the_deck_takes_an_answer_and_work_shows_it(browser, server):
    token = server.sign_in("Elif", languages=("eng-Latn",))
    with page_of(browser, server, token) as page:
        page.goto(f"{server.base_url}/answer?task=SmallSts&subset=eng")
        page.get_by_text("eng one").first.wait_for(timeout=WAIT_MS)
        page.keyboard.press("3")
        page.get_by_text("1 of 6").first.wait_for(timeout=WAIT_MS)
        page.get_by_text("All saved").first.wait_for(timeout=WAIT_MS)
        page.goto(f"{server.base_url}/work")
        page.get_by_role("button", name="Continue").wait_for(timeout=WAIT_MS)
        assert "1 of 6" in page.locator("[data-testid=stMain]").inner_text()


# -- how it starts ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    [
        (HUME, "serve"),
        (sys.executable, "-m", "uvicorn", "--app-dir", str(ROOT), "app:app"),
    ],
    ids=["hume serve", "uvicorn"],
)
def test_it_starts_from_any_folder(sqlite_url, tmp_path, command):
    with running_server(sqlite_url, cwd=tmp_path, command=command) as running, running.client() as client:
        assert running.owner_link.startswith(running.base_url)
        assert "Content-Security-Policy" in client.get("/").headers
        assert client.get(f"/auth/link?token={running.owner_token}").status_code == 303


def test_a_database_that_is_behind_stops_the_start_with_the_command_to_run(empty_postgres_url):
    started = subprocess.run(
        [HUME, "serve", "--port", "1"],
        cwd=ROOT,
        env={**os.environ, "HUME_DATABASE_URL": empty_postgres_url},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert started.returncode == 2
    assert "hume db upgrade" in started.stderr
    assert "Traceback" not in started.stderr


# -- the pages through app.py, on a real file --------------------------------------------------------


@pytest.fixture
def app(sqlite_url, monkeypatch):
    """Runs app.py at a page for the account with a session token."""
    four_tasks.store(sqlite_url)
    monkeypatch.setenv("HUME_DATABASE_URL", sqlite_url)

    def run(file: str, session_token: str) -> AppTest:
        monkeypatch.setattr(access, "session_token", lambda: session_token)
        started = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30).run()
        return started.switch_page(file).run()

    return run


def _answer(database_url: str, who: str, task_type: str, subset: str, count: int = four_tasks.N_ITEMS) -> None:
    engine = open_engine(database_url)
    sign_in(database_url, who)
    with transaction(engine) as session:
        rater_id = next(one.rater_id for one in accounts(session) if one.name == who)
        (record,) = [one for one in subset_records(session, [four_tasks.name(task_type)]) if one.subset.name == subset]
        payload = four_tasks.PAYLOADS[task_type]
        answers = [(item.id, Answer(item.key, "given", payload)) for item in record.items[:count]]
        save_answers(session, rater_id, answers)
    engine.dispose()


def said(app) -> str:
    return "\n".join(element.value for element in [*app.title, *app.markdown, *app.caption])


def test_work_lists_what_is_open_in_ones_languages(app, sqlite_url):
    everything = app("pages/annotator/work.py", sign_in(sqlite_url, "Amina"))
    assert not everything.exception
    assert [button.label for button in everything.button] == ["Start"] * 8
    assert "48" in said(everything)
    arabic = app("pages/annotator/work.py", sign_in(sqlite_url, "Bo", languages=("ara",)))
    assert [button.label for button in arabic.button] == ["Start"] * 4
    none = app("pages/annotator/work.py", sign_in(sqlite_url, "Chi", languages=("fra-Latn",)))
    assert not none.button
    assert "French" in said(none)


def test_work_tells_started_and_finished_ones_from_new_ones(app, sqlite_url):
    _answer(sqlite_url, "Amina", "sts", "eng")
    _answer(sqlite_url, "Amina", "sts", "ara", count=2)
    shown = app("pages/annotator/work.py", sign_in(sqlite_url, "Amina"))
    labels = [button.label for button in shown.button]
    assert sorted(labels) == ["Continue", "Look over your answers", *["Start"] * 6]
    assert labels[-2:] == ["Continue", "Look over your answers"]
    assert "Finished: 6 answered." in said(shown)


def test_work_leaves_out_what_is_not_open_and_what_enough_have_answered_needs_nobody(app, sqlite_url):
    engine = open_engine(sqlite_url)
    with transaction(engine) as session:
        set_task(session, "SmallSts", overlap=1)
        set_task(session, "SmallClustering", state="closed")
        set_task(session, "SmallReranking", state="draft")
    engine.dispose()
    _answer(sqlite_url, "Bo", "sts", "eng")
    shown = app("pages/annotator/work.py", sign_in(sqlite_url, "Amina"))
    assert len(shown.button) == 3
    assert "Enough people have answered this one." in said(shown)


def test_an_annotator_is_refused_the_page_of_tasks(app, sqlite_url):
    refused = app("pages/admin/tasks.py", sign_in(sqlite_url, "Amina *x*"))
    assert refused.title[0].value == "Not for this account"
    assert r"Amina \*x\*" in said(refused)
    assert not refused.number_input


def test_a_mistake_is_shown_in_its_own_words_and_of_any_other_error_its_number_alone(caplog):
    def script():
        from hume.errors import HumeError
        from pages.parts.shell import show_mistake

        assert show_mistake(HumeError("No task *x*. There are: A_B."))
        assert show_mistake(ValueError("a detail"))

    shown = AppTest.from_function(script).run()
    assert not shown.exception
    mistake, error = (error.value for error in shown.error)
    assert mistake == r"No task \*x\*\. There are\: A\_B\."
    assert re.search(r"this number\\: \W*[0-9a-f]{16}\W*$", error)
    assert "a detail" not in error
    assert "a detail" in caplog.text


def test_an_admin_opens_and_closes_tasks_and_sets_their_overlap(app, sqlite_url):
    shown = app("pages/admin/tasks.py", sign_in(sqlite_url, "owner", "admin"))
    assert not shown.exception
    shown.number_input(key="overlap-SmallSts").set_value(5).run()
    shown.button_group(key="state-SmallSts").set_value("closed").run()
    assert not shown.exception
    engine = open_engine(sqlite_url)
    with transaction(engine) as session:
        task = find_task(session, "SmallSts")
    engine.dispose()
    assert (task.overlap, task.state) == (5, "closed")
