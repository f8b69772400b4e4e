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


def test_groups_by_one_digit_a_text(deck_of):
    deck = deck_of(material.clustering()).open()
    deck.press("1", "2", "1", "2")
    expect(deck.button(re.compile("^Done"))).to_be_disabled()
    deck.press("Enter", "0", "Enter")
    groups = {"t1": "Group 1", "t2": "Group 2", "t3": "Group 1", "t4": "Group 2", "t5": "Group 3"}
    assert deck.saved(1) == [{"groups": groups}]


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
    deck.press("n", "3")  # no third group where the task fixes two
    deck.press("Enter")
    names = {0: "Group 1", 1: "Group 2"}
    assert deck.saved(1) == [
        {"groups": {"t1": names[1], "t2": names[0], "t3": names[1], "t4": names[0], "t5": names[0]}}
    ]


def test_groups_are_named_and_two_of_one_name_are_not_taken(deck_of):
    deck = deck_of(material.clustering()).open()
    deck.press("1", "2", "1", "2", "1")
    first, second = deck.page.locator(".group-name").all()
    first.fill("Food")
    second.fill("Food")
    second.press("Enter")
    expect(deck.page.get_by_text("Two groups have the name “Food”.")).to_be_visible()
    deck.press("Enter")
    assert deck.fake.answers == []
    second.fill("2 Musik")  # digits typed into a name assign nothing
    second.press("Enter")
    deck.press("Enter")
    assert set(deck.saved(1)[0]["groups"].values()) == {"Food", "2 Musik"}


def test_groups_are_merged_emptied_and_removed(deck_of):
    deck = deck_of(material.clustering()).open()
    deck.press("1", "2", "3", "3", "1")
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
    deck.press("1", "1", "Enter")
    assert deck.saved(1) == [{"groups": dict.fromkeys(material.TEXTS, "Group 2")}]


def test_a_text_is_taken_out_of_its_group(deck_of):
    deck = deck_of(material.clustering()).open()
    deck.press("1", "1", "1", "1", "1")
    deck.seen()
    deck.card("t2").click()
    deck.press("Delete")
    expect(deck.page.locator(".to-place .candidate")).to_have_count(1)


@pytest.mark.parametrize("viewport", [(1280, 850), (390, 844)])
def test_once_all_texts_are_placed_the_way_to_finish_is_in_sight(deck_of, viewport):
    fake = material.clustering()
    for item in fake.items:
        texts = [{"id": f"t{place}", "content": {"text": f"Title number {place}"}} for place in range(24)]
        item.update(content={"texts": texts}, order=[text["id"] for text in texts])
    deck = deck_of(fake)
    deck.page.set_viewport_size({"width": viewport[0], "height": viewport[1]})
    deck.open()
    deck.press(*"123456" * 4)
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
