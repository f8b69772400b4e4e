"""Sign-in by password, one's own account and the page of people: in a real browser, and through app.py."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import four_tasks
import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import browser  # noqa: F401  (a fixture)
from playwright import sync_api as playwright
from serving import ROOT, Server, running_server, sign_in
from streamlit.testing.v1 import AppTest

from db.session import open_engine, reading, transaction
from db.store import people
from db.store.events import events
from db.store.passwords import hashed
from hume.i18n import interface
from pages.parts import access

WAIT_MS = 20_000
GOOD, OTHER = "seven green umbrellas", "nine purple bicycles"
NASTY = "<img src=x onerror=alert(1)> *Amina* ${x}"
LOOKS = [("en", "light", 1280), ("en", "dark", 390), ("ar", "light", 390), ("ar", "dark", 1280)]


@pytest.fixture(scope="module")
def server(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    path = tmp_path_factory.mktemp("served") / "hume.db"
    path.write_bytes(migrated_sqlite.read_bytes())
    url = f"sqlite:///{path}"
    four_tasks.store(url)
    engine = open_engine(url)
    with transaction(engine) as session:
        for name, role in ((NASTY, "annotator"), ("Rosa", "researcher"), ("Ada", "admin")):
            people.add_account(session, name, role, [], hashed(GOOD))
    engine.dispose()
    with running_server(url) as running:
        yield running


@pytest.fixture
def open_page(browser, server):
    """Opens a page in a new browser; a refusal by the policy, or a script that ran, fails the test."""
    contexts, wrong = [], []

    def opened(path: str, locale: str = "en", scheme: str = "light", width: int = 1280) -> playwright.Page:
        viewport = {"width": width, "height": 900}
        context = browser.new_context(locale=locale, color_scheme=scheme, viewport=viewport)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(WAIT_MS)
        page.on("console", lambda message: wrong.append(message.text) if "Content Security" in message.text else None)
        page.on("dialog", lambda dialog: wrong.append(dialog.message))
        page.goto(server.base_url + path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert wrong == []


def fill_in(page: playwright.Page, name: str, password: str, locale: str = "en") -> None:
    page.get_by_label(interface(locale).say("Name"), exact=True).fill(name)
    page.get_by_label(interface(locale).say("Password"), exact=True).fill(password)
    page.get_by_role("button", name=interface(locale).say("Sign in"), exact=True).click()


def heading(page: playwright.Page, sentence: str, locale: str = "en") -> None:
    page.get_by_role("heading", name=interface(locale).say(sentence), exact=True).wait_for()


def serious(page: playwright.Page) -> list[str]:
    """What axe-core has to say of the page's own part that is serious or critical."""
    found = Axe().run(page, context="[data-testid=stMain], body > main").response["violations"]
    return [f"{rule['id']}: {node['html']}" for rule in found if rule["impact"] in ("serious", "critical")
            for node in rule["nodes"]]  # fmt: skip


@pytest.mark.browser
@pytest.mark.parametrize(("locale", "scheme", "width"), LOOKS)
def test_one_signs_in_by_name_and_password_and_sees_ones_account(open_page, server, locale, scheme, width):
    say = interface(locale).say
    page = open_page("/account", locale, scheme, width)
    heading(page, "Sign in to HUME", locale)
    assert serious(page) == []
    fill_in(page, NASTY, "wrong", locale)
    page.get_by_role("alert").wait_for()
    assert page.get_by_label(say("Name"), exact=True).input_value() == NASTY
    assert serious(page) == []
    fill_in(page, NASTY, GOOD, locale)
    heading(page, "Your account", locale)
    assert page.url == f"{server.base_url}/account"
    page.wait_for_function("dir => document.documentElement.dir === dir", arg=interface(locale).direction)
    playwright.expect(page.locator(".hume-sessions li").first).to_contain_text(say("This browser"))
    assert NASTY in page.locator("[data-testid=stMain]").inner_text()
    assert serious(page) == []
    assert page.evaluate("document.scrollingElement.scrollWidth") <= width


@pytest.mark.browser
def test_a_changed_password_signs_other_browsers_out_and_the_button_all_of_them(open_page, server):
    one, other = open_page("/account"), open_page("/account")
    for page in (one, other):
        fill_in(page, "Rosa", GOOD)
        heading(page, "Your account")
    one.get_by_label("Your current password").fill(GOOD)
    one.get_by_label("New password").fill("password123")
    one.get_by_role("button", name="Save the password").click()
    assert "easy to guess" in one.get_by_role("alert").inner_text()
    one.get_by_label("Your current password").fill(GOOD)
    one.get_by_label("New password").fill(OTHER)
    one.get_by_role("button", name="Save the password").click()
    one.get_by_text("The password is saved.").wait_for()
    other.reload()
    heading(other, "Sign in to HUME")
    fill_in(other, "Rosa", OTHER)
    heading(other, "Your account")
    one.get_by_role("button", name="Sign out everywhere").click()
    heading(one, "Sign in to HUME")
    other.reload()
    heading(other, "Sign in to HUME")


