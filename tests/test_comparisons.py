"""Gaps, leaderboards and stand-ins: what models are held against."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from test_stages import study

from hume.gap import adjusted, gaps, once_each
from hume.ingest.results import hume_v1
from hume.leaderboard import leaderboard
from hume.measures.bootstrap import Freedom, bootstrap_p_value
from hume.parsed import parse
from hume.records import Answer, AnswerSheet, Item, Published, Rater, SubsetRecord
from hume.report import build_report

TYPES = ("classification", "clustering", "reranking", "sts")
FIVE = {name: ("human", noise) for name, noise in zip("abcde", (0.1, 0.2, 0.3, 0.4, 0.5), strict=True)}
MODELS = {f"m{i}": ("embedding", noise) for i, noise in enumerate((0.0, 0.3, 0.9))}


def labelled(n: int, raters: dict[str, tuple[str, float]], seed: int = 0) -> SubsetRecord:
    """A classification of n items; each rater is right with the given chance."""
    rng = np.random.default_rng(seed)
    names = ("joy", "anger", "fear")
    record = study("classification", {name: (kind, 0.0) for name, (kind, _) in raters.items()})
    items = tuple(Item(f"i{i}", {"text": f"text {i}"}, names[i % 3], position=i) for i in range(n))
    sheets = []
    for name, (kind, right) in raters.items():
        said = {i.key: i.gold if rng.random() < right else str(rng.choice(names)) for i in items}
        answers = {key: Answer(key, "given", {"label": label}) for key, label in said.items()}
        sheets.append(AnswerSheet(Rater(kind, name), answers))
    return replace(record, items=items, sheets=tuple(sheets))


# -- gaps ---------------------------------------------------------------------------------------------


def test_chance_of_each_metric_by_hand():
    of = {task_type: parse(study(task_type, {"a": ("human", 0.1)})) for task_type in TYPES}
    chance = {name: s.type.chance(s.items, s.settings) for name, s in of.items()}
    assert chance["classification"] == pytest.approx(3 * (1 / 3) ** 2)
    assert chance["sts"] == 0.0
    # Two relevant of six in random order: the mean of (1/r1 + 2/r2) / 2 over all pairs of ranks.
    pairs = [(a, b) for a in range(1, 7) for b in range(a + 1, 7)]
    assert chance["reranking"] == pytest.approx(np.mean([(1 / a + 2 / b) / 2 for a, b in pairs]))
    assert 0 < chance["clustering"] < 1


@pytest.mark.parametrize("task_type", TYPES)
def test_chance_is_what_shuffled_gold_scores(task_type):
    subset = parse(study(task_type, {"a": ("human", 0.0)}))
    rng = np.random.default_rng(5)
    scores = [subset.type.score(subset.items, _shuffled(subset, rng), subset.settings) for _ in range(400)]
    found = [score.values[subset.type.metrics[0].name] for score in scores]
    expected = subset.type.chance(subset.items, subset.settings)
    assert np.mean(found) == pytest.approx(expected, abs=5 * np.std(found) / np.sqrt(400) + 1e-12)


def _shuffled(subset, rng):
    """Gold's own answers, given to items (or within each item, to its parts) at random."""
    said = subset.sheets[0].answers
    keys = list(said)
    if subset.type.name in ("sts", "classification"):
        gold = [subset.type.expected(subset.items[key], subset.settings) for key in keys]
        return dict(zip(keys, [gold[i] for i in rng.permutation(len(keys))], strict=True))
    field = "groups" if subset.type.name == "clustering" else "scores"
    found = {}
    for key, item in subset.items.items():
        ids = item.ids
        values = [item.gold[i] for i in rng.permutation(ids)] if field == "groups" else rng.random(len(ids)).tolist()
        payload = {field: dict(zip(ids, values, strict=True))}
        found[key] = type(said[key]).model_validate(payload)
    return found


def test_a_gap_is_standardised_by_the_way_from_chance_to_perfect():
    report = build_report([study("classification", {**FIVE, **MODELS})], Published())
    for row in report.gaps:
        assert row.chance == pytest.approx(1 / 3)
        assert row.standardised == pytest.approx(row.gap / (1 - 1 / 3))
        if row.ci_low is not None:
            assert row.standardised_low == pytest.approx(row.ci_low / (1 - 1 / 3))


