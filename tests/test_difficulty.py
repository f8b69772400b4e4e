"""How hard and how disputed items are: hand-derived values, what gold as one more rater implies, and pair by pair."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from task_examples import EXAMPLES

from hume import difficulty
from hume.difficulty import findings, is_suspect, item_rows, most_suspect_first, suspects
from hume.parsed import ParsedSubset, parse
from hume.records import Answer, AnswerSheet, Item, ItemRow, Json, Rater, Subset, SubsetRecord, Task, Verdict
from hume.tasks import TASKS, task_type
from hume.tasks.accords import accords

Said = dict[str, list[Json]]
"""By rater, named `kind:name`, the payloads of the items in order; None for no answer."""


def record_of(name: str, said: Said, gold: list[Json] | None = None) -> SubsetRecord:
    settings, raw = EXAMPLES[name]
    items = []
    for number, (key, value) in enumerate(raw.items()):
        content = {field: of for field, of in value.items() if field != "gold"}
        items.append(Item(key, content, value["gold"], id=number + 1))
    n = max(len(payloads) for payloads in said.values())
    items = [replace(item, gold=one) for item, one in zip(items, gold or [i.gold for i in items], strict=False)][:n]
    sheets = []
    for who, payloads in said.items():
        kind, label = who.split(":")
        given = {
            item.key: Answer(item.key, "given", payload)
            for item, payload in zip(items, payloads, strict=True)
            if payload is not None
        }
        sheets.append(AnswerSheet(Rater(kind, label), given))
    return SubsetRecord(
        Task("T", name, settings=settings), Subset("eng", ("eng-Latn",)), tuple(items), sheets=tuple(sheets)
    )


def rows_of(name: str, said: Said, gold: list[Json] | None = None) -> list[ItemRow]:
    return item_rows(parse(record_of(name, said, gold)))


def labels(*names: str | None) -> list[Json]:
    return [None if name is None else {"label": name} for name in names]


# -- labels, by hand ----------------------------------------------------------------------------------


def test_people_who_agree_against_gold_are_suspicious_and_those_who_do_not_are_not():
    """Gold joy, anger: three people say the same wrong label; of the second two are right and one is not."""
    first, second = rows_of(
        "classification",
        {"human:a": labels("fear", "anger"), "human:b": labels("fear", "anger"), "human:c": labels("fear", "joy")},
        gold=["joy", "anger"],
    )
    assert (first.agreement, first.accord, first.suspicion, first.difficulty) == (1, 0, 1, 1)
    assert (first.n_raters, first.n_right, first.consensus_accord, first.disagreement) == (3, 0, 0, 0)
    assert second.agreement == pytest.approx(1 / 3)
    assert (second.accord, second.n_right) == (pytest.approx(2 / 3), 2)
    assert (second.suspicion, second.consensus_accord) == (0, 1)
    assert [is_suspect(row) for row in (first, second)] == [True, False]


def test_a_divided_panel_has_agreement_suspicion_and_a_consensus_in_between():
    """Four of five say fear, one joy, which is gold: agreement (4 * 3) / (5 * 4), accord 1/5."""
    said = {f"human:{n}": labels("joy" if n == 0 else "fear") for n in range(5)}
    (row,) = rows_of("classification", said, gold=["joy"])
    assert (row.agreement, row.accord, row.suspicion) == (0.6, 0.2, pytest.approx(0.4))
    (tied,) = rows_of("classification", {"human:a": labels("joy"), "human:b": labels("fear")}, gold=["joy"])
    assert tied.consensus_accord == 0.5


def test_one_person_has_no_agreement_and_says_why_and_nobody_has_no_row():
    rows = rows_of("classification", {"human:a": labels("joy", None), "embedding:m": labels("joy", "joy")})
    (row,) = rows
    assert (row.item, row.n_raters, row.accord) == ("c0", 1, 1)
    assert (row.agreement, row.disagreement, row.suspicion) == (None, None, None)
    assert row.reason == difficulty.ONE_RATER
    assert not is_suspect(row)


def test_an_item_without_gold_is_disputed_and_nothing_else():
    raw = {"grades": {f"d{i}": int(i == 0) for i in range(6)}}
    other = {"grades": {f"d{i}": int(i == 1) for i in range(6)}}
    (row,) = rows_of("reranking", {"human:a": [raw], "human:b": [other], "embedding:m": [raw]}, gold=[{}])
    assert row.agreement is not None
    assert 0 < row.agreement < 1
    assert (row.accord, row.n_right, row.suspicion, row.consensus_accord, row.n_models) == (None, None, None, None, 0)
    assert row.reason == difficulty.NO_GOLD


def test_simulated_raters_are_held_apart_from_people():
    said = {"human:a": labels("joy"), "human:b": labels("joy"), "simulated:s": labels("fear")}
    people, made_up = rows_of("classification", said, gold=["joy"])
    assert (people.kind, people.n_raters, people.accord, people.agreement) == ("human", 2, 1, 1)
    assert (made_up.kind, made_up.n_raters, made_up.accord) == ("simulated", 1, 0)


def test_gold_as_one_more_rater_is_as_close_to_people_as_they_are_to_each_other():
    """Where gold is drawn as the answers are, agreement and accord with gold have the same mean, for each task type."""
    rng = np.random.default_rng(5)
    for name, kind in TASKS.items():
        settings, raw = EXAMPLES[name]
        parsed = kind.parse_settings(settings)
        item = kind.parse_item(next(iter(raw.values())), parsed)
        differences = []
        for _ in range(400):
            panel = [kind.simulate(item, parsed, 0.5, rng) for _ in range(4)]
            gold, people = panel[0], panel[1:]
            with_gold = np.mean([kind.accord(item, gold, one, parsed) for one in people])
            pairs = [kind.accord(item, one, other, parsed) for one, other in permutations(people, 2)]
            differences.append(np.mean(pairs) - with_gold)
        assert abs(np.mean(differences)) < 4 * np.std(differences) / len(differences) ** 0.5


# -- models -------------------------------------------------------------------------------------------


def test_what_all_models_get_and_most_people_miss_and_the_reverse():
    said = {
        "human:a": labels("fear", "anger", "fear"),
        "human:b": labels("fear", "anger", "fear"),
        "human:c": labels("joy", "joy", "joy"),
        "embedding:m": [
            {"experiments": ["joy"] * 6 + ["fear"] * 4},
            {"experiments": ["fear"] * 9 + ["anger"]},
            {"label": "joy"},
        ],
        "llm:n": labels("joy", "joy", "anger"),
    }
    first, second, third = rows_of("classification", said, gold=["joy", "anger", "joy"])
    assert (first.contrast, first.n_models, first.n_models_right, first.model_accord) == ("people miss", 2, 2, 1)
    assert (second.contrast, second.n_models_right, second.model_accord) == ("models miss", 0, 0)
    assert (third.contrast, third.n_models_right) == ("", 1)


def test_cosines_are_held_against_gold_by_ranks_whatever_their_scale():
    """Golds 0, 2, 5 and cosines in the same order: the ranks are the same, so closeness is 1 on any scale."""
    people: Said = {"human:a": [{"score": 0}] * 3}
    for scale in (1.0, 0.001):
        cosines = [{"score": scale * value, "scale": "similarity"} for value in (0.1, 0.11, 0.9)]
        rows = rows_of("sts", {**people, "embedding:m": cosines}, gold=[0, 2, 5])
        assert [(row.model_accord, row.n_models_right) for row in rows] == [(1, 1)] * 3
    reverse = [{"score": -value, "scale": "similarity"} for value in (0.1, 0.2, 0.9)]
    rows = rows_of("sts", {**people, "embedding:m": reverse}, gold=[0, 2, 5])
    assert [row.model_accord for row in rows] == [pytest.approx(1 / 3), 1, pytest.approx(1 / 3)]
    judged = rows_of("sts", {**people, "llm:m": [{"score": 1}, {"score": 2}, {"score": 2}]}, gold=[0, 2, 5])
    assert [row.model_accord for row in judged] == [0.8, 1, pytest.approx(0.4)]


def test_a_model_that_answered_some_items_is_held_on_those_alone():
    cosines = [None, {"score": 0.2, "scale": "similarity"}, {"score": 0.9, "scale": "similarity"}]
    rows = rows_of("sts", {"human:a": [{"score": 0}] * 3, "embedding:m": cosines}, gold=[5, 2, 3])
    assert [(row.n_models, row.model_accord) for row in rows] == [(0, None), (1, 1), (1, 1)]


# -- every task type ----------------------------------------------------------------------------------


def panel(name: str, n_raters: int = 4) -> ParsedSubset:
    """Raters of all noises who left out some items."""
    kind, rng = task_type(name), np.random.default_rng(1)
    settings, raw = EXAMPLES[name]
    parsed = kind.parse_settings(settings)
    said: Said = {}
    for rater in range(n_raters):
        made = [kind.simulate(kind.parse_item(one, parsed), parsed, rater / n_raters, rng) for one in raw.values()]
        payloads: list[Any] = [one.model_dump(mode="json", exclude_defaults=True) for one in made]
        said[f"{'llm' if rater == 1 else 'human'}:r{rater}"] = [
            None if (rater + place) % 3 == 0 else one for place, one in enumerate(payloads)
        ]
    return parse(record_of(name, said))


@pytest.mark.parametrize("name", sorted(TASKS))
def test_figures_are_the_means_of_the_accord_of_pairs(name):
    subset = panel(name)
    rows = {row.item: row for row in item_rows(subset)}
    for key, item in subset.items.items():
        said = [sheet.answers[key] for sheet in subset.of_kind("human") if key in sheet.answers]
        if not said:
            assert key not in rows
            continue

        def accord(one: Any, other: Any, of: Any = item) -> float:
            return subset.type.accord(of, one, other, subset.settings)

        gold = subset.type.expected(item, subset.settings)
        row = rows[key]
        assert row.accord == pytest.approx(np.mean([accord(gold, one) for one in said]))
        if len(said) > 1:
            assert row.agreement == pytest.approx(np.mean([accord(*pair) for pair in permutations(said, 2)]))
            assert row.suspicion == pytest.approx(max(0.0, row.agreement - row.accord))
        model = subset.of_kind("llm")[0].answers.get(key)
        assert (row.model_accord is None) == (model is None)
        if model is not None:
            assert row.model_accord == pytest.approx(accord(gold, model))


@pytest.mark.parametrize("name", sorted(TASKS))
def test_many_pairs_at_once_have_the_accord_of_each(name, monkeypatch):
    """Also in blocks of one, and of answers that only a consensus or a probe gives."""
    subset = panel(name)
    both = [
        (item, sheet.answers[key])
        for key, item in subset.items.items()
        for sheet in subset.sheets
        if key in sheet.answers
    ]
    joined = subset.type.consensus(subset.items, [sheet.answers for sheet in subset.sheets], subset.settings)
    both += [(subset.items[key], answer) for key, answer in joined.items()]
    items, answers = ([one[side] for one in both] for side in (0, 1))
    pairs = [(i, j) for i, one in enumerate(items) for j, other in enumerate(items) if one is other]
    first, second = np.array(pairs).T
    expected = [subset.type.accord(items[i], answers[i], answers[j], subset.settings) for i, j in pairs]
    for cells in (4_000_000, 1):
        monkeypatch.setattr("hume.tasks.accords.CELLS", cells)
        found = accords(subset.type, items, answers, first, second, subset.settings)
        assert found == pytest.approx(expected, abs=1e-9)


def test_blocks_of_items_change_nothing(monkeypatch):
    rows = item_rows(panel("reranking"))
    monkeypatch.setattr(difficulty, "MOST_PAIRS", 3)
    assert item_rows(panel("reranking")) == rows


# -- what is told to maintainers ----------------------------------------------------------------------


AT = datetime(2026, 3, 1, tzinfo=UTC)


def test_the_most_suspect_items_and_those_decided_on_are_told_without_any_name():
    said = {
        "human:Ada": labels("fear", "anger", "fear"),
        "human:Bo": labels("fear", "anger", "fear"),
        "human:Cy": labels("fear", "anger", "joy"),
        "simulated:s": labels("fear", "joy", "fear"),
        "simulated:t": labels("fear", "joy", "fear"),
    }
    record = record_of("classification", said, gold=["joy", "anger", "anger"])
    verdict = Verdict(2, "gold-right", "clear", "Rosa", AT)
    found = suspects([record], {2: verdict}, lambda ids: {item_id: f"hash {item_id}" for item_id in ids})
    assert [(one.row.item, one.row.kind, one.content_hash) for one in found] == [
        ("c0", "human", "hash 1"),
        ("c2", "human", "hash 3"),
        ("c1", "human", "hash 2"),
    ]
    assert found[1].said == (({"label": "fear"}, 2), ({"label": "joy"}, 1))
    assert (found[1].gold, found[1].verdict, found[2].verdict) == ("anger", None, verdict)
    assert "Ada" not in repr(found)
    only = suspects([record], {}, lambda ids: {}, least=0.9)
    assert [one.row.item for one in only] == ["c0"]


def test_undefined_suspicion_comes_last_and_more_raters_come_first():
    (row,) = rows_of("classification", {"human:a": labels("joy"), "human:b": labels("joy")}, gold=["fear"])
    none, many = replace(row, suspicion=None, item="none"), replace(row, n_raters=5, item="many")
    assert [one.item for one in most_suspect_first([none, row, many])] == ["many", "c0", "none"]


def test_a_skipped_item_is_not_said():
    record = record_of("classification", {"human:a": labels("joy")}, gold=["fear"])
    skipped = AnswerSheet(Rater("human", "b"), {"c0": Answer("c0", "skipped", reason="unclear")})
    record = replace(record, sheets=(*record.sheets, skipped))
    rows = item_rows(parse(record))
    assert findings(record, rows, {}, {})[0].said == (({"label": "joy"}, 1),)
    assert rows[0].n_raters == 1
