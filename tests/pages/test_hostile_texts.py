"""Every stored text hostile, through every screen in a real Chromium: nothing runs or loads, all is shown as it is."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import hostile
import hostile_world as world
import pytest
from browsing import browser  # noqa: F401  (a fixture)
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from serving import Server, running_server

from hume.export import wording

pytestmark = pytest.mark.browser

WAIT_MS = 60_000
WASM = "wasm-eval"
"""What Streamlit's own shell asks for, and is refused, on pages without any text."""
RUN_OVER = "() => document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'"


@dataclass
class Watched:
    """A browser that is signed in, and all that a text may have done in it."""

    context: BrowserContext
    base_url: str
    seen: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.context.set_default_timeout(WAIT_MS)
        self.context.add_init_script(hostile.WATCH)
        self.context.on("request", lambda request: self._note(request.url))
        self.context.on("dialog", lambda dialog: (self.seen.append(dialog.message), dialog.dismiss()))
        self.context.on("weberror", lambda error: self.seen.append(str(error.error)))
        self.page: Page = self.context.new_page()

    def open(self, path: str, **query: object) -> Page:
        """The page at that path, its script run to the end."""
        self.page.goto(f"{self.base_url}/{path}" + (f"?{urlencode(query)}" if query else ""))
        self.page.wait_for_function(RUN_OVER)
        return self.page

    def shows(self, *texts: str) -> None:
        """All of these are on the page as they are, the layout holds, and none has done anything so far."""
        missing = "(texts) => { const there = (%s)(); return texts.filter((one) => !there.includes(one)); }"
        there = "(texts) => (%s)(texts).length === 0" % (missing % hostile.TEXT)
        wanted = [hostile.in_html(one) for one in texts]
        try:
            self.page.wait_for_function(there, arg=wanted)
        finally:
            lacking = self.page.evaluate(missing % hostile.TEXT, wanted)
            assert [ascii(one[:60]) for one in lacking] == []
        self.harmless()

    def harmless(self) -> None:
        done = [one for one in self.page.evaluate("window.hostile") if WASM not in str(one)]
        assert (done, self.page.evaluate(hostile.INJECTED), self.seen) == ([], [], [])
        wider = "[document.documentElement, ...document.querySelectorAll('[data-testid=stMain]')]"
        assert self.page.evaluate(f"Math.max(...{wider}.map(one => one.scrollWidth - one.clientWidth))") <= 1

    def _note(self, url: str) -> None:
        """Requests of texts; not those that have them in their query, as the page itself asks."""
        address = urlsplit(url)
        if address.path.startswith(hostile.CANARY) or "canary.invalid" in address.netloc:
            self.seen.append(url)


@pytest.fixture(scope="module")
def people(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, world.World]]:
    path = tmp_path_factory.mktemp("hostile") / "hume.db"
    path.write_bytes(migrated_sqlite.read_bytes())
    stored = world.store(f"sqlite:///{path}")
    with running_server(f"sqlite:///{path}") as server:
        yield server, stored


Opened = Callable[[str], Watched]


@pytest.fixture(scope="module")
def signed_in(browser: Browser, people: tuple[Server, world.World]) -> Iterator[Opened]:
    """The browser of one role, or of nobody; one for all tests."""
    server, stored = people
    found: dict[str, Watched] = {}

    def opened(role: str) -> Watched:
        if role not in found:
            context = browser.new_context(viewport={"width": 1280, "height": 900})
            if role:
                context.add_cookies([server.cookie(getattr(stored, role))])
            found[role] = Watched(context, server.base_url)
        return found[role]

    yield opened
    for one in found.values():
        one.context.close()


# -- annotators ---------------------------------------------------------------------------------------


def test_the_list_of_work(signed_in):
    annotator = signed_in("annotator")
    annotator.open("work")
    annotator.shows(*world.TASKS.values(), *world.SUBSETS, world.PEOPLE[3])
    annotator.page.get_by_role("button", name="Start").first.hover()
    annotator.page.get_by_role("tooltip").wait_for()
    assert annotator.page.get_by_role("tooltip").locator("img, a, code, em, strong, .katex").count() == 0
    annotator.open("account")
    annotator.shows(world.PEOPLE[3])


IN_FORM = {
    "sts": ["sentence one", "sentence two", hostile.name("anchor", 0), hostile.name("anchor", 1)],
    "classification": ["text", *world.LABELS, f"description {hostile.EVERYTHING}"],
    "clustering": ["part 0", "part 5"],
    "reranking": ["query", "asked", "candidate 0", "candidate 3", *world.GRADES],
}


