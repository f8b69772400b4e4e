"""Who agrees with whom, on the page of agreement: every pair and every rater's mean are the report's."""

from __future__ import annotations

import json

import four_tasks
import pytest
from test_researcher import Open, answer_all, open_page, report_of, said  # noqa: F401  (a fixture)

from hume.records import Rater

NAMES = ("Ada <b>", "Bo", "Chi")


@pytest.fixture
def three_people(sqlite_url: str) -> str:
    four_tasks.store(sqlite_url)
    for number, name in enumerate(NAMES):
        answer_all(sqlite_url, Rater("human", name), 0.2 + number / 5, [four_tasks.name("sts")])
    answer_all(sqlite_url, Rater("simulated", "sim"), 0.2, [four_tasks.name("sts")])
    return sqlite_url


def test_the_matrix_and_the_tables_are_the_report_s(open_page: Open, three_people: str) -> None:
    app = open_page(three_people, "agreement")
    report = report_of(three_people)
    subset = report.reliability[0].subset
    (pairs,) = (one.value for one in app.dataframe if "With" in one.value.columns)
    expected = {(row.rater, row.other, row.value, row.n_items) for row in report.pairs if row.subset == subset}
    assert set(pairs[["Rater", "With", "Spearman", "Shared items"]].itertuples(index=False, name=None)) == expected
    assert len(expected) == 3
    (raters,) = (one.value for one in app.dataframe if "Others" in one.value.columns)
    own = [row for row in report.reliability if row.subset == subset]
    assert raters["Mean"].tolist() == sorted((row.value for row in own), reverse=True)
    assert "sim" not in set(raters["Rater"])


def test_the_heat_map_has_every_value_and_shows_names_as_text(open_page: Open, three_people: str) -> None:
    app = open_page(three_people, "agreement")
    figures = [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]
    (heat_map,) = (figure for figure in figures if figure["data"][0]["type"] == "heatmap")
    assert len(heat_map["layout"]["annotations"]) == 6
    names = heat_map["layout"]["yaxis"]["ticktext"]
    assert {name.split()[0] for name in names} == {"Ada", "Bo", "Chi"}
    assert "Ada <b>" not in json.dumps(heat_map)
    assert "Ada &lt;b&gt;" in json.dumps(heat_map)
    assert "Who agrees with whom" in said(app)


def test_two_raters_need_no_matrix(open_page: Open, sqlite_url: str) -> None:
    four_tasks.store(sqlite_url)
    for name in NAMES[:2]:
        answer_all(sqlite_url, Rater("human", name), 0.2, [four_tasks.name("sts")])
    app = open_page(sqlite_url, "agreement")
    assert "Who agrees with whom" not in said(app)
    assert not app.exception
