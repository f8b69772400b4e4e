"""Every form by finger, as Chromium's own input gives it, in English and in Arabic: what is seen is what is saved."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import material
import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser

ARABIC = {"locale": "ar", "dir": "rtl"}
LOCALES = pytest.mark.parametrize("query", [{}, ARABIC], ids=["en", "ar"])


@pytest.fixture
def touch_page(browser: Browser) -> Iterator[Page]:
    """A phone."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()


@pytest.fixture
def phone(deck_of: Callable[..., Any], touch_page: Page) -> Callable[..., Any]:
    """`phone(fake, **query)`: the deck on a phone, seen for so long that a tap counts."""

    def opened(fake: Any, **query: str) -> Any:
        deck = deck_of(fake)
        deck.page = touch_page
        deck.open(**query).seen()
        return deck

    return opened


def finger_drag(page, source, target, aim: float = 0) -> None:
    """A drag with one finger, from the middle of one element to another's, or so many heights below that."""
    source.scroll_into_view_if_needed()
    start, end = source.bounding_box(), target.bounding_box()
    session = page.context.new_cdp_session(page)
    x, y = start["x"] + start["width"] / 2, start["y"] + start["height"] / 2
    to_x, to_y = end["x"] + end["width"] / 2, end["y"] + end["height"] * (0.5 + aim)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        session.send(
            "Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": px, "y": py} for px, py in points]}
        )

    touch("touchStart", (x, y))
    for step in range(1, 9):
        touch("touchMove", (x + (to_x - x) * step / 8, y + (to_y - y) * step / 8))
    # A finger that is still moving when it lifts begins a fling, and Chromium takes the next tap for its end.
    for _ in range(3):
        page.wait_for_timeout(60)
        touch("touchMove", (to_x, to_y))
    touch("touchEnd")
    session.detach()
    expect(page.locator(".ghost")).to_have_count(0)
    page.wait_for_timeout(350)  # what comes sooner is, to Chromium, the second half of a double tap


def on_screen(page) -> list[str]:
    return page.locator(".cards .candidate").evaluate_all("cards => cards.map(card => card.dataset.id)")


@LOCALES
def test_a_pair_by_a_tap_whole_and_half(phone, query):
    deck = phone(material.sts(step=0.5), **query)
    deck.button("4 nearly the same").tap()
    expect(deck.page.get_by_text("ferry number 1")).to_be_visible()
    deck.seen()
    deck.button("+½: 2.5").tap()
    assert deck.saved(2) == [{"score": 4}, {"score": 2.5}]


@LOCALES
def test_a_slider_by_a_tap_even_where_it_stands(phone, query):
    deck = phone(material.sts(step=0), **query)
    slider = deck.page.get_by_role("slider")
    expect(deck.button("Done")).to_be_disabled()
    slider.tap()
    expect(deck.page.locator("output")).to_have_text("2.5")
    box = slider.bounding_box()
    deck.page.touchscreen.tap(box["x"] + box["width"] * (0.02 if query else 0.98), box["y"] + box["height"] / 2)
    expect(deck.page.locator("output")).to_have_text("5")  # to the left, where one reads from the right
    deck.button("Done").tap()
    assert deck.saved(1) == [{"score": 5}]


@LOCALES
def test_a_label_by_a_tap_and_one_of_many_by_the_filter(phone, query):
    labels = [{"name": f"لغة {place}", "description": ""} for place in range(40)]
    deck = phone(material.classification(labels), **query)
    deck.page.get_by_role("searchbox").tap()
    deck.page.keyboard.type("37")
    deck.button("لغة 37").tap()
    assert deck.saved(1) == [{"label": "لغة 37"}]


@LOCALES
def test_grades_by_taps(phone, query):
    deck = phone(material.reranking(), **query)
    for key, grade in (("d3", 1), ("d1", 2), ("d4", 0), ("d2", 0)):
        deck.card(key).locator("button.grade").nth(grade).tap()
    assert deck.saved(1) == [{"grades": {"d3": 1, "d1": 2, "d4": 0, "d2": 0}}]


@LOCALES
def test_an_order_by_a_finger(phone, query):
    deck = phone(material.reranking("ranked"), **query)
    finger_drag(deck.page, deck.card("d1").locator(".handle"), deck.card("d3"), aim=-0.4)
    seen = on_screen(deck.page)
    assert seen == ["d1", "d3", "d4", "d2"]
    tie = deck.card("d4").get_by_role("button", name="As good as the one above")
    tie.tap()
    expect(tie).to_have_attribute("aria-pressed", "true")
    deck.button(re.compile("^Done")).tap()
    assert deck.saved(1) == [{"ranking": [["d1"], ["d3", "d4"], ["d2"]]}]


def test_a_finger_on_the_text_of_a_card_scrolls_the_page_and_moves_no_card(phone):
    deck = phone(material.reranking("ranked"))
    finger_drag(deck.page, deck.card("d4").locator(".passage"), deck.card("d3"))
    assert on_screen(deck.page) == ["d3", "d1", "d4", "d2"]
    assert deck.page.evaluate("scrollY") > 0


