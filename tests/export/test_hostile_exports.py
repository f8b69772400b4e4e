"""Exports of hostile texts: no formula, no markup, no order, no file elsewhere; and every text comes back."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import hostile
import pytest
from browsing import browser  # noqa: F401  (a fixture)
from four_tasks import document
from markdown_it import MarkdownIt

from hume.export.defuse import DANGEROUS, restore
from hume.export.drawn import drawn
from hume.export.file_names import file_name
from hume.export.files import csv_chunks, write_jsonl
from hume.export.html_report import as_html
from hume.export.mteb_results import mteb_results, write_results
from hume.export.paper import as_latex, as_markdown
from hume.export.report import as_json, lists
from hume.export.tasks import write_task
from hume.records import (
    AgreementRow,
    Answer,
    AnswerSheet,
    BaselineRow,
    GapRow,
    LeaderboardRow,
    Rater,
    Report,
    ScoreRow,
    SubsetRecord,
)  # fmt: skip

TEXTS = (*hostile.INLINE, hostile.BLOCKS, hostile.CONTROLS, hostile.EVERYTHING, *hostile.FORMULAS, *hostile.PATHS)
OURS = {
    "html", "head", "meta", "title", "style", "body", "h1", "h2", "h3", "p", "section", "div", "details", "summary",
    "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
"""The elements that a report is made of."""
UNSEEN_BY_LATEX = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f]")


@pytest.fixture(scope="module")
def report() -> Report:
    """A row of each main list for every text, all of its names that text, and a model's figures beside people's."""
    scores, baselines, agreement, gaps, ranks = [], [], [], [], []
    for place, text in enumerate(TEXTS):
        at, run = (f"{text}{place}", "sts", text, text), {"protocol": text}
        baselines.append(BaselineRow(*at, "spearman", "human", "consensus", 0.5, source="published"))
        against = (f"{text}{place}", "embedding", "human", "aggregate", 0.6, 0.5, 0.1)
        gaps.append(GapRow(*at, "spearman", *against, model_revision=text, verdict=text, source="published", **run))
        scores.append(ScoreRow(*at, text, "embedding", "spearman", True, 0.6, 3, rater_revision=text, **run))
        agreement.append(AgreementRow(*at, "human", text, 0.4, reason=text))
        board = {"baseline_kind": "human", "board_protocol": text, "source": "published"}
        ranks.append(LeaderboardRow(1, text, "embedding", 0.5, 1, 1, rater_revision=text, **run, **board))
    return Report(*map(tuple, (scores, baselines, agreement, gaps, ranks)))


# -- tables -------------------------------------------------------------------------------------------


def test_no_cell_of_a_csv_begins_as_a_formula_and_each_comes_back():
    chunks = "".join(csv_chunks({"text": str, "json": object}, ({"text": one, "json": [one]} for one in TEXTS)))
    rows = list(csv.reader(io.StringIO(chunks, newline="")))[1:]
    assert [restore(text) for text, _ in rows] == list(TEXTS)
    assert [json.loads(restore(cell)) for _, cell in rows] == [[one] for one in TEXTS]
    assert not [cell for row in rows for cell in row if cell[0] in DANGEROUS and not re.fullmatch(r"-?\d+", cell)]


def test_json_and_jsonl_hold_every_text(report, tmp_path):
    found = json.loads(as_json(lists(report, (), (), ())))
    assert [row["subset"] for row in found["baselines"]] == list(TEXTS)
    write_jsonl({"text": str}, ({"text": one} for one in TEXTS), tmp_path / "texts.jsonl")
    lines = (tmp_path / "texts.jsonl").read_text("utf-8").split("\n")
    assert [json.loads(line)["text"] for line in lines[:-1]] == list(TEXTS)


# -- documents ----------------------------------------------------------------------------------------


class Elements(HTMLParser):
    """The elements of a page with their attributes, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_of_the_report_has_no_element_of_a_text(report):
    page = as_html(lists(report, (), (), ()))
    data = re.search(r'<script type="application/json" id="charts">(.*?)</script>', page, re.DOTALL)
    assert data
    assert "<" not in data[1]
    assert json.loads(data[1])
    page = re.sub(r"<script>.*?</script>", "", page.replace(data[0], ""), flags=re.DOTALL)
    found = Elements()
    found.feed(page)
    assert set(found.tags) <= OURS
    assert {name for name, _ in found.attributes} <= {
        "lang", "charset", "http-equiv", "content", "name", "class", "id", "style", "tabindex",
    }  # fmt: skip
    assert all("/canary/" not in str(value) or name == "id" for name, value in found.attributes)
    assert [ascii(one) for one in TEXTS if one not in found.text] == []


