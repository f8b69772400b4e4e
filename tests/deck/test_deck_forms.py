"""Every form, by keys and by mouse: what is seen is what is saved."""

from __future__ import annotations

import re

import material
import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

LANGUAGES = [{"name": f"language {place}", "description": ""} for place in range(30)]


# -- sts ----------------------------------------------------------------------------------------------


def test_one_digit_answers_a_pair_and_goes_on(deck_of):
    deck = deck_of(material.sts()).open()
    deck.press("0", "5", "3")
    assert deck.saved(3) == [{"score": 0}, {"score": 5}, {"score": 3}]
    assert [answer["item"] for answer in deck.fake.answers] == [101, 102, 103]
    assert deck.page.get_by_text("ferry number 3").is_visible()


def test_a_click_answers_a_pair(deck_of):
    deck = deck_of(material.sts()).open()
    deck.seen()
    deck.button("4 nearly the same").click()
    expect(deck.page.get_by_text("ferry number 1")).to_be_visible()
    deck.seen()
    deck.button("0 unrelated").click()
    assert deck.saved(2) == [{"score": 4}, {"score": 0}]


@pytest.mark.parametrize(
    ("key", "code"),
    [("٣", "Digit3"), ("۳", "Digit3"), ('"', "Digit3"), ("3", "Numpad3"), ("3", "Digit7"), ("Dead", "Digit3")],
    ids=["arabic", "persian", "french", "numpad", "by what is typed", "dead key"],
)
def test_digits_of_other_layouts(deck_of, key, code):
    deck = deck_of(material.sts()).open()
    deck.type_unlike_layout(key, code)
    assert deck.saved(1) == [{"score": 3}]


def test_a_shifted_digit_that_types_a_sign_is_no_digit(deck_of):
    deck = deck_of(material.sts()).open()
    deck.type_unlike_layout("?", "Digit3", shiftKey=True)  # a Russian layout has ? there
    expect(deck.page.get_by_role("dialog", name="Keys")).to_be_visible()
    assert deck.fake.answers == []


def test_digits_beside_the_scale_do_nothing(deck_of):
    deck = deck_of(material.sts(min=1, max=4)).open()
    deck.press("0", "5", "9", "4")
    assert deck.saved(1) == [{"score": 4}]


def test_half_steps_by_a_dot_before_and_by_mouse(deck_of):
    deck = deck_of(material.sts(step=0.5)).open()
    deck.press(".", "3", "2", ",", "0", ".", "5", ".", "5")  # 5.5 is beyond the scale
    deck.seen()
    deck.button("+½: 1.5").click()
    assert deck.saved(5) == [{"score": 3.5}, {"score": 2}, {"score": 0.5}, {"score": 5}, {"score": 1.5}]


def test_a_continuous_scale_takes_a_typed_number(deck_of):
    deck = deck_of(material.sts(step=0)).open()
    deck.press("7", "Enter")
    expect(deck.page.get_by_text("The number must lie from 0 to 5.")).to_be_visible()
    deck.press("Backspace", "3", ".", "7", "Enter")
    assert deck.saved(1) == [{"score": 3.7}]


def test_a_continuous_scale_by_its_slider(deck_of):
    deck = deck_of(material.sts(step=0)).open()
    expect(deck.button("Done")).to_be_disabled()
    slider = deck.page.get_by_role("slider")
    slider.focus()
    deck.press("End", "ArrowLeft")
    expect(deck.page.locator("output")).to_have_text("4.95")
    deck.seen()
    deck.button("Done").click()
    assert deck.saved(1) == [{"score": 4.95}]


def test_a_scale_to_ten_is_typed_out(deck_of):
    deck = deck_of(material.sts(max=10)).open()
    deck.press("1", "0", "Enter", "7", "Enter", "2", ".", "5", "Enter")
    assert deck.saved(2) == [{"score": 10}, {"score": 7}]
    expect(deck.button("Done")).to_be_disabled()  # 2.5 is none of the values