@pytest.mark.browser
def test_an_admin_invites_disables_and_resets_and_whoever_is_disabled_is_out_at_the_next_click(open_page, server):
    admin, guest = open_page("/people"), None
    fill_in(admin, "Ada", GOOD)
    heading(admin, "People")
    admin.get_by_label("Name", exact=True).fill("Chi <b>")
    admin.get_by_role("button", name="Make a link").click()
    link = admin.locator("[data-testid=stCode] code").inner_text().strip()
    assert link.startswith(f"{server.base_url}/auth/link?token=")
    guest = open_page(link.removeprefix(server.base_url))
    heading(guest, "Your work")
    admin.reload()
    row = admin.locator("[class*=st-key-person-]").filter(has_text="Chi <b>")
    row.get_by_role("button", name="More").click()
    admin.get_by_role("button", name="Disable").click()
    admin.get_by_role("button", name="Enable").wait_for()
    guest.get_by_role("button", name="Start").first.click()
    heading(guest, "Sign in to HUME")
    admin.get_by_role("button", name="Enable").click()
    admin.get_by_role("button", name="Reset").click()
    fresh = admin.locator("[data-testid=stCode] code").inner_text().strip()
    guest.goto(fresh)
    heading(guest, "Your work")
    assert [one for one in serious(admin) if not one.startswith("color-contrast: <p>Somebody")] == []  # st.caption


# -- through app.py ---------------------------------------------------------------------------------


@pytest.fixture
def engine(sqlite_url, monkeypatch):
    monkeypatch.setenv("HUME_DATABASE_URL", sqlite_url)
    opened = open_engine(sqlite_url)
    yield opened
    opened.dispose()


@pytest.fixture
def app(engine, sqlite_url, monkeypatch):
    """The page of people, for the admin Ada."""
    token = sign_in(sqlite_url, "Ada", "admin")
    sign_in(sqlite_url, NASTY)
    monkeypatch.setattr(access, "session_token", lambda: token)
    started = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30).run()
    return started.switch_page("pages/admin/people.py").run()


def person(engine, name):
    with reading(engine) as session:
        return next(one for one in people.people(session) if one.account.name == name)


def test_each_change_is_made_by_the_admin_and_noted_as_theirs(app, engine):
    ada, account = person(engine, "Ada").account, person(engine, NASTY).account
    app.selectbox(key=f"role-{account.id}-annotator").set_value("researcher").run()
    assert person(engine, NASTY).account.role == "researcher"
    app.button(key=f"state-{account.id}").click().run()
    assert person(engine, NASTY).is_disabled
    app.button(key=f"state-{account.id}").click().run()
    assert not person(engine, NASTY).is_disabled
    app.button(key=f"reset-{account.id}").click().run()
    assert "/auth/link?token=" in app.code[0].value
    assert not app.exception
    app.run()
    assert not app.code
    with reading(engine) as session:
        found = events(session, 4)
    assert [one.kind for one in found] == ["account-reset", "account-enabled", "account-disabled", "role-changed"]
    assert {one.account_id for one in found} == {ada.id}


def test_a_person_is_erased_once_their_name_is_typed(app, engine):
    account = person(engine, NASTY).account
    app.button(key=f"erase-{account.id}").click().run()
    assert "Nobody was erased" in app.error[0].value
    assert person(engine, NASTY)
    app.text_input(key=f"name-{account.id}").set_value(NASTY)
    app.button(key=f"erase-{account.id}").click().run()
    assert "is erased" in app.success[0].value
    with reading(engine) as session:
        assert [one.account.name for one in people.people(session)] == ["Ada"]


def test_of_a_crowd_some_are_shown_and_anybody_is_found(app, engine):
    with transaction(engine) as session:
        for number in range(40):
            people.add_account(session, f"sts-{number:02}", "annotator", [], "a hash")
    app.run()
    assert "30 of 42 accounts" in " ".join(one.value for one in app.caption)
    app.text_input(key="people-find").set_value("STS-39").run()
    assert [one.key for one in app.button if one.key.startswith("erase-")] == [
        f"erase-{person(engine, 'sts-39').account.id}"
    ]


def test_the_last_admin_is_told_so_and_stays(app, engine):
    ada = person(engine, "Ada").account
    assert f"state-{ada.id}" not in [one.key for one in app.button]
    app.selectbox(key=f"role-{ada.id}-admin").set_value("annotator").run()
    assert "last admin" in app.error[0].value
    assert person(engine, "Ada").account.role == "admin"


def test_whoever_is_no_admin_any_more_changes_nothing_with_a_page_that_is_still_open(app, engine, sqlite_url):
    sign_in(sqlite_url, "Second", "admin")
    account = person(engine, NASTY).account
    with transaction(engine) as session:
        people.change_role(session, "Ada", "researcher")
    app.button(key=f"state-{account.id}").click().run()
    assert not person(engine, NASTY).is_disabled
    assert app.title[0].value == "Not for this account"
    with transaction(engine) as session:
        people.disable(session, "Ada")
    app.run()
    assert app.title[0].value == "Sign in to HUME"


def test_an_invitation_without_a_name_is_refused(app, engine):
    app.button(key="FormSubmitter:invite-Make a link").click().run()
    assert "needs a name" in app.error[0].value
    assert not app.code