@pytest.mark.browser
def test_the_page_of_the_report_opened_as_a_file(browser, report, tmp_path):
    few = replace(report, leaderboard=report.leaderboard[:4], baselines=report.baselines[:30], gaps=report.gaps[:30])
    (tmp_path / "report.html").write_text(as_html(lists(few, (), (), ())), "utf-8")
    page = browser.new_page()
    page.add_init_script(hostile.WATCH)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((tmp_path / "report.html").as_uri())
    page.locator(".points path").first.wait_for()
    for chart in page.locator(".js-plotly-plot").all()[:3]:
        chart.scroll_into_view_if_needed()
        chart.locator(".points path").first.hover(force=True)
        chart.locator(".hovertext").first.wait_for(state="attached")
        assert chart.locator("a, image, foreignObject").count() == 0
    assert (page.evaluate("window.hostile"), page.evaluate(hostile.INJECTED)) == ([], [])
    assert asked == [page.url]
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    page.close()


def test_plotly_finds_no_tag_and_an_svg_no_forbidden_character():
    for text in TEXTS:
        made = drawn(text)
        assert not re.search("[<>]|&(?!amp;|lt;|gt;)", made)
        assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", made)
    assert drawn("a \"b\" & 'c' <d>") == "a \"b\" &amp; 'c' &lt;d&gt;"


def test_tables_in_markdown_have_no_element_of_a_text(report):
    found = Elements()
    text = as_markdown(report, "consensus")
    found.feed(MarkdownIt("commonmark", {"html": True}).enable("table").render(text))
    assert set(found.tags) <= {"p", "table", "thead", "tbody", "tr", "th", "td"}
    assert found.tags.count("tr") == text.count("\n|") - text.count("\n| ---")
    assert not UNSEEN_BY_LATEX.search(text)


def test_tables_in_latex_have_no_command_of_a_text(report):
    text = as_latex(report, "consensus")
    assert not UNSEEN_BY_LATEX.search(text)
    commands = set(re.findall(r"\\([A-Za-z]+)", text))
    ours = {"begin", "end", "centering", "caption", "label", "toprule", "midrule", "bottomrule"}
    signs = {"textbackslash", "textasciitilde", "textasciicircum", "textless", "textgreater", "textbar"}
    assert commands <= ours | signs
    assert not re.search(r"(?<!\\)(\\\\)*[%#]", text)


# -- files --------------------------------------------------------------------------------------------


def test_names_of_files_are_those_of_one_file_each_in_its_folder():
    names = [file_name(one) for one in TEXTS]
    assert len({name.casefold() for name in names}) == len(set(TEXTS))
    for name in names:
        assert re.fullmatch(r"[^\W_][\w.-]*", name)
        assert len(name.encode()) <= 140
        assert not re.match(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", name, re.IGNORECASE)
        assert not name.endswith(".")
    assert [file_name(one) for one in ("STS12", "NQ-PL.v2", "café_3")] == ["STS12", "NQ-PL.v2", "café_3"]


def test_results_and_tasks_of_any_name_stay_in_their_folder(tmp_path):
    given = document("sts")
    subset, items = given.subsets[0]
    said = {one.key: Answer(one.key, "given", {"score": one.gold}) for one in items if one.split == "test"}
    tasks = [replace(given.task, name=one, revision=one) for one in hostile.PATHS if one.strip()]
    people = AnswerSheet(Rater("human", hostile.PATHS[0], id=1), said)
    asked = tuple(one for one in items if one.split == "test")
    records = [SubsetRecord(task, replace(subset, name=task.name), asked, sheets=(people,)) for task in tasks]
    folder = tmp_path / "deep" / "results"
    write_results(mteb_results(records, "2026_11_23"), folder)
    found = [json.loads(path.read_text("utf-8")) for path in folder.rglob("*.json") if path.name != "model_meta.json"]
    assert sorted(one["task_name"] for one in found) == sorted(2 * [task.name for task in tasks])
    for task in tasks:
        write_task(replace(given, task=task), folder / f"{file_name(task.name)}.jsonl")
    assert len(list(folder.glob("*.jsonl"))) == len(tasks)
    everything = {path for path in tmp_path.rglob("*") if path.is_file()}
    assert everything == {path for path in folder.rglob("*") if path.is_file()}
    assert not Path("/canary").exists()