@pytest.mark.parametrize("kind", world.KINDS)
@pytest.mark.parametrize("place", [0, 1], ids=["English", "Arabic"])
def test_the_deck(signed_in, kind, place):
    if place and kind in ("sts", "classification"):
        pytest.skip("what Arabic changes is seen on two forms")
    annotator = signed_in("annotator")
    page = annotator.open("answer", task=world.TASKS[kind], subset=world.SUBSETS[place])
    page.locator(".form > *").first.wait_for()
    before = (world.ARABIC, "English")[1 - place]
    texts = [f"{before} {one}" if re.fullmatch(r"[a-z]+( \w+)?", one) else one for one in IN_FORM[kind]]
    annotator.shows(*texts, f" {hostile.EVERYTHING}", world.TASKS[kind], world.SUBSETS[place])
    assert page.locator(".passage *:not(mark)").count() == 0
    if kind == "sts":
        _through_all_panels(annotator)


def _through_all_panels(annotator: Watched) -> None:
    """Guidelines, search, comment, the dialog of skipping, help, and the known answer of the practice item."""
    page = annotator.page
    guidelines = page.get_by_role("complementary", name="Guidelines")
    expect(guidelines).to_contain_text("<iframe", timeout=WAIT_MS)
    assert guidelines.locator("img, script, iframe, svg, form, button, [style]").count() == 0
    for link in guidelines.get_by_role("link").all():
        assert str(link.get_attribute("href")).startswith(("https://", "http://", "mailto:"))
    page.keyboard.press("c")
    page.keyboard.type("<img src=/canary/comment>")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    page.get_by_role("dialog").wait_for()
    page.keyboard.press("Escape")
    page.keyboard.press("s")
    page.get_by_role("dialog").wait_for()
    annotator.harmless()
    page.keyboard.press("Escape")
    page.keyboard.press("2")
    expect(page.locator(".lesson-place")).not_to_be_empty(timeout=WAIT_MS)
    annotator.harmless()


# -- researchers --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "query", "texts"),
    [
        ("overview", {"figures": "Computed"}, []),
        ("gap", {}, [world.PAPER_MODEL, world.PAPER_PEOPLE]),
        ("gap", {"figures": "Computed"}, [world.MODELS[0], *world.TASKS.values(), *world.SUBSETS]),
        ("baselines", {}, [world.AGGREGATION, world.PAPER_SUBSET]),
        ("baselines", {"figures": "Computed"}, [world.PEOPLE[0], *world.TASKS.values()]),
        ("agreement", {}, [wording.coefficient_name(one) for one in world.COEFFICIENT[5:]]),
        ("items", {}, [hostile.name("item", 0)]),
        ("planning", {}, []),
        ("progress", {}, [*world.TASKS.values(), *world.SUBSETS, *world.PEOPLE[:3]]),
    ],
    ids=lambda value: value if isinstance(value, str) else ("computed" if value else ""),
)
def test_the_pages_of_researchers(signed_in, path, query, texts):
    researcher = signed_in("researcher")
    researcher.open(path, **query)
    researcher.shows(hostile.name("researcher", 2), *texts)


def test_an_item_with_all_that_was_said_of_it(signed_in, people):
    researcher = signed_in("researcher")
    page = researcher.open("items", item=people[1].item_id)
    place = world.TASKS["sts"], world.SUBSETS[0], hostile.name("item", 0)
    said = (world.COMMENT, world.NOTE, hostile.name("admin", 3), f"English sentence one 0 {hostile.EVERYTHING}")
    researcher.shows(*place, *said, *world.MODELS)
    assert page.locator("h3 :is(a, img, em, strong, code, [role=img])").count() == 0


def test_runs_and_one_of_them_in_full(signed_in, people):
    researcher = signed_in("researcher")
    label = f"Run {people[1].run_id} · human-like · {wording.rater(world.MODELS[1], world.REVISIONS[1])}"
    page = researcher.open("models", run=label)
    under_way = [hostile.name(of, 3) for of in ("asked", "device", "worker")]
    researcher.shows(*under_way, *world.TASKS.values(), hostile.name("asked", 4))
    kept = [hostile.name(of, 1) for of in ("asked", "wish", "package", "prompt", "setting")]
    researcher.shows(*kept, *filter(str.strip, world.ERROR.splitlines()), hostile.EVERYTHING)
    error = page.get_by_test_id("stAlert").filter(has_text="error <script>")
    assert error.locator("img, a, code, em, strong, li, table, .katex").count() == 0
    page.get_by_role("tab", name="Log").click()
    researcher.shows(world.LOG)


