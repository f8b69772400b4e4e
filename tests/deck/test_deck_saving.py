"""Every key is one answer to the item that was on the screen; none is lost or doubled, and nothing is overstated."""

from __future__ import annotations

import re
import time

import material
import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def type_and_watch(deck, digits: str, per_second: int, cut_between: tuple[int, int] = (0, 0)) -> list[tuple[str, int]]:
    """Types at a pace, each key with the number of the pair that was on the screen when it was pressed."""
    seen, mend = [], None
    begin = time.monotonic()
    for place, digit in enumerate(digits):
        if place == cut_between[0] and cut_between[1]:
            mend = deck.cut()
        if place == cut_between[1] and mend:
            mend()
        time.sleep(max(0, begin + place / per_second - time.monotonic()))
        shown = deck.page.locator(".passage").first.text_content()
        seen.append((digit, int(re.search(r"\d+", shown or "")[0])))
        deck.press(digit)
    return seen


DIGITS = "3140250143" * 5


def test_fifty_keys_at_eight_a_second_are_fifty_answers(deck_of):
    deck = deck_of(material.sts(60)).open()
    seen = type_and_watch(deck, DIGITS, 8)
    deck.saved(50)
    stored = [(str(answer["payload"]["score"]), answer["item"] - 101) for answer in deck.fake.answers]
    assert stored == seen
    assert [place for _, place in seen] == list(range(50))


def test_half_of_the_keys_with_the_network_cut(deck_of):
    deck = deck_of(material.sts(60)).open()
    seen = type_and_watch(deck, DIGITS, 8, cut_between=(12, 37))
    deck.page.evaluate("dispatchEvent(new Event('online'))")
    deck.saved(50)
    stored = [(str(answer["payload"]["score"]), answer["item"] - 101) for answer in deck.fake.answers]
    assert sorted(stored, key=lambda pair: pair[1]) == seen
    assert [place for _, place in seen] == list(range(50))


def test_a_slow_server_delays_nobody(deck_of):
    fake = material.sts(40)
    deck = deck_of(fake).open()
    fake.delay = 0.5
    seen = type_and_watch(deck, DIGITS[:30], 8)
    deck.saved(30)
    assert [place for _, place in seen] == list(range(30))
    assert max(fake.batches) > 1


def test_it_says_how_many_are_not_yet_saved_and_never_saved_too_early(deck_of):
    deck = deck_of(material.sts()).open()
    mend = deck.cut()
    deck.press("1", "2", "3")
    deck.says("3 answers not yet saved")
    expect(deck.page.get_by_text("No connection. What you answered is kept")).to_be_visible()
    assert deck.page.get_by_role("progressbar").get_attribute("aria-valuenow") == "3"
    assert deck.fake.answers == []
    mend()
    deck.page.evaluate("dispatchEvent(new Event('online'))")
    deck.saved(3)
    expect(deck.page.get_by_text("No connection.")).to_have_count(0)


def test_it_tries_again_by_itself(deck_of):
    deck = deck_of(material.sts()).open()
    mend = deck.cut()
    deck.press("1")
    deck.says("1 answer not yet saved")
    mend()
    assert deck.saved(1) == [{"score": 1}]


def test_unsaved_answers_outlive_a_reload(deck_of):
    deck = deck_of(material.sts()).open()
    deck.press("5")
    deck.saved(1)
    deck.fake.status = 503
    deck.press("1", "2")
    deck.says("2 answers not yet saved")
    expect(deck.page).to_have_url(re.compile("#item-104$"))  # what the address names comes after a reload
    deck.fake.status = None
    deck.fake.delay = 0.3
    deck.page.reload()
    deck.says("2 answers not yet saved")
    assert deck.saved(3) == [{"score": 5}, {"score": 1}, {"score": 2}]
    expect(deck.page.get_by_text("ferry number 3")).to_be_visible()  # what is answered is not asked again
    deck.press("ArrowLeft")
    expect(deck.button("2 some details in common")).to_have_attribute("aria-pressed", "true")


def test_a_lost_acknowledgement_doubles_nothing(deck_of):
    deck = deck_of(material.sts()).open()
    deck.fake.lose_replies = True
    deck.press("4", "2")
    deck.says("2 answers not yet saved")
    deck.eventually(lambda: deck.fake.lost >= 1)
    deck.fake.lose_replies = False
    assert deck.saved(2) == [{"score": 4}, {"score": 2}]
    assert deck.fake.resent >= 1


