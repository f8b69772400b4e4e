"""The annotator's way: on, back, undo, skip, comment, drafts, time, the end."""

from __future__ import annotations

import re

import material
import pytest
from playwright.sync_api import Route, expect

from hume.answers import SKIP_REASONS

pytestmark = pytest.mark.browser


def test_a_held_key_answers_once(deck_of):
    deck = deck_of(material.sts()).open()
    deck.page.keyboard.down("3")
    for _ in range(5):
        deck.page.keyboard.down("3")  # Chromium sends these as repeats
    deck.page.keyboard.up("3")
    deck.press("2")
    assert deck.saved(2) == [{"score": 3}, {"score": 2}]


def test_keys_used_here_reach_no_shortcut_of_the_page(deck_of):
    deck = deck_of(material.sts()).open()
    deck.page.evaluate("window.heard = []; document.addEventListener('keydown', event => heard.push(event.key))")
    deck.press("3", "c", "Escape", "u", "x", "r")
    assert deck.page.evaluate("heard") == ["x", "r"]


def test_keys_in_a_field_of_the_page_are_the_pages(deck_of):
    deck = deck_of(material.sts()).open()
    deck.page.evaluate("document.body.append(Object.assign(document.createElement('input'), {id: 'outside'}))")
    deck.page.locator("#outside").press_sequentially("312")
    assert deck.page.locator("#outside").input_value() == "312"
    assert deck.fake.answers == []


def test_the_next_item_is_drawn_within_the_key_press(deck_of):
    deck = deck_of(material.sts()).open()
    deck.fake.delay = 1
    drawn = deck.page.evaluate(
        """() => {
          const press = { key: '3', code: 'Digit3', bubbles: true, composed: true };
          document.body.dispatchEvent(new KeyboardEvent('keydown', press));
          return document.getElementById('deck').shadowRoot.querySelector('.passage').textContent;
        }"""
    )
    assert "ferry number 1 " in drawn


def test_back_shows_the_answer_and_a_change_is_a_new_revision(deck_of):
    deck = deck_of(material.sts()).open()
    deck.press("1", "2", "ArrowLeft", "ArrowLeft")
    expect(deck.page.get_by_text("ferry number 0")).to_be_visible()
    expect(deck.button("1 same topic")).to_have_attribute("aria-pressed", "true")
    expect(deck.page.get_by_text("You answered this.")).to_be_visible()
    deck.press("5")
    expect(deck.page.get_by_text("ferry number 1 ")).to_be_visible()  # one on, not at the end
    deck.press("2")  # as it was: no new revision
    expect(deck.page.get_by_text("ferry number 2")).to_be_visible()
    deck.press("3")
    deck.saved(4)
    scores = [(answer["item"], answer["payload"]["score"]) for answer in deck.fake.answers]
    assert scores == [(101, 1), (102, 2), (101, 5), (103, 3)]
    assert len({answer["client_id"] for answer in deck.fake.answers}) == 4


def test_answers_of_earlier_days_are_reached_too(deck_of):
    fake = material.sts()
    deck = deck_of(fake).open()
    deck.press("1", "2")
    deck.saved(2)
    deck.page.reload()
    expect(deck.page.get_by_text("ferry number 2")).to_be_visible()
    expect(deck.button("Previous")).to_be_enabled()
    deck.press("ArrowLeft", "ArrowLeft")
    expect(deck.page.get_by_text("ferry number 0")).to_be_visible()
    expect(deck.button("1 same topic")).to_have_attribute("aria-pressed", "true")
    expect(deck.button("Previous")).to_be_disabled()
    deck.press("ArrowRight", "ArrowRight")
    expect(deck.page.get_by_text("ferry number 2")).to_be_visible()
    expect(deck.button("Next")).to_be_disabled()


@pytest.mark.parametrize("key", ["Backspace", "u", "Control+z"])
def test_undo_takes_back_a_step_and_then_goes_to_the_last_answer(deck_of, key):
    deck = deck_of(material.reranking()).open()
    deck.press("1", "1", "1", "1", "2", "0")
    pressed = deck.page.locator("button.grade[aria-pressed=true]")
    expect(pressed).to_have_count(2)
    deck.press(key)
    expect(pressed).to_have_count(1)
    expect(deck.card("d1")).to_have_class(re.compile("marked"))
    deck.press(key, key)
    expect(pressed).to_have_count(4)  # the item before, as it was answered
    deck.press("2", "Enter")
    deck.saved(2)
    assert deck.fake.payloads()[1] == {"grades": {"d3": 2, "d1": 1, "d4": 1, "d2": 1}}