def test_the_words_that_differ_are_marked_and_the_texts_stay_as_they_are(deck_of):
    fake = material.sts(count=2)
    fake.items[0]["content"] = {
        "sentence1": {"text": "Dogs are welcome  here."},
        "sentence2": {"text": "dogs are NOT welcome\nhere!"},
    }
    deck = deck_of(fake).open()
    passages = deck.page.locator(".passage")
    assert deck.page.locator("mark").count() == 0
    deck.press("d")
    assert deck.page.locator("mark").all_text_contents() == ["NOT"]
    assert passages.all_text_contents() == ["Dogs are welcome  here.", "dogs are NOT welcome\nhere!"]
    expect(deck.button(re.compile("^Mark what differs"))).to_have_attribute("aria-pressed", "true")
    style = deck.page.locator("mark").evaluate("mark => getComputedStyle(mark).textDecorationLine")
    assert style == "underline"  # colour is not all that tells
    deck.press("3")
    expect(deck.page.locator("mark").first).to_be_visible()  # the liking goes on to the next item
    deck.press("d")
    expect(deck.page.locator("mark")).to_have_count(0)


DIFFERENCES = """async ([first, second, lang]) => {
  const { differences } = await import("/deck/text/differences.js");
  const began = performance.now();
  const both = differences(first, second, lang);
  const words = both.map((pieces) => pieces.filter((piece) => piece.differs).map((piece) => piece.text));
  return { words, whole: both.map((pieces) => pieces.map((piece) => piece.text).join("")),
    took: performance.now() - began };
}"""


@pytest.mark.parametrize(
    ("first", "second", "lang", "words"),
    [
        ("a b c d", "a x c d", "en", [["b"], ["x"]]),
        ("The cat sat on the mat", "the CAT lay on a mat", "en", [["sat", "the"], ["lay", "a"]]),
        ("red green blue", "red blue green", "en", [["green"], ["green"]]),
        ("", "something new", "en", [[], ["something new"]]),
        ("ذهب الولد إلى المدرسة", "ذهب البنت إلى المدرسة", "ar", [["الولد"], ["البنت"]]),
        ("他去学校", "他去公园", "zh", [["学校"], ["公园"]]),
    ],
)
def test_differences_are_what_a_longest_common_subsequence_leaves_out(deck_of, first, second, lang, words):
    deck = deck_of(material.sts()).open()
    found = deck.page.evaluate(DIFFERENCES, [first, second, lang])
    assert found["words"] == words
    assert found["whole"] == [first, second]


def test_differences_of_very_long_texts_take_no_longer_than_a_glance(deck_of):
    deck = deck_of(material.sts()).open()
    first, second = "one two three four five. " * 2200, "one two three FOUR six. " * 2200
    found = deck.page.evaluate(DIFFERENCES, [first, second, "en"])
    assert found["whole"] == [first, second]
    assert {words[0] for words in found["words"]} == {"five", "six"}
    assert found["took"] < 2_000  # a table of 121 million cells would take longer


# -- classification -----------------------------------------------------------------------------------


def test_one_key_labels_a_text_and_goes_on(deck_of):
    deck = deck_of(material.classification()).open()
    deck.press("4", "7", "1")
    deck.seen()
    deck.button(re.compile("^anger"), exact=False).click()
    assert deck.saved(3) == [{"label": "fear"}, {"label": "joy"}, {"label": "anger"}]


def test_many_labels_have_letters_that_clash_with_none_of_the_decks_keys(deck_of):
    deck = deck_of(material.classification(LANGUAGES)).open()
    keys = [key.lower() for key in deck.page.locator(".label kbd").all_text_contents()]
    assert keys[:12] == [*"123456789", "a", "b", "d"]
    assert not set(keys) & set("cgsu")
    deck.press("d")
    deck.type_unlike_layout("ф", "KeyA")  # a Cyrillic layout
    assert deck.saved(2) == [{"label": "language 11"}, {"label": "language 9"}]


