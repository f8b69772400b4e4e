"""Every item has an address; reloads, the browser's buttons, other tabs and other devices do the right thing."""

from __future__ import annotations

import re

import material
import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser


def at(deck, item: int) -> None:
    """Waits until that item is on the screen and in the address."""
    expect(deck.page.get_by_text(re.compile(rf"ferry number {item - 101}\b"))).to_be_visible()
    expect(deck.page).to_have_url(re.compile(f"#item-{item}$"))


def second(deck, browser: Browser) -> Page:
    """The same annotator on another device, at the same subset."""
    context = browser.new_context()
    context.set_default_timeout(10_000)
    page = context.new_page()
    page.goto(deck.fake.url())
    page.locator(".form > div").first.wait_for()
    return page


def come_back(page: Page) -> None:
    """The annotator turns to this page again."""
    page.evaluate("dispatchEvent(new Event('focus'))")


def test_the_browsers_buttons_go_from_item_to_item(deck_of):
    deck = deck_of(material.sts()).open()
    at(deck, 101)
    for item, key in zip((102, 103, 104), "315", strict=True):
        deck.press(key)
        at(deck, item)
    deck.page.go_back()
    at(deck, 103)
    expect(deck.button("1 same topic")).to_have_attribute("aria-pressed", "false")
    expect(deck.page.get_by_text("You answered this.")).to_be_visible()
    deck.page.go_back()
    at(deck, 102)
    deck.page.go_forward()
    at(deck, 103)
    deck.page.go_forward()
    at(deck, 104)
    expect(deck.page.get_by_text("You answered this.")).to_be_hidden()
    deck.press("2")
    deck.saved(4)


def test_a_reload_shows_the_same_item(deck_of):
    deck = deck_of(material.sts()).open()
    deck.press("3", "1", "5")
    deck.saved(3)
    deck.page.reload()
    at(deck, 104)
    expect(deck.button("Previous")).to_be_enabled()
    deck.press("ArrowLeft", "ArrowLeft")
    at(deck, 102)
    deck.page.reload()
    at(deck, 102)
    expect(deck.button("1 same topic")).to_have_attribute("aria-pressed", "true")
    expect(deck.button("Previous")).to_be_enabled()
    deck.press("ArrowRight")
    at(deck, 103)
    deck.press("ArrowLeft", "ArrowLeft")
    at(deck, 101)
    deck.press("4")
    deck.saved(4)
    assert deck.fake.answers[-1]["item"] == 101


def test_an_open_item_of_the_address_comes_first(deck_of):
    deck = deck_of(material.sts(30))
    deck.page.goto(f"{deck.fake.url()}#item-125")
    at(deck, 125)
    deck.press("5")
    at(deck, 101)
    deck.press("3")
    deck.saved(2)
    assert [answer["item"] for answer in deck.fake.answers] == [125, 101]


@pytest.mark.parametrize("fragment", ["#item-999", "#item-0", "#item-1e3", "#anything", "#item-99999999999999"])
def test_an_address_of_nothing_leads_to_the_next_item(deck_of, fragment):
    deck = deck_of(material.sts())
    deck.page.goto(deck.fake.url() + fragment)
    at(deck, 101)
    notice = deck.page.get_by_text("is not one of yours here")
    expect(notice).to_have_count(1 if fragment == "#item-999" else 0)
    deck.press("3")
    expect(notice).to_have_count(0)
    deck.saved(1)


def test_an_item_of_another_subset_is_not_drawn_with_this_ones_form(deck_of):
    deck = deck_of(material.sts())
    stranger = {"id": 555, "content": {"text": {"text": "x"}}, "order": [], "draft": None, "answer": None}
    foreign = {**stranger, "task": "Other", "subset": "eng"}
    deck.page.route("**/deck/item?item=555", lambda route: route.fulfill(json=foreign))
    deck.page.goto(f"{deck.fake.url()}#item-555")
    at(deck, 101)
    expect(deck.page.get_by_text("is not one of yours here")).to_be_visible()


