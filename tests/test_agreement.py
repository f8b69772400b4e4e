"""The stage of agreement: coefficients, intervals, pairs and each rater's reliability, on answers with some missing."""

from __future__ import annotations

from dataclasses import replace

import krippendorff as independent
import numpy as np
import pytest
from task_examples import EXAMPLES
from test_stages import study

from hume.agreement import agreement
from hume.measures.bootstrap import Freedom, percentile_interval
from hume.parsed import parse
from hume.records import Answer, AnswerSheet, Item, Rater, Subset, SubsetRecord, Task
from hume.score import DRAWS
from hume.tasks import task_type

FOUR = {"ada": ("human", 0.2), "bo": ("human", 0.3), "chi": ("human", 0.4), "dee": ("human", 0.9)}

COEFFICIENTS = {
    "sts": ["krippendorff_alpha_interval", "mean_pairwise_spearman", "mean_pairwise_pearson", "icc_2_1", "icc_2_k",
            "mean_pairwise_cohen_kappa_quadratic", "gwet_ac2_quadratic"],
    "classification": ["krippendorff_alpha_nominal", "fleiss_kappa", "mean_pairwise_cohen_kappa", "gwet_ac1",
                       "mean_pairwise_percentage"],
    "clustering": ["krippendorff_alpha_co_membership", "mean_pairwise_ari", "mean_pairwise_ami",
                   "mean_pairwise_v_measure"],
    "reranking": ["krippendorff_alpha_ordinal", "mean_pairwise_kendall", "mean_kendall_w", "mean_pairwise_rbo",
                  "mean_pairwise_cohen_kappa_linear", "gwet_ac2_linear", "mean_pairwise_percentage"],
}  # fmt: skip


def without(record, name, keys):
    sheets = tuple(
        replace(sheet, answers={k: a for k, a in sheet.answers.items() if k not in keys})
        if sheet.rater.name == name
        else sheet
        for sheet in record.sheets
    )
    return replace(record, sheets=sheets)


def rows(record):
    return {row.coefficient: row for row in agreement(parse(record)).rows}


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_every_coefficient_has_a_value_an_interval_around_it_and_its_n(name):
    found = rows(study(name, FOUR))
    assert list(found) == COEFFICIENTS[name]
    for row in found.values():
        assert row.ci_low < row.value < row.ci_high <= 1, row
        assert (row.n_items, row.n_raters, row.reason) == (len(EXAMPLES[name][1]), 4, "")


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_the_order_of_raters_and_of_items_changes_nothing(name):
    record = study(name, FOUR)
    turned = replace(record, sheets=record.sheets[::-1])
    for mine, theirs in zip(rows(record).values(), rows(turned).values(), strict=True):
        assert mine.value == pytest.approx(theirs.value, abs=1e-9)
        assert mine.ci_low == pytest.approx(theirs.ci_low, abs=1e-9)
    others = replace(record, items=record.items[::-1])
    assert {n: row.value for n, row in rows(others).items()} == pytest.approx(
        {n: row.value for n, row in rows(record).items()}
    )


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_pairs_are_the_agreement_of_two_raters_alone(name):
    record = study(name, FOUR)
    first = record.items[0].key
    record = without(record, "ada", {first})
    found = agreement(parse(record))
    assert [(row.rater, row.other) for row in found.pairs] == [
        ("ada", "bo"), ("ada", "chi"), ("ada", "dee"), ("bo", "chi"), ("bo", "dee"), ("chi", "dee"),
    ]  # fmt: skip
    main = f"mean_pairwise_{found.pairs[0].coefficient}"
    for pair in found.pairs:
        two = tuple(sheet for sheet in record.sheets if sheet.rater.name in (pair.rater, pair.other))
        alone = rows(replace(record, sheets=two))[main]
        assert (pair.value, pair.ci_low, pair.ci_high) == pytest.approx((alone.value, alone.ci_low, alone.ci_high))
        assert pair.n_items == alone.n_items == len(record.items) - ("ada" in (pair.rater, pair.other))


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_reliability_is_the_mean_of_a_rater_s_pairs_and_finds_the_careless_one(name):
    found = agreement(parse(study(name, FOUR)))
    reliability = {row.rater: row for row in found.reliability}
    for rater, row in reliability.items():
        own = [pair.value for pair in found.pairs if rater in (pair.rater, pair.other)]
        assert row.value == pytest.approx(np.mean(own))
        assert row.ci_low < row.value < row.ci_high
        assert row.n_others == 3
    assert min(reliability.values(), key=lambda row: row.value).rater == "dee"


