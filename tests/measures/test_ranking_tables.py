"""Many rankings at once have the values of each by itself."""

import numpy as np
import pytest

from hume.measures import ranking, ranking_tables


@pytest.mark.parametrize("width", [1, 2, 7, 15])
def test_equal_the_measures_of_single_rankings(width: int) -> None:
    rng = np.random.default_rng(width)
    values = rng.integers(0, 4, (200, width)).astype(float)
    gains = np.maximum(rng.integers(-1, 3, (200, width)), 0).astype(float)
    unlisted = rng.integers(0, 2, (200, 2)).astype(float)  # positives that are no candidates
    ideal = -np.sort(-np.hstack([gains, unlisted]), axis=1)
    ranked, positives = ranking_tables.Ranked.of(values, gains), np.count_nonzero(ideal, axis=1)
    found = [
        ranking_tables.average_precision(ranked, positives),
        ranking_tables.average_precision(ranked, positives, k=3),
        ranking_tables.reciprocal_rank(ranked, 3),
        ranking_tables.reciprocal_rank(ranked),
        ranking_tables.ndcg(ranked, ideal),
        ranking_tables.pooled_average_precision(ranked),
    ]
    for row in range(len(values)):
        scores = {f"d{n}": value for n, value in enumerate(values[row])}
        qrels = {f"d{n}": gain for n, gain in enumerate(np.hstack([gains[row], unlisted[row]]))}
        qrels = {f"x{name}" if int(name[1:]) >= width else name: gain for name, gain in qrels.items()}
        expected = [
            ranking.average_precision(scores, qrels),
            ranking.average_precision(scores, qrels, k=3),
            ranking.reciprocal_rank(scores, qrels, 3),
            ranking.reciprocal_rank(scores, qrels),
            ranking.ndcg(scores, qrels),
            ranking.average_precision(scores, qrels, "hume-v1"),
        ]
        assert [of[row] for of in found] == pytest.approx(expected, abs=1e-12)


def test_a_score_that_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="NaN"):
        ranking_tables.Ranked.of(np.array([[1.0, np.nan]]), np.ones((1, 2)))