def test_a_typed_name_is_one_step_to_undo(deck_of):
    deck = deck_of(material.clustering()).open()
    deck.press("1", "1")
    name = deck.page.locator(".group-name")
    name.fill("")
    name.press_sequentially("Music")
    name.press("Enter")
    deck.press("Backspace")
    expect(deck.page.locator(".group-name")).to_have_value("Group 1")
    expect(deck.page.locator(".group .candidate")).to_have_count(2)


def test_skip_by_keys_and_by_mouse(deck_of):
    deck = deck_of(material.sts()).open()
    deck.press("s", "2")
    deck.button("Cannot judge").click()
    deck.seen()
    deck.button("Bad item").click()
    deck.press("s", "Escape", "4")
    deck.saved(3)
    kept = [(answer["status"], answer["reason"], answer["payload"]) for answer in deck.fake.answers]
    assert kept == [("skipped", "wrong language", None), ("skipped", "bad item", None), ("given", "", {"score": 4})]
    expect(deck.page.locator(".counts")).to_have_text("3 of 12 · 2 skipped · 3 today")
    deck.press("ArrowLeft", "ArrowLeft")
    expect(deck.page.get_by_text("You skipped this (Bad item).")).to_be_visible()


def test_every_reason_to_skip_is_one_that_the_server_takes(deck_of):
    deck = deck_of(material.sts()).open()
    deck.press("s")
    expect(deck.page.locator("dialog .choice")).to_have_count(len(SKIP_REASONS))
    deck.press("1", *"s2s3s4s5")
    deck.saved(5)
    assert [answer["reason"] for answer in deck.fake.answers] == list(SKIP_REASONS)
    expect(deck.page.get_by_role("alert")).to_have_count(0)


@pytest.mark.parametrize("clicks", [2, 3])
def test_a_double_click_answers_one_item(deck_of, clicks):
    deck = deck_of(material.sts()).open()
    deck.seen()
    deck.button("4 nearly the same").click(click_count=clicks)
    deck.page.wait_for_timeout(300)
    assert deck.saved(1) == [{"score": 4}]
    expect(deck.page.get_by_text("ferry number 1 ")).to_be_visible()


def test_a_slow_double_click_answers_one_item(deck_of):
    deck = deck_of(material.sts()).open()
    deck.seen()
    deck.button("4 nearly the same").click(click_count=2, delay=300)
    assert deck.saved(1) == [{"score": 4}]
    deck.button("2 some details in common").click()
    assert deck.saved(2) == [{"score": 4}, {"score": 2}]


def test_a_click_on_what_cannot_have_been_seen_answers_nothing(deck_of):
    deck = deck_of(material.sts()).open()
    deck.seen()
    taken = deck.page.evaluate(
        """() => {
          const root = document.getElementById('deck').shadowRoot;
          const click = () => {
            const event = new MouseEvent('click', { detail: 1, bubbles: true, composed: true, cancelable: true });
            return root.querySelector('button.value').dispatchEvent(event);
          };
          return [click(), click()];
        }"""
    )
    assert taken == [True, False]
    assert deck.saved(1) == [{"score": 0}]


def test_a_double_click_on_a_reason_skips_one_item(deck_of):
    deck = deck_of(material.sts()).open()
    deck.button("Cannot judge").click()
    deck.seen()
    deck.button("Offensive").dblclick()
    deck.page.wait_for_timeout(300)
    deck.saved(1)
    assert deck.fake.answers[0]["reason"] == "offensive"


@pytest.mark.parametrize(
    ("subset", "languages", "title"),
    [
        ("eng", ["eng-Latn"], "English"),
        ("ara", ["ara-Arab"], "Arabic"),
        ("default", ["cmn-Hant"], "Traditional Chinese"),
        ("news", ["nob-Latn"], "Norwegian Bokmål · news"),
        ("eng-ara", ["eng-Latn", "ara-Arab"], "English and Arabic · eng-ara"),
        ("mine", [], "mine"),
        ("odd", ["qqq-Latn"], "odd"),
    ],
)
def test_the_subset_is_told_by_its_language(deck_of, subset, languages, title):
    fake = material.sts()
    fake.task["languages"] = languages
    deck = deck_of(fake).open(subset=subset)
    expect(deck.page.locator(".subset")).to_have_text(title)


