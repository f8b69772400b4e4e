"""Published figures: HUME v1's own, MTEB's files, and a repository of them."""

from __future__ import annotations

import json
import statistics
from pathlib import Path

import pytest

from hume.errors import InvalidItem
from hume.ingest.results import hume_v1, pseudonyms, read_results
from hume.leaderboard import leaderboard

SHARED = Path(__file__).parents[3] / "shared" / "data"
ALICE, BOB = "a7e82e0b-ad1c-450d-b9ff-7502e96815d6", "fa668689-538c-4dc3-a9b4-b1ca70a237e9"

needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the development data are not beside the project (../shared/data)"
)


# -- HUME v1 ------------------------------------------------------------------------------------------------


def test_hume_v1_has_26_subsets_and_people_at_77_64() -> None:
    figures = hume_v1()
    people = [row for row in figures.scores if row.rater == "baseline/Human"]
    assert len(people) == 26
    assert all(row.is_main and row.kind == "human" and row.source == "published" for row in people)
    assert statistics.fmean(row.score for row in people if row.score is not None) == pytest.approx(0.7764, abs=5e-5)


def test_people_are_fourth_and_the_best_model_has_80_14() -> None:
    ranked = leaderboard(hume_v1().scores, [], [])
    by_rater = {row.rater: row for row in ranked}
    assert (by_rater["baseline/Human"].rank, ranked[0].rank) == (4, 1)
    assert ranked[0].mean_score == pytest.approx(0.8014, abs=5e-5)
    assert by_rater["mteb/baseline-bm25s"].rank is None
    assert sum(row.rank is not None for row in ranked) == 19


def test_annotators_and_ties_are_told() -> None:
    scores = hume_v1().scores
    assert {row.rater for row in scores if row.aggregation == "annotator"} == {
        "annotator-a7e8", "annotator-fa66", "annotator-d215",
    }  # fmt: skip
    policies = {(row.task_type, row.kind): row.policy for row in scores}
    assert policies["reranking", "human"] == "ties=hume-v1"
    assert policies["reranking", "embedding"] == "ties=mteb"
    assert policies["sts", "human"] == ""


def test_agreement_of_hume_v1_counts_its_items() -> None:
    rows = {(row.task, row.coefficient): row for row in hume_v1().agreement}
    emotion = rows["HUMEEmotionClassification", "fleiss_kappa"]
    assert (round(emotion.value or 0, 4), emotion.n_items, emotion.n_raters) == (0.3862, 48, 2)
    assert not {"n_items", "n_annotators", "total_annotations"} & {name for _, name in rows}
    pooled = next(row for row in hume_v1().scores if row.rater == "baseline/Human" and row.task == emotion.task)
    assert pooled.n_items == 48


@needs_shared
def test_the_shipped_figures_are_those_of_the_source() -> None:
    assert read_results(SHARED / "hume_v1").published == hume_v1()


# -- MTEB's files ----------------------------------------------------------------------------------------------


@needs_shared
def test_mteb_s_reference_files() -> None:
    figures = read_results(SHARED / "mteb_dev" / "reference").published
    assert {row.rater for row in figures.scores} == {"all-MiniLM-L6-v2", "all-mpnet-base-v2"}
    main = [row for row in figures.scores if row.is_main and row.rater == "all-MiniLM-L6-v2"]
    assert len(main) == 22
    assert {(row.task_type, row.metric) for row in main} == {
        ("sts", "spearman"), ("classification", "accuracy"), ("clustering", "v_measure"), ("reranking", "map"),
    }  # fmt: skip
    english = next(row for row in main if (row.task, row.subset) == ("StsbMini", "en"))
    assert (english.score, english.language) == (0.796561, "eng-Latn")
    others = {row.metric for row in figures.scores if row.task == "WikiMiniReranking"}
    assert others == {"map", "mrr_at_10", "ndcg_at_10"}


def entry(main: float | None, **more: object) -> dict[str, object]:
    return {"main_score": main, "hf_subset": "default", "languages": ["eng-Latn"], **more}


def result(task: str, *entries: dict[str, object], version: str = "2.26.0", split: str = "test") -> dict[str, object]:
    return {"task_name": task, "mteb_version": version, "dataset_revision": "x", "scores": {split: list(entries)}}


def put(folder: Path, place: str, value: object, meta: tuple[str, str] | None = None) -> None:
    path = folder / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))
    if meta:
        name, revision = meta
        (path.parent / "model_meta.json").write_text(json.dumps({"name": name, "revision": revision}))


