"""What researchers see, through app.py: every figure of a page is one of the report's, and says where it comes from."""

from __future__ import annotations

import csv
import io
import json
import shutil
from base64 import b64decode
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import four_tasks
import numpy as np
import pytest
from browsing import browser  # noqa: F401  (a fixture)
from serving import ROOT, Server, running_server, sign_in
from streamlit.testing.v1 import AppTest

from db.session import open_engine, reading, transaction
from db.store.answers import save_answers
from db.store.published import published, save_published
from db.store.raters import ensure_rater
from db.store.tasks import save_document, subset_records
from hume.export import wording
from hume.gap import adjusted
from hume.ingest.hume_jsonl import read_hume_jsonl
from hume.ingest.options import Options
from hume.ingest.results import hume_v1
from hume.parsed import parse
from hume.raters import simulated
from hume.records import GapRow, Rater, Report
from hume.report import build_report

# As pages.parts.views has them, which only a running app may import.
AGGREGATION_NAMES = {
    "consensus": "Consensus of raters",
    "mean": "Mean of raters",
    "best": "Best rater",
    "leave-one-out": "Each against the others",
    "dawid-skene": "Weighted by reliability",
    "hume-v1": "HUME v1's rules",
    "aggregate": "As published",
}
PAGES = ("overview", "gap", "baselines", "agreement", "progress")
WAIT_MS = 60_000
Open = Callable[..., AppTest]


def answer_all(url: str, who: Rater, noise: float, tasks: list[str], share: float = 1.0, skips: int = 0) -> None:
    """Answers of `who` to a share of the items; the first `skips` of each subset are skipped."""
    engine = open_engine(url)
    with transaction(engine) as session:
        rater_id = ensure_rater(session, who).stored_id
        for record in subset_records(session, tasks, answers=False):
            ids = {item.key: item.id for item in record.items}
            made = simulated.answer(parse(record), Rater("simulated", who.name), noise)
            made = made[: max(1, round(share * len(made)))]
            made[:skips] = [replace(one, status="skipped", payload=None, reason="unclear") for one in made[:skips]]
            save_answers(session, rater_id, [(ids[one.item], one) for one in made])
    engine.dispose()


