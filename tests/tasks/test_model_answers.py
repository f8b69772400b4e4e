"""How models answer, under both protocols: what they are asked for, that answers can be stored, and what is given."""

from __future__ import annotations

from collections import Counter
from itertools import chain

import numpy as np
import pytest
from task_examples import EXAMPLES

from hume.errors import HumeError, InvalidItem
from hume.measures.partitions import adjusted_rand
from hume.tasks import TASKS, task_type
from hume.tasks.base import PROTOCOLS

WORDS = ["", "a", "cat", "cats", "dog", "the dog", "غضب", "fear", "joy!", "a much longer text of many words"]


class Recording:
    """An encoder that gives each text and role a vector of its own, and keeps what it was asked."""

    def __init__(self, vectors=None):
        self.asked = Counter()
        self._vectors = vectors or {}

    def encode(self, texts, role):
        self.asked.update((text, role) for text in texts)
        return np.array([self._vector(text, role) for text in texts], dtype=np.float32)

    def similarity(self, a, b):
        return a @ b.T

    def _vector(self, text, role):
        if text in self._vectors:
            return self._vectors[text]
        return np.random.default_rng(list(f"{role}|{text}".encode())).normal(size=4)


class Lengths:
    """A scorer of pairs that keeps what it was asked."""

    def __init__(self):
        self.asked = []

    def score_pairs(self, pairs):
        self.asked += pairs
        return np.array([len(one) - len(other) / 100 for one, other in pairs], dtype=np.float32)


def random_items(kind, rng):
    """Settings, raw items and raw train items of a random size, with texts that repeat or are empty."""

    def word():
        return str(rng.choice(WORDS))

    if kind == "sts":
        return {}, [{"sentence1": word(), "sentence2": word(), "gold": 1.0} for _ in range(rng.integers(1, 9))], []
    if kind == "reranking":
        return {}, [random_query(rng, word) for _ in range(rng.integers(1, 6))], []
    if kind == "clustering":
        raw = {"n_groups": None if rng.random() < 0.7 else 5}
        return raw, [random_set(rng, word) for _ in range(rng.integers(1, 5))], []
    names = ["joy", "anger", "fear"][: rng.integers(2, 4)]
    raw = {"labels": [{"name": name, "description": word()} for name in names], "samples_per_label": 2}
    items = [{"text": word(), "gold": str(rng.choice(names))} for _ in range(rng.integers(1, 9))]
    train = [{"text": word(), "gold": name} for name in names for _ in range(rng.integers(1, 5))]
    return raw, items, train


def random_query(rng, word):
    candidates = [{"id": f"d{i}", "content": word()} for i in range(rng.integers(1, 7))]
    instruction = {"instruction": word()} if rng.random() < 0.5 else {}
    return {"query": word(), **instruction, "candidates": candidates, "gold": {"d0": 1}}


def random_set(rng, word):
    texts = [{"id": f"t{i}", "content": word()} for i in range(rng.integers(2, 14))]
    return {"texts": texts, "gold": {text["id"]: str(rng.choice(["a", "b", "c"])) for text in texts}}


def parsed(name, raw_settings, raw_items, raw_train=()):
    kind = task_type(name)
    settings = kind.parse_settings(raw_settings)
    items = {f"i{place}": kind.parse_item(raw, settings) for place, raw in enumerate(raw_items)}
    return kind, items, [kind.parse_item(raw, settings) for raw in raw_train], settings


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("name", sorted(TASKS))
@pytest.mark.parametrize("seed", range(12))
def test_what_is_announced_is_what_is_asked_for_and_every_item_is_answered(name, protocol, seed):
    kind, items, train, settings = parsed(name, *random_items(name, np.random.default_rng(seed)))
    encoder = Recording()
    answers = kind.answer_by_embedding(items, train, settings, encoder, protocol)
    announced = kind.texts_to_encode(items, train, settings, protocol)
    assert set(announced) == set(encoder.asked)
    assert list(answers) == list(items)
    for key, answer in answers.items():
        payload = answer.model_dump(mode="json", exclude_defaults=True)
        assert kind.parse_answer(payload, items[key], settings) == answer
    values = kind.score(items, answers, settings).values
    assert set(values) == {metric.name for metric in kind.metrics}