def test_many_labels_can_be_filtered(deck_of):
    deck = deck_of(material.classification(LANGUAGES)).open()
    deck.press("/")
    deck.page.keyboard.type("AGE 27")
    expect(deck.page.locator(".label:visible")).to_have_count(1)
    assert deck.fake.answers == []
    deck.press("Enter")
    assert deck.saved(1) == [{"label": "language 27"}]


def test_the_filter_says_how_many_labels_fit_and_marks_what_enter_would_take(deck_of):
    labels = [{"name": f"label {place}", "description": "the last" if place > 37 else ""} for place in range(40)]
    deck = deck_of(material.classification(labels)).open()
    assert deck.page.locator(".label").count() == 40
    assert deck.page.locator(".label kbd").count() < 40  # more labels than keys
    deck.press("/")
    deck.page.keyboard.type("the last")
    expect(deck.page.get_by_role("status").filter(has_text="2 labels fit")).to_contain_text("label 38")
    expect(deck.page.locator(".label.first")).to_contain_text("label 38")
    deck.press("Escape", "/")  # what was typed is there to be replaced
    deck.page.keyboard.type("39")
    deck.press("Enter")
    assert deck.saved(1) == [{"label": "label 39"}]


def test_two_keys_held_down_at_once_are_two_answers_and_their_repeats_none(deck_of):
    deck = deck_of(material.classification()).open()
    keyboard = deck.page.keyboard
    keyboard.down("1")
    keyboard.down("2")
    for _ in range(4):
        keyboard.down("2")  # as a held key repeats
    keyboard.up("1")
    keyboard.down("2")
    keyboard.up("2")
    assert deck.saved(2) == [{"label": "joy"}, {"label": "sadness"}]
    assert [answer["item"] for answer in deck.fake.answers] == [101, 102]


# -- reranking, graded ----------------------------------------------------------------------------------


def test_grades_by_one_digit_a_candidate(deck_of):
    deck = deck_of(material.reranking()).open()
    shown = deck.page.locator(".candidate").evaluate_all("cards => cards.map(card => card.dataset.id)")
    assert shown == ["d3", "d1", "d4", "d2"]
    deck.press("1", "2", "0", "0")
    assert deck.saved(1) == [{"grades": {"d3": 1, "d1": 2, "d4": 0, "d2": 0}}]
    assert deck.fake.answers[0]["order_shown"] == ["d3", "d1", "d4", "d2"]


def test_a_grade_changed_on_the_way_goes_on_to_the_next_missing_one(deck_of):
    deck = deck_of(material.reranking()).open()
    deck.press("1", "1", "ArrowUp", "ArrowUp", "2", "9", "0")
    expect(deck.card("d2")).to_have_class(re.compile("marked"))
    deck.press("Enter")  # one is missing: nothing happens
    deck.press("0")
    assert deck.saved(1) == [{"grades": {"d3": 2, "d1": 1, "d4": 0, "d2": 0}}]


def test_grades_by_mouse(deck_of):
    deck = deck_of(material.reranking()).open()
    deck.seen()
    for key, grade in (("d2", "0"), ("d1", "2"), ("d4", "0"), ("d3", "1")):
        deck.card(key).locator(f"button[aria-keyshortcuts='{grade}']").click()
    assert deck.saved(1) == [{"grades": {"d3": 1, "d1": 2, "d4": 0, "d2": 0}}]


# -- reranking, ranked ----------------------------------------------------------------------------------


def on_screen(deck) -> list[str]:
    return deck.page.locator(".cards .candidate").evaluate_all("cards => cards.map(card => card.dataset.id)")


def test_the_order_shown_is_no_answer_until_it_is_meant(deck_of):
    deck = deck_of(material.reranking("ranked")).open()
    shown = [card.get_attribute("data-id") for card in deck.page.locator(".candidate").all()]
    deck.press("Enter")
    expect(deck.page.get_by_text("You have moved nothing.")).to_be_visible()
    assert deck.fake.answers == []
    deck.press("Enter")
    assert deck.saved(1) == [{"ranking": [[one] for one in shown]}]