@pytest.fixture(scope="module")
def filled(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Published figures, samples with simulated raters, and tasks with two people, a simulated rater and two models."""
    path = tmp_path_factory.mktemp("figures") / "hume.db"
    shutil.copy(migrated_sqlite, path)
    url = f"sqlite:///{path}"
    four_tasks.store(url)
    engine = open_engine(url)
    samples = [read_hume_jsonl(file, Options()) for file in sorted((ROOT / "data" / "samples").glob("*.jsonl"))]
    with transaction(engine) as session:
        save_published(session, hume_v1(), "hume_v1")
        for document in samples:
            save_document(session, document)
    engine.dispose()
    small = [four_tasks.name(task_type) for task_type in four_tasks.KINDS]
    for number in (1, 2):
        answer_all(url, Rater("simulated", f"simulated-{number}"), 0.3, [one.task.name for one in samples])
    answer_all(url, Rater("simulated", "simulated-1"), 0.5, small)
    answer_all(url, Rater("human", "Ada <b>"), 0.2, small)
    answer_all(url, Rater("human", "Bo"), 0.3, small, share=0.5, skips=1)
    answer_all(url, Rater("embedding", "org/model", "a" * 40), 0.4, small)
    answer_all(url, Rater("embedding", "org/model", "b" * 40), 0.6, small)
    return path


@pytest.fixture
def url(filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    shutil.copy(filled, tmp_path / "filled.db")
    found = f"sqlite:///{tmp_path / 'filled.db'}"
    monkeypatch.setenv("HUME_DATABASE_URL", found)
    return found


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch) -> Open:
    """Opens a researcher's page of the app on a database; `chosen` has its controls' values by key."""
    from pages.parts import access

    def run(url: str, page: str, role: str = "researcher", **chosen: str | list[str]) -> AppTest:
        monkeypatch.setenv("HUME_DATABASE_URL", url)
        token = sign_in(url, f"a {role}", role)
        monkeypatch.setattr(access, "session_token", lambda: token)
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
        app.switch_page(f"pages/researcher/{page}.py").run()
        for key, value in chosen.items():
            app.session_state[key] = value
        app.run()
        assert not app.exception
        return app

    return run


def report_of(url: str) -> Report:
    engine = open_engine(url)
    with reading(engine) as session:
        found = build_report(subset_records(session), published(session))
    engine.dispose()
    return found


def said(app: AppTest) -> str:
    """All words of a page outside its tables."""
    words = [*app.title, *app.subheader, *app.markdown, *app.caption, *app.info, *app.warning]
    return "\n".join([*(one.value for one in words), *(one.proto.body for one in app.get("html"))])


def table(app: AppTest, *columns: str) -> list[dict[str, object]]:
    """The rows of the table that has these columns."""
    return next(one.value for one in app.dataframe if set(columns) <= set(one.value.columns)).to_dict("records")


# -- the overview -------------------------------------------------------------------------------------


def test_the_overview_has_the_report_s_means_gap_and_rank_with_their_intervals(open_page, url):
    words = said(open_page(url, "overview", figures="Computed"))
    of_people = ("computed", False, "human")
    board = [r for r in report_of(url).leaderboard if (r.source, r.is_sample, r.baseline_kind) == of_people]
    people = next(row for row in board if row.kind == "human")
    best = min((row for row in board if row.kind == "embedding"), key=lambda row: row.rank)
    for row in (people, best):
        assert f">{wording.points(row.mean_score)}</div>" in words
        assert f"95% interval {wording.interval(row.mean_low, row.mean_high)}" in words
    assert f">{wording.signed_points(best.gap)}</div>" in words
    assert f"95% interval {wording.signed_interval(best.gap_low, best.gap_high)}" in words
    assert f">{wording.ordinal(people.rank)} of 3</div>" in words


def test_the_overview_of_published_figures_claims_no_certainty(open_page, url):
    app = open_page(url, "overview")
    words = said(app)
    assert ">77.6</div>" in words
    assert ">4th of 19</div>" in words
    assert "95% interval" not in words.split("How this is computed")[0].split("**Intervals**")[0]
    assert "HUME did not compute them" in words
    assert not app.warning


def test_the_overview_names_what_is_least_certain(open_page, url):
    words = said(open_page(url, "overview", figures="Computed"))
    rows = [
        row
        for row in report_of(url).baselines
        if (row.source, row.is_sample, row.kind, row.aggregation) == ("computed", False, "human", "consensus")
    ]
    widest = max(rows, key=lambda row: float("inf") if row.ci_low is None else row.ci_high - row.ci_low)
    named = words[words.index("border-bottom") :]
    assert f"{widest.task} · {widest.subset}" in named
    assert named.count("border-bottom") == 5


def test_simulated_raters_have_an_overview_of_their_own(open_page, url):
    app = open_page(url, "overview", figures="Sample tasks")
    assert "not people" in app.warning[0].value
    assert ">People</div>" not in said(app)


# -- the gap ------------------------------------------------------------------------------------------


def test_the_gap_page_begins_with_the_published_standing_of_people(open_page, url):
    app = open_page(url, "gap")
    words = said(app)
    assert "People score <b><bdi>77.6</bdi></b> on average over 26 subsets, <b><bdi>4th of 19</bdi></b>" in words
    assert "scores <b><bdi>80.1</bdi></b>" in words
    assert "Published without item-level data: no interval." in words
    assert not app.warning


def test_the_standing_is_computed_from_the_rows(open_page, migrated_sqlite, tmp_path):
    url = f"sqlite:///{shutil.copy(migrated_sqlite, tmp_path / 'half.db')}"
    figures = hume_v1()
    weaker = [replace(row, score=row.score / 2) if row.rater == "baseline/Human" else row for row in figures.scores]
    engine = open_engine(url)
    with transaction(engine) as session:
        save_published(session, replace(figures, scores=tuple(weaker)), "hume_v1")
    engine.dispose()
    words = said(open_page(url, "gap"))
    assert "People score <b><bdi>38.8</bdi></b> on average over 26 subsets, <b><bdi>19th of 19</bdi></b>" in words


def test_every_gap_of_the_table_is_a_row_of_the_report(open_page, url):
    rows = table(open_page(url, "gap", figures="Computed"), "Gap", "Verdict")
    report = report_of(url)
    models = {row.model_revision: row.model for row in report.gaps if row.source == "computed"}
    assert len(models) == 2
    best = min(
        (r for r in report.leaderboard if r.kind == "embedding" and r.source == "computed"), key=lambda r: r.rank
    )
    expected = {
        (f"{row.task} · {row.subset}", row.gap, wording.signed_interval(row.ci_low, row.ci_high), in_words(row))
        for row in report.gaps
        if (row.source, row.is_sample, row.baseline_kind) == ("computed", False, "human")
        and (row.aggregation, row.model_revision) == ("consensus", best.rater_revision)
    }
    assert len(expected) == 8
    assert {(row["Subset"], row["Gap"], row["95% interval"], row["Verdict"]) for row in rows} == expected


def in_words(row: GapRow) -> str:
    return f"{row.verdict} with n = {row.n_items}" if row.verdict == "not distinguishable" else row.verdict


def test_p_values_are_adjusted_for_the_comparisons_that_are_shown(open_page, url):
    app = open_page(url, "gap", figures="Computed", type=["sts"])
    rows = table(app, "p (Holm)", "Standardised")
    shown = [
        row
        for row in report_of(url).gaps
        if (row.source, row.is_sample, row.baseline_kind, row.aggregation) == ("computed", False, "human", "consensus")
        and row.task_type == "sts"
        and row.model_revision == "a" * 40
    ]
    assert sorted(row["p (Holm)"] for row in rows) == sorted(wording.p_value(row.p_holm) for row in adjusted(shown))
    assert "p-values are adjusted for 2 comparisons" in said(app)


def test_a_leaderboard_of_one_language_and_the_rank_with_its_interval(open_page, url):
    app = open_page(url, "gap", figures="Computed")
    of_people = ("computed", False, "human")
    people = next(r for r in report_of(url).leaderboard if (r.source, r.is_sample, r.kind) == of_people)
    shown = next(row for row in table(app, "Rank", "Borda rank") if row["Kind"] == "People")
    assert (shown["Rank"], shown["Borda rank"]) == (people.rank, people.rank_borda)
    assert ("95% interval)" in said(app)) == (people.rank_low is not None)
    of_arabic = table(open_page(url, "gap", figures="Computed", over="ara-Arab"), "Rank", "Mean")
    expected = [
        r for r in report_of(url).boards if (r.scope, r.source, r.baseline_kind) == ("ara-Arab", "computed", "human")
    ]
    assert [row["Mean"] for row in of_arabic] == [row.mean_score for row in expected]
    assert {row["Subsets"] for row in of_arabic} == {4}


def test_too_few_items_for_a_stand_in_are_said(open_page, url):
    assert "needs two people at least and 30 items" in said(open_page(url, "gap", figures="Computed"))


def marks(app: AppTest, name: str) -> list[tuple[float, float | None, str]]:
    """Of each mark of a series in the page's first chart: where it lies, how far its whisker reaches up, its hover."""
    figure = json.loads(app.get("plotly_chart")[0].proto.spec)
    (series,) = (trace for trace in figure["data"] if trace.get("name") == name)
    return list(zip(numbers(series["x"]), numbers(series["error_x"]["array"]), series["text"], strict=True))


def numbers(of: list[float | None] | dict[str, str]) -> list[float | None]:
    """Plotly writes numbers as a list, or in base64."""
    return of if isinstance(of, list) else np.frombuffer(b64decode(of["bdata"]), of["dtype"]).tolist()


def test_the_heat_map_has_every_gap_of_the_view(open_page, url):
    app = open_page(url, "gap", figures="Computed")
    figures = [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]
    (heat_map,) = (one for one in figures if one["data"][0]["type"] == "heatmap")
    shown = [
        row
        for row in report_of(url).gaps
        if (row.source, row.is_sample, row.baseline_kind, row.aggregation) == ("computed", False, "human", "consensus")
    ]
    hovers = [hover for line in heat_map["data"][0]["text"] for hover in line]
    assert len(hovers) == len(shown) == 16
    assert sum(f"n = {row.n_items} items" in hover for row in shown[:1] for hover in hovers)
    assert len(heat_map["data"][1]["x"]) == sum(row.verdict == "not distinguishable" for row in shown)
    of_language = open_page(url, "gap", figures="Computed", language=["ara-Arab"], by="Task types")
    assert {row["Over"] for row in table(of_language, "Over", "Best model")} == {
        "Reranking", "Classification", "Clustering", "Semantic textual similarity"
    }  # fmt: skip


def test_the_chart_has_models_on_the_items_that_people_answered(open_page, sqlite_url):
    four_tasks.store(sqlite_url)
    small = four_tasks.name("classification")
    answer_all(sqlite_url, Rater("human", "Ada"), 0.2, [small], share=0.5)
    answer_all(sqlite_url, Rater("embedding", "org/model", "weights-e585032ec5852803"), 0.5, [small])
    app = open_page(sqlite_url, "gap")
    gaps = [row for row in report_of(sqlite_url).gaps if row.aggregation == "consensus"]
    assert {row.n_items for row in gaps} == {3}
    shown = marks(app, "org/model")
    assert sorted(x for x, _, _ in shown) == pytest.approx(sorted(100 * row.model_score for row in gaps))
    assert all(whisker is None and "n = 3 items" in hover for _, whisker, hover in shown)
    words = said(app)
    assert "Models are shown on the items that people answered" in words
    assert "on average over 2 subsets" in words
    assert "of 2 subsets and below on" in words
    (model,) = (row for row in table(app, "Rank", "Revision") if row["Kind"] == "Model")
    assert model["Revision"] == "weights-e585032e"


def test_a_model_on_the_same_items_keeps_its_interval(open_page, sqlite_url):
    four_tasks.store(sqlite_url)
    small = four_tasks.name("classification")
    answer_all(sqlite_url, Rater("human", "Ada"), 0.2, [small])
    answer_all(sqlite_url, Rater("embedding", "org/model"), 0.5, [small])
    shown = marks(open_page(sqlite_url, "gap"), "org/model")
    (of_model,) = {row.rater for row in report_of(sqlite_url).scores if row.kind == "embedding"}
    expected = {
        100 * row.score: None if row.ci_high is None else 100 * (row.ci_high - row.score)
        for row in report_of(sqlite_url).scores
        if row.rater == of_model and row.is_main
    }
    assert any(expected.values())
    assert {x: whisker for x, whisker, _ in shown} == pytest.approx(expected)


def test_a_long_reason_that_every_row_has_is_said_once(open_page, url):
    app = open_page(url, "gap")
    assert {row["Verdict"] for row in table(app, "Gap", "Verdict")} == {"no interval"}
    assert "Published without item-level data" in said(app)


def test_published_and_computed_figures_are_never_on_one_page(open_page, url):
    for figures, of in (("Published", "HUME"), ("Computed", "Small"), ("Sample tasks", "Sample")):
        for page, column in (("gap", "Subsets"), ("baselines", "Score"), ("agreement", "Coefficient")):
            app = open_page(url, page, figures=figures)
            rows = [row for one in app.dataframe for row in one.value.to_dict("records") if "Subset" in row]
            assert {str(row["Subset"])[: len(of)] for row in rows} <= {of}
            assert table(app, column)


def test_the_table_has_what_the_filters_let_through(open_page, url):
    app = open_page(url, "gap", figures="Computed", language=["ara-Arab"], type=["clustering"])
    rows = table(app, "Gap", "Verdict")
    assert {(row["Language"], row["Type"]) for row in rows} == {("ara-Arab", "Clustering")}


def test_two_runs_of_a_model_can_be_told_apart(open_page, url):
    app = open_page(url, "gap", figures="Computed")
    (models,) = (one for one in app.multiselect if one.label == "Models")
    assert models.options == ["org/model (aaaaaaaa)", "org/model (bbbbbbbb)"]
    both = models.set_value(models.options).run()
    assert {row["Model"] for row in table(both, "Gap", "Model")} == set(models.options)


def test_simulated_raters_are_shown_only_when_asked_for_and_loudly(open_page, url):
    assert not open_page(url, "gap", figures="Computed").warning
    app = open_page(url, "gap", figures="Computed", against="Simulated raters")
    assert "not people" in app.warning[0].value
    assert "Simulated raters score" in said(app)
    assert "People score" not in said(app)
    samples = open_page(url, "gap", figures="Sample tasks")
    assert samples.warning
    assert samples.info
    assert "No model has been scored" in said(samples)


def test_a_leaderboard_counts_people_but_no_simulated_raters(open_page, url):
    people = table(open_page(url, "gap", figures="Computed"), "Rank", "Mean")
    assert [row["Rank"] for row in people] == [1, 2, 3]
    assert "Simulated raters" not in {row["Kind"] for row in people}
    assert "People" in {row["Kind"] for row in people}


def test_names_are_text_on_every_page(open_page, url):
    for page in PAGES:
        assert "Ada <b>" not in said(open_page(url, page, figures="Computed"))


# -- baselines, agreement, progress -------------------------------------------------------------------


def none_for_nan(value: object) -> object:
    return None if value != value else value


def test_baselines_show_what_they_rest_on(open_page, url):
    rows = table(open_page(url, "baselines", figures="Computed"), "Baseline", "Score")
    expected = {
        (
            f"{row.task} · {row.subset}",
            row.aggregation,
            row.score,
            row.n_items,
            row.n_raters,
            row.n_answers,
            row.n_skipped,
        )
        for row in report_of(url).baselines
        if (row.source, row.is_sample, row.kind) == ("computed", False, "human")
    }
    names = {name: aggregation for aggregation, name in AGGREGATION_NAMES.items()}
    columns = ("Score", "Items", "Raters", "Answers", "Skipped")
    found = {(row["Subset"], names[row["Baseline"]], *(none_for_nan(row[name]) for name in columns)) for row in rows}
    assert found == expected
    assert {row["Skipped"] for row in rows} == {1}
    assert {row["Baseline"] for row in rows} == {*AGGREGATION_NAMES.values()} - {"As published"}
    assert all("only" in row["Caution"] for row in rows if row["Items"])


def test_each_rater_alone_stands_below_the_baselines(open_page, url):
    rows = table(open_page(url, "baselines", figures="Computed"), "Rater", "Score")
    expected = {
        (r.rater, r.score)
        for r in report_of(url).scores
        if r.is_main and r.kind == "human" and r.score is not None and (r.source, r.is_sample) == ("computed", False)
    }
    assert {(row["Rater"], row["Score"]) for row in rows} == expected


def test_agreement_has_every_coefficient_of_the_report(open_page, url):
    app = open_page(url, "agreement", figures="Computed")
    shown = [row for one in app.dataframe for row in one.value.to_dict("records")]
    expected = [r for r in report_of(url).agreement if (r.source, r.is_sample, r.kind) == ("computed", False, "human")]
    assert len(shown) == len(expected)
    assert {row["Why undefined"] for row in shown} == {row.reason for row in expected}
    assert len(app.get("plotly_chart")) == 4


@pytest.mark.parametrize(("figures", "placeholder"), [("Published", "–"), ("Computed", "undefined")])
def test_a_count_that_nobody_told_is_a_dash(open_page, url, figures, placeholder):
    (shown,) = (
        one for one in open_page(url, "baselines", figures=figures).dataframe if "Baseline" in one.value.columns
    )
    assert bool(shown.value["Items"].isna().any()) == (figures == "Published")
    assert shown.proto.placeholder == placeholder


def test_one_rater_alone_is_told_what_agreement_needs(open_page, sqlite_url):
    four_tasks.store(sqlite_url)
    answer_all(sqlite_url, Rater("human", "Ada"), 0.2, [four_tasks.name(task_type) for task_type in four_tasks.KINDS])
    app = open_page(sqlite_url, "agreement")
    assert "Agreement needs two raters on the same items" in said(app)
    assert "`hume people invite --name NAME --role annotator`" in said(app)
    assert not app.get("plotly_chart")
    assert not app.dataframe


def test_no_chart_is_drawn_without_a_mark(open_page, sqlite_url):
    four_tasks.store(sqlite_url)
    both = [four_tasks.name("sts"), four_tasks.name("classification")]
    answer_all(sqlite_url, Rater("human", "Ada"), 0.2, both)
    answer_all(sqlite_url, Rater("human", "Bo"), 0.2, both[:1])
    app = open_page(sqlite_url, "agreement")
    assert len(app.get("plotly_chart")) == 1
    assert len(app.dataframe) == 2


def test_progress_has_its_singulars(open_page, sqlite_url):
    four_tasks.store(sqlite_url)
    answer_all(sqlite_url, Rater("human", "Ada"), 0.2, [four_tasks.name("sts")], share=1 / 3, skips=1)
    assert "2 answers and 2 skipped items by 1 person;" in said(open_page(sqlite_url, "progress"))


def test_progress_counts_people_apart_from_simulated_raters(open_page, url):
    app = open_page(url, "progress")
    rows = table(app, "Done", "Wanted")
    assert {row["Raters"] for row in rows} == {2}
    assert all(row["Wanted"] == 3 * row["Items"] for row in rows)
    assert [(row["Rater"], row["Subsets"]) for row in table(app, "Rater", "Last answer")] == [("Ada <b>", 8), ("Bo", 8)]
    assert "/download/answers.csv" in said(app)
    simulated_ones = open_page(url, "progress", raters="Simulated raters")
    assert [row["Rater"] for row in table(simulated_ones, "Rater", "Last answer")] == ["simulated-1"]
    assert simulated_ones.warning


def test_a_new_answer_is_seen_at_once(open_page, url):
    before = table(open_page(url, "baselines", figures="Computed"), "Answers", "Baseline")
    answer_all(url, Rater("human", "Chi"), 0.1, [four_tasks.name("sts")])
    after = table(open_page(url, "baselines", figures="Computed"), "Answers", "Baseline")
    for rows, expected in ((before, 2), (after, 3)):
        consensus = [row for row in rows if row["Baseline"] == "Consensus of raters"]
        assert {row["Raters"] for row in consensus if row["Subset"].startswith("SmallSts")} == {expected}


# -- nothing to show, and nobody's business -----------------------------------------------------------


@pytest.mark.parametrize("page", PAGES)
def test_an_empty_database_says_what_to_do_next(open_page, sqlite_url, page):
    assert "`hume import tasks PATH`" in said(open_page(sqlite_url, page))


@pytest.mark.parametrize("page", PAGES)
def test_tasks_without_answers_break_no_page(open_page, sqlite_url, page):
    four_tasks.store(sqlite_url)
    assert said(open_page(sqlite_url, page))


def test_a_model_without_people_is_ranked_and_the_missing_people_are_asked_for(open_page, sqlite_url):
    four_tasks.store(sqlite_url)
    answer_all(sqlite_url, Rater("embedding", "org/model"), 0.4, [four_tasks.name("sts")])
    app = open_page(sqlite_url, "gap")
    assert "No person has answered" in said(app)
    assert [row["Rater"] for row in table(app, "Rank", "Mean")] == ["org/model"]


@pytest.mark.parametrize("page", PAGES)
def test_an_annotator_sees_none_of_it(open_page, url, page):
    app = open_page(url, page, role="annotator")
    assert not app.dataframe
    assert not app.get("plotly_chart")
    assert "researcher" in said(app)


# -- in a browser -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    path = shutil.copy(filled, tmp_path_factory.mktemp("served") / "hume.db")
    with running_server(f"sqlite:///{path}") as running:
        yield running


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("page", PAGES)
def test_charts_and_tables_are_drawn_and_fit_the_screen(browser, server, page, width):
    context = browser.new_context(viewport={"width": width, "height": 900})
    context.add_cookies([server.cookie(server.sign_in("Rhea", "researcher"))])
    tab = context.new_page()
    refused: list[str] = []
    tab.on("console", lambda message: refused.append(message.text) if "Content Security" in message.text else None)
    tab.goto(f"{server.base_url}/{page}?figures=Computed")
    if page != "overview":
        tab.locator("[data-testid=stDataFrame] canvas").first.wait_for(timeout=WAIT_MS)
    if page != "progress":
        tab.locator(".js-plotly-plot .scatterlayer path.point").first.wait_for(timeout=WAIT_MS)
        assert tab.evaluate(OVERFLOWING_LABELS) == []
    assert tab.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= width
    context.close()
    assert refused == []


OVERFLOWING_LABELS = """() => [...document.querySelectorAll('.js-plotly-plot')].flatMap(plot => {
    const edge = plot.getBoundingClientRect();
    const isOut = box => box.right > edge.right + 1 || box.left < edge.left - 1;
    return [...plot.querySelectorAll('.annotation-text, .xtick text')]
        .filter(label => isOut(label.getBoundingClientRect())).map(label => label.textContent);
})"""


@pytest.mark.browser
def test_the_download_is_the_table_defused(browser, server):
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    context.add_cookies([server.cookie(server.sign_in("Rhea", "researcher"))])
    tab = context.new_page()
    tab.goto(f"{server.base_url}/baselines?figures=Computed&language=ara-Arab")
    with tab.expect_download(timeout=WAIT_MS) as download:
        tab.get_by_role("button", name="Download these baselines").click()
    rows = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text("utf-8"))))
    assert {row["language"] for row in rows} == {"ara-Arab"}
    assert len(rows) == 5 * 4 + 1  # every aggregation on every subset, and the one that is for classification alone
    context.close()


@pytest.mark.browser
def test_a_chart_is_taken_away_as_png_svg_and_csv(browser, server):
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    context.add_cookies([server.cookie(server.sign_in("Rhea", "researcher"))])
    tab = context.new_page()
    tab.goto(f"{server.base_url}/gap?figures=Computed&language=eng-Latn")
    tab.locator(".st-key-gap-chart .scatterlayer path.point").first.wait_for(timeout=WAIT_MS)
    found = {}
    for name in ("PNG", "SVG", "CSV"):
        with tab.expect_download(timeout=WAIT_MS) as download:
            tab.locator(".st-key-gap-chart-files").get_by_text(name, exact=True).click()
        assert download.value.suggested_filename == f"hume-gap-chart.{name.lower()}"
        found[name] = Path(download.value.path()).read_bytes()
    assert found["PNG"].startswith(b"\x89PNG")
    assert b"SmallSts" in found["SVG"]
    rows = list(csv.DictReader(io.StringIO(found["CSV"].decode())))
    assert {row["line"].rsplit(" · ")[-1] for row in rows} == {"eng"}
    people = [row for row in rows if row["name"] == "People"]
    assert {row["n_items"] for row in people} == {"6"}
    context.close()
