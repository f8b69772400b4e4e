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
        (["eng-Latn", "ara-Arab"], "ar", "rtl"),
        (["dan-Latn", "nob-Latn"], "", "ltr"),
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
    passage = deck.page.get_by_role("region", name="Text 1").get_by_role("group")
    assert passage.evaluate("element => element.scrollHeight > 5 * element.clientHeight")
    expect(deck.button("3 roughly the same")).to_be_in_viewport()
    passage.focus()
    deck.press("PageDown")
    deck.page.wait_for_function(
        "() => document.getElementById('deck').shadowRoot.querySelector('.passage').scrollTop > 0"
    )
    deck.press("3")
    assert deck.saved(1) == [{"score": 3}]


LONG = "Es war einmal ein Text, der nicht enden wollte. " * 600 + "HIER steht es. " + "Und er ging weiter. " * 1200


@pytest.mark.parametrize("kind", ["sts", "classification", "reranking"])
def test_words_are_found_in_a_text_of_fifty_thousand_characters(deck_of, kind):
    assert len(LONG) > 50_000
    deck = deck_of(with_texts(kind, LONG)).open()
    text = deck.page.locator(".reader").last if kind == "reranking" else deck.page.locator(".reader").first
    passage, box = text.locator(".passage"), text.get_by_role("searchbox")
    deck.press("/")
    expect(deck.page.get_by_role("searchbox").first).not_to_have_value("/")
    box.fill("hier  STEHT")
    expect(text.get_by_role("status")).to_have_text("1 of 1")
    at = passage.evaluate("element => element.scrollTop")
    assert at > 1_000
    assert passage.evaluate(IN_SIGHT, "HIER steht")
    box.fill("weiter")
    expect(text.get_by_role("status")).to_have_text("1 of 1200")
    box.press("Enter")
    expect(text.get_by_role("status")).to_have_text("2 of 1200")
    assert passage.evaluate("element => element.textContent") == LONG
    box.fill("nirgends")
    expect(text.get_by_role("status")).to_have_text("Not found")
    assert deck.fake.answers == []


def test_the_whole_scale_is_in_sight_below_very_long_texts(deck_of):
    fake = with_texts("sts", LONG)
    fake.task["settings"]["step"] = 0.5
    deck = deck_of(fake)
    deck.page.set_viewport_size({"width": 1280, "height": 800})
    deck.open()
    scale, foot = deck.page.locator(".scale").bounding_box(), deck.page.locator(".foot").bounding_box()
    assert scale["y"] + scale["height"] <= foot["y"]
    assert deck.page.locator(".passage").first.bounding_box()["height"] > 170


def test_the_search_begins_in_the_text_that_has_the_focus_and_goes_on_in_the_next(deck_of):
    fake = material.reranking(count=1)
    for n, candidate in enumerate(fake.items[0]["content"]["candidates"]):
        candidate["content"]["text"] = "Und er ging weiter. " * 120 + "HIER steht es. " * n
    deck = deck_of(fake).open()  # in the order d3, d1, d4, d2: with 2, 0, 3 and 1 places
    texts = [deck.card(key) for key in ("d3", "d1", "d4", "d2")]
    texts[2].locator(".passage").focus()
    deck.press("/")
    expect(texts[2].get_by_role("searchbox")).to_be_focused()
    deck.page.keyboard.type("hier")
    expect(texts[2].locator(".find [role=status]")).to_have_text("1 of 3")
    deck.press("Enter", "Enter", "Enter")
    expect(texts[3].get_by_role("searchbox")).to_be_focused()
    expect(texts[3].locator(".find [role=status]")).to_have_text("1 of 1")
    expect(texts[3]).to_have_class(re.compile("marked"))
    assert texts[3].locator(".passage").evaluate(IN_SIGHT, "HIER steht")
    deck.press("Enter", "Enter")
    expect(texts[0].locator(".find [role=status]")).to_have_text("2 of 2")  # round, past the one without
    deck.press("Shift+Enter", "Shift+Enter", "Shift+Enter")
    expect(texts[2].get_by_role("searchbox")).to_be_focused()
    expect(texts[2].locator(".find [role=status]")).to_have_text("3 of 3")
    assert deck.fake.answers == []


IN_SIGHT = """(element, words) => {
  const range = document.createRange();
  const start = element.textContent.indexOf(words);
  range.setStart(element.firstChild, start);
  range.setEnd(element.firstChild, start + words.length);
  const [place, box] = [range.getBoundingClientRect(), element.getBoundingClientRect()];
  return place.top >= box.top && place.bottom <= box.bottom;
}"""


