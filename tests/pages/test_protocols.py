"""Two protocols of one model, and LLMs beside people: never mixed, and never without their name."""

from __future__ import annotations

import json

import four_tasks
import pytest
from streamlit.testing.v1 import AppTest
from test_researcher import Open, answer_all, open_page, report_of, said, table  # noqa: F401  (a fixture)

from hume.records import Rater

PAGES = ("overview", "gap", "items", "planning")
SMALL = [four_tasks.name("sts"), four_tasks.name("classification")]
TWICE = "org/model"


@pytest.fixture
def both(sqlite_url: str) -> str:
    """Two people, one model under both protocols, and one under `mteb` alone."""
    four_tasks.store(sqlite_url)
    for name, noise in (("Ada", 0.2), ("Bo", 0.3)):
        answer_all(sqlite_url, Rater("human", name), noise, SMALL)
    answer_all(sqlite_url, Rater("embedding", TWICE, "a" * 40, "mteb"), 0.0, SMALL)
    answer_all(sqlite_url, Rater("embedding", TWICE, "a" * 40, "human-like"), 0.8, SMALL)
    answer_all(sqlite_url, Rater("embedding", "org/other", "b" * 40, "mteb"), 0.9, SMALL)
    return sqlite_url


@pytest.fixture
def with_llms(both: str) -> str:
    for number in (1, 2, 3):
        answer_all(both, Rater("llm", f"org/chat-{number}", "served", "v1 t=0"), 0.1 * number, SMALL)
    return both


def protocol_of(app: AppTest) -> list[str]:
    return [one.value for one in app.button_group if one.label == "Protocol"]


@pytest.mark.parametrize(
    ("protocol", "raters"),
    [
        ("mteb", {"org/model (mteb)", "org/other", "people (consensus)"}),
        ("human-like", {"org/model (human-like)", "people (consensus)"}),
    ],
)
def test_a_leaderboard_is_over_one_protocol(open_page: Open, both: str, protocol: str, raters: set[str]) -> None:
    app = open_page(both, "gap", protocol=protocol)
    rows = table(app, "Rank", "Mean")
    assert {row["Rater"] for row in rows} == raters
    board = [row for row in report_of(both).leaderboard if row.board_protocol == protocol]
    assert {(row["Rank"], row["Mean"]) for row in rows} == {(row.rank, row.mean_score) for row in board}
    assert sorted(row["Rank"] for row in rows) == list(range(1, len(raters) + 1))


def test_mteb_is_shown_at_first_and_only_where_there_is_a_choice(open_page: Open, both: str, sqlite_url: str) -> None:
    for page in PAGES:
        assert protocol_of(open_page(both, page)) == ["mteb"]


def test_one_protocol_needs_no_choice_and_no_name(open_page: Open, sqlite_url: str) -> None:
    four_tasks.store(sqlite_url)
    answer_all(sqlite_url, Rater("human", "Ada"), 0.2, SMALL)
    answer_all(sqlite_url, Rater("embedding", TWICE, "a" * 40, "human-like"), 0.4, SMALL)
    for page in PAGES:
        app = open_page(sqlite_url, page)
        assert protocol_of(app) == []
        assert f"{TWICE} (" not in said(app)
    assert {row["Protocol"] for row in table(open_page(sqlite_url, "gap"), "Rank", "Mean")} == {"human-like", ""}


def test_the_name_of_the_protocol_is_in_words_charts_and_tables(open_page: Open, both: str) -> None:
    name = f"{TWICE} (human-like)"
    assert name in said(open_page(both, "overview", protocol="human-like"))
    app = open_page(both, "gap", protocol="human-like")
    assert f"<bdi>{name}</bdi>" in said(app)
    charts = [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]
    assert name in {trace.get("name") for trace in charts[0]["data"]}
    (models,) = (one for one in app.multiselect if one.label == "Models")
    assert models.options == [name]
    shown = json.dumps([one.value.to_dict("records") for one in app.dataframe], default=str)
    assert name in shown
    assert "mteb" not in shown


def test_the_map_has_the_models_of_one_protocol_under_whole_names(open_page: Open, both: str) -> None:
    charts = [json.loads(chart.proto.spec) for chart in open_page(both, "gap").get("plotly_chart")]
    (heat_map,) = (chart for chart in charts if chart["data"][0]["type"] == "heatmap")
    assert heat_map["layout"]["xaxis"]["ticktext"] == ["model (mteb)", "other"]
    labels = [one["text"] for one in heat_map["layout"]["annotations"]]
    assert labels
    assert all(label.startswith(tuple(SMALL)) for label in labels)


def test_no_model_counts_twice_on_an_item(open_page: Open, both: str) -> None:
    for protocol, n_models in (("mteb", 2), ("human-like", 1)):
        rows = table(open_page(both, "items", protocol=protocol, view="All"), "Item", "Models right")
        assert {row["Models right"].split(" of ")[1] for row in rows} == {str(n_models)}


def test_the_order_of_tasks_is_from_one_protocol(open_page: Open, both: str) -> None:
    for number in range(5):
        for protocol in ("mteb", "human-like"):
            answer_all(both, Rater("embedding", f"m{number}", "c" * 40, protocol), number / 5, SMALL)
    assert "Over 6 models" in said(open_page(both, "planning", protocol="human-like"))
    assert "Over 7 models" in said(open_page(both, "planning"))


def test_llms_stand_on_the_boards_of_both_protocols_under_their_own_mark(open_page: Open, with_llms: str) -> None:
    for protocol in ("mteb", "human-like"):
        app = open_page(with_llms, "gap", protocol=protocol)
        assert sum(row["Kind"] == "LLM" for row in table(app, "Rank", "Mean")) == 3
        chart = next(chart for chart in app.get("plotly_chart") if chart.proto.id.endswith("rank-chart"))
        symbols = {trace["name"]: trace["marker"].get("symbol") for trace in json.loads(chart.proto.spec)["data"]}
        assert symbols["LLMs"] == "star"
        assert len({symbols[name] for name in ("LLMs", "Model", "People")}) == 3
        assert "<bdi>LLMs</bdi>" in said(app)


def test_an_llm_that_is_chosen_is_drawn_as_a_star(open_page: Open, with_llms: str) -> None:
    app = open_page(with_llms, "gap")
    (models,) = (one for one in app.multiselect if one.label == "Models")
    app = models.set_value(["org/chat-1", "org/model (mteb)", "org/chat-2"]).run()
    traces = {one["name"]: one["marker"] for one in json.loads(app.get("plotly_chart")[0].proto.spec)["data"]}
    assert [traces[name]["symbol"] for name in ("org/chat-1", "org/model (mteb)", "org/chat-2")] == [
        "star", "circle", "hexagram",
    ]  # fmt: skip


def test_llms_have_agreement_of_their_own(open_page: Open, with_llms: str) -> None:
    app = open_page(with_llms, "agreement")
    assert "org/chat-1" not in said(app)
    app = open_page(with_llms, "agreement", raters="LLMs")
    assert "They are not people" in said(app)
    raters = table(app, "Rater", "Others")
    assert {row["Rater"] for row in raters} == {"org/chat-1", "org/chat-2", "org/chat-3"}
    expected = {row.value for row in report_of(with_llms).agreement if row.kind == "llm" and row.value is not None}
    shown = {row["Value"] for one in app.dataframe if "Coefficient" in one.value for _, row in one.value.iterrows()}
    assert {value for value in shown if value == value} == expected