def test_an_order_by_keys_with_a_tie(deck_of):
    deck = deck_of(material.reranking("ranked")).open()
    deck.press("ArrowDown", "Alt+ArrowUp", "ArrowDown", "ArrowDown", "=")
    assert on_screen(deck) == ["d1", "d3", "d4", "d2"]
    assert deck.page.locator(".place").all_text_contents() == ["1", "2", "2", "4"]
    deck.press("Enter")
    assert deck.saved(1) == [{"ranking": [["d1"], ["d3", "d4"], ["d2"]]}]


def test_an_order_by_drags_is_the_order_on_the_screen(deck_of):
    deck = deck_of(material.reranking("ranked")).open()
    deck.drag(deck.card("d3"), deck.card("d2"), aim=0.3)
    assert on_screen(deck) == ["d1", "d4", "d2", "d3"]
    deck.drag(deck.card("d2"), deck.card("d1"), aim=-0.3)
    seen = on_screen(deck)
    assert seen == ["d2", "d1", "d4", "d3"]
    deck.button(re.compile("^Done")).click()
    assert deck.saved(1) == [{"ranking": [[key] for key in seen]}]


def test_a_card_dropped_between_tied_ones_joins_them_and_one_dragged_out_leaves(deck_of):
    deck = deck_of(material.reranking("ranked")).open()
    deck.press("ArrowDown", "=")  # d3 = d1, d4, d2
    deck.drag(deck.card("d4"), deck.card("d1"), aim=-0.3)
    deck.drag(deck.card("d3"), deck.card("d2"), aim=0.3)
    deck.press("Enter")
    assert deck.saved(1) == [{"ranking": [["d4", "d1"], ["d2"], ["d3"]]}]


def test_an_order_by_buttons(deck_of):
    deck = deck_of(material.reranking("ranked")).open()
    deck.seen()
    deck.card("d2").get_by_role("button", name="Move up").click()
    deck.card("d3").get_by_role("button", name="Move down").click()
    deck.card("d3").get_by_role("button", name="As good as the one above").click()
    deck.press("Enter")
    assert deck.saved(1) == [{"ranking": [["d1", "d3"], ["d2"], ["d4"]]}]


def test_candidates_of_one_grade_are_tied_when_they_are_put_in_order(deck_of):
    deck = deck_of(material.reranking("graded")).open()
    deck.press("0", "2", "0", "m", "Enter")
    assert deck.saved(1) == [{"ranking": [["d1"], ["d3", "d4"], ["d2"]]}]


def test_a_change_of_mode_keeps_what_was_entered(deck_of):
    deck = deck_of(material.reranking("graded")).open()
    deck.press("0", "2", "1")
    deck.seen()
    deck.button("Put in order").click()
    assert on_screen(deck) == ["d1", "d4", "d3", "d2"]  # begins with the grades
    deck.press("m")
    assert deck.page.locator("button.grade[aria-pressed=true]").count() == 3
    deck.press("m", "Alt+ArrowDown", "Enter")
    assert deck.saved(1)[0]["ranking"] != []


# -- clustering -----------------------------------------------------------------------------------------


def test_groups_by_one_digit_a_text_and_the_last_one_finishes(deck_of):
    deck = deck_of(material.clustering()).open()
    deck.press("1", "2", "1", "2")
    expect(deck.button(re.compile("^Done"))).to_be_disabled()
    expect(deck.page.get_by_text("One text is left: its key finishes")).to_be_visible()
    deck.press("Enter", "0")
    groups = {"t1": "Group 1", "t2": "Group 2", "t3": "Group 1", "t4": "Group 2", "t5": "Group 3"}
    assert deck.saved(1) == [{"groups": groups}]


