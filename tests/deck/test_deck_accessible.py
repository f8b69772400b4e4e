"""The forms for everybody: axe-core finds nothing serious, the mark has the focus, and one key is one judgment."""

from __future__ import annotations

import re

import material
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

FORMS = {
    "sts": material.sts,
    "half steps": lambda: material.sts(step=0.5),
    "slider": lambda: material.sts(step=0),
    "classification": material.classification,
    "many labels": lambda: material.classification([{"name": f"l{n}", "description": "one of"} for n in range(40)]),
    "graded": material.reranking,
    "ranked": lambda: material.reranking("ranked"),
    "clustering": material.clustering,
}
WORK = {
    "sts": ["d"],
    "half steps": ["."],
    "slider": ["3", ".", "5"],
    "classification": ["1", "ArrowLeft"],
    "many labels": ["/", "l", "3"],
    "graded": ["1", "2", "ArrowUp"],
    "ranked": ["Alt+ArrowDown", "="],
    "clustering": ["1", "2", "1", "/", "s", "o", "Enter"],
}
"""What is pressed in each form before it is looked at a second time."""


def serious(page) -> list[str]:
    """What axe-core has to say that is serious or critical, with the elements."""
    found = Axe().run(page).response["violations"]
    return [
        f"{rule['id']}: {node['html']}: {node['failureSummary']}"
        for rule in found
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("form", FORMS)
def test_axe_finds_nothing_serious_in_light_and_dark_from_the_left_and_from_the_right(deck_of, form):
    deck = deck_of(FORMS[form]())
    for theme in ("light", "dark"):
        for locale, direction in (("en", "ltr"), ("ar", "rtl")):
            deck.open(theme=theme, locale=locale, dir=direction, account=f"{theme}-{locale}")
            assert serious(deck.page) == [], (theme, locale)
            deck.press(*WORK[form])
            assert serious(deck.page) == [], (theme, locale, "in the middle of work")


def test_axe_looks_into_the_deck(deck_of):
    deck = deck_of(material.sts()).open()
    deck.page.locator(".anchor").first.evaluate("element => (element.style.color = '#ddd')")
    assert any(problem.startswith("color-contrast") for problem in serious(deck.page))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_long_texts_menus_and_dialogs(deck_of, theme):
    fake = material.clustering()
    fake.items[0]["content"]["texts"][0]["content"]["text"] = "A text that goes on. " * 500
    deck = deck_of(fake).open(theme=theme)
    deck.press(" ", "1", "2")
    deck.seen()
    deck.page.locator(".menu summary").first.click()
    assert serious(deck.page) == []
    deck.press("Escape", "?")
    expect(deck.page.get_by_role("dialog")).to_be_visible()
    assert serious(deck.page) == []
    deck.press("Escape", "s")
    expect(deck.page.get_by_role("dialog")).to_be_visible()
    assert serious(deck.page) == []


# -- the mark has the focus -----------------------------------------------------------------------------


def focused(deck) -> str | None:
    """The id of the card that has the focus."""
    return deck.page.evaluate("document.getElementById('deck').shadowRoot.activeElement?.dataset.id ?? null")


@pytest.mark.parametrize("query", [{}, {"locale": "ar", "dir": "rtl"}], ids=["en", "ar"])
def test_the_marked_candidate_has_the_focus_a_name_and_its_text_as_description(deck_of, query):
    deck = deck_of(material.reranking()).open(**query)
    deck.press("1")
    assert focused(deck) == "d1"
    card = deck.card("d1")
    expect(card).to_have_attribute("aria-current", "true")
    expect(card).to_have_accessible_name("Text 2: not yet graded")
    expect(card).to_have_accessible_description(material.DOCUMENTS["d1"])
    expect(deck.card("d3")).to_have_accessible_name("Text 1: partly relevant")
    expect(deck.card("d3").get_by_role("button", name="partly relevant")).to_have_attribute("aria-pressed", "true")
    assert deck.page.locator(".candidate[tabindex='0']").count() == 1


def test_a_candidate_that_is_moved_keeps_the_focus_and_says_its_place(deck_of):
    deck = deck_of(material.reranking("ranked")).open()
    deck.press("ArrowDown", "Alt+ArrowDown")
    assert focused(deck) == "d1"
    expect(deck.card("d1")).to_have_accessible_name("Place 3")
    deck.press("=")
    assert focused(deck) == "d1"
    expect(deck.card("d1")).to_have_accessible_name("Place 2, as good as the one above")
    deck.card("d1").get_by_role("button", name="Move down").focus()
    deck.press("Enter")
    expect(deck.card("d1")).to_be_focused()  # it is the last now, and cannot be moved down further
    up = deck.card("d1").get_by_role("button", name="Move up")
    up.focus()
    deck.press("Enter")
    expect(up).to_be_focused()
    expect(deck.page.get_by_role("list").first.get_by_role("listitem")).to_have_count(4)


def test_the_board_follows_with_the_focus_and_tells_where_a_text_went(deck_of):
    deck = deck_of(material.clustering()).open()
    deck.press("1")
    assert focused(deck) == "t2"
    expect(deck.card("t2")).to_have_accessible_description(material.TEXTS["t2"])
    expect(deck.page.get_by_role("status").filter(has_text="Text 1: Group 1. 4 texts to place")).to_have_count(1)
    deck.press("ArrowDown", "0")
    assert focused(deck) == "t4"
    expect(deck.page.get_by_role("region", name="Group 2").locator("[data-id=t3]")).to_have_count(1)
    deck.page.get_by_role("textbox", name="Name of group 1").focus()
    deck.press("Tab", "Enter")  # opens and closes the group, and nothing is placed
    expect(deck.page.locator(".to-place .count")).to_have_text("3")


@pytest.mark.parametrize("form", FORMS)
def test_where_the_focus_is_can_be_seen(deck_of, form):
    deck = deck_of(FORMS[form]()).open()
    bare = []
    for _ in range(25):
        deck.press("Tab")
        seen = deck.page.evaluate(
            """() => {
              const element = document.getElementById('deck').shadowRoot.activeElement;
              if (!element) return '';
              const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
              const ring = outlineStyle !== 'none' && parseFloat(outlineWidth) > 0;
              return ring || boxShadow !== 'none' ? '' : element.outerHTML;
            }"""
        )
        bare += [seen] if seen else []
    assert bare == []


# -- one key a judgment ----------------------------------------------------------------------------------


@pytest.fixture
def presses(page):
    """`presses()`: the keys that went down in the page so far, repeats left out."""
    page.add_init_script("let n = 0; addEventListener('keydown', e => { n += !e.repeat; window.presses = n; }, true)")
    return lambda: page.evaluate("window.presses ?? 0")


LOCALES = pytest.mark.parametrize("query", [{}, {"locale": "ar", "dir": "rtl"}], ids=["en", "ar"])


@LOCALES
def test_a_pair_takes_one_key(deck_of, presses, query):
    deck = deck_of(material.sts()).open(**query)
    deck.press(*"015")
    assert [payload["score"] for payload in deck.saved(3)] == [0, 1, 5]
    assert presses() == 3


@LOCALES
def test_a_label_takes_one_key(deck_of, presses, query):
    deck = deck_of(material.classification()).open(**query)
    deck.press(*"132")
    assert [payload["label"] for payload in deck.saved(3)] == ["joy", "anger", "sadness"]
    assert presses() == 3


@LOCALES
def test_grades_take_as_many_keys_as_there_are_candidates(deck_of, presses, query):
    deck = deck_of(material.reranking()).open(**query)
    deck.press(*"1200", *"0120")
    assert len(deck.saved(2)) == 2
    assert presses() == 2 * len(material.DOCUMENTS)


@LOCALES
def test_groups_take_as_many_keys_as_there_are_texts_and_the_names_what_is_typed(deck_of, presses, query):
    deck = deck_of(material.clustering()).open(**query)
    deck.press(*"12121")
    expect(deck.page.locator(".to-place .count")).to_have_text("5")
    assert presses() == len(material.TEXTS)
    deck.press("1", "r", *"Tea", "Enter", *"1111")
    assert set(deck.saved(2)[1]["groups"].values()) == {"Tea"}
    assert presses() == len(material.TEXTS) * 2 + len("rTea") + 1


def test_the_help_names_the_keys_of_the_board(deck_of):
    deck = deck_of(material.clustering()).open()
    deck.press("?")
    keys = deck.page.get_by_role("dialog").locator("dt").all_inner_texts()
    assert [re.sub(r"\s+", " ", row) for row in keys[:8]] == ["1–9", "0 N", "R", "↑ ↓", "Space", "/", "Del", "Enter"]
