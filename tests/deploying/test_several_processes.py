"""Several processes on one database: nobody is lost with a process that dies, and none answers in another's place."""

from __future__ import annotations

import re
import signal
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from crowd import Annotator, Tally
from fleet import N_ITEMS, Fleet, store_pairs
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import func, select

from db import tables as t
from db.session import open_engine, reading
from hume.server.guard import COOKIE

WAIT_MS = 60_000
NUMBER = re.compile(r"eng one (\d+)")


@contextmanager
def crowd(fleet: Fleet, name: str, n: int, task: str) -> Iterator[list[Annotator]]:
    """Annotators who are signed in, and come in by nginx."""
    found = [Annotator(fleet.client(fleet.sign_in(f"{name} {number}")), task) for number in range(n)]
    yield found
    for one in found:
        one.client.close()


def stored(fleet: Fleet, name: str) -> list[tuple[str, int, int, str, float, bool]]:
    """Rater, item, revision, client id, score and whether it is surplus, of all answers of raters with such names."""
    columns = (
        t.Rater.name,
        t.Answer.item_id,
        t.Answer.revision,
        t.Answer.client_id,
        t.Answer.payload,
        t.Answer.surplus,
    )
    query = select(*columns).join(t.Rater, t.Rater.id == t.Answer.rater_id).where(t.Rater.name.startswith(name))
    engine = open_engine(fleet.database_url)
    with reading(engine) as session:
        rows = [(*row[:4], row[4]["score"], row[5]) for row in session.execute(query.order_by(t.Answer.id))]
    engine.dispose()
    return rows


def all_answer(annotators: list[Annotator], tally: Tally | None = None) -> None:
    with ThreadPoolExecutor(len(annotators)) as pool:
        list(pool.map(lambda one: one.answer_all(tally) if tally else one.answer_all(), annotators))


def test_a_process_that_is_killed_while_people_answer_takes_no_answer_with_it(whole_fleet: Fleet) -> None:
    n, fleet = 12, whole_fleet
    with crowd(fleet, "killed", n, "Pairs") as annotators:
        before = [fleet.served(number, "/deck/answers") for number in (0, 1)]
        all_answer(annotators, Tally(2 * n, lambda: fleet.kill(0)))
        acknowledged = [client_id for one in annotators for client_id in one.acknowledged]
    assert fleet.served(1, "/deck/answers") - before[1] > 0
    rows = stored(fleet, "killed")
    assert len(acknowledged) == len(set(acknowledged)) == n * N_ITEMS
    assert {row[3] for row in rows} == set(acknowledged)
    assert Counter(row[:3] for row in rows) == Counter({(row[0], row[1], 1): 1 for row in rows})
    assert len(rows) == n * N_ITEMS


def test_a_process_that_is_told_to_stop_ends_what_it_has_begun(whole_fleet: Fleet) -> None:
    n, fleet = 6, whole_fleet
    with crowd(fleet, "stopped", n, "Pairs") as annotators:
        all_answer(annotators, Tally(n, lambda: fleet.servers[1].process.send_signal(signal.SIGTERM)))
        assert not [trouble for one in annotators for trouble in one.troubles]
    assert len(stored(fleet, "stopped")) == n * N_ITEMS
    fleet.servers[1].process.wait(30)


def test_fifty_who_race_through_two_processes_fill_each_item_to_its_overlap(whole_fleet: Fleet) -> None:
    n_items, overlap, n = 10, 3, 50
    store_pairs(whole_fleet.database_url, "Raced", overlap=overlap, n_items=n_items)
    before = [whole_fleet.served(number, "/deck/answers") for number in (0, 1)]
    with crowd(whole_fleet, "racer", n, "Raced") as annotators:
        all_answer(annotators)
        assert sum(len(one.acknowledged) for one in annotators) == n_items * overlap
    assert all(whole_fleet.served(number, "/deck/answers") > before[number] for number in (0, 1))
    rows = stored(whole_fleet, "racer")
    assert Counter(Counter(row[1] for row in rows).values()) == {overlap: n_items}
    assert not any(row[5] for row in rows)


# -- in a real browser ------------------------------------------------------------------------------


@pytest.fixture
def tab(browser: Browser, whole_fleet: Fleet) -> Iterator[Page]:
    """A tab that trusts the fleet's certificate, signed in as a new annotator, with an item on the screen."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, ignore_https_errors=True)
    context.set_default_timeout(WAIT_MS)
    token = whole_fleet.sign_in("browser")
    context.add_cookies([{"name": COOKIE, "value": token, "url": whole_fleet.base_url, "secure": True}])
    page = context.new_page()
    page.goto(f"{whole_fleet.base_url}/answer?task=Pairs&subset=eng")
    expect(page.locator(".form")).to_have_text(NUMBER, timeout=WAIT_MS)
    yield page
    context.close()


def answer(page: Page, *digits: str) -> list[tuple[int, float]]:
    """The number of each pair that was on the screen, and the digit that was pressed."""
    pressed = []
    for digit in digits:
        shown = NUMBER.search(page.locator(".form").inner_text())
        assert shown
        pressed.append((int(shown[1]), float(digit)))
        page.keyboard.press(digit)
    return pressed


@pytest.mark.browser
def test_somebody_at_work_goes_on_when_their_process_is_killed(whole_fleet: Fleet, tab: Page) -> None:
    fleet = whole_fleet
    before = [fleet.served(number, "/deck/answers") for number in (0, 1)]
    pressed = answer(tab, "1", "2")
    expect(tab.locator(".status")).to_have_text("All saved")
    (theirs,) = [number for number in (0, 1) if fleet.served(number, "/deck/answers") > before[number]]
    fleet.kill(theirs)
    pressed += answer(tab, "3", "4", "5")
    expect(tab.locator(".status")).to_have_text("All saved", timeout=WAIT_MS)
    assert len({number for number, _ in pressed}) == 5
    # The page itself comes from the other one now, over a websocket of its own.
    tab.goto(f"{fleet.base_url}/work")
    expect(tab.get_by_text("Pairs").first).to_be_visible()
    engine = open_engine(fleet.database_url)
    with reading(engine) as session:
        numbers = dict(session.execute(select(t.Item.id, t.Item.position)).all())
        assert session.scalars(select(func.count()).select_from(t.Answer)).one() >= len(pressed)
    engine.dispose()
    rows = stored(fleet, "browser")
    assert sorted((numbers[row[1]], row[4]) for row in rows) == sorted(pressed)
    assert {row[2] for row in rows} == {1}
