"""An annotator at the real deck: what is on the screen, and what is pressed."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import four_tasks
from host import Host
from playwright.sync_api import BrowserContext, Page, expect

LANGUAGES = ("eng-Latn",)
WAIT_MS = 30_000
PATIENCE_S = 60
NUMBER = re.compile(r"eng (?:one|query|t\d\d of) (\d+)")
PICTURE = """form => {
  const said = [...form.querySelectorAll('[aria-live], [role=status], [role=alert]')].map(one => one.innerText);
  const text = said.reduce((rest, one) => rest.replace(one, ''), form.innerText).trim();
  const states = [...form.querySelectorAll('[aria-pressed], [aria-checked], input')];
  return [text, ...states.map(one => [one.getAttribute('aria-pressed'), one.getAttribute('aria-checked'), one.value])];
}"""
UNSENT_DRAFTS = "Object.keys(localStorage).filter(key => key.includes('/draft/')).length"


class Desk:
    """One tab of one annotator, who is signed in; `context` is their browser."""

    def __init__(self, host: Host, context: BrowserContext, name: str) -> None:
        self.host, self.context, self.name = host, context, name
        context.set_default_timeout(WAIT_MS)
        if not context.cookies():
            context.add_cookies([host.server.cookie(host.server.sign_in(name, languages=LANGUAGES))])
        self.page: Page = context.new_page()

    def open(self, task_type: str) -> Desk:
        """The page of a task, with its first item on the screen."""
        self.page.goto(f"{self.host.server.base_url}/answer?task={four_tasks.name(task_type)}&subset=eng")
        return self.ready()

    def reload(self) -> Desk:
        self.page.reload()
        return self.ready()

    def ready(self) -> Desk:
        """Waits until an item is on the screen."""
        expect(self.page.locator(".form")).to_have_text(NUMBER, timeout=WAIT_MS)
        return self

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def answer(self, *keys: str) -> list[tuple[str, float]]:
        """One digit for each pair that comes: the pair that was on the screen, and the digit."""
        pressed = []
        for key in keys:
            pressed.append((self.item, float(key)))
            self.press(key)
        return pressed

    @property
    def item(self) -> str:
        """The key of the item on the screen."""
        shown = NUMBER.search(self.page.locator(".form").inner_text())
        assert shown, "no item is on the screen"
        return f"test{shown[1]}"

    @property
    def picture(self) -> Any:
        """All that the form shows: texts, what is pressed and checked, what fields hold; not what was last read out."""
        return self.page.locator(".form").evaluate(PICTURE)

    def says(self, status: str | re.Pattern[str]) -> None:
        expect(self.page.locator(".status")).to_have_text(status, timeout=PATIENCE_S * 1_000)

    def saved(self) -> None:
        self.says("All saved")

    def drafted(self) -> None:
        """Waits until the server has acknowledged all that is unfinished."""
        self.eventually(lambda: self.page.evaluate(UNSENT_DRAFTS) == 0)

    def eventually(self, happened: Callable[[], bool]) -> None:
        """Waits, with the page going on, until something has happened."""
        give_up = time.monotonic() + PATIENCE_S
        while not happened():
            assert time.monotonic() < give_up, f"it has not happened in {PATIENCE_S} s"
            self.page.wait_for_timeout(20)
