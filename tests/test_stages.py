"""The data's path over a study of two people, simulated raters and a model."""

from __future__ import annotations

from dataclasses import replace

import pytest
from task_examples import EXAMPLES

from hume.parsed import parse
from hume.raters import simulated
from hume.records import Answer, AnswerSheet, Item, Published, Rater, ScoreRow, Subset, SubsetRecord, Task
from hume.report import build_report


def study(task_type: str, noises: dict[str, tuple[str, float]], sample: bool = False) -> SubsetRecord:
    """A subset answered by raters of given kind and noise."""
    settings, raw = EXAMPLES[task_type]
    items = tuple(
        Item(key, {k: v for k, v in one.items() if k != "gold"}, one["gold"], position=i)
        for i, (key, one) in enumerate(raw.items())
    )
    task = Task(f"Study{task_type}", task_type, settings=settings, is_sample=sample)
    record = SubsetRecord(task, Subset("default", ("eng-Latn",)), items)
    sheets = []
    for name, (kind, noise) in noises.items():
        answers = simulated.answer(parse(record), Rater("simulated", name), noise)
        sheets.append(AnswerSheet(Rater(kind, name), {answer.item: answer for answer in answers}))
    return replace(record, sheets=tuple(sheets))


PEOPLE = {"ada": ("human", 0.2), "bo": ("human", 0.4)}
EVERYONE = {**PEOPLE, "sim": ("simulated", 0.9), "model": ("embedding", 0.3)}


@pytest.mark.parametrize("task_type", sorted(EXAMPLES))
def test_one_function_scores_whoever_answered(task_type):
    """A person and a model who say the same have the same score, to the last bit."""
    record = study(task_type, {"ada": ("human", 0.3)})
    twin = AnswerSheet(Rater("embedding", "twin"), record.sheets[0].answers)
    report = build_report([replace(record, sheets=(*record.sheets, twin))], Published())
    by_rater = {name: [r for r in report.scores if r.rater == name] for name in ("ada", "twin")}
    for person, model in zip(by_rater["ada"], by_rater["twin"], strict=True):
        assert (person.score, person.ci_low, person.ci_high) == (model.score, model.ci_low, model.ci_high)
    gap = next(row for row in report.gaps if row.model == "twin")
    assert gap.gap == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("task_type", sorted(EXAMPLES))
def test_people_and_simulated_raters_are_never_mixed(task_type):
    report = build_report([study(task_type, EVERYONE)], Published())
    rows = {(row.kind, row.aggregation): row for row in report.baselines}
    names = {"consensus", "mean", "best", "leave-one-out", "hume-v1"} | (
        {"dawid-skene"} if task_type == "classification" else set()
    )
    assert {key: row.n_raters for key, row in rows.items()} == {
        **{("human", name): 2 for name in names},
        **{("simulated", name): 1 for name in names},
    }
    assert rows["human", "consensus"].score > rows["simulated", "consensus"].score
    alone = build_report([study(task_type, PEOPLE)], Published())
    assert [row for row in alone.baselines if row.kind == "human"] == [
        row for row in report.baselines if row.kind == "human"
    ]


@pytest.mark.parametrize("task_type", sorted(EXAMPLES))
def test_figures_say_how_many_were_answered_skipped_and_absent(task_type):
    record = study(task_type, PEOPLE)
    first, *rest = record.items
    ada, bo = record.sheets
    some = {item.key: ada.answers[item.key] for item in rest[:-1] or rest}
    some[first.key] = Answer(first.key, "skipped", reason="unclear")
    report = build_report([replace(record, sheets=(AnswerSheet(ada.rater, some), bo))], Published())
    row = next(row for row in report.scores if row.rater == "ada" and row.is_main)
    assert row.n_skipped == 1
    assert row.n_answered + row.n_skipped + row.n_absent == len(record.items)
    assert row.n_items == row.n_answered