@pytest.mark.parametrize("name", ["sts", "reranking"])
def test_where_a_person_is_given_what_mteb_gives_a_model_the_protocols_say_the_same(name):
    kind, items, train, settings = parsed(name, *random_items(name, np.random.default_rng(3)))
    mteb, people = (kind.answer_by_embedding(items, train, settings, Recording(), one) for one in PROTOCOLS)
    assert mteb == people


@pytest.mark.parametrize("name", ["sts", "reranking"])
@pytest.mark.parametrize("seed", range(6))
def test_pairs_of_texts_answer_every_item(name, seed):
    kind, items, _, settings = parsed(name, *random_items(name, np.random.default_rng(seed)))
    scorer = Lengths()
    answers = kind.answer_by_pairs(items, settings, scorer)
    assert list(answers) == list(items)
    for key, answer in answers.items():
        payload = answer.model_dump(mode="json", exclude_defaults=True)
        assert kind.parse_answer(payload, items[key], settings) == answer
        assert not answer.is_judgment
    said = [list(one.scores.values()) if name == "reranking" else [one.score] for one in answers.values()]
    np.testing.assert_allclose(list(chain.from_iterable(said)), Lengths().score_pairs(scorer.asked))


def test_a_pair_is_the_query_with_its_instruction_and_a_candidate():
    query = {"query": "who", "instruction": "prefer short", "gold": {"d1": 1}}
    raw = {**query, "candidates": [{"id": "d1", "content": "me"}, {"id": "d2", "content": "you"}]}
    kind, items, _, settings = parsed("reranking", {}, [raw])
    scorer = Lengths()
    answers = kind.answer_by_pairs(items, settings, scorer)
    assert scorer.asked == [("who prefer short", "me"), ("who prefer short", "you")]
    assert list(answers["i0"].scores) == ["d1", "d2"]


@pytest.mark.parametrize("name", ["classification", "clustering"])
def test_pairs_of_texts_do_not_answer_the_others(name):
    raw_settings, raw_items = EXAMPLES[name]
    kind, items, _, settings = parsed(name, raw_settings, raw_items.values())
    with pytest.raises(HumeError, match=f"does not answer a {name}"):
        kind.answer_by_pairs(items, settings, Lengths())


# -- classification as a person meets it ------------------------------------------------------------------

LABELS = {"labels": [{"name": "joy", "description": "gladness"}, {"name": "anger"}, {"name": "fear"}]}
NEAR = {"joy: gladness": [1, 0, 0, 0], "anger": [0, 1, 0, 0], "fear": [0, 1, 0, 0], "wow": [2, 1, 0, 0]}


def test_the_label_that_is_closest_by_name_and_description_is_given_without_a_train_split():
    kind, items, _, settings = parsed("classification", LABELS, [{"text": "wow", "gold": "joy"}])
    encoder = Recording(NEAR)
    assert kind.answer_by_embedding(items, [], settings, encoder, "human-like")["i0"].label == "joy"
    assert set(encoder.asked) == {(text, "plain") for text in NEAR}
    with pytest.raises(InvalidItem, match="train split"):
        kind.answer_by_embedding(items, [], settings, encoder, "mteb")


def test_labels_that_are_equally_close_share_the_answer():
    kind, items, _, settings = parsed("classification", LABELS, [{"text": "grr", "gold": "anger"}])
    encoder = Recording({**NEAR, "grr": [0, 1, 0, 0]})
    answers = kind.answer_by_embedding(items, [], settings, encoder, "human-like")
    assert answers["i0"].tied == ("anger", "fear")
    assert kind.score(items, answers, settings).values["accuracy"] == 0.5