def test_a_link_leads_back_to_work_before_the_end(deck_of):
    deck = deck_of(material.sts()).open()
    expect(deck.page.get_by_role("link", name="Work")).to_have_attribute("href", "/list")


def test_a_new_item_is_shown_from_its_top(deck_of):
    deck = deck_of(material.reranking())
    deck.page.set_viewport_size({"width": 900, "height": 500})
    deck.open()
    deck.press("1", "1", "1")
    assert deck.page.evaluate("scrollY") > 0
    deck.press("1")
    expect(deck.page.locator("button.grade[aria-pressed=true]")).to_have_count(0)
    expect(deck.page.locator(".counts")).to_be_in_viewport(ratio=1)


def test_a_comment_goes_with_the_answer_and_its_digits_do_not_answer(deck_of):
    deck = deck_of(material.sts()).open()
    deck.press("c")
    deck.page.keyboard.type("3 boats? s u")
    deck.press("Escape", "4")
    expect(deck.page.get_by_label("Comment on this item")).to_be_hidden()
    deck.press("1")
    deck.saved(2)
    assert [(answer["comment"], answer["payload"]["score"]) for answer in deck.fake.answers] == [
        ("3 boats? s u", 4),
        ("", 1),
    ]


def test_drafts_are_posted_within_a_second_and_restored(deck_of):
    deck = deck_of(material.clustering()).open()
    deck.press("1", "2", "1")
    deck.page.locator(".group-name").first.fill("Music")
    deck.page.wait_for_timeout(1000)
    assert deck.fake.drafts[101]["answer"]["names"] == ["Music", "Group 2"]
    deck.page.evaluate("localStorage.clear()")  # another device
    deck.page.reload()
    expect(deck.page.locator(".group-name").first).to_have_value("Music")
    expect(deck.page.locator(".to-place .candidate")).to_have_count(2)
    expect(deck.card("t4")).to_have_class(re.compile("marked"))
    deck.press("2", "1", "Enter")
    groups = {"t1": "Music", "t2": "Group 2", "t3": "Music", "t4": "Group 2", "t5": "Music"}
    assert deck.saved(1) == [{"groups": groups}]


def test_drafts_outlive_a_reload_without_a_server(deck_of):
    deck = deck_of(material.reranking("ranked")).open()
    mend = deck.cut()
    deck.press("ArrowDown", "Alt+ArrowUp")
    deck.page.wait_for_timeout(600)
    mend()
    deck.page.reload()
    cards = deck.page.locator(".candidate")
    cards.first.wait_for()
    assert cards.evaluate_all("cards => cards.map(card => card.dataset.id)") == ["d1", "d3", "d4", "d2"]
    deck.page.wait_for_timeout(1000)
    assert deck.fake.drafts[101]["answer"]["ranking"][0] == ["d1"]


def test_an_item_left_half_done_is_as_it_was_on_return(deck_of):
    deck = deck_of(material.reranking()).open()
    deck.press("1", "1", "1", "1", "2", "2", "ArrowLeft", "ArrowRight")
    expect(deck.page.locator("button.grade[aria-pressed=true]")).to_have_count(2)


def test_active_time_leaves_idle_and_hidden_time_out(deck_of):
    deck = deck_of(material.sts())
    deck.page.add_init_script(
        "window.ahead = 0; const real = performance.now.bind(performance); performance.now = () => real() + ahead;"
        "Object.defineProperty(document, 'visibilityState', { get: () => window.unseen ? 'hidden' : 'visible' })"
    )
    deck.open()
    deck.page.evaluate("ahead += 20_000")
    deck.press("1")
    deck.page.evaluate("ahead += 300_000")  # five minutes without a sign of life
    deck.press("2")
    deck.page.evaluate("ahead += 10_000; unseen = true; document.dispatchEvent(new Event('visibilitychange'))")
    deck.page.evaluate("ahead += 30_000; unseen = false; document.dispatchEvent(new Event('visibilitychange'))")
    deck.page.evaluate("ahead += 5_000")
    deck.press("3")
    deck.saved(3)
    seconds = [round(answer["milliseconds"] / 1000) for answer in deck.fake.answers]
    assert seconds[0] in range(20, 25)
    assert seconds[1] in range(60, 65)
    assert seconds[2] in range(15, 20)


