"""A real Chromium for tests: one a module, a fresh context (cookies, storage) a test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def executable() -> str | None:
    """Chromium's path: HUME_CHROMIUM, or what the system has; None leaves it to Playwright's own download."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return os.environ.get("HUME_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, headless, for one module: while Playwright is started, its event loop is in the way of other tests'."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=executable(), args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """An empty profile, as wide as a laptop."""
    opened = browser.new_context(viewport={"width": 1280, "height": 800})
    opened.set_default_timeout(10_000)
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """One tab of an empty profile."""
    return context.new_page()
