"""The deck within Streamlit: registered in every runtime, loaded under the real policy, alive without the server."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest
from browsing import browser, context, page  # noqa: F401  (fixtures)
from playwright.sync_api import Page, expect
from serving import ROOT, running_server, sign_in
from streamlit.testing.v1 import AppTest


def script() -> None:
    from pages.deck import deck

    deck(7, "SampleSTS", "eng", home="/work")


@pytest.mark.parametrize("runtime", ["first", "second"])
def test_each_apptest_has_the_component(runtime, monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT))
    app = AppTest.from_function(script).run()
    assert not app.exception
    shown = app.main.children[0].proto
    assert shown.component_name == "hume-bench.deck"
    assert shown.js_source_path == "deck.js"
    told = {"account": "7", "task": "SampleSTS", "subset": "eng", "home": "/work"}
    assert told.items() <= json.loads(shown.json).items()


def import_sample(database_url: str) -> None:
    imported = ["hume", "import", "tasks", str(ROOT / "data" / "samples" / "sts.jsonl")]
    command = [sys.executable, "-c", f"import sys; from hume.cli import main; sys.argv = {imported!r}; main()"]
    subprocess.run(command, cwd=ROOT, env={**os.environ, "HUME_DATABASE_URL": database_url}, check=True, timeout=120)


@pytest.mark.browser
def test_the_browsers_buttons_lead_through_the_items_and_back_to_the_work_page(sqlite_url: str, page: Page):
    import_sample(sqlite_url)
    page.set_default_timeout(30_000)
    text = page.locator(".passage").first
    with running_server(sqlite_url) as server:
        page.context.add_cookies([server.cookie(sign_in(sqlite_url, "Ann"))])
        page.goto(f"{server.base_url}/work")
        page.get_by_role("button", name="Start").first.click()
        page.locator(".form > div").first.wait_for()
        deck = page.locator(".deck").element_handle()
        first = text.text_content()
        page.keyboard.press("3")
        expect(text).not_to_have_text(first)
        second = text.text_content()
        page.keyboard.press("1")
        expect(page.locator(".status")).to_have_text("All saved")
        page.go_back()
        expect(text).to_have_text(second)
        page.go_back()
        expect(text).to_have_text(first)
        assert deck.evaluate("deck => deck.isConnected")  # Streamlit has not drawn it anew
        page.go_back()
        expect(page).to_have_url(re.compile(r"/work\b"))
        expect(page.get_by_role("button", name="Continue").first).to_be_visible()
        page.wait_for_load_state("networkidle")
        page.go_forward()
        expect(text).to_have_text(first)
        expect(text).to_be_visible()  # no key counts before
        page.route("**/deck/answers", lambda route: route.abort())
        page.keyboard.press("5")
        expect(page.locator(".status")).to_have_text("1 answer not yet saved")
        page.unroute_all()
        page.goto(f"{server.base_url}/work")  # what is unsaved is sent from there too
        kept = "() => !Object.keys(localStorage).some(key => /^hume.deck.[0-9]+.answer./.test(key))"
        page.wait_for_function(kept)
        expect(page.get_by_text("All saved")).to_be_visible()


@pytest.mark.browser
def test_on_the_real_page_every_key_is_stored_and_a_dead_server_stops_nobody(sqlite_url: str, page: Page):
    import_sample(sqlite_url)
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if "Content Security" in message.text else None)
    page.set_default_timeout(30_000)
    with running_server(sqlite_url) as server:
        page.context.add_cookies([server.cookie(sign_in(sqlite_url, "Ann"))])
        page.goto(f"{server.base_url}/answer?task=SampleSTS&subset=eng")
        page.locator(".form > div").first.wait_for()
        for key in "3150":
            page.keyboard.press(key)
        expect(page.locator(".status")).to_have_text("All saved")
        page.reload()
        expect(page.locator(".counts")).to_have_text("4 of 15 · 4 today")
        expect(page.get_by_role("button", name="Previous")).to_be_enabled()
        page.keyboard.press("ArrowLeft")
        expect(page.get_by_role("button", name="0 nothing in common")).to_have_attribute("aria-pressed", "true")
        page.keyboard.press("ArrowRight")
    page.keyboard.press("2")
    expect(page.get_by_text("No connection.")).to_be_visible()
    page.wait_for_timeout(3_000)  # Streamlit has noticed too, and its dialog must not stand in the way
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("c")
    page.keyboard.type("without a server")
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    expect(page.locator(".status")).to_have_text("2 answers not yet saved")
    assert problems == []
