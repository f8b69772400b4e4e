"""Samples: as many as asked for, each stratum with its share, nothing moved."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hume.errors import InvalidInput
from hume.ingest.documents import Draft, assemble
from hume.ingest.sampling import drawn, sample, shares
from hume.records import Subset, Task, TaskDocument

sizes = st.lists(st.integers(1, 40), min_size=1, max_size=8)


@given(sizes, st.integers(1, 60))
@settings(deadline=None)
def test_shares_are_the_quotas_rounded(counts: list[int], limit: int) -> None:
    limit = min(limit, sum(counts))
    found = shares(counts, limit)
    assert sum(found) == limit
    assert all(0 <= share <= count for share, count in zip(found, counts, strict=True))
    if len(counts) <= limit:
        assert min(found) >= 1
    quotas = [limit * count / sum(counts) for count in counts]
    if min(quotas) >= 1:
        assert all(abs(share - quota) < 1 for share, quota in zip(found, quotas, strict=True))


def test_shares_by_hand() -> None:
    # Quotas 3.5, 2.1, 1.4: the remainders .5 and .4 win over .1.
    assert shares([50, 30, 20], 7) == [4, 2, 1]
    # Quotas .04, .04, 3.92: the small strata are kept at the cost of the large one.
    assert shares([1, 1, 98], 4) == [1, 1, 2]
    assert shares([1, 1, 98], 2) == [0, 0, 2]


@given(st.lists(st.sampled_from("aabbbc"), max_size=60), st.integers(1, 30), st.integers(0, 5))
@settings(deadline=None)
def test_what_is_drawn_is_in_order_and_the_same_again(strata: list[str], limit: int, seed: int) -> None:
    found = drawn(strata, limit, np.random.default_rng(seed))
    assert found == sorted(set(found))
    assert len(found) == min(limit, len(strata))
    assert found == drawn(strata, limit, np.random.default_rng(seed))
    if len(set(strata)) <= limit:
        assert {strata[index] for index in found} == set(strata)


def test_every_unit_has_the_same_chance() -> None:
    hits = Counter(index for seed in range(2000) for index in drawn(["x"] * 10, 3, np.random.default_rng(seed)))
    # Binomial(2000, .3): 600, standard deviation 20.5.
    assert all(abs(hits[index] - 600) < 5 * 20.5 for index in range(10))


def classification(n: int) -> TaskDocument:
    task = Task("T", "classification", settings={"labels": [{"name": "a"}, {"name": "b"}]})
    drafts = [
        Draft({"text": f"{split} {i}", "gold": "b" if i % 4 == 0 else "a"}, split, "f", i, f"k{i}")
        for split in ("train", "test")
        for i in range(n)
    ]
    return assemble(task, [(Subset("en"), drafts), (Subset("da"), drafts)], "f", ["a note of the import."])


@given(st.integers(1, 50), st.integers(0, 3))
@settings(deadline=None, max_examples=30)
def test_a_sample_of_a_classification(limit: int, seed: int) -> None:
    document = classification(40)
    sampled = sample(document, limit, seed)
    for (subset, items), (_, whole) in zip(sampled.subsets, document.subsets, strict=True):
        kept = [item for item in items if item.split == "test"]
        assert len(kept) == min(limit, 40)
        assert [item for item in items if item.split == "train"] == [item for item in whole if item.split == "train"]
        assert all(item in whole for item in kept)
        assert [item.position for item in kept] == sorted(item.position for item in kept)
        if limit >= 2:
            assert {item.gold for item in kept} == {"a", "b"}
        assert subset.name in ("en", "da")
    first, second = ([item.key for item in items] for _, items in sampled.subsets)
    assert first == second


def test_warnings_are_those_of_the_sample() -> None:
    sampled = sample(classification(40), 2, 0)
    assert "a note of the import." in sampled.warnings
    assert any("label(s) of one test item only: a, b" in text for text in sampled.warnings)
    assert not any("one test item" in text for text in classification(40).warnings)


def clustering(*labels: list[str]) -> TaskDocument:
    drafts = [
        Draft(
            {
                "texts": [{"id": f"t{i}", "content": f"set {n} text {i}"} for i in range(len(names))],
                "gold": {f"t{i}": name for i, name in enumerate(names)},
            },
            "test", "f", n, f"s{n}",
        )
        for n, names in enumerate(labels)
    ]  # fmt: skip
    return assemble(Task("T", "clustering"), [(Subset("en"), drafts)], "f")


def test_sets_are_kept_and_their_texts_are_sampled() -> None:
    document = clustering(["x"] * 20 + ["y"] * 10 + ["z"], ["x", "y", "x"])
    large, small = sample(document, 6, 1).subsets[0][1]
    assert small == document.subsets[0][1][1]
    assert Counter(large.gold.values()) == {"x": 3, "y": 2, "z": 1}
    assert [text["id"] for text in large.content["texts"]] == list(large.gold)
    assert large.key == "s0"


def test_a_set_of_one_is_refused() -> None:
    with pytest.raises(InvalidInput, match="--limit: a sample of 1 is too small"):
        sample(clustering(["x", "y"]), 1, 0)
    with pytest.raises(InvalidInput, match="at least 1"):
        sample(classification(3), 0, 0)
