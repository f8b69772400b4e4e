"""One annotator in a real Chromium: presses a digit, waits for the next pair, thinks, presses the next."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Error, Page, sync_playwright

from benchmarks.pairs import SCALE
from benchmarks.tool import Tool
from tests.browsing import FLAGS, executable

PROBE = (Path(__file__).parent / "probe.js").read_text()
WINDOW = {"width": 1280, "height": 800}
GIVE_UP_S = 60
SETTLING_MS = 1_000
"""From the first pair's being there to the first key: what a page loads last does not count."""
PAUSE_S = (0.2, 0.3)
"""Between a key press and the next one at least, in seconds: evenly spread, so that keys fall anywhere in a frame."""
READING_S = 0.1
"""From the next pair's being there to the next key press at least."""


@dataclass(frozen=True)
class Press:
    """One key: the pair that was on the screen, the digit, and how long the next pair took to be seen."""

    pair: str
    digit: int
    down: float
    seen_ms: float


@dataclass(frozen=True)
class Acknowledgement:
    """The server's word that an answer is stored, and when it came (milliseconds of the wall clock)."""

    client_id: str
    state: str
    at: float


@dataclass(frozen=True)
class Sitting:
    """What one annotator did and saw."""

    person: str
    presses: tuple[Press, ...]
    acknowledgements: tuple[Acknowledgement, ...]

    @property
    def seen_ms(self) -> list[float]:
        """Milliseconds from each key down to the next pair's being painted."""
        return [press.seen_ms for press in self.presses]

    @property
    def acknowledged_ms(self) -> list[float]:
        """Milliseconds from each key down to the server's word: answers are sent in the order of the keys."""
        return [word.at - press.down for press, word in zip(self.presses, self.acknowledgements, strict=True)]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Chromium, headless, as the browser tests start it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def annotating(browser: Browser, tool: Tool, base_url: str, person: str) -> Iterator[Page]:
    """The page of a new annotator with an empty browser, the first pair on the screen."""
    context = browser.new_context(viewport=WINDOW)
    context.set_default_timeout(GIVE_UP_S * 1_000)
    try:
        yield _open(context, tool, base_url, person)
    finally:
        context.close()


def _open(context: BrowserContext, tool: Tool, base_url: str, person: str) -> Page:
    options = json.dumps({"selector": tool.selector, "acknowledging": tool.acknowledging})
    address = tool.enter(context, base_url, person)
    context.add_init_script(f"{PROBE}({options})")
    page = context.new_page()
    page.goto(address)
    _until(page, f"Boolean(window.benchmark?.shown()) && {tool.ready}")
    page.wait_for_timeout(SETTLING_MS)
    return page


def answer_at_leisure(page: Page, tool: Tool, answers: int, seed: int) -> None:
    """One key after the other, each once the pair before has been answered and the next one can be read."""
    chance = random.Random(seed)
    for number in range(1, answers + 1):
        page.keyboard.press(str(chance.choice(SCALE)))
        time.sleep(chance.uniform(*PAUSE_S))
        _until(page, f"{_all_seen(number)} && {tool.ready}")
        time.sleep(READING_S)


def type_fast(page: Page, answers: int, per_second: float, seed: int, on_key: Callable[[int], None]) -> None:
    """Keys at a steady pace, whatever the page does; `on_key` is told the number of each key before it is pressed."""
    chance = random.Random(seed)
    begin = time.monotonic()
    for number in range(answers):
        on_key(number)
        time.sleep(max(0.0, begin + number / per_second - time.monotonic()))
        page.keyboard.press(str(chance.choice(SCALE)))
    _until(page, _all_seen(answers))


def sitting(page: Page, tool: Tool, person: str) -> Sitting:
    """What the page has measured, once every answer is acknowledged, where the tool does that."""
    if tool.acknowledging:
        _until(page, "new Set(benchmark.acknowledged.map(one => one.client_id)).size >= benchmark.keys.length")
    presses = tuple(
        Press(key["pair"], int(key["key"]), key["down"], key["seen"] - key["down"])
        for key in page.evaluate("benchmark.keys")
    )
    words: dict[str, Acknowledgement] = {}
    for one in page.evaluate("benchmark.acknowledged"):
        words.setdefault(one["client_id"], Acknowledgement(one["client_id"], one["state"], one["at"]))
    return Sitting(person, presses, tuple(words.values()))


def _all_seen(keys: int) -> str:
    return f"benchmark.keys.length >= {keys} && benchmark.keys.every(key => key.seen)"


def _until(page: Page, condition: str) -> None:
    """Waits without the page's own timers, in any page that may come meanwhile."""
    give_up = time.monotonic() + GIVE_UP_S
    while time.monotonic() < give_up:
        with suppress(Error):  # the page that was asked has gone
            if page.evaluate(condition):
                return
        time.sleep(0.02)
    raise RuntimeError(f"In {GIVE_UP_S} s it has not come about in {page.url}: {condition}")