def test_the_train_split_and_the_gold_labels_change_nothing():
    raw_settings, raw_items, raw_train = random_items("classification", np.random.default_rng(8))
    kind, items, train, settings = parsed("classification", raw_settings, raw_items, raw_train)
    names = settings.names
    other = {key: item.model_copy(update={"gold": names[place % 2]}) for place, (key, item) in enumerate(items.items())}
    one = kind.answer_by_embedding(items, train, settings, Recording(), "human-like")
    assert one == kind.answer_by_embedding(other, train[:1], settings, Recording(), "human-like")


# -- clustering as a person meets it ----------------------------------------------------------------------


def clustered(contents, vectors, gold=None, n_groups=None, protocol="human-like"):
    """The group of each text, in the texts' order."""
    texts = [{"id": f"t{i}", "content": content} for i, content in enumerate(contents)]
    labels = gold or ["a"] * len(texts)
    raw = {"texts": texts, "gold": {text["id"]: label for text, label in zip(texts, labels, strict=True)}}
    kind, items, train, settings = parsed("clustering", {"n_groups": n_groups}, [raw])
    found = kind.answer_by_embedding(items, train, settings, Recording(vectors), protocol)["i0"].groups
    return [found[f"t{i}"] for i in range(len(texts))]


def blobs(n_groups, n_each, spread=0.02, seed=0):
    """Contents, vectors and true groups of texts that lie about as many points as there are groups."""
    rng = np.random.default_rng(seed)
    centres = np.eye(4)[:n_groups] if n_groups <= 4 else rng.normal(size=(n_groups, 4)) * 3
    true = [group for group in range(n_groups) for _ in range(n_each)]
    contents = [f"text {place}" for place in range(len(true))]
    vectors = {text: centres[group] + rng.normal(size=4) * spread for text, group in zip(contents, true, strict=True)}
    return contents, vectors, true


@pytest.mark.parametrize("n_groups", [2, 3, 4, 6])
def test_groups_that_lie_apart_are_found_though_nobody_says_how_many_there_are(n_groups):
    contents, vectors, true = blobs(n_groups, 6)
    assert adjusted_rand(true, clustered(contents, vectors)) == pytest.approx(1)


def test_gold_does_not_say_how_many_groups_there_are():
    contents, vectors, true = blobs(3, 5)
    names = [str(group) for group in true]
    assert clustered(contents, vectors, names) == clustered(contents, vectors, ["a", *"b" * 14])
    assert len(set(clustered(contents, vectors, names, protocol="mteb"))) == 3
    assert len(set(clustered(contents, vectors, ["a", *"b" * 14], protocol="mteb"))) == 2


def test_a_model_is_told_the_number_of_groups_where_people_are():
    contents, vectors, _ = blobs(3, 5)
    assert len(set(clustered(contents, vectors, n_groups=2))) == 2


def test_two_texts_and_texts_with_one_embedding_are_one_group():
    assert set(clustered(["a", "b"], {"a": [1, 0, 0, 0], "b": [0, 1, 0, 0]})) == {"0"}
    assert set(clustered(["same"] * 5, {"same": [1, 0, 0, 0]})) == {"0"}


def test_repeated_texts_lie_together():
    groups = clustered(["a", "b", "a", "b", "a"], {"a": [1, 0, 0, 0], "b": [0, 1, 0, 0]})
    assert groups[0] == groups[2] == groups[4] != groups[1] == groups[3]


def test_the_order_of_the_sets_changes_no_answer():
    rng = np.random.default_rng(5)
    raw = [random_set(rng, lambda: str(rng.choice(WORDS))) for _ in range(4)]
    kind, items, _, settings = parsed("clustering", {}, raw)
    one = kind.answer_by_embedding(items, [], settings, Recording(), "human-like")
    assert one == kind.answer_by_embedding(dict(reversed(items.items())), [], settings, Recording(), "human-like")
