"""A subset's answers by a model, as they are stored."""

from __future__ import annotations

import numpy as np
import pytest

from hume.errors import HumeError
from hume.parsed import parse
from hume.raters import embedding
from hume.records import Item, Subset, SubsetRecord, Task
from hume.tasks.base import PROTOCOLS

SENTENCES = (Item("s1", {"sentence1": "fine", "sentence2": "a bad text"}, 1.0),)
STS = SubsetRecord(Task("T", "sts"), Subset("default"), SENTENCES)


class Scorer:
    def __init__(self, value):
        self._value = value

    def score_pairs(self, pairs):
        return np.full(len(pairs), self._value, dtype=np.float32)


def test_a_score_of_a_pair_is_stored_on_the_model_s_own_scale():
    (answer,) = embedding.answer_by_pairs(parse(STS), Scorer(0.5))
    assert (answer.item, answer.payload) == ("s1", {"score": 0.5, "scale": "similarity"})


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_score_that_is_not_finite_is_no_answer(value):
    with pytest.raises(HumeError, match=r"1 of 1 pairs of texts.*fine \| a bad text"):
        embedding.answer_by_pairs(parse(STS), Scorer(value))


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_what_is_to_be_encoded_is_told_of_the_record(protocol):
    labels = {"labels": [{"name": "joy"}, {"name": "fear", "description": "of things"}]}
    train = tuple(Item(f"t{n}", {"text": f"train {n}"}, ("joy", "fear")[n % 2]) for n in range(4))
    task = Task("T", "classification", settings=labels)
    record = SubsetRecord(task, Subset("default"), (Item("c1", {"text": "wow"}, "joy"),), train)
    told = {text for text, role in embedding.texts_to_encode(parse(record), protocol) if role == "plain"}
    seen = {"joy", "fear: of things"} if protocol == "human-like" else {f"train {n}" for n in range(4)}
    assert told == {"wow", *seen}
