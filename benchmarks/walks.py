"""Somebody who opens a few of HUME's pages in a browser of their own, and closes it."""

from __future__ import annotations

import sys
from itertools import cycle
from urllib.parse import urlencode

from playwright.sync_api import Browser, BrowserContext, Error, Page

from tests.serving import Server

PAGES = ("overview", "progress", "gap", "people", "agreement", "tasks", "items", "models")
ANSWERS = 3
GIVE_UP_MS = 60_000
AT_REST = '[data-testid="stApp"][data-test-script-state="notRunning"]'


class Walks:
    """Annotators and admins in turn, each in a new browser; what went wrong in any of them is counted."""

    def __init__(self, browser: Browser, server: Server, task: str, subset: str, languages: tuple[str, ...]) -> None:
        self.done = self.failed = 0
        self._browser, self._server = browser, server
        self._answer = f"answer?{urlencode({'task': task, 'subset': subset})}"
        self._languages = languages
        self._pages = cycle(PAGES)

    def take(self) -> None:
        """The next walk."""
        is_annotator = self.done % 2 == 0
        role = "annotator" if is_annotator else "admin"
        token = self._server.sign_in(f"walking {role} {self.done % 6}", role, self._languages)
        context = self._browser.new_context()
        context.set_default_timeout(GIVE_UP_MS)
        context.add_cookies([self._server.cookie(token)])  # type: ignore[list-item]
        try:
            self._annotate(context) if is_annotator else self._look_around(context)
        except Error as error:
            self.failed += 1
            print(f"walk {self.done} failed: {error}", file=sys.stderr, flush=True)
        finally:
            context.close()
            self.done += 1

    def _annotate(self, context: BrowserContext) -> None:
        page = context.new_page()
        self._open(page, "work")
        self._open(page, self._answer)
        for _ in range(ANSWERS):
            page.locator(".form").wait_for()
            page.keyboard.press("3")
        page.reload()
        page.locator(".form").wait_for()

    def _look_around(self, context: BrowserContext) -> None:
        page = context.new_page()
        for name in (next(self._pages), next(self._pages)):
            self._open(page, name)
        page.reload()
        page.locator(AT_REST).wait_for()

    def _open(self, page: Page, name: str) -> None:
        page.goto(f"{self._server.base_url}/{name}")
        page.locator(AT_REST).wait_for()
        page.locator("h1").first.wait_for()