@pytest.mark.parametrize(
    ("text", "wanted", "places"),
    [
        ("Ein Weg, kein WEG.", "weg", [[4, 7], [14, 17]]),
        ("كَتَبَ الولد", "كتب", [[0, 6]]),  # with the vowels that the search left out
        ("a.b axb", "a.b", [[0, 3]]),
        ("one\n two", "one two", [[0, 8]]),
        ("İstanbul is big", "is", [[9, 11]]),
        ("nothing", "   ", []),
    ],
)
def test_places_of_words(deck_of, text, wanted, places):
    deck = deck_of(material.sts()).open()
    script = "async ([text, wanted]) => (await import('/deck/text/finder.js')).places(text, wanted)"
    assert deck.page.evaluate(script, [text, wanted]) == places


def test_a_long_text_is_where_one_left_it_when_one_comes_back(deck_of):
    fake = with_texts("sts", LONG)
    fake.items[1]["content"] = material.sts().items[1]["content"]
    deck = deck_of(fake).open()
    passage = deck.page.locator(".passage").first
    passage.evaluate(
        """element => new Promise(done => {
          element.addEventListener('scroll', () => requestAnimationFrame(done), { once: true });
          element.scrollTop = 700;
        })"""
    )
    deck.press("3", "ArrowLeft")
    deck.page.wait_for_function(f"() => {TOP} === 700")
    deck.press("ArrowRight")
    assert deck.page.evaluate(TOP) == 0


TOP = "document.getElementById('deck').shadowRoot.querySelector('.passage').scrollTop"


def test_texts_of_several_languages_are_each_in_their_own(deck_of):
    fake = material.sts(count=1)
    fake.task["languages"] = ["eng-Latn", "ara-Arab", "zho-Hans"]
    fake.items[0]["content"] = {"sentence1": {"text": "IBM: أعلنت الوزارة عن خطة"}, "sentence2": {"text": "他去学校"}}
    deck = deck_of(fake).open()
    languages = deck.page.locator(".passage").evaluate_all("all => all.map(element => element.lang)")
    assert languages == ["ar", "zh"]


GUIDELINES = """## Steps
1. Read *both*
   to the end
   - twice, if long
2. Judge

> **Example**
> - A dog runs.

| Pair | Score |
|:--|--:|
| _same_ | **5** |

3) snake_case stays
"""


def test_guidelines_have_lists_in_lists_quotes_and_tables(deck_of):
    fake = material.sts()
    fake.task["guidelines"] = GUIDELINES
    deck = deck_of(fake).open()
    html = deck.page.locator(".prose").evaluate("element => element.innerHTML.replaceAll(' dir=\"auto\"', '')")
    assert html == (
        "<h3>Steps</h3>"
        "<ol><li>Read <em>both</em> to the end<ul><li>twice, if long</li></ul></li><li>Judge</li></ol>"
        "<blockquote><p><strong>Example</strong></p><ul><li>A dog runs.</li></ul></blockquote>"
        "<table><thead><tr><th>Pair</th><th>Score</th></tr></thead>"
        "<tbody><tr><td><em>same</em></td><td><strong>5</strong></td></tr></tbody></table>"
        '<ol start="3"><li>snake_case stays</li></ol>'
    )


def test_long_guidelines_scroll_beside_the_item(deck_of):
    fake = material.sts()
    fake.task["guidelines"] = "\n\n".join(f"{n}. مثال رقم {n}" for n in range(1, 200))
    deck = deck_of(fake).open()
    guidelines = deck.page.get_by_role("complementary", name="Guidelines")
    assert guidelines.evaluate("element => element.scrollHeight > 3 * element.clientHeight")
    assert guidelines.locator("ol").evaluate("element => getComputedStyle(element).direction") == "rtl"
    expect(deck.button("5 the same meaning")).to_be_in_viewport()
    guidelines.focus()
    deck.press("End")
    expect(guidelines.get_by_text("مثال رقم 199")).to_be_in_viewport()


@pytest.mark.parametrize("kind", material.ALL)
def test_a_narrow_phone_needs_no_sideways_scrolling_and_every_target_is_large_enough(deck_of, kind):
    deck = deck_of(with_texts(kind, "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen " * 3))
    deck.page.set_viewport_size({"width": 360, "height": 740})
    deck.open()
    if kind == "clustering":
        deck.press("1", "2")
    assert deck.page.evaluate("document.documentElement.scrollWidth") <= 360
    targets = (
        ".deck button:visible, .deck summary:visible, .deck input:not([type=checkbox]):visible, .deck label:visible"
    )
    for button in deck.page.locator(targets).all():
        box = button.bounding_box()
        assert box
        assert box["height"] >= 44, button.evaluate("element => element.outerHTML")


def test_every_form_has_named_buttons(deck_of):
    for kind in material.ALL:
        deck = deck_of(material.ALL[kind]()).open()
        for button in deck.page.get_by_role("button").all():
            name = button.evaluate("element => element.getAttribute('aria-label') || element.textContent.trim()")
            assert name, button.evaluate("element => element.outerHTML")