@LOCALES
def test_groups_by_a_tap_on_the_text_and_one_on_the_group(phone, query):
    deck = phone(material.clustering(), **query)
    deck.button(re.compile("New group")).tap()
    deck.card("t5").tap()
    deck.button(re.compile("New group")).tap()
    for text, group in (("t3", 0), ("t2", 1), ("t4", 1)):
        deck.card(text).tap()
        deck.page.locator(".group-head").nth(group).locator(".group-key").tap()
    deck.button(re.compile("^Done")).tap()
    groups = {"t1": "Group 1", "t2": "Group 2", "t3": "Group 1", "t4": "Group 2", "t5": "Group 2"}
    assert deck.saved(1) == [{"groups": groups}]


@LOCALES
def test_groups_by_a_finger_that_drags(phone, query):
    deck = phone(material.clustering(n_groups=2), **query)
    for text, group in (("t3", 1), ("t1", 1), ("t5", 0), ("t2", 0), ("t4", 0)):
        finger_drag(deck.page, deck.card(text).locator(".handle"), deck.page.locator(".group-key").nth(group))
        expect(deck.page.locator(".group").nth(group).locator(f"[data-id={text}]")).to_have_count(1)
    deck.button(re.compile("^Done")).tap()
    first, second = "Group 1", "Group 2"
    assert deck.saved(1) == [{"groups": {"t1": second, "t2": first, "t3": second, "t4": first, "t5": first}}]


@LOCALES
def test_groups_are_named_merged_and_emptied_by_taps(phone, query):
    deck = phone(material.clustering(), **query)
    deck.press("1", "2", "3", "1")
    deck.seen()
    deck.page.locator(".group-name").nth(1).tap()
    deck.page.locator(".group-name").nth(1).fill("موسيقى")
    deck.page.locator(".menu summary").nth(2).tap()
    deck.page.get_by_label("Put them all into").last.select_option("موسيقى")
    expect(deck.page.locator(".group")).to_have_count(2)
    deck.page.locator(".menu summary").nth(0).tap()
    deck.button("Take all texts out").tap()
    expect(deck.page.locator(".to-place .candidate")).to_have_count(3)
    deck.press("1", "1", "1")
    groups = {"t1": "Group 1", "t2": "موسيقى", "t3": "موسيقى", "t4": "Group 1", "t5": "Group 1"}
    assert deck.saved(1) == [{"groups": groups}]


@LOCALES
@pytest.mark.parametrize("groups", [1, 8])
def test_the_menu_of_a_group_opens_whole_above_the_foot(phone, groups, query):
    fake = material.clustering()
    for item in fake.items:
        texts = [{"id": f"t{place}", "content": {"text": f"Title {place}"}} for place in range(24)]
        item.update(content={"texts": texts}, order=[text["id"] for text in texts])
    deck = phone(fake, **query)
    deck.press(*"12345678"[:groups])
    deck.seen()
    deck.page.locator(".menu summary").last.tap()
    menu = deck.page.locator(".menu[open] .menu-items")
    foot = deck.page.locator(".foot").bounding_box()
    for choice in menu.locator("> *").all():
        expect(choice).to_be_in_viewport(ratio=0.99)
        box = choice.bounding_box()
        assert box["y"] + box["height"] <= foot["y"] + 0.5
    deck.button("Remove the group").tap()
    expect(deck.page.locator(".group")).to_have_count(groups - 1)


@pytest.mark.parametrize("mode", ["graded", "ranked"])
def test_the_candidate_that_keys_act_on_is_in_sight_after_a_reload(phone, mode):
    fake = material.reranking(mode)
    for item in fake.items:
        candidates = [{"id": f"d{n}", "content": {"text": f"Text {n}. " * 40}} for n in range(12)]
        item.update(content={**item["content"], "candidates": candidates}, order=[one["id"] for one in candidates])
    deck = phone(fake)
    marked = deck.page.locator(".candidate.marked")
    if mode == "graded":
        deck.press(*"1" * 8)
    else:
        deck.press(*["ArrowDown"] * 8, "=")
    expect(marked).to_have_attribute("data-id", "d8")
    deck.eventually(lambda: (deck.fake.drafts.get(101) or {}).get("answer", {}).get("focus") == "d8")
    deck.page.reload()
    expect(marked).to_have_attribute("data-id", "d8")
    expect(marked).to_be_in_viewport(ratio=0.9)


@LOCALES
@pytest.mark.parametrize("kind", material.ALL)
def test_every_target_is_44_pixels_high_and_wide(phone, kind, query):
    deck = phone(material.ALL[kind](), **query)
    if kind == "clustering":
        deck.press("1", "2")
        deck.page.locator(".menu summary").first.tap()
    targets = ("button", "summary", "input:not([type=checkbox])", "label", "select", ".handle")
    for target in deck.page.locator(", ".join(f".deck {kind}:visible" for kind in targets)).all():
        box = target.bounding_box()
        assert box["height"] >= 43.99, target.evaluate("element => element.outerHTML")
        assert box["width"] >= 43.99, target.evaluate("element => element.outerHTML")
    assert deck.page.evaluate("document.documentElement.scrollWidth") <= 390