def test_the_end_says_thank_you_and_leads_back(deck_of):
    deck = deck_of(material.classification()).open()
    deck.press("1", "2", "3")
    expect(deck.page.get_by_text("You have been through all 3 items of TestCLASSIFICATION.")).to_be_visible()
    expect(deck.page.get_by_role("link", name="To the list of tasks")).to_have_attribute("href", "/list")
    deck.saved(3)
    deck.press("5", "ArrowLeft", "4")
    expect(deck.page.get_by_text("You have been through all 3 items")).to_be_visible()
    assert deck.saved(4)[3] == {"label": "fear"}


def test_the_end_waits_for_the_server_which_may_have_more(deck_of):
    fake = material.sts(2)
    last = fake.items.pop()  # what the server gives once it has all other answers, as an item that comes twice
    deck = deck_of(fake).open()
    held: list[Route] = []
    deck.page.route("**/deck/answers", lambda route: held.append(route))
    deck.press("3")
    expect(deck.page.get_by_text("Fetching the next items")).to_be_visible()
    expect(deck.page.get_by_text("Thank you")).to_have_count(0)
    fake.items.append(last)
    deck.eventually(lambda: bool(held))
    deck.page.unroute("**/deck/answers")  # lets go of what it held
    deck.page.locator(".form > .sts").wait_for()
    deck.press("4")
    assert deck.saved(2) == [{"score": 3}, {"score": 4}]
    expect(deck.page.get_by_text("Thank you")).to_be_visible()


def test_a_closed_task_is_told_in_the_server_s_own_words(deck_of):
    deck = deck_of(material.sts()).open()
    deck.fake.status = 403
    deck.press("3")
    expect(deck.page.get_by_role("alert")).to_contain_text("status 403")
    expect(deck.page.get_by_text("does not let this account answer")).to_have_count(0)


def test_nothing_to_answer(deck_of):
    fake = material.sts(0)
    deck = deck_of(fake)
    deck.page.goto(fake.url())
    expect(deck.page.get_by_text("There is nothing to answer here for you now.")).to_be_visible()


def test_a_task_that_is_not_there(deck_of):
    deck = deck_of(material.sts())
    deck.fake.status = 404
    deck.page.goto(deck.fake.url())
    expect(deck.page.get_by_role("alert")).to_contain_text("status 404")
    expect(deck.page.get_by_role("link", name="To the list of tasks")).to_be_visible()


def test_help_names_the_keys_and_closes(deck_of):
    deck = deck_of(material.sts()).open()
    deck.press("?")
    dialog = deck.page.get_by_role("dialog", name="Keys")
    expect(dialog).to_contain_text("answer and go on")
    deck.press("3", "?")
    expect(dialog).to_have_count(0)
    assert deck.fake.answers == []


def test_a_button_reached_by_tab_is_pressed_by_enter(deck_of):
    deck = deck_of(material.reranking()).open()
    deck.card("d3").get_by_role("button").nth(1).focus()
    deck.press("Enter")
    expect(deck.card("d3").get_by_role("button").nth(1)).to_have_attribute("aria-pressed", "true")


def test_mounting_again_changes_nothing(deck_of):
    deck = deck_of(material.reranking()).open()
    deck.press("2")
    deck.page.evaluate("void mountAgain()")
    expect(deck.page.locator(".deck")).to_have_count(1)
    expect(deck.page.locator("button.grade[aria-pressed=true]")).to_have_count(1)


def test_on_a_phone_guidelines_are_shown_when_asked_for(deck_of):
    deck = deck_of(material.sts())
    deck.page.set_viewport_size({"width": 390, "height": 844})
    deck.open()
    guidelines = deck.page.get_by_role("complementary", name="Guidelines")
    expect(guidelines).to_be_hidden()
    deck.button("Guidelines").click()
    expect(guidelines).to_be_visible()


def test_guidelines_stand_above_the_first_item_alone(deck_of):
    deck = deck_of(material.sts())
    deck.page.set_viewport_size({"width": 700, "height": 800})
    deck.open()
    guidelines = deck.page.get_by_role("complementary", name="Guidelines")
    expect(guidelines).to_be_visible()
    deck.press("3")
    expect(guidelines).to_be_hidden()
    deck.press("g")
    expect(guidelines).to_be_visible()


