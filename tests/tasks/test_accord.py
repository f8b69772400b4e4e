"""Gold as an answer, and how far two answers to one item say the same: what checks of raters are made of."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from task_examples import EXAMPLES

from hume.quality import is_right
from hume.tasks import TASKS, clustering, reranking, sts, task_type

DOCS = [f"d{i}" for i in range(6)]
TEXTS = [f"t{i}" for i in range(8)]

RERANKING = task_type("reranking").parse_item(
    {"query": "q", "candidates": [{"id": doc, "content": doc} for doc in DOCS], "gold": {"d0": 2, "d1": 1}},
    reranking.Settings(),
)
CLUSTERING = task_type("clustering").parse_item(
    {"texts": [{"id": text, "content": text} for text in TEXTS], "gold": {t: "ab"[i % 2] for i, t in enumerate(TEXTS)}},
    clustering.Settings(),
)


def examples(name):
    kind = task_type(name)
    raw_settings, raw_items = EXAMPLES[name]
    parsed = kind.parse_settings(raw_settings)
    return kind, parsed, [kind.parse_item(raw, parsed) for raw in raw_items.values()]


def accord(name, item, first, second, own_settings=None):
    kind = task_type(name)
    parsed = own_settings or kind.parse_settings(EXAMPLES[name][0])
    return kind.accord(item, first, second, parsed)


# -- what every task type promises --------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(TASKS))
def test_gold_is_an_answer_that_the_item_admits_and_that_is_right(name):
    kind, parsed, items = examples(name)
    for item in items:
        gold = kind.expected(item, parsed)
        assert gold.is_judgment
        assert kind.accord(item, gold, gold, parsed) == 1
        assert is_right(kind, item, gold, parsed) is True
        if name != "sts":  # a mean of people's scores may lie between the steps
            assert kind.parse_answer(gold.model_dump(mode="json", exclude_defaults=True), item, parsed) == gold


@pytest.mark.parametrize("name", sorted(TASKS))
@given(seeds=st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), noise=st.floats(0, 1))
@settings(max_examples=25, deadline=None)
def test_accord_is_within_bounds_one_for_the_same_and_symmetric_but_for_reranking(name, seeds, noise):
    kind, parsed, items = examples(name)
    item = items[0]
    one, other = (kind.simulate(item, parsed, noise, np.random.default_rng(seed)) for seed in seeds)
    assert kind.accord(item, one, one, parsed) == 1
    assert 0 <= kind.accord(item, one, other, parsed) <= 1
    if name != "reranking":
        assert kind.accord(item, one, other, parsed) == pytest.approx(kind.accord(item, other, one, parsed))


@pytest.mark.parametrize("name", sorted(TASKS))
def test_chance_is_seldom_right(name):
    """What the thresholds promise: one who answers at random does not pass the checks."""
    kind, parsed, items = examples(name)
    rng = np.random.default_rng(7)
    right = [is_right(kind, item, kind.simulate(item, parsed, 1, rng), parsed) for item in items for _ in range(50)]
    assert np.mean(right) < 0.5


# -- sts ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scale", "gold", "score", "expected", "right"),
    [
        ((0, 5), 2.4, 3, 0.88, True),
        ((0, 5), 0, 1, 0.8, True),
        ((0, 5), 0, 2, 0.6, False),
        ((0, 5), 0, 5, 0.0, False),
        ((1, 4), 1, 2, 2 / 3, False),
        ((1, 5), 2, 3, 0.75, True),
        ((0, 1), 0.4, 0.65, 0.75, True),
    ],
)
def test_sts_is_one_less_the_share_of_the_scale_between(scale, gold, score, expected, right):
    own = sts.Settings(min=scale[0], max=scale[1], step=0)
    item = sts.Item(sentence1="a", sentence2="b", gold=gold)
    kind, answer = TASKS["sts"], sts.Answer(score=score)
    assert kind.accord(item, kind.expected(item, own), answer, own) == pytest.approx(expected)
    assert is_right(kind, item, answer, own) is right


# -- reranking ------------------------------------------------------------------------------------------

orders = st.lists(st.integers(0, 3), min_size=6, max_size=6).map(
    lambda grades: reranking.Answer(grades=dict(zip(DOCS, grades, strict=True)))
)


def counted_by_hand(first, second):
    """Pair by pair, in words: 1 for the same order, one half for a tie, 0 for the other order."""
    points = []
    for i, a in enumerate(DOCS):
        for b in DOCS[i + 1 :]:
            said, then = (answer.relevance[a] - answer.relevance[b] for answer in (first, second))
            if said:
                points.append(0.5 if then == 0 else float((said > 0) == (then > 0)))
    return np.mean(points) if points else None


@given(first=orders, second=orders)
@settings(max_examples=100, deadline=None)
def test_reranking_counts_the_pairs_that_the_first_orders(first, second):
    found = accord("reranking", RERANKING, first, second)
    by_hand = counted_by_hand(first, second)
    if by_hand is not None:
        assert found == pytest.approx(by_hand)
        reversed_ = reranking.Answer(scores={doc: -value for doc, value in second.relevance.items()})
        assert accord("reranking", RERANKING, first, reversed_) == pytest.approx(1 - by_hand)


def test_reranking_in_grades_and_in_order_compare():
    ranked = reranking.Answer(ranking=(("d0",), ("d1",), ("d2", "d3", "d4", "d5")))
    gold = TASKS["reranking"].expected(RERANKING, reranking.Settings())
    assert gold.grades == {"d0": 2, "d1": 1, "d2": 0, "d3": 0, "d4": 0, "d5": 0}
    assert TASKS["reranking"].expected(RERANKING, reranking.Settings(mode="ranked")) == ranked
    assert accord("reranking", RERANKING, gold, ranked) == accord("reranking", RERANKING, ranked, gold) == 1


def test_one_grade_for_all_is_half_right_and_no_better():
    flat = reranking.Answer(grades=dict.fromkeys(DOCS, 1))
    gold = TASKS["reranking"].expected(RERANKING, reranking.Settings())
    assert accord("reranking", RERANKING, gold, flat) == 0.5
    assert is_right(TASKS["reranking"], RERANKING, flat, reranking.Settings()) is False


def test_where_the_first_orders_nothing_ties_are_what_it_said():
    flat = reranking.Answer(grades=dict.fromkeys(DOCS, 1))
    one_out = reranking.Answer(grades=dict.fromkeys(DOCS, 1) | {"d0": 2})
    assert accord("reranking", RERANKING, flat, flat) == 1
    assert accord("reranking", RERANKING, flat, one_out) == pytest.approx(10 / 15)


def test_empty_gold_says_nothing_and_nothing_is_right_or_wrong():
    item = RERANKING.model_copy(update={"gold": {}})
    flat = reranking.Answer(grades=dict.fromkeys(DOCS, 0))
    assert TASKS["reranking"].expected(item, reranking.Settings()) is None
    assert is_right(TASKS["reranking"], item, flat, reranking.Settings()) is None


# -- clustering -----------------------------------------------------------------------------------------

partitions = st.lists(st.integers(0, 3), min_size=8, max_size=8)


def groups(codes):
    return clustering.Answer(groups=dict(zip(TEXTS, map(str, codes), strict=True)))


@given(one=partitions, other=partitions, names=st.permutations(["x", "y", "z", "w"]))
@settings(max_examples=100, deadline=None)
def test_names_of_groups_do_not_matter(one, other, names):
    renamed = groups([names[code] for code in other])
    assert accord("clustering", CLUSTERING, groups(one), renamed) == pytest.approx(
        accord("clustering", CLUSTERING, groups(one), groups(other))
    )
    assert accord("clustering", CLUSTERING, groups(other), renamed) == 1


@pytest.mark.parametrize("lazy", [groups([0] * 8), groups(range(8))], ids=["one group", "a group each"])
def test_a_clustering_without_a_thought_accords_with_nothing(lazy):
    gold = TASKS["clustering"].expected(CLUSTERING, clustering.Settings())
    assert accord("clustering", CLUSTERING, gold, lazy) == 0
    assert is_right(TASKS["clustering"], CLUSTERING, lazy, clustering.Settings()) is False
