"""Files that a page gives away name nobody: people go by number in them, as in every export."""

from __future__ import annotations

import csv
import io
import json

import four_tasks
import pytest
from streamlit.testing.v1 import AppTest
from test_researcher import Open, answer_all, open_page, report_of, said  # noqa: F401  (a fixture)

from hume.records import Rater

NAMES = ("Ada Okafor", "Bo", "Chi")


@pytest.fixture
def three_people(sqlite_url: str) -> str:
    four_tasks.store(sqlite_url)
    for number, name in enumerate(NAMES):
        answer_all(sqlite_url, Rater("human", name), 0.2 + number / 5, [four_tasks.name("sts")])
        answer_all(sqlite_url, Rater("simulated", f"simulated-{number}"), 0.2, [four_tasks.name("sts")])
    return sqlite_url


def files(app: AppTest) -> dict[str, str]:
    """The CSV files that charts offer, by the chart's key."""
    offers = [json.loads(one.proto.json) for one in app.get("bidi_component") if "chart" in one.proto.json]
    return {offer["chart"]: offer["csv"] for offer in offers}


@pytest.mark.parametrize(
    ("page", "chart", "columns"),
    [
        ("agreement", "matrix", ("rater", "other")),
        ("agreement", "reliability", ("line",)),
        ("baselines", "baseline-chart", ("name",)),
    ],
)
def test_a_chart_s_file_has_people_by_number_and_says_so(
    open_page: Open, three_people: str, page: str, chart: str, columns: tuple[str, ...]
) -> None:
    app = open_page(three_people, page)
    found = files(app)[chart]
    named = {row[column] for row in csv.DictReader(io.StringIO(found)) for column in columns}
    assert {f"annotator-{number}" for number in (1, 3, 5)} <= named
    assert not any(name in found for name in NAMES)
    assert "In the CSV people go by number" in said(app)


def test_simulated_raters_keep_their_names(open_page: Open, three_people: str) -> None:
    app = open_page(three_people, "agreement", raters="Simulated raters")
    found = list(csv.DictReader(io.StringIO(files(app)["matrix"])))
    assert {row["rater"] for row in found} == {"simulated-0", "simulated-1"}
    assert "by number" not in said(app)


def test_figures_in_the_file_are_those_of_the_page(open_page: Open, three_people: str) -> None:
    rows = csv.DictReader(io.StringIO(files(open_page(three_people, "agreement"))["matrix"]))
    of = [row for row in report_of(three_people).pairs if row.kind == "human"]
    subset = next(row.subset for row in of)
    assert [float(row["value"]) for row in rows] == pytest.approx([r.value for r in of if r.subset == subset])