def test_gap_is_over_the_shared_items_only():
    record = study("classification", EVERYONE)
    model = next(sheet for sheet in record.sheets if sheet.rater.kind == "embedding")
    half = AnswerSheet(model.rater, dict(list(model.answers.items())[:5]))
    sheets = tuple(half if sheet is model else sheet for sheet in record.sheets)
    report = build_report([replace(record, sheets=sheets)], Published())
    gap = next(row for row in report.gaps if row.baseline_kind == "human" and row.aggregation == "consensus")
    assert gap.n_items == 5
    assert gap.gap == pytest.approx(gap.model_score - gap.baseline_score)
    score = next(row for row in report.scores if row.rater == "model" and row.is_main)
    assert gap.model_score == pytest.approx(score.score)


def test_verdict_follows_the_interval():
    apart = study("sts", {"ada": ("human", 1.0), "bo": ("human", 1.0), "model": ("embedding", 0.0)})
    close = study("sts", {"ada": ("human", 0.3), "model": ("embedding", 0.31)})
    verdicts = [build_report([one], Published()).gaps[0] for one in (apart, close)]
    assert verdicts[0].verdict == "ahead"
    assert verdicts[0].ci_low > 0
    assert verdicts[1].verdict == "not distinguishable"


def test_one_rater_is_said_on_the_face_of_the_baseline():
    report = build_report([study("sts", {"ada": ("human", 0.3)})], Published())
    assert {row.caution for row in report.baselines if row.score is not None} == {"one rater only"}
    (alone,) = (row for row in report.baselines if row.score is None)
    assert (alone.aggregation, alone.reason) == ("leave-one-out", "undefined: no rater can be held against another")
    assert all(row.value is None and row.reason for row in report.agreement)


def test_a_score_without_variation_has_no_interval():
    report = build_report([study("classification", {"ada": ("human", 0.0), "m": ("embedding", 0.0)})], Published())
    row = next(row for row in report.scores if row.rater == "ada" and row.is_main)
    assert (row.score, row.ci_low, row.ci_high) == (1.0, None, None)
    assert report.gaps[0].verdict.startswith("no interval")


def test_a_baseline_without_an_interval_says_why():
    row = build_report([study("classification", {"ada": ("human", 0.0), "bo": ("human", 0.0)})], Published()).baselines[
        0
    ]
    assert (row.score, row.ci_low, row.reason) == (1.0, None, "no interval: too few items, or no variation among them")


def test_one_who_only_skipped_counts_among_the_skipped_and_not_among_the_raters():
    record = study("sts", PEOPLE)
    skips = {item.key: Answer(item.key, "skipped", reason="unclear") for item in record.items}
    sheets = (*record.sheets, AnswerSheet(Rater("human", "cy"), skips))
    row = build_report([replace(record, sheets=sheets)], Published()).baselines[0]
    assert (row.n_raters, row.n_skipped) == (2, len(record.items))


def board(rows, baseline_kind, is_sample=False):
    return {
        r.kind: r for r in rows if (r.baseline_kind, r.is_sample, r.source) == (baseline_kind, is_sample, "computed")
    }


def test_leaderboard_ranks_those_with_every_subset_and_keeps_samples_apart():
    records = [study("sts", EVERYONE), study("reranking", PEOPLE), study("clustering", EVERYONE, sample=True)]
    rows = build_report(records, Published()).leaderboard
    with_people = board(rows, "human")
    assert (with_people["human"].rank, with_people["human"].n_subsets_total) == (1, 2)
    assert (with_people["embedding"].rank, with_people["embedding"].n_subsets) == (None, 1)  # it lacks the reranking
    assert sorted(row.rank for row in board(rows, "human", is_sample=True).values()) == [1, 2]


def test_simulated_raters_stand_on_a_board_of_their_own():
    only_simulated = study("reranking", {"sim": ("simulated", 0.1), "model": ("embedding", 0.3)})
    rows = build_report([study("sts", EVERYONE), only_simulated], Published()).leaderboard
    with_people = board(rows, "human")
    assert set(with_people) == {"human", "embedding"}
    assert {row.n_subsets_total for row in with_people.values()} == {1}
    assert {row.n_subsets_total for row in board(rows, "simulated").values()} == {2}


