"""Practice items: the one place where the deck waits for the server, and no key pressed meanwhile is an answer."""

from __future__ import annotations

import re

import material
import pytest
from fake import Fake
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def practising(fake: Fake, *expected: object) -> Fake:
    """The fake, whose first items are practice, each with what it should be answered with."""
    fake.expected = {item["id"]: payload for item, payload in zip(fake.items, expected, strict=False)}
    return fake


def go_on(deck) -> None:
    """Reads what was said, and goes on by the keyboard."""
    expect(deck.button("Go on")).to_be_visible()
    deck.seen()
    deck.press("Enter")


def test_feedback_is_waited_for_and_practice_ends(deck_of):
    deck = deck_of(practising(material.sts(5), {"score": 4}, {"score": 0})).open()
    expect(deck.page.locator(".banner")).to_contain_text("Practice 1 of 2")
    deck.press("4")
    expect(deck.page.get_by_role("heading", name="Right")).to_be_visible()
    expect(deck.page.locator(".expected")).to_contain_text("4 – nearly the same")
    expect(deck.page.get_by_text("ferry number 0")).to_be_visible()
    go_on(deck)
    expect(deck.page.locator(".banner")).to_contain_text("Practice 2 of 2")
    deck.press("3")
    expect(deck.page.get_by_role("heading", name="Not quite")).to_be_visible()
    expect(deck.page.locator(".expected")).to_contain_text("0 – unrelated")
    go_on(deck)
    expect(deck.page.get_by_text("Practice is over.")).to_be_visible()
    expect(deck.page.locator(".counts")).to_have_text("0 of 3")
    deck.press("5")
    expect(deck.page.locator(".banner")).to_be_hidden()
    assert deck.saved(3) == [{"score": 4}, {"score": 3}, {"score": 5}]
    expect(deck.page.locator(".counts")).to_have_text("1 of 3 · 1 today")


#: Presses Enter in the moment in which it is told what an answer was worth: nobody has read it yet.
ENTER_AT_ONCE = """() => {
  const root = document.getElementById('deck').shadowRoot;
  const init = { key: 'Enter', code: 'Enter', bubbles: true, composed: true, cancelable: true };
  new MutationObserver((_, watching) => {
    if (!root.querySelector('.lesson button')) return;
    watching.disconnect();
    document.body.dispatchEvent(new KeyboardEvent('keydown', init));
    document.body.dataset.pressed = 'at once';
  }).observe(root, { childList: true, subtree: true });
}"""


def test_keys_pressed_while_waiting_or_reading_answer_nothing(deck_of):
    deck = deck_of(practising(material.sts(5), {"score": 4}, {"score": 0})).open()
    deck.page.evaluate(ENTER_AT_ONCE)
    deck.fake.delay = 1.5
    deck.press("4", "3", "2", "Enter", "s", "u", "1")
    expect(deck.page.locator("body[data-pressed]")).to_have_count(1)
    expect(deck.button("Go on")).to_be_visible()
    deck.press("3", "0", "ArrowLeft")
    deck.fake.delay = 0
    go_on(deck)
    expect(deck.page.locator(".banner")).to_contain_text("Practice 2 of 2")
    assert deck.saved(1) == [{"score": 4}]


def test_without_a_connection_it_says_so_and_tells_as_soon_as_there_is_one(deck_of):
    deck = deck_of(practising(material.sts(5), {"score": 4})).open()
    mend = deck.cut()
    deck.press("2")
    expect(deck.page.locator(".lesson")).to_contain_text("No connection. Your answer is kept")
    mend()
    deck.page.evaluate("dispatchEvent(new Event('online'))")
    expect(deck.page.get_by_role("heading", name="Not quite")).to_be_visible()
    deck.seen()
    deck.button("Go on").click()
    expect(deck.page.get_by_text("ferry number 1 ")).to_be_visible()


def test_a_reload_in_practice_goes_on_where_it_was(deck_of):
    deck = deck_of(practising(material.sts(5), {"score": 4}, {"score": 1})).open()
    deck.press("4")
    expect(deck.button("Go on")).to_be_visible()
    deck.page.reload()
    expect(deck.page.get_by_role("heading", name="Right")).to_be_visible()  # the item that was on the screen
    deck.press("ArrowRight")
    expect(deck.page.locator(".banner")).to_contain_text("Practice 2 of 2")


def test_a_practice_item_may_be_answered_again(deck_of):
    deck = deck_of(practising(material.sts(5), {"score": 4}, {"score": 1})).open()
    deck.press("3")
    go_on(deck)
    deck.press("ArrowLeft")
    expect(deck.page.get_by_role("heading", name="Not quite")).to_be_visible()
    deck.press("4")
    go_on(deck)
    expect(deck.page.locator(".banner")).to_contain_text("Practice 2 of 2")
    assert deck.saved(2) == [{"score": 3}, {"score": 4}]


def test_a_refused_practice_answer_can_be_given_again(deck_of):
    deck = deck_of(practising(material.sts(5), {"score": 4})).open()
    deck.fake.refuse[101] = "Not on the scale."
    deck.press("3")
    expect(deck.page.get_by_role("alert")).to_contain_text("Not on the scale.")
    deck.fake.refuse.clear()
    deck.press("4")
    expect(deck.page.get_by_role("heading", name="Right")).to_be_visible()


GROUPS = {"t1": "Music", "t2": "Food", "t3": "Music", "t4": "Food", "t5": "Money"}


@pytest.mark.parametrize(
    ("fake", "keys", "told"),
    [
        (material.classification(), ["2"], "joy – glad, grateful, proud"),
        (material.reranking(), [*"0120"], "relevantYeast eats the sugar"),
        (material.clustering(), [*"11111", "Enter"], "MusicHow to tune a pianoThe choir sings Bach"),
    ],
    ids=["classification", "reranking", "clustering"],
)
def test_every_kind_of_answer_is_told_in_words(deck_of, fake, keys, told):
    grades = {"d1": 2, "d2": 0, "d3": 0, "d4": 0}
    expected = {"classification": {"label": "joy"}, "reranking": {"grades": grades}, "clustering": {"groups": GROUPS}}
    deck = deck_of(practising(fake, expected[fake.task["task_type"]])).open()
    deck.press(*keys)
    expect(deck.page.get_by_role("heading", name="Not quite")).to_be_visible()
    expect(deck.page.locator(".expected")).to_contain_text(told)
    expect(deck.page.locator(".status")).to_have_text(re.compile("All saved"))
