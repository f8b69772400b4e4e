"""Planning, through app.py: its answers are the stage's, and it says what they rest on."""

from __future__ import annotations

import json

import answered_pairs
import pytest
from answered_pairs import simulated_from
from test_researcher import Open, open_page, said, table  # noqa: F401  (a fixture)

from hume.ingest.results import hume_v1
from hume.planning import power_curve, width_curve
from hume.published_plan import published_plan, published_width


@pytest.fixture
def url(sqlite_url: str) -> str:
    answered_pairs.store(sqlite_url)
    return sqlite_url


def test_the_answer_and_the_table_are_the_stage_s(open_page: Open, url: str) -> None:
    app = open_page(url, "planning", width=8.0)
    needed = [width_curve(one, 0.08).needed for one in simulated_from(url)]
    assert [row["Items needed"] for row in table(app, "Items needed")] == needed
    words = said(app)
    assert f"About <b><bdi>{needed[1]:,} items</bdi></b> with <b><bdi>2 raters</bdi></b> each" in words
    assert "From 40 items that people answered" in words
    assert "Nothing is known of more than 2 answers an item yet." in words


def test_a_gap_names_the_model_that_it_assumes(open_page: Open, url: str) -> None:
    app = open_page(url, "planning", aim="Telling a gap from none", gap=20.0)
    needed = [power_curve(one, 0.2).needed for one in simulated_from(url)]
    assert [row["Items needed"] for row in table(app, "Items needed")] == needed
    assert "Assumed: no model has answered" in said(app)


def test_before_anybody_has_answered_published_scores_count_and_are_called_so(open_page: Open, url: str) -> None:
    app = open_page(url, "planning", **{"for": "Classification, before anybody has answered"})
    needed = published_width(published_plan(hume_v1().scores, "classification"), 0.05).needed
    assert f"About <b><bdi>{needed} items</bdi></b>" in said(app)
    assert "By formula from published human scores of 7 subsets" in said(app)
    app = open_page(url, "planning", **{"for": "Clustering, before anybody has answered"})
    assert "not known: no published figure tells the spread of a V-measure" in said(app)


def test_tasks_stand_in_the_order_of_annotation(open_page: Open, url: str) -> None:
    rows = table(open_page(url, "planning"), "First", "Told by the others")
    assert [row["First"] for row in rows] == list(range(1, 17))
    assert rows[0]["Told by the others"] == "–"
    assert rows[-1]["Ranking up to here"] == "1.00"


def test_an_empty_database_has_no_plan_and_says_what_to_do(open_page: Open, sqlite_url: str) -> None:
    words = said(open_page(sqlite_url, "planning"))
    assert "no published score of people" in words
    assert "hume score MODEL" in words


def test_annotators_do_not_see_it(open_page: Open, url: str) -> None:
    app = open_page(url, "planning", role="annotator")
    assert not app.get("plotly_chart")
    assert "Which tasks first" not in said(app)


def test_the_chart_has_a_line_a_number_of_raters_and_the_answer_marked(open_page: Open, url: str) -> None:
    (chart,) = open_page(url, "planning", width=8.0).get("plotly_chart")
    lines = json.loads(chart.proto.spec)["data"]
    assert [line.get("name") for line in lines[:2]] == ["1 rater", "2 raters"]
    assert lines[2]["text"] == [f"<b>{width_curve(simulated_from(url)[1], 0.08).needed}</b>"]