def test_where_every_answer_is_perfect_by_chance_nothing_is_standardised():
    record = study("classification", {"a": ("human", 0.2), "m": ("embedding", 0.4)})
    one_label = tuple(replace(item, gold="joy") for item in record.items)
    row = build_report([replace(record, items=one_label)], Published()).gaps[0]
    assert (row.chance, row.standardised) == (1.0, None)


def test_a_gap_to_the_mean_of_raters_is_the_mean_of_the_gaps_to_each():
    record = labelled(40, {"a": ("human", 0.9), "b": ("human", 0.5), "m": ("embedding", 0.7)})
    short = AnswerSheet(record.sheets[1].rater, dict(list(record.sheets[1].answers.items())[:25]))
    record = replace(record, sheets=(record.sheets[0], short, record.sheets[2]))

    def against(*sheets: AnswerSheet):
        rows = gaps(parse(replace(record, sheets=(*sheets, record.sheets[2]))))
        return next(row for row in rows if row.aggregation == "mean")

    both, each = against(*record.sheets[:2]), [against(sheet) for sheet in record.sheets[:2]]
    assert both.gap == pytest.approx(np.mean([one.gap for one in each]))
    assert both.model_score == pytest.approx(np.mean([one.model_score for one in each]))
    assert (both.n_items, each[1].n_items) == (40, 25)
    assert each[1].ci_low < each[1].gap < each[1].ci_high


def test_the_p_value_is_the_paired_tests_for_a_mean():
    """With a value for each item, the bootstrap's standard error is that of the paired z-test, up to the draws."""
    from scipy.stats import norm

    record = labelled(120, {"a": ("human", 0.9), "m": ("embedding", 0.7)})
    row = next(r for r in build_report([record], Published()).gaps if r.aggregation == "consensus")
    ada, model = ([a.answers[i.key].payload["label"] == i.gold for i in record.items] for a in record.sheets)
    differences = np.array(model, float) - np.array(ada, float)
    z = differences.mean() / (differences.std() / np.sqrt(len(differences)))
    assert norm.isf(row.p_value / 2) == pytest.approx(abs(z), rel=0.06)


def test_no_difference_anywhere_has_no_p_value():
    assert bootstrap_p_value(np.zeros(1000), Freedom.of(50)) is None
    assert bootstrap_p_value(np.full(1000, np.nan), Freedom.of(50)) is None


def test_adjusting_is_over_the_rows_that_are_given():
    report = build_report([study(t, {**FIVE, **MODELS}) for t in TYPES], Published())
    family = [row for row in report.gaps if row.aggregation == "consensus" and row.p_value is not None]
    smallest = min(family, key=lambda row: row.p_value)
    assert smallest.p_holm == pytest.approx(min(1.0, smallest.p_value * len(family)))
    (alone,) = adjusted([smallest])
    assert alone.p_holm == alone.p_bh == smallest.p_value
    assert all(row.p_value <= row.p_bh <= row.p_holm for row in family)


def test_a_model_that_lacks_items_is_held_against_people_on_the_rest():
    record = study("sts", {**FIVE, "m": ("embedding", 0.2)})
    *people, model = record.sheets
    some = AnswerSheet(model.rater, dict(list(model.answers.items())[:7]))
    report = build_report([replace(record, sheets=(*people, some))], Published())
    kept = set(some.answers)
    alone = [AnswerSheet(s.rater, {k: a for k, a in s.answers.items() if k in kept}) for s in (*people, some)]
    there = build_report([replace(record, sheets=tuple(alone))], Published())
    for row, other in zip(report.gaps, there.gaps, strict=True):
        if row.aggregation != "best":  # the best on all items may be another one than the best on these
            assert row.gap == pytest.approx(other.gap)
            assert (row.n_items, row.caution) == (7, "7 items only")
            assert (row.ci_low, row.ci_high) == pytest.approx((other.ci_low, other.ci_high))


# -- leaderboards -------------------------------------------------------------------------------------


def test_the_published_board_has_people_fourth_by_mean_and_ninth_by_borda():
    people = next(row for row in leaderboard(hume_v1().scores, [], []) if row.kind == "human")
    assert (people.rank, people.rank_borda) == (4, 9)
    assert people.mean_score == pytest.approx(0.7764, abs=5e-5)
    assert (people.rank_low, people.rank_borda_low) == (None, None)


