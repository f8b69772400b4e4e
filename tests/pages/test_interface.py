"""The annotators' pages in their languages: which one, where it is kept, right to left throughout."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import four_tasks
import pytest
from browsing import browser  # noqa: F401  (a fixture)
from playwright import sync_api as playwright
from serving import ROOT, Server, running_server, sign_in
from streamlit.testing.v1 import AppTest

from db.session import open_engine, transaction
from db.store.accounts import accounts, set_locale
from db.store.annotators import assign_task
from db.store.purposes import set_apart
from hume.i18n import LOCALES, interface
from pages.parts import access

WAIT_MS = 20_000


@pytest.fixture(scope="module")
def server(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    path = tmp_path_factory.mktemp("served") / "hume.db"
    path.write_bytes(migrated_sqlite.read_bytes())
    four_tasks.store(f"sqlite:///{path}")
    with running_server(f"sqlite:///{path}") as running:
        yield running


@pytest.fixture
def open_page(browser, server):
    """Opens a page in a browser of a locale, signed in or not; a refusal by the policy fails the test."""
    contexts, refused = [], []

    def opened(path: str, locale: str = "en-US", session_token: str = "", **options) -> playwright.Page:
        context = browser.new_context(locale=locale, **options)
        contexts.append(context)
        if session_token:
            context.add_cookies([server.cookie(session_token)])
        page = context.new_page()
        page.set_default_timeout(WAIT_MS)
        page.on("console", lambda message: refused.append(message.text) if "Content Security" in message.text else None)
        page.goto(server.base_url + path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert refused == []


def account_named(database_url: str, name: str):
    engine = open_engine(database_url)
    with transaction(engine) as session:
        found = next(one for one in accounts(session) if one.name == name)
    engine.dispose()
    return found


def choose(database_url: str, name: str, locale: str) -> None:
    found, engine = account_named(database_url, name), open_engine(database_url)
    with transaction(engine) as session:
        set_locale(session, found.id, locale)
    engine.dispose()


def heading(page: playwright.Page, sentence: str, locale: str) -> None:
    page.get_by_role("heading", name=interface(locale).say(sentence), exact=True).wait_for()


def direction(page: playwright.Page, locale: str) -> str:
    """That of the page, once it says that it is in that language."""
    page.wait_for_function("locale => document.documentElement.lang === locale", arg=locale)
    return page.evaluate("getComputedStyle(document.querySelector('[data-testid=stMain]')).direction")


# -- which language -----------------------------------------------------------------------------------


@pytest.mark.browser
@pytest.mark.parametrize("locale", LOCALES)
def test_the_sign_in_speaks_the_browsers_language(open_page, locale):
    page = open_page("/work", locale=locale)
    heading(page, "Sign in to HUME", locale)
    assert direction(page, locale) == interface(locale).direction
    assert "hume link" in page.locator("[data-testid=stMain]").inner_text()


@pytest.mark.browser
def test_a_language_chosen_before_sign_in_is_kept_in_the_browser_and_leads_back_to_the_same_address(open_page, server):
    page = open_page("/answer?task=SmallSts&subset=eng", locale="da-DK")
    heading(page, "Sign in to HUME", "da")
    page.get_by_role("button", name="Русский").click()
    heading(page, "Sign in to HUME", "ru")
    assert page.url == f"{server.base_url}/answer?task=SmallSts&subset=eng"
    page.reload()
    heading(page, "Sign in to HUME", "ru")
    assert page.get_by_role("button", name="Русский").get_attribute("aria-pressed") == "true"
    page.goto(f"{server.base_url}/auth/link?token=nonsense")
    heading(page, "This link does not work", "ru")
    page.get_by_role("button", name="Norsk bokmål").click()
    heading(page, "This link does not work", "nb")


@pytest.mark.browser
def test_a_language_chosen_by_an_account_is_kept_with_it_for_every_browser(open_page, server):
    token = server.sign_in("Nadia")
    page = open_page("/work", session_token=token)
    heading(page, "Your work", "en")
    page.get_by_role("button", name="العربية").click()
    heading(page, "Your work", "ar")
    assert account_named(server.database_url, "Nadia").locale == "ar"
    elsewhere = open_page("/work", locale="ru", session_token=token)
    heading(elsewhere, "Your work", "ar")
    elsewhere.get_by_role("button", name=interface("ar").say("Sign out")).click()
    heading(elsewhere, "Sign in to HUME", "ru")


# -- Arabic -------------------------------------------------------------------------------------------


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
def test_arabic_runs_from_right_to_left_throughout(open_page, server, width):
    token = server.sign_in("Salma")
    choose(server.database_url, "Salma", "ar")
    page = open_page("/work", session_token=token, viewport={"width": width, "height": 800})
    heading(page, "Your work", "ar")
    assert direction(page, "ar") == "rtl"
    assert page.evaluate("document.documentElement.dir") == "rtl"
    main = page.locator("[data-testid=stMain]")
    title, first = main.locator("h1 span").first, page.locator("[class*=st-key-card-]").first
    content = main.locator("[data-testid=stMainBlockContainer]").bounding_box()
    assert title.evaluate("e => getComputedStyle(e).textAlign") in ("start", "right")
    assert content["x"] + content["width"] - (first.bounding_box()["x"] + first.bounding_box()["width"]) < 100
    assert page.evaluate("document.scrollingElement.scrollWidth") <= width
    sidebar = page.locator("[data-testid=stSidebar]")
    if width > 1000:
        assert sidebar.bounding_box()["x"] > width / 2
    page.goto(f"{server.base_url}/answer?task=SmallSts&subset=eng")
    page.locator(".form > *").first.wait_for()
    assert page.locator(".deck").first.evaluate("e => getComputedStyle(e).direction") == "rtl"
    assert page.get_by_role("button", name=re.compile(interface("ar").deck_words()["skip"])).count() == 1
    out_of_sight = sidebar.evaluate("e => e.getBoundingClientRect().left >= innerWidth || !e.offsetWidth")
    assert not sidebar.count() or out_of_sight
    assert page.evaluate("document.scrollingElement.scrollWidth") <= width


@pytest.mark.browser
def test_a_bar_of_progress_fills_from_the_side_where_one_begins_to_read(open_page, server):
    token = server.sign_in("Yusuf")
    page = open_page("/answer?task=SmallSts&subset=eng", session_token=token)
    page.locator(".form > *").first.wait_for()
    page.keyboard.press("3")
    page.get_by_text("All saved").first.wait_for()
    started = page.locator("[class*=st-key-card-]").filter(has_text="SmallSts").first
    bar = started.locator("[data-testid=stProgressBarTrack] > *")
    for locale, sign in (("en", -1), ("ar", 1)):
        choose(server.database_url, "Yusuf", locale)
        page.goto(f"{server.base_url}/work")
        heading(page, "Your work", locale)
        direction(page, locale)
        started.scroll_into_view_if_needed()
        page.wait_for_function(
            """([bar, sign]) => {
                const [own, track] = [bar, bar.parentElement].map((one) => one.getBoundingClientRect());
                return (own.left - track.left) * sign > 9;
            }""",
            arg=[bar.element_handle(), sign],
        )


@pytest.mark.browser
def test_work_sends_what_the_deck_left_unsaved(open_page, server):
    token = server.sign_in("Farid")
    choose(server.database_url, "Farid", "ar")
    page = open_page("/answer?task=SmallSts&subset=eng", session_token=token)
    page.locator(".form > *").first.wait_for()
    page.route("**/deck/answers", lambda route: route.abort())
    page.keyboard.press("3")
    words = interface("ar").deck_words()
    playwright.expect(page.locator(".status")).to_have_text(words["unsaved.one"], timeout=WAIT_MS)
    page.goto(f"{server.base_url}/work")
    heading(page, "Your work", "ar")
    left = page.get_by_role("status").filter(has_text=re.compile(f"{words['unsaved.one']}|{words['saved']}"))
    playwright.expect(left).to_have_text(words["unsaved.one"], timeout=WAIT_MS)
    page.unroute("**/deck/answers")
    playwright.expect(left).to_have_text(words["saved"], timeout=2 * WAIT_MS)


# -- who stays with English ---------------------------------------------------------------------------


@pytest.mark.browser
def test_researchers_pages_are_english_whatever_the_account_speaks(open_page, server):
    token = server.sign_in("Rania", "researcher")
    choose(server.database_url, "Rania", "ar")
    page = open_page("/progress", session_token=token)
    heading(page, "Progress", "en")
    assert direction(page, "en") == "ltr"
    page.locator("[data-testid=stSidebarNavLink]").get_by_text("Work").click()
    heading(page, "Your work", "ar")
    assert direction(page, "ar") == "rtl"
    page.goto(f"{server.base_url}/tasks")
    heading(page, "Not for this account", "ar")


# -- the pages through app.py -------------------------------------------------------------------------


@pytest.fixture
def app(sqlite_url, monkeypatch):
    """Runs app.py at a page for an annotator, in a language."""
    four_tasks.store(sqlite_url)
    monkeypatch.setenv("HUME_DATABASE_URL", sqlite_url)

    def run(file: str, locale: str, name: str = "Amina", languages: tuple[str, ...] = ()) -> AppTest:
        token = sign_in(sqlite_url, name, languages=languages)
        choose(sqlite_url, name, locale)
        monkeypatch.setattr(access, "session_token", lambda: token)
        started = AppTest.from_file(str(ROOT / "app.py"), default_timeout=30).run()
        return started.switch_page(file).run()

    return run


def said(shown: AppTest) -> str:
    elements = [*shown.title, *shown.subheader, *shown.markdown, *shown.caption]
    return "\n".join([*(one.value for one in elements), *(one.label for one in shown.button)])


ENGLISH = re.compile(r"\b(?:the|you|your|work|item|items|continue|answer|open|of|is|are|task)\b", re.IGNORECASE)


@pytest.mark.parametrize("locale", [locale for locale in LOCALES if locale != "en"])
def test_no_english_is_left_on_work(app, sqlite_url, locale):
    engine = open_engine(sqlite_url)
    with transaction(engine) as session:
        set_apart(session, "SmallSts", training=1, attention=1)
    engine.dispose()
    shown = app("pages/annotator/work.py", locale)
    assert not shown.exception
    assert interface(locale).say("Start") in [button.label for button in shown.button]
    assert not ENGLISH.search(said(shown)), said(shown)
    nothing = app("pages/annotator/work.py", locale, "Chi", ("fra-Latn",))
    assert not ENGLISH.search(re.sub(r"`[^`]*`|\*Tasks\*", "", said(nothing))), said(nothing)


def test_work_names_languages_in_the_language_of_the_page(app):
    shown = app("pages/annotator/work.py", "nb")
    assert "Arabisk" in shown.button_group[0].options
    nothing = app("pages/annotator/work.py", "ru", "Chi", ("fra-Latn",))
    assert "французский" in said(nothing)


def test_work_says_what_is_practice_and_that_there_are_checks(app, sqlite_url):
    plain = said(app("pages/annotator/work.py", "en"))
    assert "practice" not in plain
    assert "check items" not in plain
    engine = open_engine(sqlite_url)
    with transaction(engine) as session:
        set_apart(session, "SmallSts", training=2, attention=1)
    engine.dispose()
    shown = app("pages/annotator/work.py", "en")
    captions = [one.value for one in shown.caption]
    assert captions.count("Begins with 2 practice items, which are not counted.") == 2
    assert sum("check items whose answers are known" in one for one in captions) == 2


def test_work_lists_no_task_that_is_assigned_to_others(app, sqlite_url):
    sign_in(sqlite_url, "Bo")
    engine = open_engine(sqlite_url)
    with transaction(engine) as session:
        assign_task(session, "SmallSts", [next(one.rater_id for one in accounts(session) if one.name == "Bo")])
    engine.dispose()
    assert len(app("pages/annotator/work.py", "en").button) == 6
    assert len(app("pages/annotator/work.py", "en", "Bo").button) == 8
