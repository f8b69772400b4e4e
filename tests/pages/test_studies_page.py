"""A participant's way from the link to the completion link, in a real browser; and the admins' page of studies."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import four_tasks
import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import browser  # noqa: F401  (a fixture)
from playwright.sync_api import Page, expect
from serving import ROOT, Server, running_server, sign_in
from streamlit.testing.v1 import AppTest

from db.session import open_engine, reading, transaction
from db.store import participants, studies
from db.store.accounts import create_invitation
from db.store.events import events
from hume.i18n import interface
from hume.records import Study
from pages.parts import access

WAIT_MS = 30_000
TEXT = "نسأل عن تشابه النصوص.\n\n<b>You</b> can stop at any time."
DONE = "https://app.prolific.com/submissions/complete?cc=C0DE"
CROWD = Study(
    "alike", "How <i>alike</i>?", TEXT, ("SmallSts",), items=1, completion_url=DONE, completion_code="C0DE"
)  # fmt: skip
LINK = "/join/alike?PROLIFIC_PID=5f3c&STUDY_ID=s&SESSION_ID=x"


@pytest.fixture(scope="module")
def server(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    path = tmp_path_factory.mktemp("served") / "hume.db"
    path.write_bytes(migrated_sqlite.read_bytes())
    url = f"sqlite:///{path}"
    four_tasks.store(url, overlap=9)
    engine = open_engine(url)
    with transaction(engine) as session:
        studies.save_study(session, CROWD)
    engine.dispose()
    with running_server(url) as running:
        yield running


@pytest.fixture
def tab(browser, server):
    """Opens a tab of a new browser; what the policy refuses, or a script that runs, fails the test."""
    contexts, wrong = [], []

    def opened(locale: str = "en", scheme: str = "light", width: int = 1280) -> Page:
        context = browser.new_context(
            locale=locale, color_scheme=scheme, viewport={"width": width, "height": 900}, base_url=server.base_url
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(WAIT_MS)
        page.on("console", lambda message: wrong.append(message.text) if "Content Security" in message.text else None)
        page.on("dialog", lambda dialog: wrong.append(dialog.message))
        return page

    yield opened
    for context in contexts:
        context.close()
    assert wrong == []


def serious(page: Page) -> list[str]:
    found = Axe().run(page, context="[data-testid=stMain], body > main").response["violations"]
    return [f"{rule['id']}: {node['html']}" for rule in found if rule["impact"] in ("serious", "critical")
            for node in rule["nodes"]]  # fmt: skip


def fits(page: Page) -> bool:
    return page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")


@pytest.mark.browser
def test_from_the_link_to_the_completion_link_in_arabic_on_a_phone(tab, server):
    say = interface("ar").say
    page = tab("ar", "dark", 390)
    page.goto(LINK)
    expect(page.get_by_role("heading")).to_have_text(CROWD.title, timeout=WAIT_MS)
    assert page.evaluate("document.documentElement.dir") == "rtl"
    expect(page.get_by_text("<b>You</b> can stop at any time.")).to_be_visible(timeout=WAIT_MS)
    assert (serious(page), fits(page)) == ([], True)
    page.get_by_role("button", name=say("I agree and begin")).dblclick()
    page.wait_for_url("**/work")
    page.get_by_role("button", name=say("Start")).first.click()
    expect(page.locator(".form")).to_contain_text(re.compile("(eng|ara) one"), timeout=WAIT_MS)
    assert page.get_by_text("C0DE").count() == 0
    page.keyboard.press("3")
    link = page.get_by_role("link", name=say("Confirm that you have finished"))
    expect(link).to_have_attribute("href", DONE, timeout=WAIT_MS)
    expect(page.locator(".finished code")).to_have_text("C0DE", timeout=WAIT_MS)
    expect(page.locator(".finished")).to_contain_text(
        say("You have done all that this study asks of you. Thank you."), timeout=WAIT_MS
    )
    assert (serious(page), fits(page)) == ([], True)
    page.goto("/work")
    link = page.get_by_role("link", name=say("Confirm that you have finished"))
    expect(link).to_have_attribute("href", DONE, timeout=WAIT_MS)
    assert (serious(page), fits(page)) == ([], True)
    page.goto(LINK)
    page.wait_for_url("**/work")
    other = tab("ar")
    other.goto(LINK)
    expect(other.get_by_role("heading")).to_have_text(say("You take part already"), timeout=WAIT_MS)
    assert serious(other) == []
    engine = open_engine(server.database_url)
    with reading(engine) as session:
        (one,) = participants.participants(session, "alike")
    engine.dispose()
    assert (one.external_id, one.answered, one.completed_at is not None) == ("5f3c", 1, True)


@pytest.mark.browser
def test_who_is_invited_agrees_on_the_page_of_work(tab, server):
    engine = open_engine(server.database_url)
    with transaction(engine) as session:
        token = create_invitation(session, "Bo", "annotator", study="alike")
    engine.dispose()
    page = tab()
    page.goto(f"/auth/link?token={token}&next=/work")
    expect(page.get_by_role("heading", name=CROWD.title)).to_be_visible(timeout=WAIT_MS)
    expect(page.get_by_text("<b>You</b> can stop at any time.")).to_be_visible(timeout=WAIT_MS)
    assert page.get_by_role("button", name="Start").count() == 0
    assert (serious(page), fits(page)) == ([], True)
    page.goto("/answer?task=SmallSts&subset=eng")
    expect(page.get_by_text("Read first what the study is about")).to_be_visible(timeout=WAIT_MS)
    page.goto("/work")
    page.get_by_role("button", name="I do not agree").click()
    expect(page.get_by_role("heading")).to_have_text("You do not take part", timeout=WAIT_MS)
    page.goto("/work")
    page.get_by_role("button", name="I agree and begin").click()
    expect(page.get_by_role("button", name="Start").first).to_be_visible(timeout=WAIT_MS)


@pytest.mark.browser
@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_the_page_of_studies_is_readable(tab, server, scheme, width):
    page = tab(scheme=scheme, width=width)
    page.context.add_cookies([server.cookie(sign_in(server.database_url, "Ada", "admin"))])
    page.goto("/studies")
    expect(page.get_by_role("heading", name="Studies")).to_be_visible(timeout=WAIT_MS)
    card = page.locator("[class*=st-key-study-alike]")
    expect(card.locator("code")).to_have_text(
        f"{server.base_url}/join/alike?PROLIFIC_PID={{{{%PROLIFIC_PID%}}}}", timeout=WAIT_MS
    )
    expect(card).to_contain_text(CROWD.title, timeout=WAIT_MS)
    expect(page.get_by_role("button", name="Make the study")).to_be_visible(timeout=WAIT_MS)
    assert [one for one in serious(page) if not one.startswith("color-contrast: <p>")] == []  # st.caption
    assert fits(page)


# -- through app.py ---------------------------------------------------------------------------------


@pytest.fixture
def engine(sqlite_url, monkeypatch):
    monkeypatch.setenv("HUME_DATABASE_URL", sqlite_url)
    four_tasks.store(sqlite_url)
    opened = open_engine(sqlite_url)
    yield opened
    opened.dispose()


@pytest.fixture
def app(engine, sqlite_url, monkeypatch):
    """The page of studies, for the admin Ada."""
    token = sign_in(sqlite_url, "Ada", "admin")
    monkeypatch.setattr(access, "session_token", lambda: token)
    started = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    return started.switch_page("pages/admin/studies.py").run()


KINDS = {"tasks": AppTest.multiselect, "until": AppTest.date_input, "items": AppTest.number_input,
         "places": AppTest.number_input, "consent": AppTest.text_area}  # fmt: skip


def fill_in(app, **fields):
    for key, value in fields.items():
        KINDS.get(key, AppTest.text_input).fget(app)(key=f"study-{key}").set_value(value)
    next(one for one in app.button if one.label == "Make the study").click().run()
    assert not app.exception


def test_an_admin_makes_closes_and_opens_a_study(app, engine):
    last_day = date.today() + timedelta(days=30)
    fill_in(app, name="alike", title="How alike?", consent=TEXT, tasks=["SmallSts"], items=5, places=7, url=DONE,
            until=last_day)  # fmt: skip
    with reading(engine) as session:
        made = studies.find_study(session, "alike")
    assert replace(made, consent_digest="") == Study(
        "alike", "How alike?", TEXT, ("SmallSts",), places=7, items=5, completion_url=DONE, expires_at=made.expires_at
    )
    assert f"{made.expires_at:%F %T}" == f"{last_day + timedelta(days=1)} 00:00:00"
    app.button(key="state-alike").click().run()
    app.button(key="state-alike").click().run()
    assert "alike is open" in app.success[0].value
    with reading(engine) as session:
        told = [(one.kind, one.account_id is not None) for one in events(session, 3)]
    assert told == [("study-opened", True), ("study-closed", True), ("study-saved", True)]
    fill_in(app, name="alike", title="Again", consent=TEXT, tasks=["SmallSts"])
    assert "already" in app.error[0].value


def test_what_cannot_be_is_said(app, engine):
    fill_in(app, name="alike", title="How alike?", consent=TEXT, tasks=["SmallSts"], url="http://app.prolific.com/")
    assert "https" in app.error[0].value
    with reading(engine) as session:
        assert studies.studies(session) == []


def test_a_click_of_somebody_who_is_no_admin_any_more_changes_nothing(app, engine, sqlite_url, monkeypatch):
    fill_in(app, name="alike", title="How alike?", consent=TEXT, tasks=["SmallSts"])
    token = sign_in(sqlite_url, "Rosa", "researcher")
    monkeypatch.setattr(access, "session_token", lambda: token)
    app.button(key="state-alike").click().run()
    assert "Not for this account" in app.title[0].value
    with reading(engine) as session:
        assert studies.find_study(session, "alike").closed_at is None
