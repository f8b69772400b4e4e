"""MMTEB's selection, against the same done task by task and model by model with scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.linear_model import LinearRegression

from hume.measures.task_selection import backward_selection, kept_ranking, predictability, predicted_from_others


@pytest.mark.parametrize(("models", "tasks"), [(20, 4), (8, 6), (6, 9)])
def test_predictions_are_those_of_a_regression_for_each_model_and_task(models, tasks):
    scores = np.random.default_rng(models).uniform(size=(models, tasks))
    expected = np.empty_like(scores)
    for task in range(tasks):
        for model in range(models):
            others, rows = np.delete(scores, task, axis=1), np.arange(models) != model
            fitted = LinearRegression().fit(others[rows], scores[rows, task])
            expected[model, task] = fitted.predict(others[[model]])[0]
    np.testing.assert_allclose(predicted_from_others(scores), expected, atol=1e-8)
    of_all = [spearmanr(scores[:, task], expected[:, task])[0] for task in range(tasks)]
    np.testing.assert_allclose(predictability(scores), of_all, atol=1e-9)


def test_what_another_task_says_already_is_dropped_before_what_none_says():
    rng = np.random.default_rng(5)
    own = rng.normal(size=(30, 3))
    scores = np.column_stack([own, own[:, 0] + 0.01 * rng.normal(size=30)])
    order = [dropped.task for dropped in backward_selection(scores)]
    assert order[0] in (0, 3)
    assert sorted(order) == [0, 1, 2, 3]
    assert backward_selection(scores)[-1].predicted is None


def test_a_group_keeps_its_last_task_while_another_has_several():
    rng = np.random.default_rng(6)
    first = rng.normal(size=30)
    scores = np.column_stack([first, first + 0.01 * rng.normal(size=30), rng.normal(size=(30, 2))])
    order = [dropped.task for dropped in backward_selection(scores, ["a", "b", "c", "c"])]
    assert order[0] in (2, 3)


def test_a_task_that_ranks_nobody_goes_first_and_too_few_models_are_refused():
    scores = np.random.default_rng(7).uniform(size=(10, 3))
    scores[:, 1] = 0.5
    assert backward_selection(scores)[0].task == 1
    with pytest.raises(ValueError, match="three models"):
        predicted_from_others(scores[:2])


def test_all_tasks_keep_the_ranking_and_one_alone_has_its_own():
    scores = np.random.default_rng(8).uniform(size=(12, 3))
    kept = kept_ranking(scores, [2, 0, 1])
    assert kept[-1] == pytest.approx(1)
    assert kept[0] == pytest.approx(spearmanr(scores[:, 2], scores.mean(axis=1))[0])