def test_the_interval_of_alpha_is_that_of_an_independent_implementation_on_the_same_resamples():
    record = without(study("sts", FOUR), "bo", {"s1", "s2"})
    scores = np.array(
        [[s.answers[i.key].payload["score"] if i.key in s.answers else np.nan for i in record.items]
         for s in record.sheets]
    )  # fmt: skip
    draws = DRAWS.of("items", len(record.items))
    replicates = [independent.alpha(scores[:, drawn], level_of_measurement="interval") for drawn in draws]
    row = rows(record)["krippendorff_alpha_interval"]
    assert row.value == pytest.approx(independent.alpha(scores, level_of_measurement="interval"), abs=1e-9)
    assert (row.ci_low, row.ci_high) == pytest.approx(
        percentile_interval(np.array(replicates), freedom=Freedom.of(row.n_items)), abs=1e-9
    )


def test_people_and_simulated_raters_are_apart():
    found = agreement(parse(study("sts", {**FOUR, "sim": ("simulated", 0.1), "model": ("embedding", 0.1)})))
    assert {row.kind for row in found.pairs} == {"human"}
    assert {name for row in found.pairs for name in (row.rater, row.other)} == set(FOUR)
    assert {row.kind: row.n_raters for row in found.rows} == {"human": 4, "simulated": 1}
    assert {row.reason for row in found.rows if row.kind == "simulated"} == {"fewer than two raters"}


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_raters_who_share_nothing_have_no_agreement_and_are_told_why(name):
    record = study(name, {"ada": ("human", 0.2), "bo": ("human", 0.3)})
    keys = [item.key for item in record.items]
    apart = without(without(record, "ada", set(keys[::2])), "bo", set(keys[1::2]))
    found = agreement(parse(apart))
    assert {(row.value, row.n_items) for row in found.rows} == {(None, 0)}
    assert all("two raters" in row.reason or "every rater" in row.reason for row in found.rows)
    assert [(row.value, row.n_items, row.reason) for row in found.pairs] == [(None, 0, "no item that both answered")]


@pytest.mark.parametrize(("name", "payload"), [("sts", {"score": 3}), ("classification", {"label": "joy"})])
def test_without_variation_only_what_is_defined_has_a_value(name, payload):
    record = study(name, {"ada": ("human", 0.2), "bo": ("human", 0.3)})
    same = tuple(
        replace(s, answers={k: replace(a, payload=payload) for k, a in s.answers.items()}) for s in record.sheets
    )
    found = rows(replace(record, sheets=same))
    defined = {n for n, row in found.items() if row.value is not None}
    assert defined == {"sts": {"gwet_ac2_quadratic"}, "classification": {"gwet_ac1", "mean_pairwise_percentage"}}[name]
    assert {found[n].value for n in defined} == {1.0}
    assert {found[n].ci_low for n in defined} == {None}
    assert all("no variation" in found[n].reason for n in set(found) - defined)


def test_fleiss_is_never_rescaled_and_icc_takes_complete_items():
    classified = rows(without(study("classification", FOUR), "ada", {"c0"}))
    assert classified["fleiss_kappa"].value is None
    assert "differ in their number of answers" in classified["fleiss_kappa"].reason
    assert classified["krippendorff_alpha_nominal"].value is not None
    rated = rows(without(study("sts", FOUR), "ada", {"s0", "s1"}))
    assert (rated["icc_2_1"].n_items, rated["mean_pairwise_spearman"].n_items) == (9, 11)
    everything_but_one = {f"s{i}" for i in range(10)}
    alone = rows(without(study("sts", FOUR), "ada", everything_but_one))["icc_2_1"]
    assert (alone.value, alone.n_items) == (None, 1)
    assert "fewer than two items" in alone.reason