def test_a_pause_stops_the_clock_hides_the_item_and_its_key_answers_nothing(deck_of):
    deck = deck_of(material.sts())
    deck.page.add_init_script(
        "window.ahead = 0; const real = performance.now.bind(performance); performance.now = () => real() + ahead;"
    )
    deck.open()
    deck.page.evaluate("ahead += 20_000")
    deck.press("p")
    pause = deck.page.get_by_role("dialog", name="Paused")
    expect(pause).to_be_visible()
    covered = "dialog => { const { width, height } = dialog.getBoundingClientRect(); return [width, height]; }"
    assert pause.evaluate(covered) == [1280, 800]
    deck.page.evaluate("ahead += 50_000")
    deck.press("Shift", "3")
    expect(deck.page.locator("dialog")).to_have_count(0)  # it is gone, and not closed alone: the clock goes on
    assert deck.fake.answers == []
    deck.page.evaluate("ahead += 10_000")
    deck.press("4")
    assert deck.saved(1) == [{"score": 4}]
    assert round(deck.fake.answers[0]["milliseconds"] / 1000) in range(30, 36)


def test_a_tap_ends_a_pause_and_answers_nothing(deck_of):
    deck = deck_of(material.sts()).open()
    pause, box = deck.page.get_by_role("dialog", name="Paused"), deck.button("4 nearly the same").bounding_box()
    deck.button("Pause").click()
    expect(pause).to_be_visible()
    deck.seen()
    deck.page.mouse.click(box["x"] + 20, box["y"] + 20)
    expect(pause).to_have_count(0)
    deck.press("2")
    assert deck.saved(1) == [{"score": 2}]


def test_confidence_goes_with_the_answer_and_comes_back_with_it(deck_of):
    deck = deck_of(material.sts()).open()
    deck.press("h", "3", "h", "h", "4", "h", "h", "h", "h", "5", "2")
    deck.saved(4)
    assert [answer["confidence"] for answer in deck.fake.answers] == [0, 50, None, None]
    deck.press(*["ArrowLeft"] * 4)
    expect(deck.button("A guess").last).to_be_visible()
    chosen = deck.page.locator(".sure [aria-pressed=true]")
    expect(chosen).to_have_text("A guess")
    deck.page.locator(".sure").get_by_role("button", name="Certain").click()
    deck.press("3")  # the same score, said with more confidence: a revision
    deck.saved(5)
    assert (deck.fake.answers[4]["item"], deck.fake.answers[4]["confidence"]) == (101, 100)


def test_confidence_is_kept_in_the_draft(deck_of):
    deck = deck_of(material.reranking()).open()
    deck.press("1", "h", "h")
    deck.eventually(lambda: deck.fake.drafts.get(101, {}).get("confidence") == 50)
    deck.page.evaluate("localStorage.clear()")
    deck.page.reload()
    expect(deck.page.locator(".sure [aria-pressed=true]")).to_have_text("Fairly sure")
    deck.press("1", "1", "1")
    deck.saved(1)
    assert deck.fake.answers[0]["confidence"] == 50


def test_the_time_left_is_told_once_a_pace_is_known(deck_of):
    fake = material.sts(200)
    deck = deck_of(fake).open()
    expect(deck.page.locator(".counts")).to_have_text("0 of 200")
    fake.pace_ms = 6_100
    deck.page.reload()
    expect(deck.page.locator(".counts")).to_have_text("0 of 200 · about 20 min left")
    deck.press("1", "2", "3", "4", "5")  # by the pace of this page: far faster
    expect(deck.page.locator(".counts")).to_contain_text("5 of 200 · less than a minute left")


def test_a_goal_for_the_day_is_the_annotators_own(deck_of):
    deck = deck_of(material.sts()).open()
    deck.press("1", "2", "3")
    day = deck.page.locator(".bar.day")
    expect(day).to_be_hidden()
    deck.button("3 today").click()
    dialog = deck.page.get_by_role("dialog", name="Your goal for a day")
    dialog.get_by_role("spinbutton").fill("6")
    deck.press("Enter")
    expect(dialog).to_have_count(0)
    expect(deck.button("3 of 6 today")).to_be_visible()
    assert day.get_attribute("aria-valuenow") == "3"
    deck.saved(3)
    deck.page.reload()
    expect(deck.button("3 of 6 today")).to_be_visible()
    deck.button("3 of 6 today").click()
    dialog.get_by_role("spinbutton").fill("")
    deck.press("Enter")
    expect(deck.button("3 today")).to_be_visible()
    expect(day).to_be_hidden()


