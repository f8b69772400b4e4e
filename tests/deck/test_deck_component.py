"""The deck within Streamlit: registered in every runtime, loaded under the real policy, alive without the server."""

from __future__ import annotations

import json
import os
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
    assert json.loads(shown.json) == {"account": "7", "task": "SampleSTS", "subset": "eng", "home": "/work"}


@pytest.mark.browser
def test_on_the_real_page_every_key_is_stored_and_a_dead_server_stops_nobody(sqlite_url: str, page: Page):
    imported = ["hume", "import", "tasks", str(ROOT / "data" / "samples" / "sts.jsonl")]
    command = [sys.executable, "-c", f"import sys; from hume.cli import main; sys.argv = {imported!r}; main()"]
    subprocess.run(command, cwd=ROOT, env={**os.environ, "HUME_DATABASE_URL": sqlite_url}, check=True, timeout=120)
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if "Content Security" in message.text else None)
    page.set_default_timeout(30_000)
    with running_server(sqlite_url) as server:
        page.context.add_cookies([server.cookie(sign_in(sqlite_url, "Ann"))])
        page.goto(f"{server.base_url}/answer?task=SampleSTS&subset=eng")
        page.locator(".form > *").first.wait_for()
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