def test_raters_who_rank_agree_on_the_order_and_have_no_grades():
    settings, raw = EXAMPLES["reranking"]
    kind = task_type("reranking")
    parsed_settings = kind.parse_settings({**settings, "mode": "ranked"})
    items = {key: kind.parse_item(one, parsed_settings) for key, one in raw.items()}
    order = {"ranking": [["d0"], ["d1", "d2"], ["d3", "d4", "d5"]]}
    sheet = {key: kind.parse_answer(order, item, parsed_settings) for key, item in items.items()}
    found = {one.coefficient: one for one in kind.agreement(items, [sheet, sheet], parsed_settings)}
    for name in ("mean_pairwise_kendall", "mean_kendall_w", "mean_pairwise_rbo"):
        assert found[name].value == pytest.approx(1)
    assert found["krippendorff_alpha_ordinal"].value is None
    assert found["krippendorff_alpha_ordinal"].n_raters == 0


# -- what was published --------------------------------------------------------------------------------

CHECKED = {
    "classification": {"fleiss_kappa": "fleiss_kappa", "mean_pairwise_cohen_kappa": "mean_pairwise_kappa",
                       "mean_pairwise_percentage": "mean_percentage_agreement"},
    "clustering": {"mean_pairwise_ari": "mean_pairwise_ari"},
    "sts": {"mean_pairwise_spearman": "mean_pairwise_spearman"},
    "reranking": {"mean_pairwise_kendall": "mean_kendall_tau"},
}  # fmt: skip


def by_annotator(rows, payload):
    found: dict = {}
    for row in rows:
        found.setdefault(row["annotator"], {})[row["item"]] = payload(row)
    return found


def classification(rows):
    labels = sorted({row[side] for row in rows for side in ("gold", "prediction")})
    items = {row["item"]: ({"text": row["item"]}, row["gold"]) for row in rows}
    return {"labels": [{"name": label} for label in labels]}, items, lambda row: {"label": row["prediction"]}


def sts(rows):
    items = {row["item"]: ({"sentence1": row["item"], "sentence2": "b"}, row["gold"]) for row in rows}
    return {"min": 0, "max": 5, "step": 0}, items, lambda row: {"score": row["prediction"]}


def reranking(rows):
    items = {
        row["item"]: (
            {"query": row["item"], "candidates": [{"id": f"d{i}", "content": f"{i}"} for i in range(len(row["gold"]))]},
            {f"d{i}": grade for i, grade in enumerate(row["gold"])},
        )
        for row in rows
    }
    grades = {"grades": ["not relevant", "relevant"]}
    return grades, items, lambda row: {"grades": {f"d{i}": grade for i, grade in enumerate(row["prediction"])}}


def clustering(rows):
    """One set of all texts: each row has the group of one."""
    gold = {row["item"]: row["gold"] for row in rows}
    groups = by_annotator(rows, lambda row: row["prediction"])
    items = {"set": ({"texts": [{"id": key, "content": key} for key in gold]}, gold)}
    return {}, items, {who: {"set": {"groups": of}} for who, of in groups.items()}


READ = {"classification": classification, "sts": sts, "reranking": reranking, "clustering": clustering}


@pytest.mark.parametrize("name", sorted(CHECKED))
def test_hume_v1_coefficients(vectors, name):
    case = vectors("hume_v1_aggregation.json")[name]
    settings, items, payload = READ[name](case["input"])
    payloads = by_annotator(case["input"], payload) if callable(payload) else payload
    made = tuple(Item(key, content, gold, position=i) for i, (key, (content, gold)) in enumerate(items.items()))
    sheets = tuple(
        AnswerSheet(Rater("human", who), {key: Answer(key, "given", one) for key, one in of.items()})
        for who, of in payloads.items()
    )
    task = Task("V1", name, settings=settings)
    found = rows(SubsetRecord(task, Subset("default", ("eng-Latn",)), made, sheets=sheets))
    for ours, theirs in CHECKED[name].items():
        assert found[ours].value == pytest.approx(case["expected"][theirs], abs=1e-9)