def test_the_last_text_may_be_told_not_to_finish(deck_of):
    deck = deck_of(material.clustering()).open()
    deck.seen()
    deck.page.get_by_label("The last text’s key finishes").uncheck()
    deck.press("1", "2", "1", "2", "2")
    expect(deck.page.get_by_text("All texts are placed")).to_be_visible()
    assert deck.fake.answers == []
    deck.press("Enter", "1", "2", "1", "2", "1")
    expect(deck.page.get_by_text("All texts are placed")).to_be_visible()  # of the second item: it is remembered
    assert len(deck.saved(1)) == 1


def test_groups_by_drags(deck_of):
    deck = deck_of(material.clustering()).open()
    deck.drag(deck.card("t2"), deck.page.locator(".new-group"))
    deck.drag(deck.card("t4"), deck.page.locator(".group").first)
    deck.drag(deck.card("t1"), deck.page.locator(".new-group"))
    deck.drag(deck.card("t3"), deck.page.locator(".group").nth(1))
    deck.drag(deck.card("t5"), deck.page.locator(".new-group"))
    deck.drag(deck.card("t5"), deck.page.locator(".group").nth(1))
    deck.button(re.compile("^Done")).click()
    groups = {"t1": "Group 2", "t2": "Group 1", "t3": "Group 2", "t4": "Group 1", "t5": "Group 2"}
    assert deck.saved(1) == [{"groups": groups}]


def test_groups_by_a_click_on_the_text_and_one_on_the_group(deck_of):
    deck = deck_of(material.clustering(n_groups=2)).open()
    expect(deck.page.locator(".group")).to_have_count(2)
    deck.seen()
    for text, group in (("t3", 1), ("t1", 1), ("t5", 0), ("t2", 0), ("t4", 0)):
        deck.card(text).click()
        deck.page.locator(".group-key").nth(group).click()
    deck.press("n", "3", "0")  # no third group where the task fixes two
    deck.press("Enter")
    names = {0: "Group 1", 1: "Group 2"}
    assert deck.saved(1) == [
        {"groups": {"t1": names[1], "t2": names[0], "t3": names[1], "t4": names[0], "t5": names[0]}}
    ]


def test_a_click_on_a_group_s_key_places_one_text(deck_of):
    deck = deck_of(material.clustering(n_groups=2)).open()
    deck.seen()
    group = deck.page.locator(".group").first
    for placed in (1, 2, 3):
        group.locator(".group-key kbd").click()
        expect(group.locator(".candidate")).to_have_count(placed)
        expect(deck.page.locator(".to-place .candidate")).to_have_count(5 - placed)


def test_groups_are_named_and_two_of_one_name_are_not_taken(deck_of):
    deck = deck_of(material.clustering()).open()
    deck.press("1", "2", "1", "2")
    first, second = deck.page.locator(".group-name").all()
    first.fill("Food")
    second.fill("Food")
    second.press("Enter")
    deck.press("1")
    expect(deck.page.get_by_text("Two groups have the name “Food”.")).to_be_visible()
    deck.press("Enter")
    assert deck.fake.answers == []
    second.fill("2 Musik")  # digits typed into a name assign nothing
    second.press("Enter")
    deck.press("Enter")
    assert set(deck.saved(1)[0]["groups"].values()) == {"Food", "2 Musik"}


def test_groups_are_merged_emptied_and_removed(deck_of):
    deck = deck_of(material.clustering()).open()
    deck.press("1", "2", "3", "3")
    menus = deck.page.locator(".menu summary")
    deck.seen()
    menus.nth(2).click()
    deck.page.get_by_role("region", name="Group 3").get_by_label("Put them all into").select_option("Group 2")
    expect(deck.page.locator(".group")).to_have_count(2)
    menus.nth(0).click()
    deck.button("Take all texts out").click()
    expect(deck.page.locator(".to-place .count")).to_have_text("2")
    menus.nth(0).click()
    deck.button("Remove the group").click()
    deck.press("1", "1")
    assert deck.saved(1) == [{"groups": dict.fromkeys(material.TEXTS, "Group 2")}]


