"""The report as a page: complete, harmless, and drawn in a real browser without a network."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import pytest
from browsing import browser  # noqa: F401
from test_export_report import EMPTY, LISTS, REPORT

from hume.export.html_report import METHODS, as_html
from hume.export.report import NOTHING, SECTIONS

EVIL = '</script><script>window.hit=1</script><img src=x onerror="window.hit=2"><a href="javascript:hit">x</a>'


@pytest.fixture(scope="module")
def evil() -> str:
    """A page whose names are hostile, of a simulated rater and a sample task."""
    rows = {
        name: [
            dataclasses.replace(row, **{field: EVIL for field in ("task", "rater", "model") if hasattr(row, field)})
            for row in of
        ]
        for name, of in LISTS.items()
    }
    made_up = dataclasses.replace(REPORT.baselines[0], kind="simulated", is_sample=True)
    return as_html({**rows, "baselines": [*rows["baselines"], made_up]})


def test_every_list_has_its_table_and_its_method():
    page = as_html(LISTS)
    assert set(METHODS) == set(SECTIONS)
    for name, section in SECTIONS.items():
        assert f'<h2 id="{name}">' in page
        assert section.title.split(":")[0] in page
    assert page.count("How this is computed") == len(SECTIONS)
    assert "77.6 [71.2, 83.0]" in page
    assert "1,000 bootstrap resamples" in page


def test_nothing_is_fetched_and_names_are_text(evil):
    head, _, rest = evil.partition('<script type="application/json"')
    assert not re.search(r'(src|href)="?https?:', head)
    assert "default-src 'none'" in head
    assert "<img" not in head
    data = rest.partition("</script>")[0].partition(">")[2]
    for chart in json.loads(data):
        assert "<img" not in json.dumps(chart)
    assert "Simulated raters are made up" in head
    assert "Made for trying HUME on" in head


def test_nothing_to_report_is_said_without_charts():
    page = as_html(EMPTY)
    assert NOTHING.split(":")[0] in page
    assert len(page) < 5_000


def test_a_browser_draws_it_in_light_and_dark_without_a_network(evil, browser, tmp_path: Path):
    (tmp_path / "report.html").write_text(evil, encoding="utf-8")
    context = browser.new_context(color_scheme="light", viewport={"width": 390, "height": 800}, offline=True)
    page, faults = context.new_page(), []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda request: faults.append(request.url) if request.url.startswith("http") else None)
    page.goto((tmp_path / "report.html").as_uri())
    page.wait_for_selector("#scores-computed-human .point", state="attached", timeout=60_000)
    ink = "getComputedStyle(document.querySelector('.xtick text')).fill"
    light = page.evaluate(ink)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"before => {ink} !== before", arg=light, timeout=60_000)
    assert page.evaluate("window.hit") is None
    assert page.locator("a[href^='javascript']").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert faults == []
    context.close()