def test_labels_and_hovers_of_charts_and_the_image_of_one(signed_in, tmp_path):
    researcher = signed_in("researcher")
    page = researcher.open("agreement", figures="Computed")
    page.locator(".js-plotly-plot").first.wait_for()
    hovered = [words for plot in page.locator(".js-plotly-plot").all() for words in _hovered(plot)]
    assert any("<svg" in words for words in hovered)
    assert page.locator(".js-plotly-plot :is(a, foreignObject)").count() == 0
    bold = page.locator(".js-plotly-plot tspan[style*='font-weight']:not(.hoverlayer *)")  # a hover's heading is bold
    assert bold.all_text_contents() == [], "a name's <b> is no bold"
    drawn = "".join(page.locator(".annotation-text").all_text_contents())
    assert "&quot;" not in re.sub("&quot; &apos; &nbsp;|&copy", "", drawn), "Plotly knows no such entity"
    researcher.harmless()
    with page.expect_download() as download:
        page.get_by_role("button", name=re.compile("as SVG$")).first.click()
    assert re.fullmatch(r"hume-[\w-]+\.svg", download.value.suggested_filename)
    download.value.save_as(tmp_path / "chart.svg")
    tags = {one.tag.rpartition("}")[2] for one in ElementTree.parse(tmp_path / "chart.svg").iter()}
    assert tags.isdisjoint({"script", "a", "foreignObject", "image", "animate", "use"})


def _hovered(plot: Locator) -> list[str]:
    """The hover labels of a chart's first marks."""
    plot.scroll_into_view_if_needed()
    found = []
    for mark in plot.locator(".points path").all()[:2]:
        mark.hover(force=True)
        plot.locator(".hovertext").first.wait_for(state="attached")
        found += plot.locator(".hovertext").all_text_contents()
    return found


# -- admins, and those who are nobody -----------------------------------------------------------------


def test_the_pages_of_admins(signed_in):
    admin = signed_in("admin")
    page = admin.open("tasks")
    admin.shows(*world.TASKS.values())
    page.get_by_text("People and checks").first.click()
    page.get_by_role("button", name="Save").first.wait_for()
    admin.shows(world.PEOPLE[0])
    page.get_by_role("button", name="Save").first.click()
    page.get_by_test_id("stAlert").first.wait_for()
    admin.harmless()
    page = admin.open("people")
    admin.shows(*world.PEOPLE, world.INVITED, hostile.name("admin", 3))
    page.get_by_role("textbox", name="Name").fill(hostile.name("new", 1)[:200])
    page.get_by_role("button", name="Make a link").click()
    page.get_by_test_id("stAlert").filter(has_text="once").wait_for()
    admin.shows(f"This link signs {hostile.name('new', 1)[:200].strip()} in")


def test_a_study_and_what_its_participants_agree_to(signed_in):
    admin = signed_in("admin")
    admin.open("studies").get_by_text("What participants agree to").click()
    admin.shows(world.STUDY_TITLE, world.CONSENT, world.TASKS["sts"])
    nobody = signed_in("")
    for number in ("participant-1", hostile.MARKUP["double quote"]):
        query = urlencode({"PROLIFIC_PID": number, "STUDY_ID": hostile.MARKUP["script"]})
        nobody.page.goto(f"{nobody.base_url}/join/{world.STUDY}?{query}")
        nobody.page.locator("h1").wait_for()
        nobody.harmless()
        if number == "participant-1":
            nobody.shows(world.STUDY_TITLE, *hostile.INLINE, hostile.CONTROLS, hostile.UNBROKEN)


def test_addresses_and_forms_that_say_what_they_were_given(signed_in):
    nobody = signed_in("")
    attack = hostile.MARKUP["double quote"] + hostile.MARKUP["script"]
    for path, name in (("auth/sign-in", "next"), ("auth/link", "token"), ("answer", "task"), ("items", "item")):
        nobody.page.goto(f"{nobody.base_url}/{path}?{urlencode({name: attack, 'locale': attack, 'embed': attack})}")
        nobody.page.locator("h1").first.wait_for()
        nobody.harmless()
    nobody.page.goto(f"{nobody.base_url}/auth/sign-in")
    nobody.page.locator("input[name=account]").fill(attack)
    nobody.page.locator("input[name=password]").fill(attack)
    nobody.page.get_by_role("button", name="Sign in").click()
    nobody.page.get_by_role("alert").wait_for()
    assert nobody.page.locator("input[name=account]").input_value() == attack
    nobody.harmless()