def test_the_mean_over_task_types_counts_types_alike():
    records = [study("sts", {**FIVE, **MODELS}), study("classification", {**FIVE, **MODELS})]
    second = replace(records[1], task=replace(records[1].task, name="Another"))
    report = build_report([*records, second], Published())
    people = next(row for row in report.leaderboard if row.kind == "human")
    of = {row.task: row.score for row in report.baselines if row.aggregation == "consensus"}
    sts, one, other = of["Studysts"], of["Studyclassification"], of["Another"]
    assert people.mean_score == pytest.approx((sts + one + other) / 3)
    assert people.mean_task_types == pytest.approx((sts + (one + other) / 2) / 2)


def test_an_interval_of_ranks_holds_the_rank_and_narrows_with_the_distance():
    close = build_report([labelled(40, {"a": ("human", 0.8), "m": ("embedding", 0.8)}, seed=2)], Published())
    apart = build_report([labelled(40, {"a": ("human", 0.99), "m": ("embedding", 0.2)}, seed=2)], Published())
    of_close, of_apart = (next(r for r in one.leaderboard if r.kind == "human") for one in (close, apart))
    assert (of_close.rank_low, of_close.rank_high) == (1, 2)
    assert (of_apart.rank_low, of_apart.rank, of_apart.rank_high) == (1, 1, 1)
    for row in (*close.leaderboard, *apart.leaderboard):
        assert row.rank_low <= row.rank <= row.rank_high


def test_over_one_subset_means_and_gaps_have_the_intervals_of_the_baseline_and_the_gap():
    report = build_report([labelled(40, {"a": ("human", 0.9), "m": ("embedding", 0.6)}, seed=2)], Published())
    people, model = (next(r for r in report.leaderboard if r.kind == kind) for kind in ("human", "embedding"))
    baseline = next(row for row in report.baselines if row.aggregation == "consensus")
    gap = next(row for row in report.gaps if row.aggregation == "consensus")
    assert (people.mean_low, people.mean_high) == pytest.approx((baseline.ci_low, baseline.ci_high))
    assert (model.gap, model.gap_low, model.gap_high) == pytest.approx((gap.gap, gap.ci_low, gap.ci_high))
    assert (people.gap, people.gap_low, people.gap_high) == (None, None, None)


def test_there_is_a_board_for_each_language_and_task_type_where_there_are_several():
    arabic = study("sts", {**FIVE, **MODELS})
    arabic = replace(arabic, subset=replace(arabic.subset, name="ara", languages=("ara-Arab",)))
    records = [study("sts", {**FIVE, **MODELS}), study("classification", {**FIVE, **MODELS}), arabic]
    report = build_report(records, Published())
    scopes = {row.scope: row.n_subsets_total for row in report.boards}
    assert scopes == {"sts": 2, "classification": 1, "eng-Latn": 2, "ara-Arab": 1}
    assert {row.scope for row in report.leaderboard} == {""}
    assert build_report(records[:1], Published()).boards == ()


def test_a_board_has_the_models_of_one_protocol_and_llms_are_on_all():
    def under(record: SubsetRecord, protocol: str) -> list[AnswerSheet]:
        of = [sheet for sheet in record.sheets if sheet.rater.kind == "embedding"]
        return [replace(sheet, rater=replace(sheet.rater, protocol=protocol)) for sheet in of]

    record = labelled(40, {"a": ("human", 0.5), "m": ("embedding", 0.9), "l": ("llm", 0.7)}, seed=2)
    others = [sheet for sheet in record.sheets if sheet.rater.kind != "embedding"]
    both = replace(record, sheets=(*others, *under(record, "mteb"), *under(record, "human-like")))
    alone = replace(record, sheets=(*others, *under(record, "mteb")))
    boards = build_report([both], Published()).leaderboard
    of_mteb = [row for row in boards if row.board_protocol == "mteb"]
    assert of_mteb == list(build_report([alone], Published()).leaderboard)
    assert [row.rater for row in of_mteb] == ["m", "l", "people (consensus)"]
    of_people = [row for row in boards if row.board_protocol == "human-like"]
    assert [(row.rater, row.rank) for row in of_people] == [(row.rater, row.rank) for row in of_mteb]
    assert {row.board_protocol for row in build_report([record], Published()).leaderboard} == {""}