@pytest.mark.parametrize(
    ("zone", "offset"), [("UTC", "+00:00"), ("Asia/Kolkata", "+05:30"), ("America/St_Johns", "-0[23]:30")]
)
def test_the_server_is_told_when_the_annotators_day_began(deck_of, browser, zone, offset):
    deck = deck_of(material.sts())
    context = browser.new_context(timezone_id=zone)
    page = context.new_page()
    page.goto(deck.fake.url())
    page.locator(".form > div").first.wait_for()
    context.close()
    (told,) = deck.fake.midnights
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT00:00:00" + offset.replace("+", r"\+"), told)


ELSEWHERE = [
    {"task": "Other <b>task</b>", "subset": "dan", "task_type": "sts", "languages": ["dan-Latn"], "open": 12},
    {"task": "Third", "subset": "default", "task_type": "sts", "languages": ["eng-Latn"], "open": 1},
]


def test_the_end_tells_ones_own_numbers_and_what_is_left_elsewhere(deck_of):
    fake = material.classification()
    fake.elsewhere = ELSEWHERE
    deck = deck_of(fake).open()
    deck.press("1", "s", "1", "3")
    expect(deck.page.get_by_text("2 answered · 1 skipped")).to_be_visible()
    deck.saved(3)
    links = deck.page.locator(".elsewhere a")
    expect(links).to_have_text(
        [re.compile(r"Other <b>task</b>\s*Danish12 open"), re.compile(r"Third\s*English.*1 open")]
    )
    deck.seen()
    deck.press("Enter")
    expect(deck.page).to_have_url(re.compile(r"task=Other\+%3Cb%3Etask%3C%2Fb%3E&subset=dan"))


def test_right_to_left_the_next_item_lies_to_the_left(deck_of):
    deck = deck_of(material.sts()).open(dir="rtl", locale="ar")
    root = deck.page.locator(".deck")
    assert (root.get_attribute("dir"), root.get_attribute("lang")) == ("rtl", "ar")
    deck.press("1", "2", "ArrowRight")
    expect(deck.page.get_by_text("ferry number 1 ")).to_be_visible()
    deck.press("ArrowLeft")
    expect(deck.page.get_by_text("ferry number 2")).to_be_visible()
    back, onward = (deck.button(name).bounding_box() for name in ("Previous", "Next"))
    assert back["x"] > onward["x"]
    assert deck.button("Next").get_attribute("aria-keyshortcuts") == "ArrowLeft"


def test_on_a_phone_everything_can_be_touched(deck_of):
    fake = material.sts()
    deck = deck_of(fake)
    deck.page.set_viewport_size({"width": 360, "height": 740})
    deck.open()
    deck.press("1", "h", "c", "Escape")
    small = deck.page.evaluate(
        """() => [...document.getElementById('deck').shadowRoot.querySelectorAll('button, a[href], input, textarea')]
          .filter(one => one.checkVisibility() && !one.closest('.guidelines'))
          .map(one => [one.textContent || one.className, one.getBoundingClientRect()])
          .filter(([, { width, height }]) => width < 44 || height < 44)
          .map(([name, { width, height }]) => `${name} ${width}x${height}`)"""
    )
    assert small == []
    assert deck.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_screen_readers_are_told_what_is_there_once_it_has_come_to_rest(deck_of):
    deck = deck_of(material.sts()).open()
    live = deck.page.locator("p.unseen[role=status]")
    expect(live).to_have_text("Item 1 of 12.")
    deck.page.evaluate(
        """() => {
          window.told = [];
          const live = document.getElementById('deck').shadowRoot.querySelector('p.unseen');
          const note = () => live.textContent && told.push(live.textContent);
          new MutationObserver(note).observe(live, { childList: true });
        }"""
    )
    deck.press("1", "2", "3")
    expect(live).to_have_text("Item 4 of 12.")
    assert deck.page.evaluate("told.at(-1)") == "Item 4 of 12."
    assert len(deck.page.evaluate("told")) <= 2  # not one a key
    deck.press("ArrowLeft")
    expect(deck.page.locator(".looking[role=status]")).to_contain_text("You answered this.")
    deck.press("h")
    expect(live).to_have_text("A guess")


def test_undo_leaves_a_long_board_where_it_was_scrolled_to(deck_of):
    deck = deck_of(material.clustering()).open()
    deck.page.set_viewport_size({"width": 1280, "height": 320})
    deck.press("1", "2")
    deck.page.evaluate("scrollTo(0, 150)")
    deck.press("Backspace")
    expect(deck.page.locator(".to-place .count")).to_have_text("4")
    assert deck.page.evaluate("scrollY") == 150
