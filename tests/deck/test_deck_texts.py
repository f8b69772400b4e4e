"""Texts as they are: never run, in their own language and direction, of any length; on a phone; by touch."""

from __future__ import annotations

import re

import material
import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

NASTY = "<img src=x onerror=\"document.title='run'\"> <b>bold</b> &amp; **stars**\n\tsecond  line </script>"


def with_texts(kind: str, text: str):
    """The fake of a task type, with that text wherever a text is shown."""
    fake = material.ALL[kind]()
    for item in fake.items:
        content = item["content"]
        for name in ("sentence1", "sentence2", "text", "query"):
            if name in content:
                content[name] = {"text": text}
        for name in ("texts", "candidates"):
            content[name] = [{**part, "content": {"text": text}} for part in content.get(name, [])]
    return fake


@pytest.mark.parametrize("kind", material.ALL)
def test_markup_is_shown_as_it_is(deck_of, kind):
    fake = with_texts(kind, NASTY)
    if kind == "classification":
        fake.task["settings"]["labels"] = [{"name": NASTY, "description": NASTY}, {"name": "b", "description": ""}]
    fake.task["settings"]["anchors"] = {"0": NASTY}
    fake.task["settings"]["grades"] = [NASTY, "b"]
    deck = deck_of(fake).open()
    for shown in deck.page.locator(".passage").all():
        assert shown.evaluate("element => element.textContent") == NASTY
        assert shown.evaluate("element => element.children.length") == 0
        assert shown.evaluate("element => getComputedStyle(element).whiteSpace") == "pre-wrap"
    assert deck.page.locator(".deck img, .deck script, .form b").count() == 0
    assert deck.page.title() == "Deck"


def test_guidelines_are_markdown_without_html(deck_of):
    deck = deck_of(material.sts()).open()
    guidelines = deck.page.get_by_role("complementary", name="Guidelines")
    expect(guidelines.locator("strong")).to_have_text("meaning")
    expect(guidelines.locator("li")).to_have_count(2)
    expect(guidelines).to_contain_text("<script>")
    assert guidelines.locator("script").count() == 0
    assert guidelines.get_by_role("link", name="more").get_attribute("href") == "https://example.org/a"


@pytest.mark.parametrize(
    ("languages", "lang", "direction"),
    [
        (["ara-Arab"], "ar", "rtl"),
        (["rus-Cyrl"], "ru", "ltr"),
        (["nob-Latn"], "nb", "ltr"),
        (["eng-Latn", "ara-Arab"], "", "rtl"),
    ],
)
def test_texts_have_their_language_and_direction(deck_of, languages, lang, direction):
    texts = {
        "ara-Arab": "أعلنت الوزارة عن خطة جديدة.",
        "rus-Cyrl": "Паром уходит в полдень.",
        "nob-Latn": "Ferja går klokka tolv.",
    }
    fake = with_texts("sts", texts[languages[-1]])
    fake.task["languages"] = languages
    deck = deck_of(fake).open()
    passage = deck.page.locator(".passage").first
    assert (passage.get_attribute("lang") or "") == lang
    assert passage.get_attribute("dir") == "auto"
    assert passage.evaluate("element => getComputedStyle(element).direction") == direction


def test_a_very_long_text_scrolls_in_place(deck_of):
    fake = with_texts("sts", "A sentence that goes on. " * 2200)  # 55,000 characters, as real ones have
    deck = deck_of(fake).open()
    passage = deck.page.get_by_role("region", name="Text 1").get_by_role("region")
    assert passage.evaluate("element => element.scrollHeight > 5 * element.clientHeight")
    expect(deck.button("3 roughly the same")).to_be_in_viewport()
    passage.focus()
    deck.press("PageDown")
    deck.page.wait_for_function(
        "() => document.getElementById('deck').shadowRoot.querySelector('.passage').scrollTop > 0"
    )
    deck.press("3")
    assert deck.saved(1) == [{"score": 3}]


@pytest.mark.parametrize("kind", material.ALL)
def test_a_narrow_phone_needs_no_sideways_scrolling_and_every_target_is_large_enough(deck_of, kind):
    deck = deck_of(with_texts(kind, "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen " * 3))
    deck.page.set_viewport_size({"width": 360, "height": 740})
    deck.open()
    if kind == "clustering":
        deck.press("1", "2")
    assert deck.page.evaluate("document.documentElement.scrollWidth") <= 360
    for button in deck.page.locator(".deck button:visible, .deck summary:visible, .deck input:visible").all():
        box = button.bounding_box()
        assert box
        assert box["height"] >= 44, button.evaluate("element => element.outerHTML")


def test_every_form_has_named_buttons(deck_of):
    for kind in material.ALL:
        deck = deck_of(material.ALL[kind]()).open()
        for button in deck.page.get_by_role("button").all():
            name = button.evaluate("element => element.getAttribute('aria-label') || element.textContent.trim()")
            assert name, button.evaluate("element => element.outerHTML")


@pytest.fixture
def touch_page(browser):
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    yield context.new_page()
    context.close()


def finger_drag(page, source, target, aim: float = 0) -> None:
    """A drag with one finger, as Chromium's own input gives it."""
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
    touch("touchEnd")
    expect(page.locator(".ghost")).to_have_count(0)


def test_an_order_by_a_finger(deck_of, touch_page):
    deck = deck_of(material.reranking("ranked"))
    deck.page = touch_page
    deck.open()
    finger_drag(deck.page, deck.card("d1").locator(".handle"), deck.card("d3"), aim=-0.4)
    seen = deck.page.locator(".candidate").evaluate_all("cards => cards.map(card => card.dataset.id)")
    assert seen == ["d1", "d3", "d4", "d2"]
    deck.button(re.compile("^Done")).click()
    assert deck.saved(1) == [{"ranking": [[key] for key in seen]}]


def test_groups_by_a_tap_on_the_text_and_one_on_the_group(deck_of, touch_page):
    deck = deck_of(material.clustering())
    deck.page = touch_page
    deck.open()
    deck.seen()
    deck.button(re.compile("New group")).tap()
    deck.card("t5").tap()
    deck.button(re.compile("New group")).tap()
    for text, group in (("t3", 0), ("t2", 1), ("t4", 1)):
        deck.card(text).tap()
        deck.page.locator(".group-head").nth(group).locator(".group-key").tap()
    deck.button(re.compile("^Done")).tap()
    groups = {"t1": "Group 1", "t2": "Group 2", "t3": "Group 1", "t4": "Group 2", "t5": "Group 2"}
    assert deck.saved(1) == [{"groups": groups}]