def test_a_text_is_taken_out_of_its_group(deck_of):
    deck = deck_of(material.clustering()).open()
    deck.press("1", "1", "1", "1")
    deck.seen()
    deck.card("t2").click()
    deck.press("Delete")
    expect(deck.page.locator(".to-place .candidate")).to_have_count(2)


def fifty(longest: int = 0):
    """A board of fifty titles, seven of them on tea; every tenth one goes on for so many words."""
    fake = material.clustering()
    for item in fake.items:
        subjects = ["tea" if place % 7 == 3 else "corn" for place in range(50)]
        texts = [f"Title {n} {subject} {'word ' * longest * (n % 10 == 5)}" for n, subject in enumerate(subjects)]
        parts = [{"id": f"t{place}", "content": {"text": text}} for place, text in enumerate(texts)]
        item.update(content={"texts": parts}, order=[part["id"] for part in parts])
    return fake


def test_a_search_dims_the_others_and_keys_then_place_only_what_was_found(deck_of):
    deck = deck_of(fifty()).open()
    deck.press("/")
    deck.page.keyboard.type("TEA")
    expect(deck.page.locator(".candidate.found")).to_have_count(7)
    expect(deck.page.locator(".candidate.passed-over")).to_have_count(43)
    deck.press("Enter")
    expect(deck.card("t3")).to_be_focused()
    deck.press(*"1" * 9)  # two more than there are: nothing that was not found is placed
    expect(deck.page.locator(".to-place .count")).to_have_text("43")
    assert deck.page.locator(".group .candidate").count() == 7
    deck.press("Escape")
    expect(deck.page.locator(".candidate.passed-over")).to_have_count(0)
    deck.press("Escape", "ArrowUp", "Delete")  # from the one marked last
    expect(deck.page.locator(".to-place .count")).to_have_text("44")


def test_the_first_text_that_is_found_is_scrolled_to_while_one_types(deck_of):
    fake = fifty()
    for item in fake.items:
        item["content"]["texts"][41]["content"]["text"] = "A late ferry"
    deck = deck_of(fake)
    deck.page.set_viewport_size({"width": 1280, "height": 800})
    deck.open()
    expect(deck.card("t41")).not_to_be_in_viewport()
    deck.press("/")
    deck.page.keyboard.type("late ferry")
    expect(deck.card("t41")).to_be_in_viewport(ratio=1)
    search = deck.page.get_by_role("searchbox")
    expect(search).to_be_focused()
    expect(search).to_be_in_viewport(ratio=1)
    expect(deck.card("t0")).to_have_class(re.compile("marked"))  # nothing else has happened to it


def test_the_text_that_keys_act_on_is_in_sight_after_a_reload(deck_of):
    deck = deck_of(fifty())
    deck.page.set_viewport_size({"width": 1280, "height": 800})
    deck.open()
    deck.press(*["1", "2"] * 8, *["ArrowDown"] * 24)
    expect(deck.card("t40")).to_have_class(re.compile("marked"))
    deck.press("3")
    deck.eventually(lambda: 101 in deck.fake.drafts)
    deck.page.reload()
    expect(deck.card("t41")).to_have_class(re.compile("marked"))
    expect(deck.card("t41")).to_be_in_viewport(ratio=1)


SCROLLED = "document.getElementById('deck').shadowRoot.querySelector('[data-id=t5] .passage').scrollTop"