def test_where_nobody_answered_models_are_ranked_among_themselves():
    rows = build_report([study("sts", {"model": ("embedding", 0.3)})], Published()).leaderboard
    assert [(row.rank, row.rater, row.baseline_kind) for row in rows] == [(1, "model", "")]


def test_leaderboard_takes_models_on_the_items_that_people_answered():
    record = study("classification", {"ada": ("human", 0.0), "model": ("embedding", 0.5)})
    ada, model = record.sheets
    few = AnswerSheet(ada.rater, dict(list(ada.answers.items())[:4]))
    report = build_report([replace(record, sheets=(few, model))], Published())
    gap = next(row for row in report.gaps if row.aggregation == "consensus")
    assert board(report.leaderboard, "human")["embedding"].mean_score == gap.model_score
    assert gap.n_items == 4


def test_further_published_tasks_take_nobodys_rank():
    people, model = published("Human", "human", 0.8), published("m", "embedding", 0.9)
    elsewhere = replace(published("other", "embedding", 0.99), task="Elsewhere")
    rows = build_report([], Published(scores=(people, model, elsewhere))).leaderboard
    assert [(row.rank, row.rater, row.n_subsets_total) for row in rows] == [(1, "m", 1), (2, "Human", 1)]


def test_an_answer_that_todays_settings_refuse_is_left_out_and_said():
    record = study("classification", PEOPLE)
    labels = [{"name": name} for name in ("joy", "anger", "fear", "gone")]
    ada, bo = record.sheets
    stale = Answer("c0", "given", {"label": "gone"})
    was_admitted = replace(record, sheets=(AnswerSheet(ada.rater, {**ada.answers, "c0": stale}), bo))
    before = build_report([replace(was_admitted, task=replace(record.task, settings={"labels": labels}))], Published())
    after = build_report([was_admitted], Published())
    (row,) = (r for r in after.scores if r.rater == "ada" and r.is_main)
    assert (row.n_answered, row.n_absent) == (len(record.items) - 1, 1)
    assert row.reason.startswith("1 answer(s) left out")
    assert all(r.reason.startswith("1 answer(s) left out") for r in after.baselines)
    assert all(not r.reason for r in before.scores)


def published(rater, kind, score, aggregation="aggregate"):
    return ScoreRow(
        "T", "sts", "default", "eng-Latn", rater, kind, "spearman", True, score, None,
        aggregation=aggregation, source="published",
    )  # fmt: skip


def test_published_figures_stay_apart_and_have_no_interval():
    rows = (
        published("Human", "human", 0.8),
        published("a1", "human", 0.1, "annotator"),
        published("m", "embedding", 0.9),
    )
    report = build_report([study("sts", PEOPLE)], Published(scores=rows))
    assert {r.source for r in report.gaps} == {"published"}
    gap = report.gaps[0]
    assert gap.gap == pytest.approx(0.1)
    assert (gap.ci_low, gap.verdict) == (None, "no interval: item-level answers were not published")
    ranked = [r for r in report.leaderboard if r.source == "published"]
    assert [(r.rank, r.rater) for r in ranked] == [(1, "m"), (2, "Human")]


def test_one_shared_item_has_no_interval_and_no_verdict():
    record = study("classification", {"ada": ("human", 0.0), "model": ("embedding", 0.5)})
    ada, model = record.sheets
    probes = {key: Answer(key, "given", {"experiments": ["joy", "anger", "fear"] * 3}) for key in model.answers}
    one = AnswerSheet(ada.rater, dict(list(ada.answers.items())[:1]))
    report = build_report([replace(record, sheets=(one, AnswerSheet(model.rater, probes)))], Published())
    assert {(row.n_items, row.ci_low, row.ci_high) for row in report.gaps} == {(1, None, None)}
    assert all(row.verdict.startswith("no interval") for row in report.gaps)
