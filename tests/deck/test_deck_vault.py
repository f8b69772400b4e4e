"""What was not yet sent survives a browser that crashes before localStorage is on disk."""

from __future__ import annotations

import material
import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

# A crash leaves what IndexedDB has committed; localStorage may be as it was seconds before.
CRASH = "localStorage.clear()"
KEPT = """count => new Promise(resolve => {
  const look = () => {
    const asked = indexedDB.open("hume-deck");
    asked.onsuccess = () => {
      const counted = asked.result.transaction("unsent").objectStore("unsent").count();
      counted.onsuccess = () => {
        asked.result.close();
        counted.result === count ? resolve(true) : setTimeout(look, 20);
      };
    };
  };
  look();
})"""


def test_unsent_answers_outlive_a_crash(deck_of):
    deck = deck_of(material.sts()).open()
    deck.fake.status = 503
    deck.press("1", "2")
    deck.says("2 answers not yet saved")
    deck.page.evaluate(KEPT, 2)
    deck.page.evaluate(CRASH)
    deck.page.goto("about:blank")
    deck.fake.status = None
    deck.open()
    expect(deck.page.get_by_text("ferry number 2")).to_be_visible()  # what is answered is not asked again
    assert deck.saved(2) == [{"score": 1}, {"score": 2}]
    deck.page.evaluate(KEPT, 0)


def test_where_there_is_no_indexeddb_all_goes_on(deck_of):
    deck = deck_of(material.sts())
    deck.page.add_init_script("Object.defineProperty(window, 'indexedDB', { get() { throw new Error('forbidden'); } })")
    deck.open()
    deck.press("3")
    assert deck.saved(1) == [{"score": 3}]


def test_an_answer_after_the_clock_was_set_back_comes_after_those_before(deck_of):
    deck = deck_of(material.sts())
    deck.page.route("**/deck/answers", lambda route: route.abort())
    deck.open()
    deck.press("1")
    deck.says("1 answer not yet saved")
    deck.page.goto("about:blank")
    deck.page.add_init_script("{ const now = Date.now.bind(Date); Date.now = () => now() - 86_400_000; }")
    deck.open()
    deck.press("ArrowLeft")
    expect(deck.page.get_by_text("ferry number 0")).to_be_visible()
    deck.press("4")
    deck.says("2 answers not yet saved")
    deck.page.unroute("**/deck/answers")
    deck.page.evaluate("dispatchEvent(new Event('online'))")
    assert deck.saved(2) == [{"score": 1}, {"score": 4}]


def test_what_the_server_says_of_its_trouble_is_shown(deck_of):
    deck = deck_of(material.sts()).open()
    deck.fake.status = 507
    deck.press("1")
    expect(deck.page.get_by_role("alert")).to_contain_text("status 507")
    expect(deck.page.get_by_role("alert")).to_contain_text("is kept in this browser and sent as soon as that is over")
    deck.fake.status = None
    deck.page.evaluate("dispatchEvent(new Event('online'))")
    assert deck.saved(1) == [{"score": 1}]