def test_a_long_text_on_the_board_opens_in_place_by_key_and_by_click(deck_of):
    deck = deck_of(fifty(longest=2000)).open()
    card = deck.card("t5")
    closed = card.bounding_box()["height"]
    assert closed < 120
    deck.seen()
    card.locator(".passage").click()
    deck.press(" ")
    expect(card.locator(".opener")).to_have_attribute("aria-expanded", "true")
    assert card.bounding_box()["height"] > 2 * closed
    passage = card.locator(".passage")
    passage.hover()
    deck.page.mouse.wheel(0, 400)
    deck.page.wait_for_function(f"() => {SCROLLED} > 100")
    where = passage.evaluate("element => element.scrollTop")
    deck.press("1")
    assert deck.page.locator(".group [data-id=t5]").count() == 1
    assert card.locator(".opener").get_attribute("aria-expanded") == "true"
    deck.press("u")  # drawn anew: as it was left, and where it was read
    expect(deck.page.locator(".to-place [data-id=t5]")).to_have_count(1)
    expect(card.locator(".opener")).to_have_attribute("aria-expanded", "true")
    deck.page.wait_for_function(
        f"where => {SCROLLED} === where",
        arg=where,
    )
    deck.seen()
    card.locator(".opener").click()
    expect(card.locator(".opener")).to_have_attribute("aria-expanded", "false")
    assert abs(card.bounding_box()["height"] - closed) < 2


def test_a_group_is_named_by_keys_alone(deck_of):
    deck = deck_of(material.clustering()).open()
    deck.press("1", "r")
    deck.page.keyboard.type("Music")
    deck.press("Enter", "2", "r")
    deck.page.keyboard.type("1 Food")
    deck.press("Enter", "1", "2", "1")
    assert deck.saved(1) == [{"groups": {"t1": "Music", "t2": "1 Food", "t3": "Music", "t4": "1 Food", "t5": "Music"}}]


def test_a_menu_closes_on_escape_and_on_a_click_elsewhere(deck_of):
    deck = deck_of(material.clustering()).open()
    deck.press("1", "2")
    deck.seen()
    menus = deck.page.locator(".menu")
    menus.first.locator("summary").click()
    deck.press("Escape")
    expect(deck.page.locator(".menu[open]")).to_have_count(0)
    menus.first.locator("summary").click()
    expect(deck.page.locator(".menu[open]")).to_have_count(1)
    deck.page.locator(".question").click()
    expect(deck.page.locator(".menu[open]")).to_have_count(0)


@pytest.mark.parametrize("viewport", [(1280, 850), (390, 844)])
def test_once_all_texts_are_placed_the_way_to_finish_is_in_sight(deck_of, viewport):
    fake = material.clustering()
    for item in fake.items:
        texts = [{"id": f"t{place}", "content": {"text": f"Title number {place}"}} for place in range(24)]
        item.update(content={"texts": texts}, order=[text["id"] for text in texts])
    deck = deck_of(fake)
    deck.page.set_viewport_size({"width": viewport[0], "height": viewport[1]})
    deck.open()
    deck.press(*("123456" * 4)[:-1])
    deck.drag(deck.card("t23").locator(".handle"), deck.page.locator(".group-key").first)
    expect(deck.page.get_by_text("All texts are placed")).to_be_in_viewport(ratio=1)
    expect(deck.button(re.compile("^Done"))).to_be_in_viewport(ratio=1)
    deck.button(re.compile("^Done")).click()
    assert len(deck.saved(1)[0]["groups"]) == 24


def test_labels_of_a_language_that_is_written_from_the_right_begin_at_one_edge(deck_of):
    labels = [{"name": "فرح", "description": "سعادة أو بهجة"}, {"name": "غضب", "description": "سخط أو انزعاج أو نقمة"}]
    deck = deck_of(material.classification([*labels, {"name": "none (لا شيء)", "description": ""}])).open()
    assert deck.page.locator(".labels").evaluate("element => getComputedStyle(element).direction") == "rtl"
    gaps = deck.page.locator(".label .name").evaluate_all(
        """names => names.map(name => {
          const words = document.createRange();
          words.selectNodeContents(name);
          return Math.round(name.closest('button').getBoundingClientRect().right - words.getBoundingClientRect().right);
        })"""
    )
    assert len(set(gaps)) == 1
