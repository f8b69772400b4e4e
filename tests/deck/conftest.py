"""A deck on the fake server, in a real Chromium."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

sys.path.insert(0, str(Path(__file__).resolve().parent))

from browsing import browser, context, page  # noqa: F401  (fixtures)
from fake import Fake, serving

ROUTES = re.compile(r"/deck/(work|item|answered|answers|draft|elsewhere)(\?|$)")


@dataclass
class Deck:
    """The page that shows the deck, and the fake behind it."""

    page: Page
    fake: Fake
    errors: list[str]

    def open(self, **query: str) -> Deck:
        """The page, with its first item on the screen."""
        self.page.goto(self.fake.url(**query))
        self.page.locator(".form > div").first.wait_for()
        return self

    def press(self, *keys: str) -> None:
        """Keys as a person presses them, one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def seen(self) -> None:
        """Waits until the item has been there for so long that a click on it counts."""
        self.page.wait_for_timeout(300)

    def type_unlike_layout(self, key: str, code: str, **options: Any) -> None:
        """A key press of another layout: what the key types, and where it lies."""
        init = {"key": key, "code": code, "bubbles": True, "composed": True, "cancelable": True, **options}
        self.page.evaluate("init => document.body.dispatchEvent(new KeyboardEvent('keydown', init))", init)

    def button(self, name: str | re.Pattern[str], exact: bool = True) -> Locator:
        return self.page.get_by_role("button", name=name, exact=exact)

    def card(self, item_id: str) -> Locator:
        return self.page.locator(f"[data-id={item_id}]:not(.ghost)")

    def drag(self, source: Locator, target: Locator, aim: float = 0) -> None:
        """A drag with the mouse from the middle of one element to another's, or so many heights below that."""
        source.scroll_into_view_if_needed()
        start, end = middle(source), middle(target)
        height = (target.bounding_box() or {"height": 0})["height"]
        self.page.mouse.move(*start)
        self.page.mouse.down()
        self.page.mouse.move(start[0] + 8, start[1] + 8)
        self.page.mouse.move(end[0], end[1] + aim * height, steps=6)
        self.page.mouse.up()

    def saved(self, count: int) -> list[Any]:
        """The stored payloads, once there are `count` and the deck says so."""
        self.eventually(lambda: len(self.fake.answers) >= count)
        self.says("All saved")
        assert len(self.fake.answers) == count
        return self.fake.payloads()

    def eventually(self, happened: Callable[[], bool]) -> None:
        """Waits, with the page going on, until something has happened at the server."""
        give_up = time.monotonic() + 15
        while not happened():
            assert time.monotonic() < give_up, "it has not happened in 15 s"
            self.page.wait_for_timeout(20)

    def says(self, status: str | re.Pattern[str]) -> None:
        expect(self.page.locator(".status")).to_have_text(status)

    def cut(self) -> Callable[[], None]:
        """Cuts the network between deck and server; the result mends it."""

        def abort(route: Route) -> None:
            route.abort()

        self.page.route(ROUTES, abort)
        return lambda: self.page.unroute(ROUTES, abort)


def middle(locator: Locator) -> tuple[float, float]:
    box = locator.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@pytest.fixture
def deck_of(page: Page) -> Iterator[Callable[[Fake], Deck]]:
    """`deck_of(material.sts())` serves that fake; no script may fail while it is shown."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if "Content Security" in message.text else None)
    with ExitStack() as stack:
        yield lambda fake: Deck(page, stack.enter_context(serving(fake)), errors)
    assert errors == []
