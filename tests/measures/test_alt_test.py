"""The alternative annotator test, against its definition written out plainly, by hand, and in simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import false_discovery_control, ttest_1samp

from hume.measures.alt_test import alt_test, closeness


def one_hot(labels: np.ndarray, n: int) -> np.ndarray:
    """Labels as points whose squared distance is 0 or 1; a negative label is none."""
    marked = (labels[..., None] == np.arange(n)) / np.sqrt(2)
    return np.where(labels[..., None] < 0, np.nan, marked)


def plainly(people: np.ndarray, model: np.ndarray, align, epsilon: float, least: int = 30) -> tuple[float, float]:
    """The paper's algorithm 1, a loop for each of its sums; `people` and `model` hold NaN or -1 for no answer."""

    def there(value: float) -> bool:
        return not np.isnan(value) and value != -1

    p_values, advantages = [], []
    for out in range(len(people)):
        model_wins, person_wins = [], []
        for item in range(people.shape[1]):
            others = [people[j, item] for j in range(len(people)) if j != out and there(people[j, item])]
            if there(people[out, item]) and there(model[item]) and others:
                of_person, of_model = align(people[out, item], others), align(model[item], others)
                model_wins.append(of_model >= of_person)
                person_wins.append(of_person >= of_model)
        if len(model_wins) >= least:
            differences = np.array(person_wins, float) - np.array(model_wins, float)
            p_values.append(ttest_1samp(differences, epsilon, alternative="less").pvalue)
            advantages.append(np.mean(model_wins))
    rejected = false_discovery_control(p_values, method="by") <= 0.05
    return float(np.mean(rejected)), float(np.mean(advantages))


def accuracy(said: float, others: list[float]) -> float:
    return float(np.mean([said == other for other in others]))


def negative_rmse(said: float, others: list[float]) -> float:
    return -float(np.sqrt(np.mean([(said - other) ** 2 for other in others])))


@pytest.mark.parametrize("epsilon", [0.0, 0.1, 0.15, 0.2])
@pytest.mark.parametrize("seed", range(4))
def test_labels_with_missing_answers(seed, epsilon):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 4, 90)
    people = np.where(rng.random((6, 90)) < 0.7, truth, rng.integers(0, 4, (6, 90)))
    people = np.where(rng.random((6, 90)) < 0.3, -1, people)
    model = np.where(rng.random(90) < 0.75, truth, rng.integers(0, 4, 90))
    found = alt_test(*closeness(one_hot(people, 4), one_hot(model, 4)), epsilon)
    expected = plainly(people.astype(float), model.astype(float), accuracy, epsilon)
    assert (found.winning_rate, found.advantage) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_numbers_by_their_negative_rmse(seed):
    rng = np.random.default_rng(seed)
    truth = rng.uniform(0, 5, 60)
    people = np.clip(np.round(truth + rng.normal(0, 1, (5, 60))), 0, 5)
    people = np.where(rng.random((5, 60)) < 0.2, np.nan, people)
    model = np.clip(np.round(truth + rng.normal(0, 0.8, 60)), 0, 5)
    found = alt_test(*closeness(people[:, :, None], model[:, None]), 0.15)
    assert (found.winning_rate, found.advantage) == pytest.approx(
        plainly(people, model, negative_rmse, 0.15), abs=1e-12
    )


def test_by_hand():
    """Two people and a model on four items: who is closer to the other person?"""
    people = np.array([[0, 0, 1, 1], [0, 1, 1, 0]])
    model = np.array([0, 1, 1, 0])
    theirs, ours = closeness(one_hot(people, 2), one_hot(model, 2))
    assert theirs == pytest.approx(np.array([[0, -1, 0, -1], [0, -1, 0, -1]]))
    assert ours == pytest.approx(np.array([[0, 0, 0, 0], [0, -1, 0, -1]]))
    found = alt_test(theirs, ours, 0.1, min_items=4)
    # Against the first: never worse. Against the second: always as good, so every difference is 0.
    assert found.advantage == 1.0
    assert found.p_values == pytest.approx((ttest_1samp([0, -1, 0, -1], 0.1, alternative="less").pvalue, 0.0))
    assert found.winning_rate == 0.5
    assert found.passes


def test_people_with_too_few_items_are_not_asked():
    rng = np.random.default_rng(2)
    people = rng.integers(0, 2, (3, 40))
    people[2, 29:] = -1
    sides = closeness(one_hot(people, 2), one_hot(people[0], 2))
    assert alt_test(*sides, 0.1).n_raters == 2
    none = alt_test(*(side[:, :29] for side in sides), 0.1)
    assert (none.winning_rate, none.advantage, none.passes, none.n_raters) == (None, None, None, 0)


def test_one_person_has_nobody_to_be_close_to():
    theirs, ours = closeness(one_hot(np.zeros((1, 40), int), 2), one_hot(np.zeros(40, int), 2))
    assert np.isnan(theirs).all()
    assert np.isnan(ours).all()


def test_a_model_that_is_another_of_them_seldom_passes_without_a_bonus_and_often_with_one():
    rng = np.random.default_rng(3)
    passed = {0.0: 0, 0.2: 0}
    for _ in range(60):
        truth = rng.integers(0, 4, 100)
        everybody = np.where(rng.random((5, 100)) < 0.7, truth, rng.integers(0, 4, (5, 100)))
        sides = closeness(one_hot(everybody[:4], 4), one_hot(everybody[4], 4))
        for epsilon in passed:
            passed[epsilon] += bool(alt_test(*sides, epsilon).passes)
    assert passed[0.0] <= 6
    assert passed[0.2] >= 50