def test_answers_of_another_account_stay_with_it(deck_of):
    deck = deck_of(material.sts()).open(account="ann")
    deck.fake.status = 503
    deck.press("1")
    deck.says("1 answer not yet saved")
    deck.page.goto("about:blank")  # or it would be sent as soon as the server answers again
    deck.fake.status = None
    deck.open(account="bea")
    deck.says("All saved")
    assert deck.fake.answers == []
    deck.open(account="ann")
    deck.says("All saved")
    assert deck.fake.payloads() == [{"score": 1}]


def test_a_refused_answer_is_shown_with_its_reason_and_can_be_mended(deck_of):
    deck = deck_of(material.sts()).open()
    deck.fake.refuse[102] = "The score 2 is <b>not</b> on the scale."
    deck.press("1", "2", "3")
    deck.says("All saved")
    expect(deck.page.get_by_role("alert")).to_contain_text("The score 2 is <b>not</b> on the scale.")
    assert [answer["item"] for answer in deck.fake.answers] == [101, 103]
    deck.page.reload()
    expect(deck.page.get_by_role("alert")).to_contain_text("1 answer was not accepted")
    deck.fake.refuse.clear()
    deck.button("Answer it again").click()
    expect(deck.page.get_by_text("ferry number 1 ")).to_be_visible()
    deck.press("2")  # the same answer again: it is sent again
    deck.says("All saved")
    expect(deck.page.get_by_role("alert")).to_have_count(0)
    assert [(answer["item"], answer["payload"]["score"]) for answer in deck.fake.answers] == [
        (101, 1),
        (103, 3),
        (102, 2),
    ]


def test_a_refused_answer_can_be_given_up(deck_of):
    deck = deck_of(material.sts()).open()
    deck.fake.refuse[101] = "No."
    deck.press("1")
    deck.button("Leave it").click()
    expect(deck.page.get_by_role("alert")).to_have_count(0)
    deck.page.reload()
    expect(deck.page.get_by_text("ferry number 1 ")).to_be_visible()  # where it was
    deck.press("2")
    expect(deck.page.get_by_text("ferry number 0")).to_be_visible()  # asked again


def test_of_a_malformed_batch_only_the_answer_at_fault_is_refused(deck_of):
    deck = deck_of(material.sts()).open()
    mend = deck.cut()
    deck.press("1", "2", "3")
    deck.says("3 answers not yet saved")
    mend()
    malformed = re.compile("/deck/answers$")
    bad = '"score":2'

    def reject(route):
        if bad in (route.request.post_data or ""):
            route.fulfill(status=400, json={"error": "Malformed message."})
        else:
            route.fallback()

    deck.page.route(malformed, reject)
    deck.page.evaluate("dispatchEvent(new Event('online'))")
    expect(deck.page.get_by_role("alert")).to_contain_text("Malformed message.")
    deck.says("All saved")
    assert deck.fake.payloads() == [{"score": 1}, {"score": 3}]


def test_signed_out_it_says_so_and_sends_once_one_is_signed_in_again(deck_of):
    deck = deck_of(material.sts()).open()
    deck.fake.status = 401
    deck.press("1", "2")
    expect(deck.page.get_by_role("link", name="Sign in again")).to_be_visible()
    deck.says("2 answers not yet saved")
    deck.fake.status = None
    deck.page.evaluate("dispatchEvent(new Event('focus'))")  # the annotator comes back from another tab
    assert deck.saved(2) == [{"score": 1}, {"score": 2}]
    expect(deck.page.get_by_role("link", name="Sign in again")).to_have_count(0)


def test_where_the_browser_keeps_nothing_it_says_so(deck_of):
    deck = deck_of(material.sts())
    deck.page.add_init_script(
        "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError') }"
    )
    deck.open()
    deck.fake.status = 503
    deck.press("1")
    expect(deck.page.get_by_text("leave this page open until all is saved")).to_be_visible()
    deck.fake.status = None
    assert deck.saved(1) == [{"score": 1}]


def test_two_tabs_do_not_ask_the_same_again(deck_of):
    deck = deck_of(material.sts()).open()
    other = deck.page.context.new_page()
    other.goto(deck.fake.url())
    other.locator(".form > div").first.wait_for()
    deck.press("1", "2", "3")
    deck.says("All saved")
    expect(other.get_by_text("You have answered this in another tab.")).to_be_visible()
    other.keyboard.press("5")  # what was on its screen is answered anew
    expect(other.get_by_text("You have answered this in another tab.")).to_have_count(0)
    expect(other.get_by_text("ferry number 3")).to_be_visible()
    other.keyboard.press("4")
    expect(other.locator(".status")).to_have_text("All saved")
    assert [(answer["item"], answer["payload"]["score"]) for answer in deck.fake.answers] == [
        (101, 1),
        (102, 2),
        (103, 3),
        (101, 5),
        (104, 4),
    ]
