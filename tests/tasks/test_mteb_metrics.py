"""mteb's numbers from answers: against mteb's own functions, and what becomes of people's answers."""

from __future__ import annotations

import numpy as np
import pytest
from task_examples import EXAMPLES

from hume.tasks import TASKS, task_type


def parsed(name, raw_settings=None):
    kind = task_type(name)
    settings, raw_items = kind.parse_settings(raw_settings or EXAMPLES[name][0]), EXAMPLES[name][1]
    return kind, {key: kind.parse_item(raw, settings) for key, raw in raw_items.items()}, settings


@pytest.mark.parametrize("name", sorted(TASKS))
def test_without_an_answer_there_is_nothing(name):
    kind, items, settings = parsed(name)
    assert kind.mteb_metrics(items, {}, settings) == {}


@pytest.mark.parametrize("name", sorted(TASKS))
def test_people_have_numbers_too_and_those_that_both_know_are_the_same(name):
    kind, items, settings = parsed(name)
    rng = np.random.default_rng(2)
    answers = {key: kind.simulate(item, settings, 0.4, rng) for key, item in items.items()}
    found = kind.mteb_metrics(items, answers, settings, ties="expected")
    own = kind.score(items, answers, settings).values
    shared = {metric for metric in own if metric in found}
    assert shared or name == "reranking"
    assert {metric: found[metric] for metric in shared} == {metric: pytest.approx(own[metric]) for metric in shared}
    if name == "reranking":
        assert found["map_at_1000"] == pytest.approx(own["map"])


def test_all_of_a_ranking_is_mtebs_ties_included():
    retrieval = pytest.importorskip("mteb._evaluators.retrieval_metrics")
    kind, items, settings = parsed("reranking")
    rng = np.random.default_rng(4)
    scores = {key: {doc: float(rng.integers(0, 4)) for doc in item.ids} for key, item in items.items()}
    answers = {key: kind.parse_answer({"scores": of}, items[key], settings) for key, of in scores.items()}
    qrels = {key: {doc: int(grade) for doc, grade in item.gold.items()} for key, item in items.items()}
    result = retrieval.calculate_retrieval_scores(scores, qrels, [1, 3, 5, 10, 20, 100, 1000])
    theirs = retrieval.make_score_dict(
        ndcg=result.ndcg,
        _map=result.map,
        recall=result.recall,
        precision=result.precision,
        mrr=result.mrr,
        naucs=result.naucs,
        naucs_mrr=result.naucs_mrr,
        hit_rate=result.hit_rate,
        task_scores={},
    )
    ours = kind.mteb_metrics(items, answers, settings, ties="mteb")
    assert set(ours) == set(theirs)
    for name, value in theirs.items():
        expected = None if np.isnan(value) else pytest.approx(value, abs=1e-5)
        assert ours[name] == expected, name


@pytest.mark.parametrize(("names", "positive"), [(("no", "yes"), "yes"), (("1", "2"), "1"), (("0", "1"), "1")])
def test_the_positive_label_is_the_one_that_mteb_calls_1(names, positive):
    metrics = pytest.importorskip("sklearn.metrics")
    kind = task_type("classification")
    settings = kind.parse_settings({"labels": [{"name": name} for name in names]})
    gold, given = [names[0], names[0], names[1], names[1]], [names[0], names[1], names[1], names[1]]
    items = {str(n): kind.parse_item({"text": "x", "gold": label}, settings) for n, label in enumerate(gold)}
    answers = {str(n): kind.parse_answer({"label": label}, items[str(n)], settings) for n, label in enumerate(given)}
    expected = metrics.average_precision_score([label == positive for label in gold], [names.index(x) for x in given])
    assert kind.mteb_metrics(items, answers, settings)["ap"] == pytest.approx(expected)


def test_with_the_encoder_sts_has_distances_of_its_vectors():
    kind, items, settings = parsed("sts")

    class Vectors:
        def encode(self, texts, role):
            return np.array([np.random.default_rng(list(text.encode())).normal(size=5) for text in texts], np.float32)

        def similarity(self, a, b):
            return a @ b.T

    encoder = Vectors()
    answers = kind.answer_by_embedding(items, [], settings, encoder)
    found = kind.mteb_metrics(items, answers, settings, encoder=encoder)
    one, other = (
        encoder.encode([getattr(i, side).text for i in items.values()], "plain") for side in ("sentence1", "sentence2")
    )
    gold = [item.gold for item in items.values()]
    assert found["pearson"] == pytest.approx(np.corrcoef((one * other).sum(axis=1), gold)[0, 1], abs=1e-5)
    assert found["manhattan_pearson"] == pytest.approx(np.corrcoef(-abs(one - other).sum(axis=1), gold)[0, 1], abs=1e-5)
    assert found["cosine_spearman"] == pytest.approx(kind.score(items, answers, settings).values["spearman"])
    assert set(kind.mteb_metrics(items, answers, settings)) == {"pearson", "spearman"}