def test_models_without_people_have_a_board_a_protocol_too():
    record = labelled(40, {"m": ("embedding", 0.9)})
    (sheet,) = record.sheets
    both = [replace(sheet, rater=replace(sheet.rater, protocol=protocol)) for protocol in ("mteb", "human-like")]
    boards = build_report([replace(record, sheets=tuple(both))], Published()).leaderboard
    assert [(row.rank, row.protocol, row.board_protocol) for row in boards] == [
        (1, "mteb", "mteb"), (1, "human-like", "human-like"),
    ]  # fmt: skip


# -- stand-ins ----------------------------------------------------------------------------------------


def test_a_model_that_answers_as_people_do_may_stand_in_and_one_that_guesses_may_not():
    raters = {**dict.fromkeys("abcd", ("human", 0.8)), "like": ("llm", 0.85), "guess": ("embedding", 0.0)}
    report = build_report([labelled(100, raters)], Published())
    rows = {(row.model, row.epsilon): row for row in report.stand_in}
    assert set(rows) == {(model, epsilon) for model in ("like", "guess") for epsilon in (0.1, 0.15, 0.2)}
    assert rows["like", 0.2].passes
    assert not rows["guess", 0.2].passes
    assert rows["like", 0.2].advantage > 0.7 > rows["guess", 0.2].advantage
    assert {(row.n_items, row.n_raters) for row in rows.values()} == {(100, 4)}
    assert all(
        rows[model, 0.1].winning_rate <= rows[model, 0.15].winning_rate <= rows[model, 0.2].winning_rate
        for model in ("like", "guess")
    )


def test_too_few_items_and_two_people_are_said():
    few = build_report([labelled(29, {"a": ("human", 0.8), "b": ("human", 0.8), "m": ("llm", 0.8)})], Published())
    assert {(row.passes, row.reason[:13]) for row in few.stand_in} == {(None, "fewer than 30")}
    two = build_report([labelled(60, {"a": ("human", 0.8), "b": ("human", 0.8), "m": ("llm", 0.8)})], Published())
    assert all(row.caution.startswith("two raters only") for row in two.stand_in)
    assert build_report([labelled(60, {"a": ("human", 0.8), "m": ("llm", 0.8)})], Published()).stand_in == ()


@pytest.mark.parametrize("task_type", TYPES)
def test_the_same_answer_is_no_distance_away(task_type):
    subset = parse(study(task_type, {"a": ("human", 0.3), "b": ("human", 0.9), "c": ("human", 0.3)}))
    sets = [sheet.answers for sheet in subset.sheets]
    sets[2] = dict(list(sets[0].items())[:2])
    points = subset.type.points(subset.items, sets, subset.settings)
    assert points.shape[:2] == (3, len(subset.items))
    assert np.array_equal(np.isnan(points[:, :, 0]).sum(axis=1), [0, 0, len(subset.items) - 2])
    assert points[2, :2] == pytest.approx(points[0, :2])
    distance = ((points[0] - points[1]) ** 2).sum(axis=1)
    assert (distance >= 0).all()
    assert distance.max() > 0


def test_similarities_are_compared_by_rank():
    record = study("sts", {"a": ("human", 0.0), "b": ("human", 0.0), "c": ("human", 0.5)})
    cosines = {
        key: Answer(key, "given", {"score": float(np.tanh(i.gold)), "scale": "similarity"})
        for key, i in ((i.key, i) for i in record.items)
    }
    subset = parse(replace(record, sheets=(*record.sheets, AnswerSheet(Rater("embedding", "m"), cosines))))
    points = subset.type.points(subset.items, [s.answers for s in subset.sheets], subset.settings)
    golds = np.array([item.gold for item in subset.items.values()])
    assert points[3, :, 0] == pytest.approx((np.argsort(np.argsort(golds)) + 0.5) / len(golds))


def test_a_model_under_two_protocols_is_one_of_many_once():
    mteb, human_like = ("m", "embedding", "r", "mteb"), ("m", "embedding", "r", "human-like")
    other, talker, warmer = (
        ("n", "embedding", "r", "human-like"),
        ("t", "llm", "", "v1 t=0"),
        ("t", "llm", "", "v1 t=1"),
    )
    found = once_each([human_like, other, talker, mteb, warmer])
    assert sorted(found) == sorted([mteb, other, talker, warmer])