AGREEMENT = {
    "metric": "fleiss_kappa", "value": 0.55, "interpretation": "Moderate", "n_annotators": 2, "n_items": 45,
    "total_annotations": 90, "mean_pairwise_kappa": 0.551,
}  # fmt: skip
TOXIC = "HUMEToxicConversationsClassification"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A results repository in small: two models, people pooled in two revisions, and two annotators."""
    people = "results/baseline__Human"
    human = ("baseline/Human", "2025_09_25")
    put(tmp_path, f"{people}/2025_09_25/{TOXIC}.json", result(TOXIC, entry(0.73, f1=0.7, agreement=AGREEMENT)), human)
    put(tmp_path, f"{people}/v1.0/{TOXIC}.json", result(TOXIC, entry(0.9), version="3.0"), ("baseline/Human", "v1.0"))
    for who, score in ((ALICE, 0.71), (BOB, 0.75)):
        put(tmp_path, f"{people}/annotator_{who}/{TOXIC}.json", result(TOXIC, entry(score)))
    put(tmp_path, f"results/org__one/abc/{TOXIC}.json", result(TOXIC, entry(0.8, accuracy=0.8)), ("org/one", "abc"))
    put(tmp_path, f"results/org__two/old/{TOXIC}.json", result(TOXIC, entry(0.5), version="1.9.0"))
    put(tmp_path, f"results/org__two/new/{TOXIC}.json", result(TOXIC, entry(None), version="1.10.0"))
    put(tmp_path, "results/org__two/new/NFCorpus.json", result("NFCorpus", entry(0.3, ndcg_at_10=0.3, map_at_1000=0.1)))
    put(tmp_path, "README.json", {"about": "this repository"})
    return tmp_path


def test_a_whole_repository(repository: Path) -> None:
    read = read_results(repository)
    main = {(row.rater, row.rater_revision): row for row in read.published.scores if row.is_main}
    assert {key: (row.score, row.kind, row.aggregation) for key, row in main.items()} == {
        ("baseline/Human", "2025_09_25"): (0.73, "human", "aggregate"),
        ("annotator-a7e8", ""): (0.71, "human", "annotator"),
        ("annotator-fa66", ""): (0.75, "human", "annotator"),
        ("org/one", "abc"): (0.8, "embedding", "aggregate"),
        ("org/two", "new"): (None, "embedding", "aggregate"),
    }
    assert main["org/two", "new"].reason == "published without a number"
    assert main["baseline/Human", "2025_09_25"].n_items == 45


def test_what_is_left_out_of_a_repository_is_told(repository: Path) -> None:
    warnings = read_results(repository).warnings
    assert any("baseline/Human: results of revision v1.0 are left out" in text for text in warnings)
    assert any("org/two: results of revision old are left out" in text for text in warnings)
    assert any("2 file(s) hold no result" in text for text in warnings)


def test_an_older_revision_counts_where_it_is_named(repository: Path) -> None:
    read = read_results(repository / "results" / "baseline__Human" / "v1.0")
    assert [(row.rater_revision, row.score) for row in read.published.scores] == [("v1.0", 0.9)]
    assert not read.warnings


def test_agreement_of_people_is_kept(repository: Path) -> None:
    rows = {row.coefficient: row for row in read_results(repository).published.agreement}
    assert {name: row.value for name, row in rows.items()} == {"fleiss_kappa": 0.55, "mean_pairwise_kappa": 0.551}
    assert (rows["fleiss_kappa"].n_items, rows["fleiss_kappa"].n_raters) == (45, 2)


@pytest.mark.parametrize(
    ("metrics", "expected"),
    [
        ({"cosine_spearman": 0.4, "spearman": 0.4}, "sts"),
        ({"spearman": 0.4, "mse": 0.9}, "sts"),
        ({"v_measure": 0.4}, "clustering"),
        ({"map": 0.4, "ndcg@10": 0.9}, "reranking"),
        ({"map_at_1000": 0.4, "accuracy": 0.1}, "reranking"),
        ({"accuracy": 0.4, "f1": 0.3}, "classification"),
    ],
)
def test_an_unknown_task_s_type_is_told_by_its_main_metric(
    tmp_path: Path, metrics: dict[str, float], expected: str
) -> None:
    put(tmp_path, "m/T.json", result("T", entry(0.4, **metrics)))
    assert {row.task_type for row in read_results(tmp_path / "m").published.scores} == {expected}


def test_main_score_is_the_main_metric_whatever_it_is_called(tmp_path: Path) -> None:
    put(tmp_path, "m/HUMESTS12.json", result("HUMESTS12", entry(0.5, cosine_spearman=0.5, pearson=0.6)))
    rows = {row.metric: row.score for row in read_results(tmp_path / "m" / "HUMESTS12.json").published.scores}
    assert rows == {"spearman": 0.5, "pearson": 0.6}


def test_nan_is_no_number(tmp_path: Path) -> None:
    path = tmp_path / "HUMESTS12.json"
    path.write_text(json.dumps(result("HUMESTS12", entry(float("nan"), cosine_pearson=float("nan")))))
    (row,) = read_results(path).published.scores
    assert (row.score, row.reason) == (None, "published without a number")


def test_pseudonyms_are_as_short_as_they_can_be() -> None:
    assert pseudonyms([ALICE, BOB]) == {ALICE: "annotator-a7e8", BOB: "annotator-fa66"}
    assert set(pseudonyms(["abcd1", "abcd2"]).values()) == {"annotator-abcd1", "annotator-abcd2"}


def test_a_figure_that_two_files_give_is_refused(tmp_path: Path) -> None:
    for place in ("a/HUMESTS12.json", "b/HUMESTS12.json"):
        put(tmp_path, place, result("HUMESTS12", entry(0.5)), ("org/m", "r"))
    with pytest.raises(InvalidItem, match=r"spearman of org/m r on HUMESTS12/default is given twice"):
        read_results(tmp_path)