def test_fast_typing_is_not_too_much_for_the_browsers_history(deck_of):
    deck = deck_of(material.sts(150))
    deck.page.add_init_script(
        "window.changes = 0; for (const how of ['pushState', 'replaceState']) { const real = history[how];"
        "history[how] = function (...all) { changes += 1; if (changes > 60) throw new DOMException('too many');"
        "return real.apply(this, all); }; }"
    )
    deck.open()
    for place in range(100):
        expect(deck.page.get_by_text(f"ferry number {place} ")).to_be_visible()  # a key that finds no item is nobody's
        deck.press(str(place % 6))
    deck.saved(100)
    assert deck.page.evaluate("changes") < 60
    at(deck, 201)
    deck.page.go_back()
    at(deck, 200)


def test_an_answer_of_another_device_is_shown_on_return(deck_of, browser):
    deck = deck_of(material.sts()).open()
    deck.press("1", "2")
    deck.saved(2)
    other = second(deck, browser)
    other.keyboard.press("ArrowLeft")
    expect(other.get_by_role("button", name="2 some details")).to_have_attribute("aria-pressed", "true")
    other.keyboard.press("5")
    other.keyboard.press("4")
    expect(other.locator(".status")).to_have_text("All saved")
    deck.eventually(lambda: len(deck.fake.answers) == 4)
    come_back(deck.page)  # to the third item, which was answered meanwhile
    expect(deck.button("4 nearly the same")).to_have_attribute("aria-pressed", "true")
    deck.press("ArrowLeft")
    expect(deck.button("5 the same meaning")).to_have_attribute("aria-pressed", "true")
    deck.press("ArrowRight", "ArrowRight")
    at(deck, 104)
    deck.press("0")
    expected = [(101, 1), (102, 2), (102, 5), (103, 4), (104, 0)]
    deck.eventually(lambda: len(deck.fake.answers) == len(expected))
    assert [(answer["item"], answer["payload"]["score"]) for answer in deck.fake.answers] == expected
    other.context.close()


def test_the_newest_draft_wins_on_every_device(deck_of, browser):
    deck = deck_of(material.reranking()).open()
    deck.press("1")
    deck.eventually(lambda: 101 in deck.fake.drafts)
    other = second(deck, browser)
    pressed = other.locator("button.grade[aria-pressed=true]")
    expect(pressed).to_have_count(1)
    other.keyboard.press("2")
    expect(pressed).to_have_count(2)
    deck.eventually(lambda: len(deck.fake.drafts[101]["answer"]["grades"]) == 2)
    come_back(deck.page)
    expect(deck.page.locator("button.grade[aria-pressed=true]")).to_have_count(2)
    deck.press("0")
    deck.eventually(lambda: len(deck.fake.drafts[101]["answer"]["grades"]) == 3)
    come_back(other)
    expect(pressed).to_have_count(3)
    other.context.close()


def test_an_old_draft_does_not_overwrite_a_newer_one(deck_of, browser):
    deck = deck_of(material.reranking()).open()
    mend = deck.cut()
    deck.press("1")
    other = second(deck, browser)
    other.keyboard.press("2")
    other.keyboard.press("2")
    deck.eventually(lambda: len(deck.fake.drafts.get(101, {}).get("answer", {}).get("grades", {})) == 2)
    mend()
    asked = len(deck.fake.requests)
    deck.page.evaluate("dispatchEvent(new Event('online'))")
    deck.eventually(lambda: "GET /deck/item" in deck.fake.requests[asked:])
    come_back(deck.page)
    expect(deck.page.locator("button.grade[aria-pressed=true]")).to_have_count(2)
    assert deck.fake.drafts[101]["answer"]["grades"] == {"d3": 2, "d1": 2}
    other.context.close()
