"""The deck in a real Chromium, whose network, tab or process ends while somebody answers."""

from __future__ import annotations

import os
import re
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

from playwright.sync_api import BrowserContext, Error, Page, Playwright, Response, expect, sync_playwright

from benchmarks.faults.ledger import Round
from benchmarks.faults.people import Account
from benchmarks.faults.place import Place, place, sign_in
from benchmarks.faults.postgres import NotHere
from benchmarks.faults.proxy import Proxy, proxy
from db.session import reading
from db.store.answers import all_answers
from hume.records import Answer
from hume.server.guard import COOKIE
from tests.browsing import FLAGS, executable

WAIT_MS = 90_000
OFFLINE_S = 30.0
PAIR = re.compile(r"eng one (\d+)")
DOWN_KEYS = 4
KILLED_AFTER_MS = (50, 1_000)
"""After the last key: what is pressed within milliseconds of the end may not be on disk, and is never called saved."""


@contextmanager
def deck() -> Iterator[Callable[[int], Round]]:
    """The network cut at the instant of a key; half a minute offline; a tab closed, a browser killed; in turn.

    In the last two, with answers that could not be sent before.
    """
    if not executable():
        raise NotHere("no Chromium")
    ways = (_cut_at_the_key, _offline, _tab_closed, _killed)
    with (
        TemporaryDirectory(prefix="hume-faults-") as folder,
        place(f"sqlite:///{folder}/hume.db") as here,
        sync_playwright() as playwright,
    ):
        yield lambda number: _work(here, playwright, ways[number % len(ways)], number)


class Desk:
    """One person at the deck, in a browser of their own that comes through a proxy."""

    def __init__(self, playwright: Playwright, profile: Path, between: Proxy, account: Account, chance: Random) -> None:
        self.between, self.account, self.profile, self.chance = between, account, profile, chance
        self.pressed: list[tuple[str, float]] = []
        self.acknowledged: set[str] = set()
        self._playwright = playwright
        self.context: BrowserContext
        self.page: Page
        self.launch()

    def launch(self) -> None:
        """Starts the browser on its profile, and opens the task."""
        self.context = self._playwright.chromium.launch_persistent_context(
            self.profile, executable_path=executable(), args=FLAGS, locale="en-US"
        )
        url = f"http://127.0.0.1:{self.between.port}"
        self.context.add_cookies([{"name": COOKIE, "value": self.account.token, "url": url}])
        self.open()

    def open(self) -> None:
        """A tab with the task, an item on the screen."""
        self.page = self.context.new_page()
        self.page.on("response", self._note)
        query = urlencode({"task": self.account.task, "subset": self.account.subset})
        self.page.goto(f"http://127.0.0.1:{self.between.port}/answer?{query}", timeout=WAIT_MS)
        expect(self.page.locator(".form")).to_have_text(PAIR, timeout=WAIT_MS)

    def answer(self, n: int) -> None:
        """Judges so many pairs, a digit each."""
        for _ in range(n):
            shown = PAIR.search(self.page.locator(".form").inner_text())
            if not shown:
                raise RuntimeError("no pair is on the screen")
            digit = self.chance.randrange(6)
            self.pressed.append((f"test{shown[1]}", float(digit)))
            self.page.keyboard.press(str(digit))

    def saved(self) -> None:
        """Waits until the deck says that all is saved."""
        expect(self.page.locator(".status")).to_have_text("All saved", timeout=WAIT_MS)

    def kill(self) -> None:
        """kill -9 of the browser, all its processes at once."""
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if str(self.profile).encode() in (process / "cmdline").read_bytes():
                    os.kill(int(process.name), signal.SIGKILL)
        with suppress(Error):
            self.context.close()

    def _note(self, response: Response) -> None:
        with suppress(Error):
            if response.url.endswith("/deck/answers") and response.ok:
                self.acknowledged |= {
                    one["client_id"] for one in response.json()["results"] if one["state"] != "refused"
                }


def _work(here: Place, playwright: Playwright, way: Callable[[Desk], None], number: int) -> Round:
    (account,) = sign_in(here.database_url, 1)
    with (
        proxy(here.port) as between,
        TemporaryDirectory(prefix="hume-faults-profile-", ignore_cleanup_errors=True) as profile,
    ):
        desk = Desk(playwright, Path(profile), between, account, Random(number))
        desk.answer(3)
        desk.saved()
        way(desk)
        between.go_on()
        back = time.monotonic()
        desk.saved()
        recovered_s = time.monotonic() - back
        desk.answer(2)
        desk.saved()
        desk.context.close()
    found = _compared(desk, _stored(here, account))
    found.recovered_s, found.notes = recovered_s, way.__name__.strip("_").replace("_", " ") + found.notes
    return found


def _stored(here: Place, account: Account) -> list[Answer]:
    with reading(here.engine) as session:
        return [one.answer for one in all_answers(session, rater_ids=(account.rater_id,))]


def _compared(desk: Desk, rows: list[Answer]) -> Round:
    pressed = Counter(desk.pressed)
    stored = Counter((row.item, float(row.payload["score"])) for row in rows)
    missing, foreign = pressed - stored, stored - pressed
    return Round(
        acknowledged=len(desk.acknowledged),
        stored=len(rows),
        lost=len(desk.acknowledged - {row.client_id for row in rows}),
        doubled=sum(n for one, n in foreign.items() if one in pressed),
        wrong=missing.total() + sum(n for one, n in foreign.items() if one not in pressed),
        notes=f"; pressed {pressed.total()}, of which {missing.total()} are nowhere" if missing else "",
    )


# -- what happens -------------------------------------------------------------------------------------


def _cut_at_the_key(desk: Desk) -> None:
    for _ in range(DOWN_KEYS):
        desk.answer(1)
        desk.between.cut(is_down=True)
        desk.page.wait_for_timeout(300)
        desk.between.go_on()
        desk.page.wait_for_timeout(300)


def _offline(desk: Desk) -> None:
    desk.context.set_offline(True)
    begun = time.monotonic()
    desk.answer(DOWN_KEYS)
    desk.page.wait_for_timeout(max(0.0, OFFLINE_S - (time.monotonic() - begun)) * 1_000)
    desk.context.set_offline(False)


def _tab_closed(desk: Desk) -> None:
    desk.between.cut(is_down=True)
    desk.answer(DOWN_KEYS)
    desk.page.close()
    desk.between.go_on()
    desk.open()


def _killed(desk: Desk) -> None:
    desk.between.cut(is_down=True)
    desk.answer(DOWN_KEYS)
    desk.page.wait_for_timeout(desk.chance.uniform(*KILLED_AFTER_MS))
    desk.kill()
    desk.between.go_on()
    desk.launch()
